"""Capsules: drafts belong to their author, and what is sealed stays, whoever asks."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.capsules.sealed import seal_bare
from tests.conftest import Clone
from tests.factories import add_member, make_job, make_user, suspend, team_of

from quapsule.errors import Problem

DRAFT = "insert into public.capsules (team_id, user_id, name, job_id) values (%(team)s, %(user)s, 'Run', %(job)s)"


@pytest.fixture
def alice(database: Clone) -> UUID:
    return make_user(database.owner, "alice@example.org")


@pytest.fixture
def team(database: Clone, alice: UUID) -> UUID:
    return team_of(database.owner, alice)


def draft(database: Clone, user: UUID, team: UUID, *, job: UUID | None = None, named: UUID | None = None) -> None:
    with database.as_user(user) as session:
        session.run(DRAFT, {"team": team, "user": named or user, "job": job})


def sealed(database: Clone, team: UUID, user: UUID, state: str = "sealed") -> UUID:
    row = database.owner.execute(
        "insert into public.capsules (team_id, user_id, name) values (%s, %s, 'Kept') returning id", (team, user)
    ).fetchone()
    assert row is not None
    database.owner.execute("insert into public.capsule_artifacts (capsule_id, name, artifact_type) values (%s, 'a', 'data')", row)
    seal_bare(database.owner, row[0], state)
    return UUID(str(row[0]))


def test_outsiders_suspended_teams_and_false_names_draft_nothing(database: Clone, alice: UUID, team: UUID) -> None:
    mallory = make_user(database.owner)
    foreign = make_job(database.owner, team_of(database.owner, mallory), mallory)
    for attempt in (
        lambda: draft(database, mallory, team),
        lambda: draft(database, alice, team, named=mallory),
        lambda: draft(database, alice, team, job=foreign),
    ):
        with pytest.raises(Problem) as refused:
            attempt()
        assert refused.value.code == "permission_denied"
    suspend(database.owner, team)
    with pytest.raises(Problem):
        draft(database, alice, team)


def test_a_parent_is_a_capsule_of_the_same_team(database: Clone, alice: UUID, team: UUID) -> None:
    mallory = make_user(database.owner)
    child = "insert into public.capsules (team_id, user_id, name, parent_capsule_id) values (%(team)s, %(user)s, 'Again', %(parent)s)"
    foreign = sealed(database, team_of(database.owner, mallory), mallory)
    with pytest.raises(Problem) as refused, database.as_user(alice) as session:
        session.run(child, {"team": team, "user": alice, "parent": foreign})
    assert refused.value.code == "permission_denied"
    with database.as_user(alice) as session:
        assert session.run(child, {"team": team, "user": alice, "parent": sealed(database, team, alice)}) == 1


def test_a_draft_is_edited_by_its_author_or_a_leader_and_by_no_other_member(database: Clone, alice: UUID, team: UUID) -> None:
    bob, carol = make_user(database.owner), make_user(database.owner)
    add_member(database.owner, team, bob)
    add_member(database.owner, team, carol)
    draft(database, bob, team, job=make_job(database.owner, team, bob))
    touched = {}
    for who, user in (("bob", bob), ("carol", carol), ("alice", alice)):
        with database.as_user(user) as session:
            assert session.value("select count(*) from public.capsules") == 1
            touched[who] = session.run("update public.capsules set description = %(text)s", {"text": who})
    assert touched == {"bob": 1, "carol": 0, "alice": 1}


def test_callers_cannot_seal_or_move_a_capsule(database: Clone, alice: UUID, team: UUID) -> None:
    draft(database, alice, team)
    for change in ("lifecycle_state = 'sealed'", "sealed_at = now()", "team_id = team_id", "user_id = user_id", "digests = '{}'"):
        with pytest.raises(Problem) as refused, database.as_user(alice) as session:
            session.run(f"update public.capsules set {change}")  # type: ignore[arg-type]
        assert refused.value.code == "permission_denied", change


@pytest.mark.parametrize("state", ["sealed", "archived"])
@pytest.mark.parametrize(
    "statement",
    [
        "update public.capsules set name = 'other' where id = %(id)s",
        "update public.capsules set digests = '{}' where id = %(id)s",
        "update public.capsules set lifecycle_state = 'draft' where id = %(id)s",
        "update public.capsules set team_id = gen_random_uuid() where id = %(id)s",
        "delete from public.capsules where id = %(id)s",
        "delete from public.teams where id = (select team_id from public.capsules where id = %(id)s)",
        "truncate public.capsules cascade",
        "update public.capsule_artifacts set name = 'b' where capsule_id = %(id)s",
        "delete from public.capsule_artifacts where capsule_id = %(id)s",
        "insert into public.capsule_artifacts (capsule_id, name, artifact_type) values (%(id)s, 'b', 'data')",
        "insert into public.capsule_task_executions (capsule_id, task_id, backend) values (%(id)s, 't', 'local')",
        "truncate public.capsule_artifacts",
    ],
)
def test_not_even_the_owner_changes_a_sealed_capsule(database: Clone, alice: UUID, team: UUID, state: str, statement: Any) -> None:
    capsule = sealed(database, team, alice, state)
    # A replica's session skips ordinary triggers, so foreign keys as well: there a team's end does not reach its capsules.
    for replica in (False,) if "public.teams" in statement else (False, True):
        with pytest.raises(psycopg.Error) as refused, database.owner.transaction():
            if replica:
                database.owner.execute("set local session_replication_role = replica")
            database.owner.execute(statement, {"id": capsule})
        assert refused.value.sqlstate == "PT409", replica


def test_a_sealed_capsule_can_be_archived_and_lose_its_pointers(database: Clone, alice: UUID, team: UUID) -> None:
    capsule = sealed(database, team, alice)
    database.owner.execute("update public.capsules set user_id = null where id = %s", (capsule,))
    database.owner.execute("update public.capsules set lifecycle_state = 'archived' where id = %s", (capsule,))
    assert database.value("select lifecycle_state from public.capsules where id = %s", capsule) == "archived"
    with pytest.raises(psycopg.Error):
        database.owner.execute("update public.capsules set user_id = %s where id = %s", (alice, capsule))


def test_a_draft_can_still_be_deleted_with_its_contents(database: Clone, alice: UUID, team: UUID) -> None:
    draft(database, alice, team)
    with database.as_user(alice) as session:
        session.run("insert into public.capsule_artifacts (capsule_id, name, artifact_type) select id, 'a', 'data' from public.capsules")
        assert session.run("delete from public.capsules") == 1
        assert session.value("select count(*) from public.capsule_artifacts") == 0
