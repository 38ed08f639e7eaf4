"""Who is asking: refusals first."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.conftest import Clone
from tests.factories import add_member, disable, make_key, make_session, make_team, make_user, remove_member, suspend, team_of

from quapsule.errors import Problem


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def is_known(database: Clone, token: str) -> bool:
    with database.api.as_token(digest(token)) as session:
        return session.caller is not None


def test_an_unknown_token_is_nobody(database: Clone) -> None:
    with database.api.as_token(digest("who?")) as session:
        assert session.caller is None
        assert session.value("select current_user") == "anon"
        assert session.value("select private.my_teams()") == []


def test_an_ended_an_idle_and_an_expired_session_are_nobody(database: Clone) -> None:
    user = make_user(database.owner)
    for change in ("ended_at = now()", "idle_until = now()", "expires_at = now()"):
        token = make_session(database.owner, user)
        assert is_known(database, token)
        database.owner.execute(f"update private.sessions set {change} where token_hash = %s", (digest(token),))
        assert not is_known(database, token), change


def test_a_disabled_person_s_session_and_key_are_nobody(database: Clone) -> None:
    user = make_user(database.owner)
    session, key = make_session(database.owner, user), make_key(database.owner, team_of(database.owner, user), user)
    disable(database.owner, user)
    assert not is_known(database, session)
    assert not is_known(database, key)


def test_claims_of_a_disabled_person_reach_no_team(database: Clone) -> None:
    user = make_user(database.owner)
    disable(database.owner, user)
    with database.as_user(user) as session:
        assert session.value("select private.my_teams()") == []


def test_a_key_dies_with_its_creator_s_membership(database: Clone) -> None:
    user = make_user(database.owner)
    team = make_team(database.owner, owned_by=make_user(database.owner))
    add_member(database.owner, team, user)
    key = make_key(database.owner, team, user)
    assert is_known(database, key)
    remove_member(database.owner, team, user)
    assert not is_known(database, key)


def test_a_revoked_or_expired_key_is_nobody(database: Clone) -> None:
    user = make_user(database.owner)
    for change in ("revoked_at = now()", "expires_at = now()"):
        key = make_key(database.owner, team_of(database.owner, user), user)
        database.owner.execute(f"update public.api_keys set {change} where key_hash = %s", (digest(key),))
        assert not is_known(database, key), change


def test_a_key_reaches_its_own_team_only(database: Clone) -> None:
    user = make_user(database.owner)
    own, other = team_of(database.owner, user), make_team(database.owner, owned_by=user)
    with database.api.as_token(digest(make_key(database.owner, own, user, "simulate"))) as session:
        assert session.caller is not None and session.caller.team_id == own and session.caller.level == "simulate"
        assert session.value("select private.my_teams()") == [own]
        assert session.value("select private.my_role(%(team)s)", {"team": other}) is None
    with database.as_user(user) as session:
        assert set(session.value("select private.my_teams()")) == {own, other}


def test_a_read_key_has_no_live_team(database: Clone) -> None:
    user = make_user(database.owner)
    with database.api.as_token(digest(make_key(database.owner, team_of(database.owner, user), user, "read"))) as session:
        assert session.value("select private.my_live_teams()") == []


def test_a_suspended_team_can_be_read_and_is_not_live(database: Clone) -> None:
    user = make_user(database.owner)
    team = team_of(database.owner, user)
    suspend(database.owner, team)
    with database.as_user(user) as session:
        assert session.value("select private.my_teams()") == [team]
        assert session.value("select private.my_live_teams()") == []
        assert session.value("select private.is_leader(%(team)s)", {"team": team}) is True


def test_the_api_s_login_cannot_read_tables_or_become_more(database: Clone) -> None:
    for statement in (
        "select 1 from public.teams",
        "select 1 from private.sessions",
        "select 1 from auth.users",
        "set role service_role",
        "set role app_definer",
        "create temporary table t ()",
    ):
        with pytest.raises(Problem) as refused, database.api.as_login() as session:
            session.run(statement)  # type: ignore[arg-type]
        assert refused.value.code == "permission_denied", statement


def test_callers_cannot_authenticate_for_themselves(database: Clone) -> None:
    user = make_user(database.owner)
    with pytest.raises(Problem) as refused, database.as_user(user) as session:
        session.value("select private.authenticate(%(hash)s)", {"hash": b"x" * 32})
    assert refused.value.code == "permission_denied"


def test_people_shows_the_caller_and_their_teams_and_nobody_else(database: Clone) -> None:
    alice, bob, mallory = (make_user(database.owner, f"{name}@example.org") for name in ("alice", "bob", "mallory"))
    add_member(database.owner, team_of(database.owner, alice), bob)
    everybody = "select email from private.people order by email"
    with database.as_user(alice) as session:
        assert [row["email"] for row in session.dicts(everybody)] == ["alice@example.org", "bob@example.org"]
    with database.as_user(mallory) as session:
        assert [row["email"] for row in session.dicts(everybody)] == ["mallory@example.org"]
    with database.as_user(uuid4()) as session:
        assert session.dicts(everybody) == []


def test_use_of_a_session_is_noted_at_most_once_a_minute(database: Clone) -> None:
    token = make_session(database.owner, make_user(database.owner))
    seen = "select last_seen_at from private.sessions where token_hash = %s"
    first = database.value(seen, digest(token))
    assert is_known(database, token)
    assert database.value(seen, digest(token)) == first
    database.owner.execute(
        "update private.sessions set last_seen_at = last_seen_at - interval '1 hour', idle_until = idle_until - interval '1 hour'"
    )
    assert is_known(database, token)
    assert database.value(seen, digest(token)) > first
    idle: timedelta = database.value("select idle_until - last_seen_at from private.sessions where token_hash = %s", digest(token))
    assert idle == timedelta(days=7)
