"""Rows for tests, made by plain functions over the owner's connection (autocommit, past row-level security)."""

import hashlib
import secrets
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

Owner = Connection[Any]


def make_user(owner: Owner, email: str | None = None, *, name: str | None = None) -> UUID:
    """A person, signed up: the trigger of auth.users gives them their own team (see team_of)."""
    address = email or f"{secrets.token_hex(6)}@example.org"
    data = {"name": name or address.partition("@")[0]}
    return _one(owner, "insert into auth.users (email, raw_user_meta_data) values (%s, %s) returning id", address, Jsonb(data))


def team_of(owner: Owner, user: UUID) -> UUID:
    """The team that a person got at sign-up: their oldest as owner."""
    return _one(
        owner,
        "select m.team_id from public.team_members as m join public.teams as t on t.id = m.team_id"
        " where m.user_id = %s and m.role = 'owner' order by t.created_at, t.id limit 1",
        user,
    )


def make_team(owner: Owner, name: str = "Another team", *, owned_by: UUID | None = None) -> UUID:
    team = _one(owner, "insert into public.teams (name) values (%s) returning id", name)
    if owned_by is not None:
        add_member(owner, team, owned_by, "owner")
    return team


def add_member(owner: Owner, team: UUID, user: UUID, role: str = "member") -> None:
    owner.execute("insert into public.team_members (team_id, user_id, role) values (%s, %s, %s)", (team, user, role))


def remove_member(owner: Owner, team: UUID, user: UUID) -> None:
    with owner.transaction():
        # As an operator would: the guard of the last owner is not what is tested here.
        owner.execute("set local session_replication_role = replica")
        owner.execute("delete from public.team_members where team_id = %s and user_id = %s", (team, user))


def suspend(owner: Owner, team: UUID) -> None:
    owner.execute("update public.teams set suspended_at = now() where id = %s", (team,))


def disable(owner: Owner, user: UUID) -> None:
    owner.execute("update auth.users set banned_until = 'infinity' where id = %s", (user,))


def make_session(owner: Owner, user: UUID) -> str:
    """A signed-in session's bearer token."""
    token = secrets.token_urlsafe(32)
    owner.execute(
        "insert into private.sessions (user_id, token_hash, idle_until, expires_at)"
        " values (%s, %s, now() + interval '7 days', now() + interval '30 days')",
        (user, _hash(token)),
    )
    return token


def make_key(owner: Owner, team: UUID, user: UUID, level: str = "full") -> str:
    """An API key's bearer token."""
    token = f"qk_test_{secrets.token_urlsafe(32)}"
    owner.execute(
        "insert into public.api_keys (team_id, created_by, name, hint, key_hash, level) values (%s, %s, %s, %s, %s, %s)",
        (team, user, f"{level} key", token[-4:], _hash(token), level),
    )
    return token


BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


def make_script(
    owner: Owner,
    team: UUID | None = None,
    user: UUID | None = None,
    *,
    slug: str | None = None,
    framework: str = "openqasm",
    content: str = BELL,
    is_public: bool = False,
    is_active: bool = True,
) -> UUID:
    """A script; without team and user one of the platform's own."""
    return _one(
        owner,
        "insert into public.scripts"
        " (slug, name, description, category, file_path, script_content, framework, is_public, is_active, user_id, team_id)"
        " values (%s, 'Bell', 'Two entangled qubits.', 'Fundamentals', '', %s, %s, %s, %s, %s, %s) returning id",
        slug or f"bell-{secrets.token_hex(4)}",
        content,
        framework,
        is_public,
        is_active,
        user,
        team,
    )


def make_job(
    owner: Owner,
    team: UUID,
    user: UUID | None,
    *,
    status: str = "pending",
    backend: str = "local",
    script: UUID | None = None,
    code: str | None = BELL,
    framework: str = "openqasm",
    parameters: dict[str, Any] | None = None,
) -> UUID:
    """A job as submit_job leaves it, with the program that was asked."""
    job = _one(
        owner,
        "insert into public.job_runs"
        " (team_id, user_id, script_id, inline_code, framework, status, backend, parameters, started_at, completed_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, case when %s <> 'pending' then now() end,"
        "         case when %s in ('completed', 'failed', 'cancelled') then now() end) returning id",
        team,
        user,
        script,
        code,
        framework,
        status,
        backend,
        Jsonb(parameters or {"shots": 100}),
        status,
        status,
    )
    if code is not None:
        owner.execute(
            "insert into public.job_programs (job_id, kind, seq, format, content, sha256) values (%s, 'asked', 0, %s, %s, %s)",
            (job, "qasm3" if framework == "openqasm" else "python", code, hashlib.sha256(code.encode()).hexdigest()),
        )
    return job


def _one(owner: Owner, query: Any, *values: Any) -> UUID:
    row = owner.execute(query, values).fetchone()
    assert row is not None, "no row came back"
    found: UUID = row[0]
    return found


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
