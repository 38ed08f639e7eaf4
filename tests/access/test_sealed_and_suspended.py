"""What is suspended, sealed or hashed stays so, and an API key is less than its creator."""

from typing import Any

import pytest
from psycopg.types.json import Jsonb
from tests.access.acts import key_claims, refused, sha, submit
from tests.access.cast import TEAM, USER, named
from tests.capsules.sealed import seal_bare
from tests.conftest import Clone
from tests.factories import add_member, disable, make_key, make_session, make_user, remove_member

ALPHA, BETA, GAMMA = TEAM["alpha"], TEAM["beta"], TEAM["gamma"]
REMOVE = "delete from public.team_members where team_id = %(team)s and user_id = %(user)s"
SAVE_SCRIPT = (
    "select public.save_script(%(p)s)",
    {"p": Jsonb({"team_id": str(GAMMA), "name": "x", "content": "x", "framework": "qiskit"})},
)


def test_suspended_team_cannot_resume_itself(stage: Clone):
    for statement in (
        "update public.teams set suspended_at = null",
        "select private.resume_team(%(t)s)",
        "select private.suspend_team(%(t)s)",
    ):
        with refused("permission_denied"), stage.as_user(USER["sue"]) as sue:
            sue.run(statement, {"t": GAMMA})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        SAVE_SCRIPT,
        ("select public.change_script(%(s)s, %(p)s)", {"s": named("script s"), "p": Jsonb({"name": "x"})}),
        ("select public.cancel_job(%(j)s)", {"j": named("job s")}),
        ("select public.retry_job(%(j)s)", {"j": named("job s")}),
        ("select public.save_job_as_script(%(j)s, %(p)s)", {"j": named("job s"), "p": Jsonb({"name": "x"})}),
        ("select public.record_analysis(%(p)s)", {"p": Jsonb({"team_id": str(GAMMA), "backend": "local", "shots": 1})}),
        ("select public.invite(%(t)s, 'x@example.org', 'member', %(h)s)", {"t": GAMMA, "h": sha("x")}),
        ("select public.create_api_key(%(t)s, 'x', 'full', %(k)s, 'abcd', null)", {"t": GAMMA, "k": b"x" * 32}),
        ("select public.upsert_team_secret(%(t)s, 'aws', 'key', 'value', %(u)s)", {"t": GAMMA, "u": USER["sue"]}),
    ],
)
def test_suspended_team_changes_nothing(stage: Clone, call: Any, parameters: dict[str, Any]):
    stage.owner.execute("update public.job_runs set status = 'cancelled' where id = %s and %s", (named("job s"), "cancel" not in call))
    with refused("team_suspended"), stage.as_user(USER["sue"]) as sue:
        sue.value(call, parameters)


def test_suspended_team_submits_nothing(stage: Clone):
    with refused("team_suspended"), stage.as_user(USER["sue"]) as sue:
        submit(sue, GAMMA)


def test_read_key_changes_nothing(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["kira"], **key_claims("read")) as key:
        submit(key)
    with refused("permission_denied"), stage.as_user(USER["kira"], **key_claims("read")) as key:
        key.value("select public.cancel_job(%(id)s)", {"id": named("job k")})


def test_simulate_key_runs_on_free_backends_only(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["kira"], **key_claims("simulate")) as key:
        submit(key, backend="sv1")
    with stage.as_user(USER["kira"], **key_claims("simulate")) as key:
        submit(key)


def test_key_reaches_no_other_team_of_its_creator(stage: Clone):
    with refused("not_found"), stage.as_user(USER["kira"], **key_claims("full")) as key:
        submit(key, BETA)
    with refused("script_not_found"), stage.as_user(USER["kira"], **key_claims("full")) as key:
        submit(key, script_id=str(named("script l")))


@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("select public.create_api_key(%(t)s, 'x', 'full', %(k)s, 'abcd', null)", {"t": ALPHA, "k": b"x" * 32}),
        ("select public.invite(%(t)s, 'x@example.org', 'admin', %(h)s)", {"t": ALPHA, "h": sha("x")}),
        ("select public.create_team('x')", {}),
        ("select public.accept_invitation(%(h)s)", {"h": sha("invitation a")}),
        ("select public.revoke_api_key(%(k)s)", {"k": named("key a")}),
    ],
)
def test_leaked_key_cannot_make_itself_a_way_back(stage: Clone, call: Any, parameters: dict[str, Any]):
    with refused("permission_denied"), stage.as_user(USER["kira"], **key_claims("full")) as key:
        key.value(call, parameters)


