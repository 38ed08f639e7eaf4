"""/api/capsules/{id}/export and /verify: a sealed capsule as a file that needs us no more, and what a stranger would find in it."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, cast
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from quapsule.api.answers import Json
from quapsule.api.callers import Visiting, Visitor
from quapsule.api.capsule_bodies import Format, VerifyBody
from quapsule.api.openapi import refusals
from quapsule.api.uploads import objects_of, send_file, spool
from quapsule.capsules import sealed
from quapsule.capsules.artifact import Files
from quapsule.capsules.sealed import Seal
from quapsule.errors import Problem
from quapsule.seal.check import Finding, Report, verify
from quapsule.seal.faces.crate import crate_zip
from quapsule.seal.faces.datacite import datacite_json
from quapsule.seal.format.manifest import read_manifest
from quapsule.settings import Settings

router = APIRouter(prefix="/api/capsules/{capsule_id}", tags=["capsules"])

_SEALED = ("not_found", "capsule_not_sealed")
_REPORT = "report.html"
_FILES: dict[str, Any] = {
    "application/json": {"schema": {"type": "object", "additionalProperties": True}},
    **{name: {"schema": {"type": "string", "format": "binary"}} for name in ("application/gzip", "application/zip", "text/html")},
}


@dataclass(frozen=True)
class Found:
    """What does not fit, in which layer: archive, manifest, checksums, payload, id, signature, log or timestamp."""

    layer: str
    file: str
    message: str


@dataclass(frozen=True)
class Proven:
    """A signature that holds. on_behalf_of: by the platform, for a person who gave the password again."""

    key_id: str
    kind: str
    name: str
    meaning: str
    signed_at: str
    on_behalf_of: bool


@dataclass(frozen=True)
class Stamped:
    """A timestamp that fits. trusted: by the certificates that the operator named."""

    authority: str
    at: str
    trusted: bool


@dataclass(frozen=True)
class Verification:
    """exit_code: of `quapsule verify` for the same file: 0 verified, 3 intact but the signer unknown, 1 broken."""

    status: Literal["verified", "intact", "broken"]
    exit_code: int
    capsule_id: str | None
    findings: list[Found]
    signatures: list[Proven]
    files: int
    size_bytes: int
    log_index: int | None
    timestamps: list[Stamped]


@dataclass(frozen=True)
class _Export:
    seal: Seal
    files: Files
    proof: dict[str, Any]


@router.get("/export", responses={**refusals(*_SEALED, "capsule_invalid"), 200: {"content": _FILES}}, response_class=Response)
def export_capsule(visiting: Visiting, request: Request, capsule_id: UUID, format: Annotated[Format, Query()] = "capsule") -> Response:
    """As a file: NAME.capsule, NAME.proof.json, a zip of both, an RO-Crate (zip), the report (HTML) or DataCite's metadata (JSON)."""
    found = _find(visiting, request, capsule_id)
    settings: Settings = request.app.state.settings
    return _WRITERS[format](found, settings)


@router.post("/verify", response_model=Verification, responses=refusals(*_SEALED))
def verify_capsule(visiting: Visiting, request: Request, capsule_id: UUID, body: VerifyBody | None = None) -> Json:
    """Verifies the very file that an export gives, as a stranger would; with the signer's fingerprint also who signed it."""
    found, settings = _find(visiting, request, capsule_id), request.app.state.settings
    with spool(settings) as file:
        try:
            sealed.write_archive(found.seal, found.files, file)
        except Problem as problem:  # what lies here is not even of the size that was sealed, or gone
            if problem.code not in ("capsule_invalid", "not_found"):
                raise
            where = str((problem.details or {}).get("file", ""))
            return Json(_told(Report("broken", None, (Finding("payload", where, problem.message),))))
        file.seek(0)
        asked = body or VerifyBody()
        roots = Path(settings.tsa_certificates).read_text(encoding="utf-8") if settings.tsa_certificates else None
        report = verify(file, found.proof, asked.id or found.seal.mqc_id, asked.signer, settings.capsule_mb << 20, roots)
    return Json(_told(report))


def _find(visiting: Visitor, request: Request, capsule_id: UUID) -> _Export:
    objects = objects_of(request)
    with visiting.signed_in() as session:
        seal = sealed.find_seal(session, capsule_id)
        files = sealed.find_files(session, capsule_id, visiting.signed_in, objects)
        return _Export(seal, files, sealed.find_proof(session, seal))


def _send_capsule(found: _Export, settings: Settings) -> Response:
    return _send(
        settings, lambda file: sealed.write_archive(found.seal, found.files, file), f"{found.seal.top}.capsule", "application/gzip"
    )


def _send_proof(found: _Export, _: Settings) -> Response:
    return _document(orjson.dumps(found.proof, option=orjson.OPT_INDENT_2), f"{found.seal.top}.proof.json", "application/json")


def _send_bundle(found: _Export, settings: Settings) -> Response:
    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w") as bundle:
            # Stored: the capsule is compressed already.
            with bundle.open(zipfile.ZipInfo(f"{found.seal.top}.capsule"), "w", force_zip64=True) as member:
                sealed.write_archive(found.seal, found.files, cast(BinaryIO, member))
            bundle.writestr(zipfile.ZipInfo(f"{found.seal.top}.proof.json"), orjson.dumps(found.proof, option=orjson.OPT_INDENT_2))

    return _send(settings, write, f"{found.seal.top}.zip", "application/zip")


def _send_crate(found: _Export, settings: Settings) -> Response:
    seal = found.seal

    def write(file: BinaryIO) -> None:
        crate_zip(seal.top, bytes(seal.manifest), bytes(seal.checksums), found.files.items(), file)

    return _send(settings, write, f"{seal.top}.crate.zip", "application/zip")


def _send_report(found: _Export, settings: Settings) -> Response:
    written = found.files.read(_REPORT, settings.artifact_mb << 20)
    if written is None:
        raise Problem("not_found", "The capsule holds no report; it was not sealed here.")
    return _document(written, f"{found.seal.top}.html", "text/html; charset=utf-8")


def _send_datacite(found: _Export, _: Settings) -> Response:
    told = datacite_json(read_manifest(bytes(found.seal.manifest)), found.seal.mqc_id, found.seal.doi)
    return _document(orjson.dumps(told, option=orjson.OPT_INDENT_2), f"{found.seal.top}.datacite.json", "application/json")


_WRITERS: dict[Format, Callable[[_Export, Settings], Response]] = {
    "capsule": _send_capsule,
    "proof": _send_proof,
    "bundle": _send_bundle,
    "rocrate": _send_crate,
    "report": _send_report,
    "datacite": _send_datacite,
}


def _send(settings: Settings, write: Callable[[BinaryIO], None], name: str, content_type: str) -> Response:
    """Written whole before the first byte leaves: a fault on the way is an answer of its own, not half a file."""
    file = spool(settings)
    try:
        write(file)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return send_file(file, size, name, content_type)


def _document(content: bytes, name: str, content_type: str) -> Response:
    return send_file(BytesIO(content), len(content), name, content_type)


def _told(report: Report) -> Verification:
    return Verification(
        report.status,
        report.exit_code,
        report.capsule_id,
        [Found(one.layer, one.file, one.message) for one in report.findings],
        [Proven(one.key_id, one.kind, one.name, one.meaning, one.signed_at, one.on_behalf_of) for one in report.signatures],
        report.files,
        report.size_bytes,
        report.log.index if report.log else None,
        [Stamped(one.authority, one.at, one.trusted) for one in report.timestamps],
    )
