"""A team with sealed capsules is not deleted while one of them has to be kept; after that they go with it, and with nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from tests.capsules.sealed import FILLED, make_capsule, seal_bare, sealing
from tests.conftest import Clone
from tests.factories import make_job, make_team, make_user

TABLES = ("capsules", "capsule_artifacts", "capsule_seals", "capsule_signatures", "capsule_timestamps", "capsule_dois")


@pytest.fixture
def mia(database: Clone) -> UUID:
    return make_user(database.owner, name="Mia")


@pytest.fixture
def team(database: Clone, mia: UUID) -> UUID:
    return make_team(database.owner, "Lab", owned_by=mia)


def delete(database: Clone, team: UUID) -> None:
    database.owner.execute("delete from public.teams where id = %s", (team,))


def hint_of(database: Clone, team: UUID) -> str:
    with pytest.raises(psycopg.Error) as refused:
        delete(database, team)
    assert (refused.value.sqlstate, refused.value.diag.message_detail) == ("PT409", "conflict")
    return refused.value.diag.message_hint or ""


def test_without_a_number_of_years_it_is_kept_for_ever(database: Clone, mia: UUID, team: UUID) -> None:
    seal_bare(database.owner, make_capsule(database.owner, team, mia, retention_years=0))
    seal_bare(database.owner, make_capsule(database.owner, team, mia))
    assert "for ever" in hint_of(database, team)


@pytest.mark.parametrize("state", ["sealed", "archived"])
def test_within_its_years_the_hint_says_until_when(database: Clone, mia: UUID, team: UUID, state: str) -> None:
    seal_bare(database.owner, make_capsule(database.owner, team, mia, retention_years=1))
    seal_bare(database.owner, make_capsule(database.owner, team, mia, retention_years=7), state)
    year = datetime.now(UTC).year
    assert f"{year + 7}-" in hint_of(database, team)


def test_replicating_does_not_shorten_it(database: Clone, mia: UUID, team: UUID) -> None:
    seal_bare(database.owner, make_capsule(database.owner, team, mia, retention_years=3))
    with pytest.raises(psycopg.Error) as refused, database.owner.transaction():
        database.owner.execute("set local session_replication_role = replica")
        delete(database, team)
    assert refused.value.sqlstate == "PT409"


def test_when_it_is_over_a_capsule_is_still_not_deleted_by_itself(database: Clone, mia: UUID, team: UUID) -> None:
    capsule = make_capsule(database.owner, team, mia, retention_years=1)
    seal_bare(database.owner, capsule, at=datetime.now(UTC) - timedelta(days=400))
    for statement in ("delete from public.capsules where id = %s", "delete from public.capsule_artifacts where capsule_id = %s"):
        with pytest.raises(psycopg.Error) as refused:
            database.owner.execute(statement, (capsule,))  # type: ignore[arg-type]
        assert refused.value.diag.message_detail == "capsule_sealed"


def test_when_it_is_over_the_team_takes_its_capsules_along_and_log_and_trail_stay(database: Clone, mia: UUID, team: UUID) -> None:
    job = make_job(database.owner, team, mia, status="completed")
    with sealing(database) as sealer:
        capsule = sealer.seal(
            make_capsule(database.owner, team, mia, FILLED, retention_years=0, job_id=job), requested_by=mia, requested_name="Mia"
        )
    child = make_capsule(database.owner, team, mia, retention_years=1, parent_capsule_id=capsule)
    seal_bare(database.owner, child, at=datetime.now(UTC) - timedelta(days=400))
    database.owner.execute("insert into public.capsule_dois (capsule_id, doi) values (%s, '10.1234/kept')", (capsule,))
    before = database.value("select count(*) from public.capsule_changes")
    delete(database, team)
    assert [database.value(f"select count(*) from public.{table}") for table in TABLES] == [0] * len(TABLES)
    assert database.value("select capsule_id from private.seal_log") == capsule
    told = database.owner.execute(
        "select action, team_id, before ->> 'lifecycle_state' from public.capsule_changes where id > %s", (before,)
    )
    assert ("capsule.deleted", team, "sealed") in told.fetchall()


def test_a_team_with_drafts_alone_can_be_deleted(database: Clone, mia: UUID, team: UUID) -> None:
    make_capsule(database.owner, team, mia, retention_years=5)
    delete(database, team)
    assert database.value("select count(*) from public.capsules") == 0
