"""The rules of teams, tried in SQL as each persona, past the API."""

from typing import Any
from uuid import UUID

import pytest
from tests import factories

from quapsule.errors import Problem


@pytest.fixture
def people(database: Any) -> dict[str, UUID]:
    made = {role: factories.make_user(database.owner, f"{role}@example.org") for role in ("owner", "admin", "member", "stranger")}
    team = factories.team_of(database.owner, made["owner"])
    for role in ("admin", "member"):
        factories.add_member(database.owner, team, made[role], role)
    return {**made, "team": team}


def _refused(database: Any, user: UUID, query: Any, parameters: Any = None, **claims: Any) -> str:
    with pytest.raises(Problem) as refused, database.as_user(user, **claims) as session:
        session.run(query, parameters)
    return refused.value.code


@pytest.mark.parametrize("who", ["owner", "admin", "member", "stranger"])
def test_nobody_writes_what_only_functions_write(database: Any, people: dict[str, UUID], who: str) -> None:
    for query in (
        "insert into public.teams (name) values ('x')",
        "delete from public.teams",
        "update public.teams set suspended_at = null",
        "update public.teams set id = gen_random_uuid()",
        "insert into public.team_members (team_id, user_id, role) values (%(team)s, %(stranger)s, 'owner')",
        "update public.team_members set user_id = %(stranger)s",
        "update public.team_members set team_id = gen_random_uuid()",
        "select token from public.team_invitations",
        "select * from public.team_invitations",
        "update public.team_invitations set status = 'accepted'",
        "delete from public.team_invitations",
        "truncate public.team_members",
    ):
        assert _refused(database, people[who], query, people) == "permission_denied", query


def test_a_stranger_changes_no_row(database: Any, people: dict[str, UUID]) -> None:
    with database.as_user(people["stranger"]) as session:
        assert session.run("update public.team_members set role = 'owner' where team_id = %(team)s", people) == 0
        assert session.run("delete from public.team_members where team_id = %(team)s", people) == 0
        assert session.run("update public.teams set name = 'x' where id = %(team)s", people) == 0
        assert session.value("select count(*) from public.team_members where team_id = %(team)s", people) == 0


def test_a_member_promotes_nobody(database: Any, people: dict[str, UUID]) -> None:
    with database.as_user(people["member"]) as session:
        assert session.run("update public.team_members set role = 'owner' where team_id = %(team)s", people) == 0


def test_an_admin_does_not_become_owner_nor_touch_owners(database: Any, people: dict[str, UUID]) -> None:
    for query in (
        "update public.team_members set role = 'owner' where team_id = %(team)s and user_id = %(admin)s",
        "update public.team_members set role = 'member' where team_id = %(team)s and user_id = %(owner)s",
        "delete from public.team_members where team_id = %(team)s and user_id = %(owner)s",
    ):
        assert _refused(database, people["admin"], query, people) == "permission_denied"


def test_the_last_owner_neither_leaves_nor_steps_down(database: Any, people: dict[str, UUID]) -> None:
    for query in (
        "update public.team_members set role = 'admin' where team_id = %(team)s and user_id = %(owner)s",
        "delete from public.team_members where team_id = %(team)s and user_id = %(owner)s",
        "delete from public.team_members where team_id = %(team)s",
    ):
        assert _refused(database, people["owner"], query, people) == "last_owner"


def test_an_api_key_of_the_owner_changes_no_membership(database: Any, people: dict[str, UUID]) -> None:
    claims = {"team_id": people["team"], "key_id": people["owner"], "level": "full"}
    with database.as_user(people["owner"], **claims) as session:
        assert session.run("update public.team_members set role = 'admin' where user_id = %(member)s", people) == 0
        assert session.run("delete from public.team_members where user_id = %(member)s", people) == 0
        assert session.run("update public.teams set name = 'x'") == 0
    assert _refused(database, people["owner"], "select public.create_team('x')", **claims) == "permission_denied"


def test_a_deleted_team_takes_its_members_along(database: Any, people: dict[str, UUID]) -> None:
    database.owner.execute("delete from public.teams where id = %(team)s", people)
    assert database.value("select count(*) from public.team_members where team_id = %s", people["team"]) == 0


def test_suspending_cancels_what_waits_and_leaves_what_runs(database: Any, people: dict[str, UUID]) -> None:
    team, owner = people["team"], people["owner"]
    jobs = {status: factories.make_job(database.owner, team, owner, status=status) for status in ("pending", "running", "completed")}
    other = factories.make_job(database.owner, factories.team_of(database.owner, people["stranger"]), people["stranger"])
    assert database.value("select private.suspend_team(%s)", team) == 1
    assert database.value("select private.suspend_team(%s)", team) == 0
    for status, job in jobs.items():
        expected = "cancelled" if status == "pending" else status
        assert database.value("select status from public.job_runs where id = %s", job) == expected
    assert database.value("select status from public.job_runs where id = %s", other) == "pending"
    assert database.value("select count(*) from public.job_events where job_id = %s and event = 'job.cancelled'", jobs["pending"]) == 1
    with database.as_user(owner) as session:
        assert session.value("select count(*) from public.job_runs where team_id = %(team)s", people) == 3
        assert session.run("update public.teams set name = 'x' where id = %(team)s", people) == 0
    database.owner.execute("select private.resume_team(%s)", (team,))
    with database.as_user(owner) as session:
        assert session.run("update public.teams set name = 'x' where id = %(team)s", people) == 1


def test_suspending_no_team_is_said(database: Any) -> None:
    for name in ("suspend_team", "resume_team"):
        with pytest.raises(Exception, match="No such team"):
            database.value(f"select private.{name}(gen_random_uuid())")


def test_an_invitation_is_not_accepted_by_its_stored_hash_over_and_over(database: Any, people: dict[str, UUID]) -> None:
    guest = factories.make_user(database.owner, "guest@example.org")
    with database.as_user(people["admin"]) as session:
        session.run("select public.invite(%(team)s, 'Guest@Example.org', 'member', repeat('a', 64))", people)
    with database.as_user(guest) as session:
        assert session.value("select public.accept_invitation(repeat('a', 64))") == people["team"]
    assert _refused(database, guest, "select public.accept_invitation(repeat('a', 64))") == "conflict"


@pytest.mark.parametrize("role", ["owner", "root", ""])
def test_nobody_is_invited_as_more_than_admin(database: Any, people: dict[str, UUID], role: str) -> None:
    query = "select public.invite(%(team)s, 'guest@example.org', %(role)s, repeat('b', 64))"
    assert _refused(database, people["owner"], query, {**people, "role": role}) == "validation_error"
