"""API keys: `qk_live_` or `qk_test_`, 43 base62 characters of randomness, 6 of CRC32. Shown once; the database keeps the SHA-256."""

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from quapsule.database.queries import load_queries
from quapsule.database.session import Parameters, Session
from quapsule.errors import Problem

Level = Literal["read", "simulate", "full"]

_QUERIES = load_queries("quapsule.accounts")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECK = 43, 6


@dataclass(frozen=True)
class ApiKey:
    """A key as its team's owners and admins see it; `hint` is its last four characters."""

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


def make_key(level: Level) -> str:
    """A new key's text. One that cannot spend money (simulate) says so in its prefix: qk_test_."""
    body = "".join(secrets.choice(_DIGITS) for _ in range(_RANDOM))
    prefix = "qk_test_" if level == "simulate" else "qk_live_"
    return prefix + body + _checksum(prefix + body)


def is_well_formed(key: str) -> bool:
    """Whether prefix, length and checksum fit; finds mistyped and truncated keys without asking the database."""
    text, check = key[:-_CHECK], key[-_CHECK:]
    return key.startswith(("qk_live_", "qk_test_")) and len(key) == 8 + _RANDOM + _CHECK and _checksum(text) == check


def create(session: Session, team_id: UUID, name: str, level: Level, expires_at: datetime | None) -> tuple[ApiKey, str]:
    """The key's row and its text, which is not kept. Raises Problem not_found, permission_denied, team_suspended."""
    text = make_key(level)
    made = session.value(
        _QUERIES["create_key"],
        {
            "team_id": team_id,
            "name": name,
            "level": level,
            "key_hash": hashlib.sha256(text.encode()).digest(),
            "hint": text[-4:],
            "expires_at": expires_at,
        },
    )
    return _find(session, made), text


def list_keys(session: Session, team_ids: Sequence[UUID], page: Parameters) -> list[ApiKey]:
    """Keys of these teams, as far as the caller leads them, newest first, revoked ones too."""
    return session.rows(ApiKey, _QUERIES["list_keys"], {"team_ids": list(team_ids), **page})


def revoke(session: Session, key_id: UUID) -> None:
    """Raises Problem not_found, permission_denied, team_suspended."""
    session.run(_QUERIES["revoke_key"], {"id": key_id})


def _find(session: Session, key_id: UUID) -> ApiKey:
    found = session.row(ApiKey, _QUERIES["find_key"], {"id": key_id})
    if found is None:
        raise Problem("not_found")
    return found


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode("utf-8", "surrogateescape")), ""
    for _ in range(_CHECK):
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    return digits
