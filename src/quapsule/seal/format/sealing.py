"""The seal: the list of files, the manifest that names the list, its canonical bytes and the id made of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from quapsule.errors import Problem
from quapsule.seal import Item
from quapsule.seal.format.canonical import canonical_bytes, capsule_id
from quapsule.seal.format.checksums import write_checksums
from quapsule.seal.format.manifest import read_manifest, write_manifest
from quapsule.seal.format.names import CHECKSUMS, MANIFEST, check_names

__all__ = ["Sealed", "seal"]


@dataclass(frozen=True)
class Sealed:
    """manifest: the bytes of capsule.yaml. canonical: the bytes that were hashed. checksums: the bytes of .checksums."""

    capsule_id: str
    manifest: bytes
    canonical: bytes
    checksums: bytes


def seal(manifest: Mapping[str, Any], items: Iterable[Item]) -> Sealed:
    """`manifest` without checksums_digest, which is added. Contents are not read: an Item's digest is taken at its word.

    Raises Problem artifact_name_invalid (names of one capsule that some machine cannot store side by side) or capsule_invalid (a manifest
    that is not of the standard's schema, or that could not be read back).
    """
    files = list(items)
    if own := next((item.name for item in files if item.name in (MANIFEST, CHECKSUMS)), None):
        raise Problem("artifact_name_invalid", f"{own} is made by the seal.", details={"name": own})
    check_names(item.name for item in files)
    checksums = write_checksums(files)
    whole = {**manifest, "checksums_digest": f"sha256:{sha256(checksums).hexdigest()}"}
    written = write_manifest(whole)
    # What is hashed is what everybody will read, not what was meant to be written.
    read = read_manifest(written)
    if faults := _faults_of(read):
        shown = "; ".join(f"{fault['path']}: {fault['message']}" for fault in faults[:5])
        raise Problem("capsule_invalid", f"The manifest is not of the standard's schema: {shown}.", details={"faults": faults[:50]})
    canonical = canonical_bytes(read)
    return Sealed(capsule_id(canonical), written, canonical, checksums)


def _faults_of(manifest: dict[str, Any]) -> list[dict[str, str]]:
    from marqov_capsule import CapsuleValidator  # slow to import, and only a seal needs it

    if manifest.get("lifecycle_state") not in ("sealed", "archived"):
        return [{"path": "lifecycle_state", "message": "a seal makes it 'sealed'"}]
    faults: list[dict[str, str]] = CapsuleValidator.validate(manifest)["errors"]
    return faults
