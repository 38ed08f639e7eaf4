"""Teams, their members and invitations."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, StrictBool, model_validator

from quapsule.api.accounts import Email, Name
from quapsule.api.answers import Json, Listing
from quapsule.api.callers import Visiting
from quapsule.api.idempotency import once
from quapsule.api.limits import limit
from quapsule.api.openapi import refusals
from quapsule.api.pages import Page, read_page
from quapsule.database.session import Session
from quapsule.errors import Problem
from quapsule.teams import invitation, member, team
from quapsule.teams.invitation import Invitation, InvitedRole
from quapsule.teams.member import Member
from quapsule.teams.team import Role, Team

router = APIRouter(prefix="/api", tags=["teams"])
Paged = Annotated[Page, Depends(read_page)]

_CHANGING = ("idempotency_conflict", "team_suspended", "not_found")


class TeamName(BaseModel):
    name: Name


class MemberRole(BaseModel):
    role: Role
    team_id: UUID | None = None


class NewInvitation(BaseModel):
    email: Email
    role: InvitedRole = "member"
    team_id: UUID | None = None


class ChangedInvitation(BaseModel):
    role: InvitedRole | None = None
    renew: StrictBool = Field(default=False, description="true: seven more days, with a new link; the old one is dead.")

    @model_validator(mode="after")
    def _says_something(self) -> "ChangedInvitation":
        if self.role is None and not self.renew:
            raise ValueError("give a role, or renew: true")
        return self


class ShownInvitation(BaseModel):
    id: UUID
    team_id: UUID
    email: str
    role: InvitedRole
    invited_by: UUID
    status: str
    expires_at: datetime
    created_at: datetime
    token: str | None = Field(default=None, description="Shown this once; absent when the invitation was not renewed.")
    link: str | None = Field(default=None, description="Where the invited person accepts; the token is in the fragment.")


class Acceptance(BaseModel):
    token: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@router.get("/teams", response_model=Listing[Team])
def list_teams(visiting: Visiting, page: Paged) -> Json:
    """The caller's teams, with their role; an API key has one."""
    with visiting.signed_in() as session:
        return Json(page.answer(team.list_teams(session, page.parameters)))


@router.post("/teams", status_code=201, response_model=Team, responses=refusals("idempotency_conflict", "rate_limited"))
def create_team(request: Request, visiting: Visiting, body: TeamName) -> Json:
    """A new team that the caller owns."""
    with visiting.signed_in() as session:
        limit(session, f"teams {_me(session)}", 10, 60)
        return once(session, request, body, lambda: team.create(session, body.name), status=201)


@router.patch("/teams/{team_id}", response_model=Team, responses=refusals(*_CHANGING))
def rename_team(request: Request, visiting: Visiting, team_id: UUID, body: TeamName) -> Json:
    with visiting.signed_in() as session:
        return once(session, request, body, lambda: team.rename(session, team_id, body.name), team_id=team_id)


@router.get("/team/members", response_model=Listing[Member], responses=refusals("not_found"))
def list_members(visiting: Visiting, page: Paged, team_id: UUID | None = None) -> Json:
    """Who is in the team, the latest first."""
    with visiting.signed_in() as session:
        chosen = team.choose(session, team_id)
        return Json(page.answer(member.list_members(session, chosen, page.parameters)))


@router.patch("/team/members/{user_id}", response_model=Member, responses=refusals(*_CHANGING, "last_owner"))
def change_role(request: Request, visiting: Visiting, user_id: UUID, body: MemberRole, team_id: UUID | None = None) -> Json:
    """Only an owner touches owners and admins; everybody may step down; the last owner stays."""
    with visiting.signed_in() as session:
        chosen = team.choose(session, body.team_id or team_id)
        return once(session, request, body, lambda: member.change_role(session, chosen, user_id, body.role), team_id=chosen)


@router.delete("/team/members/{user_id}", status_code=204, responses=refusals(*_CHANGING, "last_owner"))
def remove_member(request: Request, visiting: Visiting, user_id: UUID, team_id: UUID | None = None) -> Json:
    """Removes a member, or leaves the team (one's own id). Their invitations and keys for this team end with it."""
    with visiting.signed_in() as session:
        # Keys of the caller, not of the team: who left is not in the team any more when the request comes again.
        return once(session, request, None, lambda: member.remove(session, team.choose(session, team_id), user_id), status=204)


@router.get("/team/invitations", response_model=Listing[Invitation], responses=refusals("permission_denied", "not_found"))
def list_invitations(visiting: Visiting, page: Paged, team_id: UUID | None = None) -> Json:
    with visiting.signed_in() as session:
        chosen = team.find(session, team.choose(session, team_id))
        if chosen.role == "member":
            raise Problem("permission_denied", "Only owners and admins see a team's invitations.")
        return Json(page.answer(invitation.list_invitations(session, chosen.id, page.parameters)))


@router.post(
    "/team/invitations",
    status_code=201,
    response_model=ShownInvitation,
    responses=refusals(*_CHANGING, "already_exists", "rate_limited"),
)
def invite(request: Request, visiting: Visiting, body: NewInvitation) -> Json:
    """{…, token, link}: the link is shown this once, holds for 7 days, and for this address only."""
    with visiting.signed_in() as session:
        limit(session, f"invitations {_me(session)}", 10, 60)

        def act() -> dict[str, Any]:
            return _shown(request, *invitation.invite(session, team.choose(session, body.team_id), body.email, body.role))

        return once(session, request, body, act, secret=True, status=201)


@router.patch(
    "/team/invitations/{invitation_id}",
    response_model=ShownInvitation,
    responses=refusals(*_CHANGING, "conflict", "already_exists"),
)
def change_invitation(request: Request, visiting: Visiting, invitation_id: UUID, body: ChangedInvitation) -> Json:
    """Another role, or renewed with a new link (token and link are shown this once)."""
    with visiting.signed_in() as session:

        def act() -> dict[str, Any]:
            return _shown(request, *invitation.change(session, invitation_id, body.role, body.renew))

        return once(session, request, body, act, secret=body.renew)


@router.delete("/team/invitations/{invitation_id}", status_code=204, responses=refusals(*_CHANGING, "conflict"))
def revoke_invitation(request: Request, visiting: Visiting, invitation_id: UUID) -> Json:
    with visiting.signed_in() as session:
        return once(session, request, None, lambda: invitation.revoke(session, invitation_id), status=204)


@router.post(
    "/team/invitations/accept",
    response_model=Team,
    responses=refusals(*_CHANGING, "conflict", "already_exists", "rate_limited"),
)
def accept_invitation(request: Request, visiting: Visiting, body: Acceptance) -> Json:
    """The team that the caller is now in."""
    request.app.state.limits.count(f"accept {visiting.caller().user_id}", 10, 60)
    with visiting.signed_in() as session:
        return once(session, request, body, lambda: invitation.accept(session, body.token))


def _shown(request: Request, made: Invitation, token: str | None) -> dict[str, Any]:
    if token is None:
        return asdict(made)
    # In the fragment, which browsers send to nobody.
    return {**asdict(made), "token": token, "link": f"{request.base_url}invitation#token={token}"}


def _me(session: Session) -> UUID:
    assert session.caller is not None  # signed_in refuses nobody
    return session.caller.user_id
