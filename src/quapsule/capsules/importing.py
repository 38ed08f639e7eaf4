"""Taking in a capsule that was sealed elsewhere: verified first, then kept with its own bytes, id and proof."""

import json
import mimetypes
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from uuid import UUID

from psycopg.types.json import Json

from quapsule.capsules.artifact import text_of
from quapsule.database.queries import load_queries
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.objects import Objects
from quapsule.seal import ARTIFACT_TYPES
from quapsule.seal.check import Report, verify
from quapsule.seal.format.archive import Member, open_archive
from quapsule.seal.format.canonical import canonical_bytes
from quapsule.seal.format.manifest import read_manifest
from quapsule.seal.format.names import CHECKSUMS, MANIFEST
from quapsule.seal.trust.proof import LARGEST_PROOF, read_proof

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_QUERIES = load_queries("quapsule.capsules")

_BATCH, _BATCH_BYTES = 500, 8 << 20
_MOST_METADATA = 64 << 10
_MOST_TASKS = 10_000


@dataclass(frozen=True)
class Foreign:
    """A capsule that was verified: file at its start, and the proof that came with it."""

    file: BinaryIO
    proof: Mapping[str, Any] | None
    report: Report

    @property
    def mqc_id(self) -> str:
        return str(self.report.capsule_id)


def read_foreign(file: BinaryIO, most_bytes: int) -> Foreign:
    """A NAME.capsule, or a zip of it and its NAME.proof.json. Raises Problem capsule_invalid, with what was found as details."""
    archive, proof = _unbundled(file, most_bytes)
    archive.seek(0)
    report = verify(archive, proof, most_bytes=most_bytes)
    if report.status == "broken":
        first = report.findings[0]
        found = [{"layer": one.layer, "file": one.file, "message": one.message} for one in report.findings[:20]]
        raise Problem(
            "capsule_invalid", f"{first.layer}: {first.message}", details={"layer": first.layer, "file": first.file, "findings": found}
        )
    archive.seek(0)
    return Foreign(archive, proof, report)


def choose_team(session: Session, team_id: UUID | None) -> UUID:
    """The team that an import goes to: refused before anything is read. Raises Problem."""
    chosen: UUID = session.value(_QUERIES["choose_team"], {"team_id": team_id})
    return chosen


def begin(session: Session, foreign: Foreign, team_id: UUID | None) -> UUID:
    """The draft for its files, in the same transaction as all that follows. Raises Problem already_exists and those of a new draft."""
    manifest = foreign.report.manifest
    ours = _object(_object(manifest.get("extensions")).get("quapsule"))
    git = _object(ours.get("git"))
    metadata = {**_object(ours.get("custom_metadata")), "tags": _texts(manifest.get("tags"))}
    years = ours.get("retention_years")
    capsule = {
        "team_id": str(team_id) if team_id else None,
        "mqc_id": foreign.mqc_id,
        "parent_mqc_id": _text(manifest.get("derived_from")),
        "name": (_text(manifest.get("name")) or "Imported capsule")[:200],
        "description": _text(manifest.get("description")),
        "git_sha": _text(git.get("sha")),
        "git_repo": _text(git.get("repo")),
        "regulatory_framework": _text(ours.get("regulatory_framework")),
        "retention_years": years if isinstance(years, int) and 0 <= years <= 1000 else None,
        "custom_metadata": {**(metadata if _is_small(metadata) else {}), "imported": {"top": foreign.report.top}},
    }
    made: UUID = session.value(_QUERIES["begin_import"], {"capsule": Json(capsule)})
    return made


@dataclass(frozen=True)
class Kept:
    """The files of a capsule on their way into rows. small: the contents of those that go into the database, one behind the other."""

    rows: list[dict[str, Any]]
    small: BinaryIO
    manifest: bytes
    checksums: bytes


def keep_files(foreign: Foreign, objects: Objects, small: BinaryIO, inline_bytes: int, most_bytes: int) -> Kept:
    """Large files go to the object store, before a transaction is open that would wait for them."""
    own: dict[str, bytes] = {}
    rows: list[dict[str, Any]] = []
    foreign.file.seek(0)
    for member in open_archive(foreign.file, most_bytes).members():
        if member.name in (MANIFEST, CHECKSUMS) and not member.is_folder:
            own[member.name] = member.read()
        elif not member.is_folder:
            rows.append(_kept(member, objects, small, inline_bytes))
    return Kept(rows, small, own[MANIFEST], own[CHECKSUMS])


def add_files(session: Session, capsule_id: UUID, kept: Kept) -> None:
    """In batches."""
    kept.small.seek(0)
    rows: list[dict[str, Any]] = []
    contents: list[bytes | None] = []
    held = 0
    for row in kept.rows:
        content = None if "storage_path" in row else kept.small.read(row["size_bytes"])
        rows.append(row)
        contents.append(content)
        held += len(content or b"")
        if len(rows) == _BATCH or held > _BATCH_BYTES:
            _send(session, capsule_id, rows, contents)
            rows, contents, held = [], [], 0
    _send(session, capsule_id, rows, contents)


