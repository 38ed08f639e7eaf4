"""/api/capsules/import: a capsule that was sealed elsewhere, verified and kept as it came."""

from typing import BinaryIO
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from quapsule.api.answers import Json
from quapsule.api.callers import Visiting, Visitor
from quapsule.api.idempotency import once
from quapsule.api.openapi import refusals
from quapsule.api.uploads import RAW_BODY, objects_of, received, spool
from quapsule.capsules import capsule, importing
from quapsule.capsules.capsule import CapsuleDetail
from quapsule.settings import Settings

router = APIRouter(prefix="/api/capsules", tags=["capsules"])


@router.post(
    "/import",
    status_code=201,
    response_model=CapsuleDetail,
    openapi_extra=RAW_BODY,
    responses=refusals(
        *(
            "idempotency_conflict",
            "not_found",
            "team_suspended",
            "already_exists",
            "artifact_too_large",
            "capsule_invalid",
            "signature_invalid",
        )
    ),
)
async def import_capsule(visiting: Visiting, request: Request, team_id: UUID | None = None) -> Json:
    """The body is a NAME.capsule, or a zip of it and its NAME.proof.json. Only what is intact is taken; it is sealed as it was."""
    settings: Settings = request.app.state.settings
    chosen = await run_in_threadpool(_choose_team, visiting, team_id)
    async with received(request, settings.capsule_mb << 20) as file:
        return await run_in_threadpool(_import, visiting, request, chosen, file)


def _choose_team(visiting: Visitor, team_id: UUID | None) -> UUID:
    with visiting.signed_in() as session:
        return importing.choose_team(session, team_id)


def _import(visiting: Visitor, request: Request, team_id: UUID, file: BinaryIO) -> Json:
    settings: Settings = request.app.state.settings
    most_bytes = settings.capsule_mb << 20
    foreign = importing.read_foreign(file, most_bytes)
    with spool(settings) as small:
        kept = importing.keep_files(foreign, objects_of(request), small, settings.artifact_inline_kb << 10, most_bytes)
        with visiting.signed_in() as session:

            def act() -> CapsuleDetail:
                made = importing.begin(session, foreign, team_id)
                importing.add_files(session, made, kept)
                importing.end(session, made, foreign, kept)
                return capsule.find_detail(session, made)

            return once(session, request, {"capsule_id": foreign.mqc_id}, act, status=201, team_id=team_id)
