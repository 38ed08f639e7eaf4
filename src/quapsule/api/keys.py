"""API keys of a team: owners and admins, in person."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, StrictInt

from quapsule.accounts import account, api_key
from quapsule.accounts.api_key import ApiKey, Level
from quapsule.api.accounts import Name
from quapsule.api.answers import Json, Listing
from quapsule.api.callers import Visiting
from quapsule.api.idempotency import once
from quapsule.api.limits import limit
from quapsule.api.openapi import refusals
from quapsule.api.pages import Page, read_page
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.teams import team

router = APIRouter(prefix="/api/keys", tags=["keys"])


class NewKey(BaseModel):
    name: Name
    level: Level = "full"
    team_id: UUID | None = None
    expires_in_days: Annotated[StrictInt, Field(ge=1, le=3650)] | None = None


class ShownKey(BaseModel):
    id: UUID
    team_id: UUID
    created_by: UUID
    name: str
    level: Level
    hint: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    key: str = Field(description="Shown this once.")


@router.get("", response_model=Listing[ApiKey], responses=refusals("permission_denied", "not_found"))
def list_keys(visiting: Visiting, page: Annotated[Page, Depends(read_page)], team_id: UUID | None = None) -> Json:
    """The keys of one team, or of all that the caller leads; never the keys themselves."""
    with visiting.signed_in() as session:
        led = _led_teams(session, team_id)
        return Json(page.answer(api_key.list_keys(session, led, page.parameters)))


@router.post(
    "",
    status_code=201,
    response_model=ShownKey,
    responses=refusals("idempotency_conflict", "team_suspended", "not_found", "rate_limited"),
)
def create_key(request: Request, visiting: Visiting, body: NewKey) -> Json:
    """{key, …}: the key is shown this once. It acts as its creator within the team, and ends with the membership."""
    with visiting.signed_in() as session:
        limit(session, f"keys {session.caller.user_id if session.caller else ''}", 30, 60)

        def act() -> dict[str, Any]:
            expires_at = datetime.now(UTC) + timedelta(days=body.expires_in_days) if body.expires_in_days else None
            made, text = api_key.create(session, team.choose(session, body.team_id), body.name, body.level, expires_at)
            return {**asdict(made), "key": text}

        return once(session, request, body, act, secret=True, status=201)


@router.delete("/{key_id}", status_code=204, responses=refusals("idempotency_conflict", "team_suspended", "not_found"))
def revoke_key(request: Request, visiting: Visiting, key_id: UUID) -> Json:
    """Ends a key at once; again is no error."""
    with visiting.signed_in() as session:
        return once(session, request, None, lambda: api_key.revoke(session, key_id), status=204)


def _led_teams(session: Session, team_id: UUID | None) -> list[UUID]:
    if team_id is not None:
        team.find(session, team_id)
    mine = [own for own in account.list_my_teams(session) if team_id in (None, own.id)]
    led = [own.id for own in mine if own.role in ("owner", "admin")]
    if not led:
        raise Problem("permission_denied", "Only owners and admins see a team's keys.")
    return led
