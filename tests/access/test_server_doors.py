"""Whoever reaches the database with the API's or the worker's login, or with claims that say nothing, finds the other doors shut."""

import json
import re
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.access.acts import CODE, plain_login, refused, state_of, submit
from tests.access.cast import TEAM, USER, named
from tests.conftest import Clone

from quapsule.database.session import Database
from quapsule.errors import Problem

OTHER_ROLES = ("service_role", "app_owner", "app_definer", "rls_definer", "worker_login", "postgres", "pg_read_all_data")
PUBLIC_ROWS = {
    *("public.backends", "public.backend_lifecycle", "public.calibrations", "public.providers"),
    *("public.scripts", "public.script_versions", "public.signing_keys"),
}


def test_api_login_becomes_nobody_but_anon_and_authenticated(stage: Clone):
    with plain_login(stage) as login:
        for role in OTHER_ROLES:
            assert state_of(login, f"set role {role}") in ("42501", "22023"), role  # 22023: there is no such role
        assert state_of(login, "set session authorization service_role") == "42501"
        for role in ("anon", "authenticated"):
            assert state_of(login, f"set local role {role}") == ""


def test_reset_role_leads_back_to_a_login_that_reads_nothing(stage: Clone):
    with stage.as_user(USER["olga"]) as session:
        session.run("reset role")
        assert session.value("select current_user") == "api_login"
        for role in ("service_role", "app_definer"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), session.connection.transaction():
                session.connection.execute(f"set role {role}")  # type: ignore[arg-type]
        for table in ("public.job_runs", "public.backends", "auth.users", "private.sessions"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), session.connection.transaction():
                session.connection.execute(f"select 1 from {table}")  # type: ignore[arg-type]


def test_worker_login_reads_no_table_and_becomes_nobody(stage: Clone):
    tables = [row[0] for row in stage.owner.execute(_ALL_TABLES)]
    assert len(tables) > 30
    with psycopg.connect(stage.worker_url, autocommit=True) as worker:
        for table in tables:
            assert state_of(worker, f"select 1 from {table}") == "42501", table
        for role in ("anon", "authenticated", "api_login", *(role for role in OTHER_ROLES if role != "worker_login")):
            assert state_of(worker, f"set role {role}") in ("42501", "22023"), role
        for call in ("public.submit_job('{}')", "public.list_backends()", "private.my_teams()", "private.events_after('0', 0, 1)"):
            assert state_of(worker, f"select {call}") == "42501", call
        assert state_of(worker, "select worker.queue_depth()") == ""


def test_worker_of_a_lost_lease_writes_nothing(stage: Clone):
    with stage.as_user(USER["mia"]) as mia:
        job = submit(mia, TEAM["alpha"])
    with stage.as_worker() as worker:
        for fence in (0, 2**40):
            forged = '{"status": "completed", "results": []}'
            assert worker.value("select worker.finish_job(%(j)s, %(f)s, %(o)s)", {"j": job, "f": fence, "o": forged}) is False
    assert stage.value("select status from public.job_runs where id = %s", job) == "pending"


def test_anonymous_reads_no_tenant_and_calls_nothing_that_writes(stage: Clone):
    with stage.as_anonymous() as nobody:
        assert nobody.value("select private.my_teams()") == []
        assert nobody.value("select private.my_live_teams()") == []
        assert nobody.value("select private.my_led_teams()") == []
        assert nobody.value("select private.my_role(%(t)s)", {"t": TEAM["alpha"]}) is None
    for call in ("public.submit_job('{}')", "public.create_team('x')", "public.accept_invitation('x')", "private.my_account()",
                 "private.authenticate('')", "private.find_password('mia@example.org')", "private.my_events_after('0', 0, 1)"):  # fmt: skip
        with refused("permission_denied"), stage.as_anonymous() as nobody:
            nobody.value(f"select {call}")  # type: ignore[arg-type]


