"""What the database itself holds about sealed capsules, past the table of tests/access/test_sealed_table.py."""

import secrets
from collections.abc import Iterator
from hashlib import sha256
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.capsules.sealed import FILLED, Sealer, make_capsule, seal_bare, sealing
from tests.conftest import Clone, cloned
from tests.factories import make_job, make_user, team_of

from quapsule.database.embedded import EmbeddedServer
from quapsule.database.migrate import migrate
from quapsule.database.rules_state import apply_rules, read_rules
from quapsule.platform.examine import examine_event_trigger

SEAL = (
    "insert into public.capsule_seals (capsule_id, mqc_id, origin, manifest, canonical, checksums, sealed_at, log_seq)"
    " values (%s, %s, %s, 'x', 'x', '', '2026-01-01', %s)"
)
STATE = "update public.capsules set lifecycle_state = %s, sealed_at = '2026-01-01' where id = %s"
MQC_ID = f"mqc:1:{sha256(b'x').hexdigest()}"


@pytest.fixture
def mia(database: Clone) -> UUID:
    return make_user(database.owner, "mia@example.org", name="Mia")


@pytest.fixture
def team(database: Clone, mia: UUID) -> UUID:
    return team_of(database.owner, mia)


@pytest.fixture
def draft(database: Clone, mia: UUID, team: UUID) -> UUID:
    return make_capsule(database.owner, team, mia)


@pytest.fixture
def sealer(database: Clone) -> Iterator[Sealer]:
    with sealing(database) as found:
        yield found


def refusal(database: Clone, *statements: tuple[str, tuple[object, ...]]) -> tuple[str | None, str | None]:
    """SQLSTATE and code with which a transaction of these is refused, at the latest at its commit."""
    with pytest.raises(psycopg.Error) as caught, database.owner.transaction():
        for statement, given in statements:
            database.owner.execute(statement, given)  # type: ignore[arg-type]
    return caught.value.sqlstate, caught.value.diag.message_detail


def test_nothing_is_sealed_without_a_seal_and_no_draft_has_one(database: Clone, draft: UUID) -> None:
    assert refusal(database, (STATE, ("sealed", draft))) == ("PT409", "conflict")
    assert refusal(database, (SEAL, (draft, MQC_ID, "import", None))) == ("PT409", "capsule_not_sealed")
    assert database.value("select lifecycle_state from public.capsules where id = %s", draft) == "draft"


def test_a_seal_says_when_and_its_id_is_the_hash_of_its_bytes(database: Clone, draft: UUID) -> None:
    other = f"mqc:1:{sha256(b'y').hexdigest()}"
    assert refusal(database, (SEAL, (draft, other, "import", None)), (STATE, ("sealed", draft))) == ("PT409", "capsule_invalid")
    late = "update public.capsules set lifecycle_state = 'sealed', sealed_at = '2026-01-02' where id = %s"
    assert refusal(database, (SEAL, (draft, MQC_ID, "import", None)), (late, (draft,))) == ("PT409", "conflict")


def test_a_seal_of_this_platform_is_in_its_log_under_its_own_id(database: Clone, draft: UUID) -> None:
    entry = "insert into private.seal_log (seq, capsule_id, entry, leaf) values (%s, %s, %s, sha256('\\x00'::bytea || %s))"
    sealed = ((SEAL, (draft, MQC_ID, "here", 0)), (STATE, ("sealed", draft)))
    assert refusal(database, *sealed) == ("PT409", "conflict")
    for capsule, text in ((draft, b"mqc:1:another"), (team_of_nobody(), MQC_ID.encode())):
        assert refusal(database, (entry, (0, capsule, text, text)), *sealed) == ("PT409", "conflict")
    assert refusal(database, (entry, (1, draft, MQC_ID.encode(), MQC_ID.encode()))) == ("PT409", "conflict")  # the first is 0


def test_a_draft_has_no_signature_timestamp_or_doi(database: Clone, draft: UUID, sealer: Sealer, mia: UUID, team: UUID) -> None:
    sealed = sealer.seal(make_capsule(database.owner, team, mia))
    columns = "key_id, kind, signer_name, meaning, signed_at, envelope"
    for statement in (
        f"insert into public.capsule_signatures (capsule_id, {columns}) select %s, {columns} from public.capsule_signatures",
        "insert into public.capsule_timestamps (capsule_id, authority, token, stamped_at) values (%s, 'tsa', 'x', now())",
        "insert into public.capsule_dois (capsule_id, doi) values (%s, '10.1234/x')",
    ):
        assert refusal(database, (statement, (draft,))) == ("PT409", "capsule_not_sealed"), statement
    database.owner.execute("insert into public.capsule_dois (capsule_id, doi) values (%s, '10.1234/x')", (sealed,))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("draft", "archived"),
        ("runnable", "draft"),
        ("runnable", "archived"),
        ("sealed", "runnable"),
        ("sealed", "draft"),
        ("archived", "sealed"),
    ],
)
def test_steps_out_of_order_are_refused(database: Clone, draft: UUID, before: str, after: str) -> None:
    if before == "runnable":
        database.owner.execute("update public.capsules set lifecycle_state = 'runnable' where id = %s", (draft,))
    elif before != "draft":
        seal_bare(database.owner, draft, before)
    code = "capsule_sealed" if before in ("sealed", "archived") else "conflict"
    assert refusal(database, ("update public.capsules set lifecycle_state = %s where id = %s", (after, draft))) == ("PT409", code)


