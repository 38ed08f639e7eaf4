"""What somebody might try on a sealed capsule: statements, and what became of each for each role.

An outcome is a word: a SQLSTATE, `0 rows` (no error, nothing reached), or `done`. Constraints that wait for the commit are asked at once.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection

REFUSED, DENIED, NOTHING, DONE = "PT409", "42501", "0 rows", "done"
GUARDED = (
    "public.capsules",
    "public.capsule_artifacts",
    "public.capsule_task_executions",
    "public.capsule_seals",
    "public.capsule_signatures",
    "public.capsule_timestamps",
    "public.capsule_dois",
    "public.signing_keys",
    "public.capsule_changes",
    "private.seal_log",
    "private.seal_nodes",
    "private.checkpoints",
)


@dataclass(frozen=True)
class Attempt:
    """Expected of a member of the capsule's team, of service_role and of the tables' owner; of a superuser it is what the owner gets.

    found: the tables in which an audit sees it once a superuser has switched the guards off for it, and on again.
    """

    says: str
    statement: str
    caller: str = DENIED
    service: str = REFUSED
    owner: str = REFUSED
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """What the statements name: a sealed capsule, a draft beside it, their team and another one."""

    sealed: UUID
    draft: UUID
    team: UUID
    other_team: UUID

    def fill(self, statement: str) -> str:
        for name, value in vars(self).items():
            statement = statement.replace(f":{name}", f"'{value}'")
        return statement


_CAPSULES, _ARTIFACTS, _SEALS, _SIGNATURES = GUARDED[0], GUARDED[1], GUARDED[3], GUARDED[4]
_UPDATE = "update public.capsules set {} where id = :sealed"
_FILE = "insert into public.capsule_artifacts (capsule_id, name, artifact_type) values (:sealed, 'data/{}', 'data')"

# Thirty that change rows.
ROWS = (
    Attempt("renames it", _UPDATE.format("name = 'forged'"), NOTHING, found=(_CAPSULES,)),
    Attempt("describes it anew", _UPDATE.format("description = 'forged'"), NOTHING, found=(_CAPSULES,)),
    Attempt("gives it other digests", _UPDATE.format("digests = '{}'"), found=(_CAPSULES,)),
    Attempt("dates it back", _UPDATE.format("sealed_at = '2020-01-01'"), found=(_CAPSULES,)),
    Attempt("ends its retention", _UPDATE.format("retention_years = 0"), NOTHING, found=(_CAPSULES,)),
    Attempt("moves it to another team", _UPDATE.format("team_id = :other_team"), found=(_CAPSULES,)),
    Attempt("makes it a draft again", _UPDATE.format("lifecycle_state = 'draft'"), found=(_CAPSULES,)),
    Attempt(
        "changes all at once", "update public.capsules set name = 'forged' where lifecycle_state = 'sealed'", NOTHING, found=(_CAPSULES,)
    ),
    Attempt(
        "seals without a seal",
        "update public.capsules set lifecycle_state = 'sealed', sealed_at = now() where id = :draft",
        found=(_CAPSULES,),
    ),
    Attempt(
        "adds what says that it is sealed",
        "insert into public.capsules (team_id, name, lifecycle_state, sealed_at) values (:team, 'forged', 'sealed', now())",
        found=(_CAPSULES,),
    ),
    Attempt("deletes it", "delete from public.capsules where id = :sealed", NOTHING, found=(_SEALS,)),
    Attempt("truncates capsules", "truncate public.capsules cascade", found=(_SEALS,)),
    Attempt("deletes its team", "delete from public.teams where id = :team", found=(_SEALS,)),
    Attempt(
        "inserts over it",
        "insert into public.capsules (id, team_id, name) values (:sealed, :team, 'x') on conflict (id) do update set name = excluded.name",
        found=(_CAPSULES,),
    ),
    Attempt(
        "merges into it",
        "merge into public.capsules as c using (select :sealed::uuid as id) as n on c.id = n.id when matched then update set name = 'x'",
        found=(_CAPSULES,),
    ),
    Attempt(
        "changes a file", "update public.capsule_artifacts set content_binary = 'forged' where capsule_id = :sealed", found=(_ARTIFACTS,)
    ),
    Attempt(
        "changes a file's digest",
        "update public.capsule_artifacts set digest = 'sha256:00' where capsule_id = :sealed",
        found=(_ARTIFACTS,),
    ),
    Attempt("adds a file", _FILE.format("forged"), found=(_ARTIFACTS,), caller=REFUSED),
    Attempt("adds a task", "insert into public.capsule_task_executions (capsule_id, task_id, backend) values (:sealed, 't', 'local')"),
    Attempt("removes a file", "delete from public.capsule_artifacts where capsule_id = :sealed", NOTHING, found=(_ARTIFACTS,)),
    Attempt("moves a file in", "update public.capsule_artifacts set capsule_id = :sealed where capsule_id = :draft", found=(_ARTIFACTS,)),
    Attempt("moves a file out", "update public.capsule_artifacts set capsule_id = :draft where capsule_id = :sealed", found=(_ARTIFACTS,)),
    Attempt(
        "merges a file away",
        "merge into public.capsule_artifacts as a using (select :sealed::uuid as id) as n on a.capsule_id = n.id when matched then delete",
        found=(_ARTIFACTS,),
    ),
    Attempt("truncates artifacts", "truncate public.capsule_artifacts", found=(_ARTIFACTS,)),
    Attempt("changes the sealed bytes", "update public.capsule_seals set manifest = 'forged' where capsule_id = :sealed", found=(_SEALS,)),
    Attempt("removes the sealed bytes", "delete from public.capsule_seals where capsule_id = :sealed", found=(_CAPSULES,)),
    Attempt(
        "signs in another's name",
        "update public.capsule_signatures set signer_name = 'forged' where capsule_id = :sealed",
        found=(_SIGNATURES,),
    ),
    Attempt("removes the signatures", "delete from public.capsule_signatures where capsule_id = :sealed", found=(_SIGNATURES,)),
    Attempt("rewrites the log", "update private.seal_log set capsule_id = :draft", service=DENIED, found=("private.seal_log",)),
    Attempt(
        "empties the log", "truncate private.seal_log, private.seal_nodes, private.checkpoints", service=DENIED, found=("private.seal_log",)
    ),
)

# What belongs to it besides. An edited trail contradicts nothing that was signed: only the guards and a copy kept elsewhere hold it.
BESIDE = (
    Attempt("shortens the log", "delete from private.seal_log", service=DENIED, found=("private.checkpoints",)),
    Attempt("rewrites a subtree", "update private.seal_nodes set hash = '\\x00'", service=DENIED, found=("private.seal_nodes",)),
    Attempt("rewrites a checkpoint", "update private.checkpoints set root = '\\x00'", service=DENIED, found=("private.checkpoints",)),
    Attempt("dates a signature back", "update public.capsule_signatures set signed_at = '2020-01-01'", found=(_SIGNATURES,)),
    Attempt("changes the trail", "update public.capsule_changes set actor_name = 'nobody' where capsule_id = :sealed"),
    Attempt("shortens the trail", "delete from public.capsule_changes where capsule_id = :sealed"),
    Attempt("truncates the trail", "truncate public.capsule_changes"),
    Attempt("forgets a key", "delete from public.signing_keys"),  # without its triggers a foreign key keeps it still
    Attempt("renames a key's holder", "update public.signing_keys set name = 'forged'"),
)

# What makes the guards void, or the rows unreadable.
TABLES = tuple(
    Attempt(says, statement, service=DENIED, owner=DENIED, found=("guards",))
    for says, statement in (
        ("drops a column", "alter table public.capsule_seals drop column canonical"),
        ("renames a column", "alter table public.capsule_artifacts rename column digest to digests"),
        ("renames the table", "alter table public.capsules rename to capsules_of_old"),
        ("writes a rule", "create rule forget as on update to public.capsules do instead nothing"),
        ("switches the triggers off", "alter table public.capsules disable trigger user"),
        ("makes a guard an ordinary trigger", "alter table public.capsule_artifacts enable trigger capsule_artifacts_guard"),
        ("drops a guard", "drop trigger capsule_seals_guard on public.capsule_seals"),
        ("renames a guard", "alter trigger seal_log_guard on private.seal_log rename to none"),
        (
            "empties a guard",
            "create or replace function private.keep_appended() returns trigger language plpgsql as 'begin return new; end'",
        ),
        ("lifts row-level security", "alter table public.capsule_changes disable row level security"),
        ("drops the table", "drop table public.capsule_signatures cascade"),
        ("inherits from it", "create table public.more () inherits (public.capsules)"),
    )
)


def outcome(connection: Connection[Any], statement: str) -> str:
    """What the statement comes to; undone."""
    try:
        with connection.transaction(force_rollback=True):
            reached = connection.execute(statement).rowcount  # type: ignore[arg-type]
            connection.execute("set constraints all immediate")
    except psycopg.Error as error:
        return error.sqlstate or "lost"
    return NOTHING if reached == 0 else DONE


def tamper(owner: Connection[Any], statement: str) -> None:
    """A superuser who means to: switches the guards off, does it, switches them on again, and leaves."""
    with owner.transaction():
        owner.execute("set local quapsule.migrating = 'on'")
        guards = owner.execute(
            "select tgrelid::regclass::text, tgname::text from pg_trigger where tgenabled = 'A' and tgrelid = any (%s::regclass[])",
            ([*GUARDED, "public.teams"],),
        ).fetchall()
        for table, name in guards:
            owner.execute(f"alter table {table} disable trigger {name}")  # type: ignore[arg-type]
        owner.execute(statement)  # type: ignore[arg-type]
        owner.execute("set constraints all immediate")
        for table, name in guards:
            owner.execute(f"alter table {table} enable always trigger {name}")  # type: ignore[arg-type]


def announce(owner: Connection[Any], statement: str) -> None:
    """A superuser who says that this is a migration."""
    with owner.transaction():
        owner.execute("set local quapsule.migrating = 'on'")
        owner.execute(statement)  # type: ignore[arg-type]