def test_signed_in_person_cannot_call_what_the_login_or_the_operator_calls(stage: Clone):
    for call in ("private.authenticate('')", "private.find_password('mia@example.org')", "private.events_after('0', 0, 1)",
                 "private.suspend_team(null)", "private.first_account('x', 'x')", "private.make_invitation_code('x', 1, null)",
                 "private.sign_up('x', 'x', '{}', null)", "private.add_job(null, 'x', 'x')",
                 "private.script_to_run(null, null, null, null)",
                 "worker.queue_depth()"):  # fmt: skip
        with refused("permission_denied"), stage.as_user(USER["olga"]) as olga:
            olga.value(f"select {call}")  # type: ignore[arg-type]


@pytest.mark.parametrize("sub", ["unknown", "null", "absent", "empty"])
def test_claims_without_a_known_person_see_no_tenants_row(stage: Clone, sub: str):
    claims: dict[str, Any] = {"role": "authenticated", "team_id": str(TEAM["alpha"])}
    claims |= {"unknown": {"sub": str(uuid4())}, "null": {"sub": None}, "absent": {}, "empty": {"sub": ""}}[sub]
    tables = [row[0] for row in stage.owner.execute(_ALL_TABLES) if row[0].startswith("public.") and row[0] not in PUBLIC_ROWS]
    for table in tables:
        try:
            with stage.api.as_claims(claims) as session:
                assert session.value(f"select count(*) from {table}") == 0, table  # type: ignore[arg-type]
        except Problem as problem:
            assert problem.code in ("permission_denied", "validation_error"), table  # an empty sub is no uuid: an error, not a row
    if sub in ("unknown", "null", "absent"):
        with stage.api.as_claims(claims) as session:
            assert session.value("select count(*) from public.scripts where not is_public or not is_active") == 0
            assert session.value("select count(*) from public.signing_keys where kind = 'user'") == 0


def test_malformed_claims_are_an_error_and_show_no_row(stage: Clone):
    with plain_login(stage) as login, login.transaction(force_rollback=True):
        login.execute("set local role authenticated")
        for claims in ('{"sub": "olga"}', "not json", json.dumps({"sub": str(USER["olga"]), "team_id": "alpha"}), "[]", '"x"'):
            login.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
            try:
                with login.transaction():
                    assert login.execute("select count(*) from public.job_runs").fetchone() == (0,), claims
            except psycopg.DataError:
                pass


def test_superusers_session_cannot_be_ended_by_a_caller(stage: Clone):
    with plain_login(stage) as login:
        assert state_of(login, "select pg_terminate_backend(%s)", stage.owner.info.backend_pid) == "42501"


def test_disabled_person_sees_nothing_with_claims_that_were_verified_before(stage: Clone):
    stage.owner.execute("update auth.users set banned_until = 'infinity' where id = %s", (USER["olga"],))
    with stage.as_user(USER["olga"]) as olga:
        assert [olga.value(f"select count(*) from public.{table}") for table in ("teams", "job_runs", "team_members")] == [0, 0, 0]  # type: ignore[arg-type]
    with refused("permission_denied"), stage.as_user(USER["olga"]) as olga:
        submit(olga)


def test_claims_of_one_request_are_gone_in_the_next_on_the_same_connection(stage: Clone):
    pool = Database(stage.api_url, size=1)
    try:
        _use_twice(pool)
    finally:
        pool.close()


def _use_twice(pool: Database) -> None:
    with pool.as_claims({"sub": str(USER["olga"]), "role": "authenticated"}) as olga:
        assert TEAM["alpha"] in olga.value("select private.my_teams()")
    with pool.as_login() as login:
        assert login.value("select coalesce(current_setting('request.jwt.claims', true), '')") == ""
        assert login.value("select current_user") == "api_login"
    with pool.as_anonymous() as nobody:
        assert nobody.value("select private.my_teams()") == []


