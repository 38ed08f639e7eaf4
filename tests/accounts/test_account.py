"""Accounts in the database: what the API's own login may call, and nobody else."""

from typing import Any

import psycopg
import pytest
from tests import factories

from quapsule.accounts.account import first_account
from quapsule.accounts.invitation_code import make_code
from quapsule.errors import Problem

OF_THE_API = (
    "select private.find_password('a@b.c')",
    "select private.sign_up('a@b.c', 'x', '{}', null)",
    "select private.open_session(gen_random_uuid(), '\\x00', null, null)",
    "select private.refresh_session('\\x00', '\\x00')",
    "select private.end_session('\\x00')",
    "select private.change_password('\\x00', null, 'x')",
    "select private.local_account()",
    "select private.check_code('x')",
    "select private.platform_state()",
    "select private.count_jobs()",
    "select private.forget_rate('x', 60)",
)
OF_THE_OPERATOR = (
    "select private.first_account('a@b.c', 'x')",
    "select private.make_invitation_code('x', 1, null)",
    "select private.suspend_team(gen_random_uuid())",
    "select private.resume_team(gen_random_uuid())",
)


@pytest.mark.parametrize("query", OF_THE_API + OF_THE_OPERATOR)
def test_no_person_may_call_what_the_api_or_the_operator_calls(database: Any, query: Any) -> None:
    user = factories.make_user(database.owner)
    for who in (database.as_user(user), database.as_anonymous(), database.as_worker()):
        with pytest.raises(Problem) as refused, who as session:
            session.value(query)
        assert refused.value.code == "permission_denied"


@pytest.mark.parametrize("query", OF_THE_OPERATOR)
def test_the_api_may_not_call_what_the_operator_calls(database: Any, query: Any) -> None:
    with pytest.raises(Problem) as refused, database.api.as_login() as session:
        session.value(query)
    assert refused.value.code == "permission_denied"


@pytest.mark.parametrize(
    "table", ["auth.users", "private.sessions", "private.idempotency_keys", "private.rate_counters", "public.invitation_codes"]
)
def test_the_tables_of_accounts_are_closed_to_persons_and_to_the_apis_login(database: Any, table: Any) -> None:
    user = factories.make_user(database.owner)
    for who in (database.as_user(user), database.as_anonymous(), database.api.as_login()):
        with pytest.raises(Problem) as refused, who as session:
            session.value(f"select count(*) from {table}")
        assert refused.value.code == "permission_denied"


def test_the_hash_of_a_key_is_read_by_nobody(database: Any) -> None:
    user = factories.make_user(database.owner)
    factories.make_key(database.owner, factories.team_of(database.owner, user), user)
    for column in ("key_hash", "*"):
        with pytest.raises(Problem), database.as_user(user) as session:
            session.value(f"select {column} from public.api_keys")


def test_the_first_account_is_made_once_and_only_on_an_empty_platform(database: Any) -> None:
    made = first_account(database.owner)
    assert made is not None and first_account(database.owner) is None
    team = factories.team_of(database.owner, made)
    assert database.value("select name from public.teams where id = %s", team) == "Personal"
    assert database.value("select encrypted_password is null from auth.users")


def test_every_new_account_owns_a_team_named_after_it(database: Any) -> None:
    for email, metadata, name in (
        ("ann@example.org", "{}", "ann's team"),
        ("bob@example.org", '{"team_name": "  Lab  "}', "Lab"),
        ("cat@example.org", '{"team_name": " "}', "cat's team"),
        (None, None, "My team"),
        ("x" * 64 + "@example.org", '{"team_name": "' + "y" * 500 + '"}', "y" * 100),
    ):
        user = database.value("insert into auth.users (email, raw_user_meta_data) values (%s, %s) returning id", email, metadata)
        team = factories.team_of(database.owner, user)
        assert database.value("select name from public.teams where id = %s", team) == name


def test_a_code_is_made_by_the_operator_within_bounds(database: Any) -> None:
    make_code(database.owner, "lab", 2)
    for code, uses in (("lab", 1), ("a b", 1), ("", 1), ("x" * 65, 1), ("none", 0)):
        with pytest.raises(Problem) as refused:
            make_code(database.owner, code, uses)
        assert refused.value.code in ("already_exists", "validation_error")


def test_a_twin_waits_for_the_first_and_goes_on_when_it_fails(database: Any) -> None:
    user, key = factories.make_user(database.owner), "7f1d3c0e-8f0b-4b6a-9a55-1d6f0a4f8a11"
    claim = "select private.claim_idempotency_key(null, %(key)s, %(body)s)"
    given = {"key": key, "body": b"1"}
    with pytest.raises(ZeroDivisionError), database.as_user(user) as first:
        assert first.value(claim, given) is None
        with pytest.raises(psycopg.errors.LockNotAvailable), psycopg.connect(database.api_url) as twin:
            twin.execute("select set_config('request.jwt.claims', %s, true)", (f'{{"sub": "{user}"}}',))
            twin.execute("set local role authenticated")
            twin.execute("set local lock_timeout = '50ms'")
            twin.execute(claim, given)
        raise ZeroDivisionError
    with database.as_user(user) as next_one:
        assert next_one.value(claim, given) is None
