"""A sealed capsule as a file and its proof, from the bytes that were hashed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal
from uuid import UUID

from quapsule.capsules.artifact import Files, list_artifacts, read_contents
from quapsule.capsules.capsule import see
from quapsule.capsules.seal_log import find_place
from quapsule.capsules.signatures import list_platform_keys
from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.objects import Objects
from quapsule.seal.format.archive import pack
from quapsule.seal.format.names import safe_top
from quapsule.seal.trust.proof import PublicKey, make_proof

_QUERIES = load_queries("quapsule.capsules")

Opened = Callable[[], Any]


@dataclass(frozen=True)
class Seal:
    """The row of a seal, with what names the file. foreign_proof: of an imported capsule, as it came."""

    capsule_id: UUID
    name: str
    mqc_id: str
    origin: Literal["here", "import"]
    manifest: bytes
    canonical: bytes
    checksums: bytes
    sealed_at: datetime
    log_seq: int | None
    foreign_proof: Any
    imported_top: str | None
    doi: str | None

    @property
    def top(self) -> str:
        """The top folder, and the stem of the file's name."""
        return self.imported_top or safe_top(self.name)


def find_seal(session: Session, capsule_id: UUID) -> Seal:
    """Raises Problem not_found, capsule_not_sealed."""
    see(session, capsule_id)
    found = session.row(Seal, _QUERIES["find_seal"], {"capsule_id": capsule_id})
    if found is None:
        raise Problem("capsule_not_sealed", hint="Seal it first: POST /api/capsules/{id}/seal.")
    return found


def find_files(session: Session, capsule_id: UUID, opened: Opened, objects: Objects) -> Files:
    """opened: a new transaction as the same caller, for what is read later. Raises Problem not_found."""
    see(session, capsule_id)

    def read(names: Any) -> Any:
        with opened() as later:
            return read_contents(later, capsule_id, names)

    return Files(list_artifacts(session, capsule_id), read, objects)


def write_archive(seal: Seal, files: Files, out: BinaryIO) -> None:
    """NAME.capsule, byte for byte the same each time."""
    pack(seal.top, bytes(seal.manifest), bytes(seal.checksums), files.items(), out)


def find_proof(session: Session, seal: Seal) -> dict[str, Any]:
    """NAME.proof.json: of an imported capsule the one that came with it, with the signatures that were added here."""
    signed = session.dicts(_QUERIES["list_envelopes"], {"capsule_id": seal.capsule_id})
    keys = [PublicKey(bytes(row["public_key"]), row["kind"], row["name"]) for row in signed]
    place = None
    if seal.origin == "here":
        place = find_place(session, seal.mqc_id)
        # Whoever signed the head of the log may be a later key than the one that sealed.
        keys += [PublicKey(bytes(key.public_key), key.kind, key.name) for key in list_platform_keys(session)]
    elif any(row["kind"] == "platform" for row in signed):
        keys += [PublicKey(bytes(key.public_key), key.kind, key.name) for key in list_platform_keys(session)]
    stamps = [
        (row["authority"], bytes(row["token"])) for row in session.dicts(_QUERIES["list_timestamps"], {"capsule_id": seal.capsule_id})
    ]
    ours = make_proof(seal.mqc_id, [row["envelope"] for row in signed], keys, place, stamps)
    foreign = seal.foreign_proof
    if foreign is None:
        return ours
    known = {key["key_id"] for key in foreign["keys"]}
    return {
        **ours,
        "envelopes": foreign["envelopes"] + ours["envelopes"],
        "keys": foreign["keys"] + [key for key in ours["keys"] if key["key_id"] not in known],
        "log": foreign["log"],
        "timestamps": foreign["timestamps"] + ours["timestamps"],
    }