@pytest.mark.parametrize(
    "statement",
    [
        "create temporary table teams (id uuid)",
        "create function pg_temp.uid() returns uuid language sql as 'select null::uuid'",
        "create table public.mine (id uuid)",
        "create function public.mine() returns int language sql as 'select 1'",
        "create view public.mine as select 1",
        "create function private.mine() returns int language sql as 'select 1'",
        "create schema mine",
        "create extension dblink",
        "alter table public.job_runs disable row level security",
        "alter table public.job_runs no force row level security",
        'drop policy "Members see the jobs of their teams" on public.job_runs',
        "create policy mine on public.job_runs using (true)",
        "alter table public.job_runs disable trigger all",
        "alter function private.my_teams() security invoker",
        "create or replace function private.my_teams() returns uuid[] language sql as 'select null::uuid[]'",
        "grant service_role to authenticated",
        "alter role authenticated bypassrls",
        "set session_replication_role = replica",
        "set local session_replication_role = replica",
        "copy public.backends to program 'cat'",
        "copy public.teams from program 'id'",
        "copy public.backends to '/tmp/out'",
        "select pg_read_file('/etc/passwd')",
        "select pg_read_binary_file('postgresql.conf')",
        "select pg_ls_dir('/')",
        "select lo_import('/etc/passwd')",
        "select * from pg_authid",
        "select extensions.pgp_pub_decrypt('', '')",
        "do language plpython3u $$ 1 $$",
    ],
)
@pytest.mark.parametrize("role", ["anon", "authenticated", "none"])
def test_no_caller_gets_at_the_server_or_the_schema(stage_of_all: Clone, role: str, statement: str):
    with plain_login(stage_of_all) as login, login.transaction(force_rollback=True):
        login.execute(f"set local role {role}")  # type: ignore[arg-type]
        state = state_of(login, statement)
    # 42704: no such language or extension here · 22023, 42809: refused for another reason than rights
    assert state in ("42501", "42704", "58P01", "0A000"), f"{state or 'it went through'}"


def test_switching_row_security_off_raises_instead_of_showing_rows(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["sam"]) as sam:
        sam.run("set local row_security = off")
        sam.value("select count(*) from public.job_runs")


def test_statement_timeout_holds_for_the_api_login(stage: Clone):
    with stage.as_user(USER["mia"]) as mia:
        assert mia.value("select current_setting('statement_timeout')") == "15s"
        assert mia.value("select current_setting('idle_in_transaction_session_timeout')") == "30s"
    with refused("timed_out"), stage.as_user(USER["mia"]) as mia:
        mia.run("set local statement_timeout = '50ms'")
        mia.value("select pg_sleep(20)")


def test_notifications_carry_no_data(stage: Clone):
    with psycopg.connect(stage.worker_url, autocommit=True) as listener:
        listener.execute("listen quapsule_jobs")
        listener.execute("listen quapsule_events")
        with stage.as_user(USER["mia"]) as mia:
            job = submit(mia, TEAM["alpha"])
            mia.value("select private.ask('estimate', '{\"code\": \"secret\"}')")
        with stage.as_worker() as worker:
            worker.dicts("select job_id from worker.claim_jobs('w', 100, 30)")
        with stage.as_user(USER["mia"]) as mia:
            assert mia.value("select public.cancel_job(%(j)s)", {"j": job}) == "running"
            ended = submit(mia, TEAM["alpha"])
            assert mia.value("select public.cancel_job(%(j)s)", {"j": ended}) == "cancelled"
        stage.owner.execute("update public.scripts set name = 'secret' where id = %s", (named("script a"),))
        told = [note.payload for note in listener.notifies(timeout=1)]
    assert {"pending", "errand", f"cancel {job}", f"ended {ended}", "events"} <= set(told)
    shape = re.compile(r"pending|events|errand( [0-9a-f-]{36})?|(cancel|ended) [0-9a-f-]{36}")
    assert [payload for payload in told if not shape.fullmatch(payload)] == []
    assert not any(secret in payload for payload in told for secret in ("secret", CODE, str(TEAM["alpha"]), str(USER["mia"])))


_ALL_TABLES = (
    "select n.nspname || '.' || c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
    " where n.nspname in ('public', 'private', 'auth') and c.relkind in ('r', 'p', 'v') order by 1"
)
