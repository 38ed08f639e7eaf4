"""What every table, function, policy and grant must be, asked of the catalog itself."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from tests.conftest import Clone

OURS = "('public', 'private', 'worker')"
# The migrator's own ledger: its owner is the login that migrates, which forced row-level security would lock out.
LEDGER = {"private.landed_migrations", "private.applied_rules"}
# Not exposed, filters itself by the caller, and lets definer functions see everybody.
DEFINER_VIEWS = {"private.people"}
ANONYMOUS_TABLES = {"public.backends", "public.backend_lifecycle", "public.providers", "public.calibrations"}


@pytest.fixture
def ask(database: Clone) -> Iterator["Ask"]:
    yield Ask(database)


class Ask:
    def __init__(self, database: Clone) -> None:
        self.database = database

    def __call__(self, query: str, *parameters: object) -> list[str]:
        return [row[0] for row in self.database.owner.execute(query, parameters or None)]  # type: ignore[arg-type]


def test_every_table_has_row_level_security_enabled_and_forced(ask: Ask) -> None:
    open_tables = ask(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'p') and n.nspname in ('public', 'private', 'worker', 'auth')"
        " and not (c.relrowsecurity and c.relforcerowsecurity)"
    )
    assert {name if "." in name else f"public.{name}" for name in open_tables} == LEDGER


def test_every_table_belongs_to_app_owner(ask: Ask) -> None:
    others = ask(
        f"select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        f" where c.relkind in ('r', 'S') and n.nspname in {OURS} and c.relowner <> 'app_owner'::regrole"
    )
    assert set(others) == LEDGER


def test_definer_functions_have_an_empty_search_path_and_one_of_two_owners(ask: Ask) -> None:
    assert not ask(
        f"select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        f" where n.nspname in {OURS} and p.prosecdef"
        f" and (p.proconfig is distinct from array['search_path=\"\"'] and not coalesce('search_path=\"\"' = any (p.proconfig), false)"
        f"      or p.proowner not in ('rls_definer'::regrole, 'app_definer'::regrole))"
    )


def test_every_function_of_ours_pins_its_search_path(ask: Ask) -> None:
    assert not ask(
        "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        " where (n.nspname in ('private', 'worker') or p.proowner in ('rls_definer'::regrole, 'app_definer'::regrole))"
        " and not coalesce('search_path=\"\"' = any (p.proconfig), false)"
    )


def test_nothing_is_granted_to_public(ask: Ask) -> None:
    assert not ask(
        f"select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a"
        f" where n.nspname in {OURS} and a.grantee = 0"
    )
    assert not ask(
        f"select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace,"
        f" aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where n.nspname in {OURS} and a.grantee = 0"
    )
    assert not ask("select nspname from pg_namespace, aclexplode(nspacl) a where nspname in ('private', 'worker') and a.grantee = 0")


def test_callers_hold_no_privilege_that_policies_do_not_cover(ask: Ask) -> None:
    assert not ask(
        "select c.oid::regclass::text from pg_class c, aclexplode(c.relacl) a"
        " where a.grantee in ('anon'::regrole, 'authenticated'::regrole, 'api_login'::regrole, 'worker_login'::regrole)"
        " and a.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')"
    )
    assert not ask("select nspname from pg_namespace where has_schema_privilege('authenticated', oid, 'create')")
    for role in ("anon", "authenticated", "api_login", "worker_login", "rls_definer", "app_definer"):
        assert not ask(
            "select nspname from pg_namespace where nspname in ('public', 'private', 'worker') and has_schema_privilege(%s, oid, 'create')",
            role,
        )


def test_anonymous_visitors_read_the_catalogue_and_write_nothing(ask: Ask) -> None:
    granted = ask(
        "select distinct n.nspname || '.' || c.relname || ' ' || a.privilege_type"
        " from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a"
        " where n.nspname in ('public', 'private', 'auth') and a.grantee in ('anon'::regrole, 'api_login'::regrole)"
    )
    assert set(granted) == {f"{name} SELECT" for name in ANONYMOUS_TABLES}


def test_logins_may_become_only_what_they_should(ask: Ask) -> None:
    of = "select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid where m.member = %s::regrole order by 1"
    assert ask(of, "api_login") == ["anon", "authenticated"]
    assert ask(of, "worker_login") == []
    for role in ("anon", "authenticated", "rls_definer", "app_definer", "app_owner", "service_role"):
        assert ask(of, role) == []
    assert not ask("select rolname from pg_roles where (rolsuper or rolbypassrls) and rolname in ('api_login', 'worker_login')")


def test_the_worker_may_execute_its_functions_and_nothing_else(ask: Ask) -> None:
    assert not ask(
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname in ('public', 'private', 'worker', 'auth') and c.relkind in ('r', 'v')"
        " and (has_table_privilege('worker_login', c.oid, 'select,insert,update,delete')"
        "      or has_any_column_privilege('worker_login', c.oid, 'select'))"
    )
    assert not ask(
        "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        " where n.nspname in ('public', 'private') and has_schema_privilege('worker_login', n.oid, 'usage')"
        " and has_function_privilege('worker_login', p.oid, 'execute')"
    )


def test_policies_call_helpers_once_per_query_and_not_per_row(ask: Ask) -> None:
    policies = ask(
        "select c.relname || ': ' || p.polname || ': ' || coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' ||"
        " coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') from pg_policy p join pg_class c on c.oid = p.polrelid"
    )
    assert policies
    for policy in policies:
        for helper in ("private.", "auth."):
            for before, after in pairwise(policy.split(helper)):
                if after.partition("(")[0].isidentifier() and "(" in after[:40]:
                    assert before.rstrip().upper().endswith("SELECT"), policy


def test_policies_name_their_roles(ask: Ask) -> None:
    assert not ask("select polname from pg_policy where polroles = '{0}'")


def test_every_table_column_and_function_has_a_comment(ask: Ask) -> None:
    assert not ask(
        f"select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        f" where n.nspname in {OURS} and c.relkind in ('r', 'v') and obj_description(c.oid, 'pg_class') is null"
    )
    assert not ask(
        f"select c.oid::regclass::text || '.' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid"
        f" join pg_namespace n on n.oid = c.relnamespace where n.nspname in {OURS} and c.relkind in ('r', 'v') and a.attnum > 0"
        f" and not a.attisdropped and col_description(c.oid, a.attnum) is null"
    )
    assert not ask(
        f"select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        f" where n.nspname in {OURS} and obj_description(p.oid, 'pg_proc') is null"
    )


def test_every_foreign_key_is_indexed(ask: Ask) -> None:
    assert not ask(
        f"select k.conrelid::regclass::text || ' ' || k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid"
        f" join pg_namespace n on n.oid = c.relnamespace where k.contype = 'f' and n.nspname in {OURS}"
        f" and not exists (select 1 from pg_index i where i.indrelid = k.conrelid and i.indpred is null and i.indkey[0] = k.conkey[1])"
    )


def test_views_ask_as_their_reader(ask: Ask) -> None:
    views = ask(
        f"select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        f" where n.nspname in {OURS} and c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)"
    )
    assert set(views) <= DEFINER_VIEWS


def test_temporary_objects_cannot_be_made_by_callers(ask: Ask) -> None:
    for role in ("api_login", "worker_login", "authenticated", "anon"):
        assert ask("select has_database_privilege(%s, current_database(), 'temporary')::text", role) == ["false"]