def test_removed_members_key_and_disabled_persons_session_open_nothing(stage: Clone):
    session_token, key_token = make_session(stage.owner, USER["mia"]), make_key(stage.owner, ALPHA, USER["adam"])
    for token in (session_token, key_token):
        with stage.api.as_token(bytes.fromhex(sha(token))) as session:
            assert session.caller is not None
    disable(stage.owner, USER["mia"])
    remove_member(stage.owner, ALPHA, USER["adam"])
    for token in (session_token, key_token, "never-given-out"):
        with stage.api.as_token(bytes.fromhex(sha(token))) as session:
            assert session.caller is None
            assert session.value("select current_user") == "anon"


def test_key_that_died_with_a_membership_stays_dead_when_the_member_returns(stage: Clone):
    token = make_key(stage.owner, ALPHA, USER["mia"])
    with stage.as_user(USER["olga"]) as olga:
        assert olga.run(REMOVE, {"team": ALPHA, "user": USER["mia"]}) == 1
    add_member(stage.owner, ALPHA, USER["mia"])
    with stage.api.as_token(bytes.fromhex(sha(token))) as session:
        assert session.caller is None


@pytest.mark.parametrize(
    "query",
    [
        "select encrypted_value from public.team_secrets",
        "select * from public.team_secrets",
        "select token from public.team_invitations",
        "select key_hash from public.api_keys",
        "select encrypted_secret from public.webhook_endpoints",
        "select encrypted_password from auth.users",
        "select token_hash from private.sessions",
        "select 1 from public.team_secrets where encrypted_value like 'pgp1:%'",
        "select public_key from private.secret_recipients",
    ],
)
def test_no_owner_reads_what_is_sealed_or_hashed(stage: Clone, query: Any):
    with refused("permission_denied"), stage.as_user(USER["olga"]) as olga:
        olga.dicts(query)


def test_sealed_capsule_cannot_be_edited_by_anybody(stage: Clone):
    capsule = named("capsule a")
    seal_bare(stage.owner, capsule)
    with stage.as_user(USER["olga"]) as olga:
        assert olga.run("update public.capsules set name = 'forged' where id = %(id)s", {"id": capsule}) == 0
        assert olga.run("delete from public.capsules where id = %(id)s", {"id": capsule}) == 0
        assert olga.run("delete from public.capsule_artifacts where capsule_id = %(id)s", {"id": capsule}) == 0
    with refused("capsule_sealed"), stage.as_user(USER["olga"]) as olga:
        olga.run("insert into public.capsule_artifacts (capsule_id, name, artifact_type) values (%(id)s, 'x', 'data')", {"id": capsule})
    for statement in (
        "update public.capsules set name = 'forged' where id = %s",
        "update public.capsules set lifecycle_state = 'draft' where id = %s",
        "delete from public.capsules where id = %s",
        "update public.capsule_artifacts set content_text = 'forged' where capsule_id = %s",
        "delete from public.capsule_artifacts where capsule_id = %s",
    ):
        for replica in ("origin", "replica"):  # the triggers hold the owner as well, with triggers switched off
            with pytest.raises(Exception, match="sealed"), stage.owner.transaction():
                stage.owner.execute("select set_config('session_replication_role', %s, true)", (replica,))
                stage.owner.execute(statement, (capsule,))  # type: ignore[arg-type]


def test_events_and_errands_of_others_stay_theirs(stage: Clone):
    newcomer = make_user(stage.owner)
    with stage.as_user(USER["mia"]) as mia:
        submit(mia, ALPHA)
        errand = mia.value("select private.ask('estimate', '{}')")
    stage.owner.execute("update private.errands set finished_at = now(), output = '{}' where id = %s", (errand,))
    for person, sees in ((USER["mia"], True), (USER["ben"], False), (newcomer, False)):
        with stage.as_user(person) as session:
            rows = session.dicts("select team_id from private.my_events_after('0', 0, 1000)")
            assert any(row["team_id"] == ALPHA for row in rows) is sees
            if not sees:
                assert session.value("select private.answer(%(id)s)", {"id": errand}) is None
