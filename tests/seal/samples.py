"""A small sealed capsule with its proof, ways to spoil it, and the two verifiers of ours side by side."""

import gzip
import importlib.util
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from tests.seal.signing import Nodes, id_of, key_of, sealed_by

import quapsule.seal
from quapsule.seal import Item, item_of
from quapsule.seal.check import Report, verify
from quapsule.seal.format.archive import pack
from quapsule.seal.format.sealing import Sealed, seal
from quapsule.seal.trust.checkpoint import write_checkpoint
from quapsule.seal.trust.log import inclusion_proof, root_at
from quapsule.seal.trust.proof import LogPlace, PublicKey, make_proof

STANDALONE = Path(quapsule.seal.__file__).parent / "standalone" / "verify_capsule.py"
PLATFORM = key_of("platform")
ORIGIN = "quapsule.example/seal-log"
TOP = "bell"

_spec = importlib.util.spec_from_file_location("verify_capsule", STANDALONE)
assert _spec and _spec.loader
standalone = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(standalone)


def manifest_of(**parts: Any) -> dict[str, Any]:
    return {
        "version": "1.0.0",
        "name": "Bell, gemessen in München",
        "lifecycle_state": "sealed",
        "requirements": {"paradigm": ["gate-based"], "max_qubit_count": 2},
        "sealed_at": "2026-11-23T05:30:00Z",
        "sealed_by": "Alice",
        "parameters": {"shots": 1000, "theta": 0.25, "tiny": 1e-7},
        "extensions": {"quapsule": {"odd": "\x80\u2028"}},
        **parts,
    }


def items_of(files: Mapping[str, bytes]) -> list[Item]:
    return [item_of(name, "data", "application/octet-stream", content) for name, content in files.items()]


@dataclass(frozen=True)
class Sample:
    sealed: Sealed
    payload: dict[str, bytes]
    proof: dict[str, Any]

    @property
    def files(self) -> dict[str, bytes]:
        """Every file of the archive."""
        return {"capsule.yaml": self.sealed.manifest, ".checksums": self.sealed.checksums, **self.payload}

    @property
    def capsule_id(self) -> str:
        return self.sealed.capsule_id


@cache
def sample() -> Sample:
    payload = {
        "workflow/script.py": b"bell = 'h q[0]; cx q[0], q[1];'\n",
        "results/counts.json": b'{"00": 503, "11": 497}\n',
        "data/Mess wert%.txt": "Zürich\n".encode(),
        "-empty": b"",
    }
    sealed = seal(manifest_of(), items_of(payload))
    return Sample(sealed, payload, proof_of(sealed.capsule_id))


def proof_of(capsule_id: str) -> dict[str, Any]:
    """Signed by the platform, and entry 4 of 7 in its log."""
    entries = [id_of(str(number)) for number in range(4)] + [capsule_id] + [id_of(str(number)) for number in range(5, 7)]
    nodes = Nodes([entry.encode() for entry in entries])
    place = LogPlace(ORIGIN, 4, 7, inclusion_proof(4, 7, nodes), write_checkpoint(PLATFORM, ORIGIN, 7, root_at(7, nodes)))
    return make_proof(capsule_id, [sealed_by(PLATFORM, capsule_id)], [PublicKey(PLATFORM.public_bytes, "platform", "Quapsule")], place)


def packed(files: Mapping[str, bytes], top: str = TOP) -> bytes:
    """An archive around these files, whatever they are."""
    out = BytesIO()
    payload = {name: content for name, content in files.items() if name not in ("capsule.yaml", ".checksums")}
    pack(top, files["capsule.yaml"], files[".checksums"], items_of(payload), out)
    return out.getvalue()


def tarred(entries: Iterable[tuple[str, bytes | None] | tarfile.TarInfo], *, form: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive entry by entry, in the order given; None is a folder, a TarInfo stands for itself."""
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                tar.addfile(entry, BytesIO(bytes(entry.size)))
                continue
            name, content = entry
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            info.size = len(content or b"")
            tar.addfile(info, BytesIO(content or b""))
    return gzipped(out.getvalue())


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def entries_of(files: Mapping[str, bytes], top: str = TOP) -> list[tuple[str, bytes | None]]:
    """As `pack` orders them."""
    folders = {"/".join(path.split("/")[:count]) for path in (f"{top}/{name}" for name in files) for count in range(1, path.count("/") + 1)}
    return sorted([(folder, None) for folder in folders] + [(f"{top}/{name}", content) for name, content in files.items()])


def unpacked(archive: bytes) -> dict[str, bytes]:
    """What a reader who is not strict finds in an archive."""
    with tarfile.open(fileobj=BytesIO(archive), mode="r:gz") as tar:
        opened = {entry.name: tar.extractfile(entry) for entry in tar if not entry.isdir()}
        return {name.removeprefix(f"{TOP}/"): file.read() if file else b"no file" for name, file in opened.items()}


def judged(
    archive: bytes, proof: Mapping[str, Any] | None = None, expected_id: str | None = None, signer: str | None = None
) -> tuple[Report, int]:
    """Our report, and the exit code of the standalone verifier. The two agree, but for what only the strict one refuses: another spelling
    of the sample's very files, and of a proof that says the same."""
    report = verify(BytesIO(archive), proof, expected_id, signer)
    code, lines = stand_alone(archive, proof, expected_id, signer)
    assert lines[0] == {0: "verified", 3: "intact, signer unknown", 1: "broken"}[code]
    if report.status == "broken" and code != 1:
        assert unpacked(archive) == sample().files, lines
        assert lines == stand_alone(packed(sample().files), None if proof is None else sample().proof, expected_id, signer)[1]
    else:
        assert code == report.exit_code, (report, lines)
    return report, code


def stand_alone(archive: bytes, proof: Mapping[str, Any] | None, expected_id: str | None, signer: str | None) -> tuple[int, list[str]]:
    code, lines = standalone.verify(BytesIO(archive), None if proof is None else json.dumps(proof).encode(), expected_id, signer)
    return code, lines


def refused(archive: bytes) -> Report:
    """The strict verifier says that it is broken though it is given no id and no proof, and so does the other, or it is the sample."""
    report, _ = judged(archive)
    assert report.status == "broken"
    return report
