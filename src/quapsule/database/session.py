"""One transaction as one caller: role and claims are taken in the round trip that opens it. Forgetting it fails closed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, LiteralString
from uuid import UUID

import orjson
from psycopg import Connection
from psycopg.rows import class_row, dict_row, tuple_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import ConnectionPool

from quapsule.database.problems import translated

set_json_loads(orjson.loads)
set_json_dumps(orjson.dumps)

Parameters = Mapping[str, Any]

# A token is known to the database alone; claims that were verified outside (Supabase's JWT) are passed on as they are.
_ENTER_BY_HASH = """
select c.claims,
       set_config('request.jwt.claims', coalesce(c.claims::text, ''), true),
       set_config('role', case when c.claims is null then 'anon' else 'authenticated' end, true)
  from (select private.authenticate(%s) as claims) as c
"""
_ENTER_BY_CLAIMS = """
select c.claims, set_config('request.jwt.claims', c.claims::text, true), set_config('role', 'authenticated', true)
  from (select %s::jsonb as claims) as c
"""
_ENTER_ANONYMOUS = """
select null::jsonb, set_config('request.jwt.claims', '', true), set_config('role', 'anon', true)
"""


@dataclass(frozen=True)
class Caller:
    """Who asks: a person (session), or a person's API key, bound to one team and a level."""

    user_id: UUID
    session_id: UUID | None = None
    key_id: UUID | None = None
    team_id: UUID | None = None
    level: Literal["read", "simulate", "full"] = "full"


@dataclass(frozen=True)
class Session:
    """An open transaction as `caller` (None: nobody)."""

    connection: Connection[Any]
    caller: Caller | None

    def rows[T](self, kind: type[T], query: LiteralString, parameters: Parameters | None = None) -> list[T]:
        with self.connection.cursor(row_factory=class_row(kind)) as cursor:
            return cursor.execute(query, parameters).fetchall()

    def row[T](self, kind: type[T], query: LiteralString, parameters: Parameters | None = None) -> T | None:
        with self.connection.cursor(row_factory=class_row(kind)) as cursor:
            return cursor.execute(query, parameters).fetchone()

    def dicts(self, query: LiteralString, parameters: Parameters | None = None) -> list[dict[str, Any]]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, parameters).fetchall()

    def value(self, query: LiteralString, parameters: Parameters | None = None) -> Any:
        """The first column of the first row, or None."""
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            row = cursor.execute(query, parameters).fetchone()
        return None if row is None else row[0]

    def run(self, query: LiteralString, parameters: Parameters | None = None) -> int:
        """Rows touched."""
        with self.connection.cursor() as cursor:
            return cursor.execute(query, parameters).rowcount


class Database:
    """A pool of one login role. The API's may become anon or authenticated; the worker's may become nothing."""

    def __init__(self, url: str, *, size: int = 8, name: str = "quapsule") -> None:
        self.url = url
        self.pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=True,
            timeout=10,
            kwargs={"application_name": name, "autocommit": False},
        )

    def close(self) -> None:
        self.pool.close()

    @contextmanager
    def as_token(self, token_hash: bytes) -> Iterator[Session]:
        """One transaction as the owner of a session or API key (SHA-256 of the bearer text); caller None when unknown."""
        with self._transaction(_ENTER_BY_HASH, (token_hash,)) as session:
            yield session

    @contextmanager
    def as_claims(self, claims: Mapping[str, Any]) -> Iterator[Session]:
        """One transaction with claims whose signature was verified outside."""
        with self._transaction(_ENTER_BY_CLAIMS, (orjson.dumps(claims).decode(),)) as session:
            yield session

    @contextmanager
    def as_anonymous(self) -> Iterator[Session]:
        with self._transaction(_ENTER_ANONYMOUS, ()) as session:
            yield session

    @contextmanager
    def as_login(self) -> Iterator[Session]:
        """One transaction as the login role itself: what it may call is a short list of definer functions."""
        with translated(), self.pool.connection() as connection:
            yield Session(connection, None)

    @contextmanager
    def _transaction(self, enter: LiteralString, arguments: tuple[Any, ...]) -> Iterator[Session]:
        with translated(), self.pool.connection() as connection:
            with connection.pipeline():  # BEGIN travels with it: one round trip
                cursor = connection.execute(enter, arguments)
            row = cursor.fetchone()
            yield Session(connection, _caller(row[0] if row else None))


def _caller(claims: Mapping[str, Any] | None) -> Caller | None:
    if not claims or not claims.get("sub"):
        return None
    named = {key: UUID(claims[key]) for key in ("session_id", "key_id", "team_id") if claims.get(key)}
    return Caller(user_id=UUID(claims["sub"]), level=claims.get("level") or "full", **named)
