"""Statements × roles on a sealed capsule: nobody changes it, and what a superuser changes past the guards is found by the audit."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from tests.access.tampering import BESIDE, GUARDED, ROWS, TABLES, Attempt, Place, announce, outcome, tamper
from tests.capsules.sealed import make_capsule, sealing
from tests.conftest import Clone, cloned
from tests.factories import make_team, make_user, team_of

from quapsule.database.embedded import EmbeddedServer
from quapsule.platform.audit import audit
from quapsule.settings import Settings

ALL = (*ROWS, *BESIDE, *TABLES)


@dataclass(frozen=True)
class Scene:
    clone: Clone
    place: Place
    claims: dict[str, str]
    settings: Settings


@pytest.fixture(scope="module")
def scene(server: EmbeddedServer) -> Iterator[Scene]:
    """A capsule that the worker sealed, its author signed, and a draft beside it; and who asks, by role."""
    with cloned(server) as clone, sealing(clone) as sealer:
        mia = make_user(clone.owner, "mia@example.org", name="Mia")
        team = team_of(clone.owner, mia)
        sealed = sealer.seal(make_capsule(clone.owner, team, mia), requested_by=mia, requested_name="Mia", meaning="author")
        draft = make_capsule(clone.owner, team, mia, {"data/draft.txt": b"Still to come.\n"}, name="Draft")
        claims = f'{{"sub": "{mia}", "role": "authenticated"}}'
        place = Place(sealed, draft, team, make_team(clone.owner, owned_by=mia))
        yield Scene(clone, place, {"authenticated": claims}, sealer.settings)


@pytest.mark.parametrize("attempt", ALL, ids=lambda attempt: attempt.says)
@pytest.mark.parametrize("role", ["authenticated", "service_role", "app_owner", "superuser", "replica"])
def test_no_role_changes_what_is_sealed(scene: Scene, role: str, attempt: Attempt) -> None:
    clone, place, claims = scene.clone, scene.place, scene.claims
    expected = {"authenticated": attempt.caller, "service_role": attempt.service}.get(role, attempt.owner)
    with clone.owner.transaction(force_rollback=True):
        if role == "app_owner":
            _lift_policies(clone.owner)
        if role == "replica":
            clone.owner.execute("set local session_replication_role = replica")
        clone.owner.execute("select set_config('request.jwt.claims', %s, true)", (claims.get(role, ""),))
        if role not in ("superuser", "replica"):
            clone.owner.execute(f"set local role {role}")  # type: ignore[arg-type]
        assert outcome(clone.owner, place.fill(attempt.statement)) == expected


@pytest.mark.slow
@pytest.mark.parametrize("attempt", [attempt for attempt in ALL if attempt.found], ids=lambda attempt: attempt.says)
def test_what_a_superuser_does_past_the_guards_is_found_by_the_audit(server: EmbeddedServer, scene: Scene, attempt: Attempt) -> None:
    scene.clone.close()  # a database is copied while nobody is in it
    with cloned(server, psycopg.conninfo.conninfo_to_dict(scene.clone.owner_url)["dbname"]) as copy:
        settings = replace(scene.settings, database_url=copy.owner_url, worker_database_url=copy.worker_url)
        before = audit(settings).findings
        (announce if attempt in TABLES else tamper)(copy.owner, scene.place.fill(attempt.statement))
        found = [finding for finding in audit(settings).findings if finding not in before]
    assert {finding.table for finding in found} & set(attempt.found) or {finding.layer for finding in found} & set(attempt.found), found


def test_what_nobody_touched_is_found_sound(scene: Scene) -> None:
    report = audit(scene.settings)
    assert [finding for finding in report.findings if finding.layer != "guards"] == []
    assert (report.counted.capsules, report.log_size) == (1, 1)


def test_the_table_has_thirty_statements_on_rows_and_the_three_on_tables_that_triggers_do_not_see() -> None:
    assert len(ROWS) == 30
    assert {"drops a column", "renames the table", "writes a rule"} <= {attempt.says for attempt in TABLES}
    assert len({attempt.statement for attempt in ALL}) == len(ALL)


def _lift_policies(owner: Connection[Any]) -> None:
    """Forced policies show the tables' owner no row: the owner of this test is one whom they do not bind."""
    owner.execute("set local quapsule.migrating = 'on'")
    for table in (*GUARDED, "public.teams"):
        owner.execute(f"alter table {table} no force row level security")  # type: ignore[arg-type]
    owner.execute("set local quapsule.migrating = 'off'")