def test_a_key_is_revoked_once_and_never_changed_or_forgotten(database: Clone, mia: UUID) -> None:
    database.owner.execute(
        "insert into public.signing_keys (key_id, public_key, kind, owner_id, name)"
        " values (encode(sha256(%s), 'hex'), %s, 'user', %s, 'Mia')",
        (b"k" * 32, b"k" * 32, mia),
    )
    for statement in (
        "update public.signing_keys set name = 'x'",
        "update public.signing_keys set owner_id = gen_random_uuid()",
        "delete from public.signing_keys",
    ):
        assert refusal(database, (statement, ())) == ("PT409", "conflict")
    database.owner.execute("update public.signing_keys set revoked_at = now()")
    for statement in ("update public.signing_keys set revoked_at = null", "update public.signing_keys set revoked_at = '2020-01-01'"):
        assert refusal(database, (statement, ())) == ("PT409", "conflict")


def test_what_a_sealed_capsule_points_to_may_go_and_its_names_stay(database: Clone, sealer: Sealer, mia: UUID, team: UUID) -> None:
    ben = make_user(database.owner, "ben@example.org", name="Ben")
    job = make_job(database.owner, team, ben, status="completed")
    parent = make_capsule(database.owner, team, ben)
    capsule = make_capsule(database.owner, team, ben, FILLED, job_id=job, parent_capsule_id=parent)
    sealer.seal(capsule, requested_by=mia, requested_name="Mia")
    database.owner.execute("delete from public.job_runs where id = %s", (job,))
    database.owner.execute("delete from public.capsules where id = %s", (parent,))
    database.owner.execute("delete from auth.users where id = %s", (ben,))
    left = "select user_id, job_id, parent_capsule_id, lifecycle_state from public.capsules where id = %s"
    assert database.owner.execute(left, (capsule,)).fetchone() == (None, None, None, "sealed")
    manifest = bytes(database.value("select manifest from public.capsule_seals")).decode()
    assert "Ben" in manifest and str(job) in manifest


def test_who_sealed_is_never_deleted(database: Clone, sealer: Sealer, draft: UUID, mia: UUID) -> None:
    sealer.seal(draft, requested_by=mia, requested_name="Mia")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        database.owner.execute("delete from auth.users where id = %s", (mia,))


def test_the_event_trigger_stops_the_tables_owner_and_whoever_is_not_migrating(database: Clone, server: EmbeddedServer) -> None:
    """A login that is the owner, but not the migrating one, does not pass by saying so."""
    name = f"owner_{secrets.token_hex(4)}"
    database.owner.execute(f"create role {name} login password 'plain'")  # type: ignore[arg-type]
    database.owner.execute(f"grant app_owner to {name}")  # type: ignore[arg-type]
    try:
        with psycopg.connect(psycopg.conninfo.make_conninfo(database.owner_url, user=name, password="plain"), autocommit=True) as login:
            login.execute("set role app_owner")
            login.execute("set quapsule.migrating = 'on'")
            for statement in ("alter table public.capsules disable trigger capsules_guard", "drop table public.capsule_changes"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="keeps sealed capsules"):
                    login.execute(statement)  # type: ignore[arg-type]
            login.execute("create table public.theirs (id integer)")  # what is not guarded is theirs
            login.execute("drop table public.theirs")
    finally:
        database.owner.execute(f"drop owned by {name}")  # type: ignore[arg-type]
        database.owner.execute(f"drop role {name}")  # type: ignore[arg-type]


def test_migrations_and_rules_pass_the_event_trigger(database: Clone) -> None:
    assert migrate(database.owner_url).landed == []
    rules = read_rules()
    assert apply_rules(database.owner, rules | {"seals": rules["seals"] + "\n-- another state\n"})


def test_without_a_superuser_the_guards_stand_and_the_absence_of_the_event_trigger_is_told(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        name = f"plain_{secrets.token_hex(4)}"
        connection.execute(f"create role {name} login createrole password 'plain'")  # type: ignore[arg-type]
        connection.execute(f"grant app_owner, rls_definer, app_definer to {name} with admin option")  # type: ignore[arg-type]
        connection.execute(f"create database {name} owner {name}")  # type: ignore[arg-type]
        try:
            migrate(psycopg.conninfo.make_conninfo(server.url(name), user=name, password="plain"))
            with psycopg.connect(server.url(name), autocommit=True) as owner:
                assert owner.execute("select count(*) from pg_event_trigger").fetchone() == (0,)
                assert examine_event_trigger(owner).state == "warn"
                mia = make_user(owner)
                capsule = make_capsule(owner, team_of(owner, mia), mia)
                seal_bare(owner, capsule)
                with pytest.raises(psycopg.Error) as refused:
                    owner.execute("update public.capsules set custom_metadata = %s", (Jsonb({}),))
                    owner.execute("delete from public.capsules")
                assert refused.value.sqlstate == "PT409"
        finally:
            connection.execute(f"drop database {name} with (force)")  # type: ignore[arg-type]
            connection.execute(f"drop role {name}")  # type: ignore[arg-type]


def test_where_a_superuser_migrates_the_event_trigger_is_there(server: EmbeddedServer) -> None:
    with cloned(server) as clone:
        assert examine_event_trigger(clone.owner).state == "ok"


def team_of_nobody() -> UUID:
    return UUID(int=7)
