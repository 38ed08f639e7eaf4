"""/api/capsules/{id}/artifacts: the files of a capsule."""

import mimetypes
from hashlib import sha256
from io import BytesIO
from typing import Annotated, BinaryIO
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from quapsule.api.answers import Json, Listing
from quapsule.api.callers import Visiting, Visitor
from quapsule.api.capsule_bodies import ContentType, NewFile
from quapsule.api.idempotency import once
from quapsule.api.openapi import refusals
from quapsule.api.uploads import RAW_ANSWER, RAW_BODY, objects_of, received, send_file
from quapsule.capsules import artifact, capsule
from quapsule.capsules.artifact import Artifact, NewArtifact
from quapsule.capsules.sealed import find_files
from quapsule.database.session import Session
from quapsule.objects import Objects, Stored
from quapsule.seal import ArtifactType
from quapsule.seal.format.names import check_name
from quapsule.settings import Settings

router = APIRouter(prefix="/api/capsules/{capsule_id}/artifacts", tags=["capsules"])

_CHANGING = ("idempotency_conflict", "not_found", "team_suspended", "capsule_sealed")
_ADDING = (*_CHANGING, "artifact_name_invalid", "artifact_too_large")


@router.get("", response_model=Listing[Artifact], responses=refusals("not_found"))
def list_artifacts(visiting: Visiting, capsule_id: UUID) -> Json:
    """All files of a capsule, by name, without their contents."""
    with visiting.signed_in() as session:
        capsule.see(session, capsule_id)
        return Json({"items": artifact.list_artifacts(session, capsule_id), "next_cursor": None})


@router.post("", status_code=201, response_model=Artifact, responses=refusals(*_ADDING, "already_exists"))
def add_artifact(visiting: Visiting, request: Request, capsule_id: UUID, body: NewFile) -> Json:
    """Adds a small file to a draft."""
    settings: Settings = request.app.state.settings
    content = body.content()
    new = _new(settings, body.name, body.artifact_type, body.content_type, replace=False)
    with visiting.signed_in() as session:

        def act() -> Artifact:
            artifact.may_change(session, capsule_id)
            stored = _stored(objects_of(request), settings, BytesIO(content), len(content))
            return _add(session, capsule_id, new, stored or content)

        return once(session, request, body, act, status=201)


@router.put("/{name:path}", response_model=Artifact, openapi_extra=RAW_BODY, responses=refusals(*_ADDING, "already_exists"))
async def put_artifact(
    visiting: Visiting,
    request: Request,
    capsule_id: UUID,
    name: str,
    artifact_type: ArtifactType,
    content_type: Annotated[ContentType | None, Query(description="Of the file; told by its name when absent.")] = None,
) -> Json:
    """Adds a file of any size to a draft, the body as it is, or replaces the one of this name."""
    settings: Settings = request.app.state.settings
    new = _new(settings, name, artifact_type, content_type, replace=True)
    await run_in_threadpool(_may_change, visiting, capsule_id)
    async with received(request, settings.artifact_mb << 20) as file:
        return await run_in_threadpool(_put, visiting, request, capsule_id, new, file)


@router.get("/{name:path}", responses={**refusals("not_found"), 200: {"content": RAW_ANSWER}}, response_class=Response)
def show_artifact(visiting: Visiting, request: Request, capsule_id: UUID, name: str) -> Response:
    """A file's bytes, as a download that says nothing of its type: the list does."""
    with visiting.signed_in() as session:
        found = artifact.find_artifact(session, capsule_id, name)
        files = find_files(session, capsule_id, visiting.signed_in, objects_of(request))
    return send_file(files.open(name), found.size_bytes, name.rpartition("/")[2], "application/octet-stream")


@router.delete("/{name:path}", status_code=204, responses=refusals(*_CHANGING))
def remove_artifact(visiting: Visiting, request: Request, capsule_id: UUID, name: str) -> Json:
    """Removes a file from a draft."""
    with visiting.signed_in() as session:
        return once(session, request, None, lambda: artifact.remove(session, capsule_id, name), status=204)


def _new(settings: Settings, name: str, kind: ArtifactType, content_type: str | None, *, replace: bool) -> NewArtifact:
    checked = check_name(name)
    told = content_type or mimetypes.guess_type(checked)[0] or "application/octet-stream"
    return NewArtifact(checked, kind, told, settings.capsule_mb << 20, replace)


def _stored(objects: Objects, settings: Settings, file: BinaryIO, size: int) -> Stored | None:
    """None where the file is small enough for the database."""
    return None if size <= settings.artifact_inline_kb << 10 else objects.put(file, settings.artifact_mb << 20)


def _add(session: Session, capsule_id: UUID, new: NewArtifact, what: Stored | bytes) -> Artifact:
    if isinstance(what, bytes):
        artifact.add_content(session, capsule_id, new, what)
    else:
        artifact.add_stored(session, capsule_id, new, what)
    return artifact.find_artifact(session, capsule_id, new.name)


def _may_change(visiting: Visitor, capsule_id: UUID) -> None:
    with visiting.signed_in() as session:
        artifact.may_change(session, capsule_id)


def _put(visiting: Visitor, request: Request, capsule_id: UUID, new: NewArtifact, file: BinaryIO) -> Json:
    size = file.seek(0, 2)
    file.seek(0)
    what = _stored(objects_of(request), request.app.state.settings, file, size) or file.read()
    body = {"digest": what.sha256 if isinstance(what, Stored) else sha256(what).hexdigest()}
    with visiting.signed_in() as session:
        return once(session, request, body, lambda: _add(session, capsule_id, new, what))
