"""Is this the capsule that was sealed, and by whom: from the file, its proof, and what its reader trusts. Offline; nothing is unpacked.

Layers, from the outside: archive, manifest, checksums, payload, id, then those of the proof: signature, log, timestamp.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from quapsule.errors import Problem
from quapsule.seal.format.archive import MOST_BYTES, open_archive
from quapsule.seal.format.canonical import canonical_bytes, capsule_id
from quapsule.seal.format.checksums import read_checksums
from quapsule.seal.format.manifest import read_manifest, write_manifest
from quapsule.seal.format.names import CHECKSUMS, MANIFEST

if TYPE_CHECKING:
    from quapsule.seal.trust.proof import ProvenPlace, ProvenSignature, ProvenTime

__all__ = ["Finding", "Report", "verify", "with_finding"]

Status = Literal["verified", "intact", "broken"]

_EXIT_CODES: Mapping[Status, int] = {"verified": 0, "intact": 3, "broken": 1}
_ID = re.compile(r"mqc:1:[0-9a-f]{64}")


@dataclass(frozen=True)
class Finding:
    """What does not fit. file: a path inside the capsule; `NAME.proof.json`'s findings have "proof", the archive's own may have ""."""

    layer: str
    file: str
    message: str


@dataclass(frozen=True)
class Report:
    """status: verified (intact, and signed by the key that was given), intact (signer unknown) or broken.

    capsule_id: as computed from the file; None when it has no readable manifest. top: the archive's folder. size_bytes: of all files
    together. signatures, log, timestamps: what of the proof was found right.
    """

    status: Status
    capsule_id: str | None
    findings: tuple[Finding, ...]
    manifest: Mapping[str, Any] = field(default_factory=dict)
    top: str = ""
    files: int = 0
    size_bytes: int = 0
    signatures: "tuple[ProvenSignature, ...]" = ()
    log: "ProvenPlace | None" = None
    timestamps: "tuple[ProvenTime, ...]" = ()

    @property
    def exit_code(self) -> int:
        return _EXIT_CODES[self.status]


def verify(
    file: BinaryIO | Path,
    proof: Mapping[str, Any] | None = None,
    expected_id: str | None = None,
    signer: str | None = None,
    most_bytes: int = MOST_BYTES,
    roots_pem: str | None = None,
) -> Report:
    """Read the whole file once. expected_id, signer (a key's fingerprint), roots_pem (certificates of timestamp authorities): what the
    reader knows from elsewhere. most_bytes: of all files together.

    Raises Problem validation_error for an id or a fingerprint that is none; a capsule that is broken is a Report.
    """
    if expected_id is not None and not _ID.fullmatch(expected_id):
        raise Problem("validation_error", f"{expected_id[:100]!r} is no capsule's id.", "An id is `mqc:1:` and 64 small hex digits.")
    wanted = None
    if signer is not None:
        from quapsule.seal.trust.keys import read_fingerprint  # the library for signatures is slow to load, and not always needed

        wanted = read_fingerprint(signer)
    if isinstance(file, Path):
        with file.open("rb") as opened:
            report = _read(opened, expected_id, most_bytes)
    else:
        report = _read(file, expected_id, most_bytes)
    if proof is not None and report.capsule_id:
        report = _with_proof(report, report.capsule_id, proof, wanted, roots_pem)
    signed = any(signature.key_id == wanted for signature in report.signatures)
    return replace(report, status="broken" if report.findings else "verified" if signed else "intact")


def with_finding(report: Report, finding: Finding) -> Report:
    """The report of something that turned out broken elsewhere, such as a proof that is no document."""
    return replace(report, status="broken", findings=(*report.findings, finding))


def _read(file: BinaryIO, expected_id: str | None, most_bytes: int) -> Report:
    """What the file says of itself; the verdict is still open."""
    contents = _Contents()
    try:
        contents.read(file, most_bytes)
    except Problem as problem:
        return Report("broken", None, (_finding(problem),))
    findings: list[Finding] = []
    manifest: Mapping[str, Any] | None = None
    found_id = None
    try:
        data = contents.own(MANIFEST, "manifest")
        manifest = read_manifest(data)
        found_id = capsule_id(canonical_bytes(manifest))
        if _is_ours(manifest) and data != write_manifest(manifest):
            findings.append(Finding("manifest", MANIFEST, "It says what was sealed, but in a spelling that the seal does not write."))
    except Problem as problem:
        findings.append(_finding(problem))
    findings += _payload_findings(contents, manifest)
    if found_id and expected_id not in (None, found_id):
        findings.append(Finding("id", MANIFEST, f"The capsule is {found_id}, not {expected_id}."))
    return Report("intact", found_id, tuple(findings), manifest or {}, contents.top, len(contents.digests), contents.size_bytes)


def _with_proof(report: Report, capsule_id: str, proof: Mapping[str, Any], signer: str | None, roots_pem: str | None) -> Report:
    from quapsule.seal.trust.proof import check_proof

    checked = check_proof(proof, capsule_id, roots_pem)
    findings = [*report.findings, *(Finding(layer, "proof", message) for layer, message in checked.problems)]
    if signer and not checked.is_signed_by(signer):
        findings.append(Finding("signature", "proof", f"No signature that holds is by the key SHA256:{signer}."))
    return replace(report, findings=tuple(findings), signatures=checked.signatures, log=checked.log, timestamps=checked.timestamps)


def _is_ours(manifest: Mapping[str, Any]) -> bool:
    """Whether this platform's seal wrote it. Then not even a space of it may differ, though the id would be the same."""
    extensions = manifest.get("extensions")
    return isinstance(extensions, dict) and "quapsule" in extensions


class _Contents:
    """What one pass over the archive leaves: a digest per file, and the bytes of the two that describe the others."""

    def __init__(self) -> None:
        self.top = ""
        self.size_bytes = 0
        self.digests: dict[str, str] = {}
        self._own: dict[str, bytes] = {}

    def read(self, file: BinaryIO, most_bytes: int) -> None:
        archive = open_archive(file, most_bytes)
        self.top = archive.top
        for member in archive.members():
            if member.is_folder:
                continue
            self.size_bytes += member.size_bytes
            if member.name in (MANIFEST, CHECKSUMS):
                self._own[member.name] = member.read()
                continue
            hasher = sha256()
            for chunk in member.chunks:
                hasher.update(chunk)
            # Paths are compared composed: a capsule that was packed on a Mac may hold them decomposed.
            name = member.name if member.name.isascii() else unicodedata.normalize("NFC", member.name)
            self.digests[name] = hasher.hexdigest()

    def own(self, name: str, layer: str) -> bytes:
        if name not in self._own:
            raise Problem("capsule_invalid", f"{name} is missing.", details={"layer": layer, "file": name})
        return self._own[name]


def _payload_findings(contents: _Contents, manifest: Mapping[str, Any] | None) -> Iterator[Finding]:
    """The manifest pins .checksums, and .checksums pins every file and that there are no others. manifest: None when it cannot be read."""
    try:
        data = contents.own(CHECKSUMS, "checksums")
        if manifest is not None:
            declared = manifest.get("checksums_digest")
            if declared is None:
                yield Finding("manifest", MANIFEST, "The capsule is not sealed: its manifest has no checksums_digest.")
            elif declared != f"sha256:{sha256(data).hexdigest()}":
                yield Finding("checksums", CHECKSUMS, "It is not the list that the manifest names by its digest.")
        listed = read_checksums(data)
    except Problem as problem:
        yield _finding(problem)
        return
    for name, digest in listed.items():
        if name not in contents.digests:
            yield Finding("payload", name, "The file is listed, but missing.")
        elif contents.digests[name] != digest:
            yield Finding("payload", name, "The file is not the one that was sealed.")
    for name in sorted(contents.digests.keys() - listed.keys()):
        yield Finding("payload", name, "The file was not sealed: it is not listed.")


def _finding(problem: Problem) -> Finding:
    details = problem.details or {}
    return Finding(str(details.get("layer", "archive")), str(details.get("file", "")), problem.message)
