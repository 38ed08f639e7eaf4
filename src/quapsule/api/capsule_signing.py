"""/api/capsules/{id}/seal and /signatures: what the worker, who alone has the platform's key, is asked to do; people's own signatures."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from quapsule.api.answers import Json
from quapsule.api.callers import Visiting, Visitor
from quapsule.api.capsule_bodies import SealBody, SignBody
from quapsule.api.idempotency import once
from quapsule.api.openapi import refusals
from quapsule.api.reauthentication import confirm
from quapsule.capsules import capsule, signatures
from quapsule.capsules.capsule import State
from quapsule.capsules.sealed import find_seal

router = APIRouter(prefix="/api/capsules/{capsule_id}", tags=["capsules"])

_LOOK_AGAIN_SECONDS = 0.2
_SIGNING = ("idempotency_conflict", "not_found", "team_suspended", "password_wrong", "rate_limited", "conflict")


@dataclass(frozen=True)
class Asked:
    """What became of a request so far. done_at: done or, with a problem, given up. request_id: None where there was nothing to ask for."""

    capsule_id: UUID
    request_id: UUID | None
    state: State
    mqc_id: str | None
    done_at: datetime | None
    problem: Any


@router.post("/seal", status_code=202, response_model=Asked, responses=refusals(*_SIGNING, "capsule_sealed"))
async def seal_capsule(
    visiting: Visiting, request: Request, capsule_id: UUID, body: SealBody, wait: Annotated[int, Query(ge=0, le=22)] = 0
) -> Json:
    """Asks for the seal. With a meaning the caller signs too. With `wait` (seconds) the answer comes when it is done, or then."""
    asked = await run_in_threadpool(_ask_seal, visiting, request, capsule_id, body)
    return await _when_done(visiting, request, asked, wait)


@router.post("/signatures", status_code=202, response_model=Asked, responses=refusals(*_SIGNING, "capsule_not_sealed", "signature_invalid"))
async def sign_capsule(
    visiting: Visiting, request: Request, capsule_id: UUID, body: SignBody, wait: Annotated[int, Query(ge=0, le=22)] = 0
) -> Json:
    """Signs a sealed capsule: with the caller's own registered key where an envelope is given, else witnessed by the platform's."""
    asked = await run_in_threadpool(_ask_signature, visiting, request, capsule_id, body)
    return await _when_done(visiting, request, asked, wait)


def _ask_seal(visiting: Visitor, request: Request, capsule_id: UUID, body: SealBody) -> Json:
    with visiting.signed_in() as session:
        capsule.see(session, capsule_id)
    person = confirm(visiting, request, body.password) if body.meaning else None
    # The stored digest of a body must not be one of a password.
    said = body.model_dump(exclude={"password"})
    with visiting.signed_in() as session:

        def act() -> Asked:
            if person is not None:
                signatures.note_reauthentication(session, person)
            request_id = capsule.request_seal(session, capsule_id, body.notes, body.meaning)
            found = capsule.find_row(session, capsule_id)
            return Asked(capsule_id, request_id, found.state, found.mqc_id, None, None)

        return once(session, request, said, act, status=202)


def _ask_signature(visiting: Visitor, request: Request, capsule_id: UUID, body: SignBody) -> Json:
    with visiting.signed_in() as session:
        capsule.see(session, capsule_id)
    person = confirm(visiting, request, body.password)
    with visiting.signed_in() as session:

        def act() -> Asked:
            found, request_id, done_at = capsule.find_row(session, capsule_id), None, None
            signatures.note_reauthentication(session, person)
            if body.envelope is None:
                request_id = signatures.request_signature(session, capsule_id, body.meaning)
            else:
                mqc_id = find_seal(session, capsule_id).mqc_id
                text = orjson.dumps(body.envelope).decode()
                done_at = signatures.add_signature(session, capsule_id, mqc_id, body.meaning, body.envelope, text).signed_at
            return Asked(capsule_id, request_id, found.state, found.mqc_id, done_at, None)

        return once(session, request, body.model_dump(exclude={"password"}), act, status=202)


async def _when_done(visiting: Visitor, request: Request, asked: Json, wait: int) -> Json:
    told = orjson.loads(asked.body)
    if wait == 0 or told["request_id"] is None:
        return asked
    capsule_id, request_id = UUID(told["capsule_id"]), UUID(told["request_id"])
    until = asyncio.get_running_loop().time() + wait
    while True:
        found = await run_in_threadpool(_look, visiting, capsule_id, request_id)
        if found.done_at is not None or asyncio.get_running_loop().time() >= until or await request.is_disconnected():
            return Json(found, 202)
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _look(visiting: Visitor, capsule_id: UUID, request_id: UUID) -> Asked:
    with visiting.signed_in() as session:
        asked, found = capsule.find_request(session, request_id), capsule.find_row(session, capsule_id)
        return Asked(capsule_id, request_id, found.state, found.mqc_id, asked.done_at, asked.problem)
