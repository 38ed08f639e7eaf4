"""Invitations: a link with a token of 64 hex characters that is shown once; the table keeps its SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from quapsule.database.queries import load_queries
from quapsule.database.session import Parameters, Session
from quapsule.errors import Problem
from quapsule.teams.team import Team, find

InvitedRole = Literal["admin", "member"]

_QUERIES = load_queries("quapsule.teams")


@dataclass(frozen=True)
class Invitation:
    """An invitation as owners and admins see it, without its token."""

    id: UUID
    team_id: UUID
    email: str
    role: InvitedRole
    invited_by: UUID
    status: Literal["pending", "accepted", "expired", "revoked"]
    expires_at: datetime
    created_at: datetime


def list_invitations(session: Session, team_id: UUID, page: Parameters) -> list[Invitation]:
    """Newest first; none for a member who does not lead the team."""
    return session.rows(Invitation, _QUERIES["list_invitations"], {"team_id": team_id, **page})


def invite(session: Session, team_id: UUID, email: str, role: InvitedRole) -> tuple[Invitation, str]:
    """The invitation and its token. Raises Problem not_found, permission_denied, team_suspended, already_exists."""
    token = secrets.token_hex(32)
    made = session.value(_QUERIES["invite"], {"team_id": team_id, "email": email, "role": role, "token_hash": _hash(token)})
    return _find(session, made), token


def change(session: Session, invitation_id: UUID, role: InvitedRole | None, renew: bool) -> tuple[Invitation, str | None]:
    """Another role, or seven more days with a new token (the old link is dead then). Raises Problem not_found, conflict, …"""
    token = secrets.token_hex(32) if renew else None
    session.run(_QUERIES["change_invitation"], {"id": invitation_id, "role": role, "token_hash": _hash(token) if token else None})
    return _find(session, invitation_id), token


def revoke(session: Session, invitation_id: UUID) -> None:
    """Raises Problem not_found, permission_denied, team_suspended, conflict (accepted already)."""
    session.run(_QUERIES["revoke_invitation"], {"id": invitation_id})


def accept(session: Session, token: str) -> Team:
    """The team that the caller is now in. Raises Problem not_found, permission_denied (another address), conflict, already_exists."""
    return find(session, session.value(_QUERIES["accept_invitation"], {"token_hash": _hash(token)}))


def _find(session: Session, invitation_id: UUID) -> Invitation:
    found = session.row(Invitation, _QUERIES["find_invitation"], {"id": invitation_id})
    if found is None:
        raise Problem("not_found")
    return found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