def end(session: Session, capsule_id: UUID, foreign: Foreign, kept: Kept) -> None:
    """Seals the draft with the capsule's own bytes and id."""
    told = foreign.report.manifest
    executions = list(_executions(told))
    seal = {
        "mqc_id": foreign.mqc_id,
        "sealed_at": _instant(told.get("sealed_at")) or datetime.now(UTC).isoformat(),
        "foreign_proof": foreign.proof,
        "num_tasks": len(executions),
        "total_shots": _whole(told.get("total_shots")) or 0,
        "task_executions": executions,
    }
    canonical = canonical_bytes(read_manifest(kept.manifest))
    session.run(
        _QUERIES["end_import"],
        {"capsule_id": capsule_id, "seal": Json(seal), "manifest": kept.manifest, "canonical": canonical, "checksums": kept.checksums},
    )


def _unbundled(file: BinaryIO, most_bytes: int) -> tuple[BinaryIO, Mapping[str, Any] | None]:
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        file.seek(0)
        return file, None
    try:
        with zipfile.ZipFile(file) as bundle:
            names = [info for info in bundle.infolist() if not info.is_dir()]
            capsules = [info for info in names if info.filename.endswith(".capsule")]
            proofs = [info for info in names if info.filename.endswith(".proof.json")]
            if len(capsules) != 1 or len(proofs) > 1 or len(names) != len(capsules) + len(proofs):
                raise _unfit("A bundle is a zip of one NAME.capsule and its NAME.proof.json, and of nothing else.")
            if capsules[0].file_size > most_bytes or any(info.file_size > LARGEST_PROOF for info in proofs):
                raise _unfit("A file of the bundle is larger than the limit.")
            if capsules[0].compress_type != zipfile.ZIP_STORED:
                raise _unfit("The capsule lies compressed in the bundle, which is compressed already.", "Store it: zip -0.")
            proof = read_proof(bundle.read(proofs[0])) if proofs else None
            start = bundle.open(capsules[0])
            return cast(BinaryIO, start), proof
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _unfit("The bundle is no zip that can be read.") from error


def _kept(member: Member, objects: Objects, small: BinaryIO, inline_bytes: int) -> dict[str, Any]:
    name = unicodedata.normalize("NFC", member.name)
    kind = name.partition("/")[0] if "/" in name else "other"
    row = {
        "name": name,
        "artifact_type": kind if kind in ARTIFACT_TYPES else "other",
        "content_type": mimetypes.guess_type(name)[0] or "application/octet-stream",
        "size_bytes": member.size_bytes,
    }
    if member.size_bytes <= inline_bytes:
        content = member.read()
        small.write(content)
        return {**row, "digest": f"sha256:{sha256(content).hexdigest()}"}
    stored = objects.put(cast(BinaryIO, BufferedReader(_Chunks(member.chunks))), member.size_bytes)
    return {**row, "digest": f"sha256:{stored.sha256}", "storage_path": stored.key}


def _send(session: Session, capsule_id: UUID, rows: list[dict[str, Any]], contents: list[bytes | None]) -> None:
    if not rows:
        return
    texts = [None if content is None else text_of(content) for content in contents]
    binaries = [content if text is None else None for content, text in zip(contents, texts, strict=True)]
    session.run(_QUERIES["import_artifacts"], {"capsule_id": capsule_id, "artifacts": Json(rows), "texts": texts, "binaries": binaries})


def _executions(manifest: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    listed = manifest.get("task_executions")
    for one in (listed if isinstance(listed, list) else [])[:_MOST_TASKS]:
        told, backend = _object(one), _object(_object(one).get("backend"))
        cost = told.get("cost_usd")
        yield {
            "task_id": _text(told.get("task_id")) or "",
            "backend": _text(backend.get("name")) or "",
            "start_time": _instant(told.get("start_time")),
            "end_time": _instant(told.get("end_time")),
            "cost_usd": cost if isinstance(cost, int | float) and not isinstance(cost, bool) else None,
            "shots": _whole(backend.get("shots")),
            "job_id": _text(told.get("job_id")),
        }


class _Chunks(RawIOBase):
    """A member's chunks as a file that is read forward."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._left = chunks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        into = memoryview(buffer).cast("B")
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        count = min(len(into), len(self._left))
        into[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    """A row shows what a manifest says; the manifest itself keeps what PostgreSQL cannot."""
    return value.replace("\0", "\ufffd")[:10_000] if isinstance(value, str) else None


def _texts(value: Any) -> list[str]:
    return [text[:100] for one in (value if isinstance(value, list) else [])[:50] if (text := _text(one))]


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31 else None


def _instant(value: Any) -> str | None:
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()
    except (TypeError, ValueError):
        return None


def _is_small(metadata: Mapping[str, Any]) -> bool:
    written = json.dumps(metadata)
    return len(written) <= _MOST_METADATA and "\\u0000" not in written and "\\ud8" not in written.lower()


def _unfit(message: str, hint: str | None = None) -> Problem:
    return Problem("capsule_invalid", message, hint, {"layer": "archive", "file": ""})
