"""People who want more than their role gives: each tries one thing, as the API's own login would let them."""

import threading
import time
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb
from tests.access.acts import key_claims, refusal, refused, role_of, sha, submit
from tests.access.cast import TEAM, USER, named
from tests.conftest import Clone
from tests.factories import add_member, disable, make_key, make_session, make_user, remove_member

from quapsule.errors import Problem

ALPHA, BETA, GAMMA = TEAM["alpha"], TEAM["beta"], TEAM["gamma"]
SET_ROLE = "update public.team_members set role = %(role)s where team_id = %(team)s and user_id = %(user)s"
SAVE_SCRIPT = (
    "select public.save_script(%(p)s)",
    {"p": Jsonb({"team_id": str(GAMMA), "name": "x", "content": "x", "framework": "qiskit"})},
)
REMOVE = "delete from public.team_members where team_id = %(team)s and user_id = %(user)s"


def test_member_cannot_promote_themself(stage: Clone):
    with stage.as_user(USER["mia"]) as mia:
        assert mia.run(SET_ROLE, {"role": "owner", "team": ALPHA, "user": USER["mia"]}) == 0
        assert mia.run("update public.team_members set role = 'owner'") == 0, "a blind update is not held by what may be selected"
    assert role_of(stage, "mia") == "member"


def test_admin_cannot_become_owner(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["adam"]) as adam:
        adam.run(SET_ROLE, {"role": "owner", "team": ALPHA, "user": USER["adam"]})
    assert role_of(stage, "adam") == "admin"


@pytest.mark.parametrize("role", ["admin", "owner"])
def test_admin_cannot_make_others_admin_or_owner(stage: Clone, role: str):
    with refused("permission_denied"), stage.as_user(USER["adam"]) as adam:
        adam.run(SET_ROLE, {"role": role, "team": ALPHA, "user": USER["mia"]})


def test_admin_cannot_demote_or_remove_an_owner(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["adam"]) as adam:
        adam.run(SET_ROLE, {"role": "member", "team": ALPHA, "user": USER["olga"]})
    with refused("permission_denied"), stage.as_user(USER["adam"]) as adam:
        adam.run(REMOVE, {"team": ALPHA, "user": USER["olga"]})
    assert role_of(stage, "olga") == "owner"


def test_admin_cannot_remove_another_admin(stage: Clone):
    add_member(stage.owner, ALPHA, USER["nina"], "admin")
    with refused("permission_denied"), stage.as_user(USER["adam"]) as adam:
        adam.run(REMOVE, {"team": ALPHA, "user": USER["nina"]})


def test_member_cannot_remove_an_admin_or_anybody_else(stage: Clone):
    with stage.as_user(USER["mia"]) as mia:
        assert mia.run(REMOVE, {"team": ALPHA, "user": USER["adam"]}) == 0
        assert mia.run(REMOVE, {"team": ALPHA, "user": USER["kira"]}) == 0
    assert role_of(stage, "adam") == "admin"


def test_last_owner_can_neither_leave_nor_step_down(stage: Clone):
    with refused("last_owner"), stage.as_user(USER["sam"]) as sam:
        sam.run(REMOVE, {"team": TEAM["delta"], "user": USER["sam"]})
    with refused("last_owner"), stage.as_user(USER["sam"]) as sam:
        sam.run(SET_ROLE, {"role": "member", "team": TEAM["delta"], "user": USER["sam"]})
    assert role_of(stage, "sam", "delta") == "owner"


def test_one_statement_cannot_demote_all_owners(stage: Clone):
    with pytest.raises(Problem) as caught, stage.as_user(USER["olga"]) as olga:
        olga.run("update public.team_members set role = 'member' where team_id = %(team)s and role = 'owner'", {"team": ALPHA})
    # By the order of the rows: she stopped being an owner before kira's turn came, or was the last when her own came.
    assert caught.value.code in ("permission_denied", "last_owner")


def test_two_owners_who_leave_at_once_leave_one_behind(stage: Clone):
    ended: list[str] = []

    def kira_leaves() -> None:
        try:
            with stage.as_user(USER["kira"]) as kira:
                kira.run(REMOVE, {"team": ALPHA, "user": USER["kira"]})
            ended.append("left")
        except Problem as problem:
            ended.append(problem.code)

    second = threading.Thread(target=kira_leaves)
    with stage.as_user(USER["olga"]) as olga:
        olga.run(REMOVE, {"team": ALPHA, "user": USER["olga"]})
        second.start()
        _wait_for_a_blocked_session(stage)
    second.join(20)
    assert ended == ["last_owner"]
    assert stage.value("select count(*) from public.team_members where team_id = %s and role = 'owner'", ALPHA) == 1


def test_stranger_cannot_join_a_team(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["sam"]) as sam:
        sam.run("insert into public.team_members (team_id, user_id, role) values (%(t)s, %(u)s, 'owner')", {"t": ALPHA, "u": USER["sam"]})


def test_nobody_makes_a_team_for_somebody_else_or_without_an_owner(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["sam"]) as sam:
        sam.run("insert into public.teams (name) values ('mine')")


def test_membership_cannot_be_moved_to_another_team_or_person(stage: Clone):
    for column, value in (("team_id", BETA), ("user_id", USER["nina"])):
        with refused("permission_denied"), stage.as_user(USER["kira"]) as kira:
            kira.run(f"update public.team_members set {column} = %(v)s where team_id = %(t)s", {"v": value, "t": ALPHA})  # type: ignore[arg-type]


def test_invitation_opens_for_its_address_alone_and_once(stage: Clone):
    with stage.as_user(USER["olga"]) as olga:
        olga.value("select public.invite(%(t)s, 'nina@example.org', 'member', %(h)s)", {"t": ALPHA, "h": sha("link")})
    with refused("permission_denied"), stage.as_user(USER["sam"]) as sam:
        sam.value("select public.accept_invitation(%(h)s)", {"h": sha("link")})
    with stage.as_user(USER["nina"]) as nina:
        assert nina.value("select public.accept_invitation(%(h)s)", {"h": sha("link")}) == ALPHA
    with refused("conflict"), stage.as_user(USER["nina"]) as nina:
        nina.value("select public.accept_invitation(%(h)s)", {"h": sha("link")})


def test_open_invitation_of_a_removed_admin_is_dead(stage: Clone):
    with stage.as_user(USER["adam"]) as adam:
        adam.value("select public.invite(%(t)s, 'nina@example.org', 'admin', %(h)s)", {"t": ALPHA, "h": sha("link")})
    with stage.as_user(USER["olga"]) as olga:
        olga.run(REMOVE, {"team": ALPHA, "user": USER["adam"]})
    with refused("conflict"), stage.as_user(USER["nina"]) as nina:
        nina.value("select public.accept_invitation(%(h)s)", {"h": sha("link")})


def test_nobody_is_invited_as_owner(stage: Clone):
    with refused("validation_error"), stage.as_user(USER["olga"]) as olga:
        olga.value("select public.invite(%(t)s, 'nina@example.org', 'owner', %(h)s)", {"t": ALPHA, "h": sha("link")})


# Jobs ------------------------------------------------------------------------------------------------------------------------------


def test_job_with_a_foreign_script_is_refused_as_with_a_missing_one(stage: Clone):
    missing = refusal(stage, "mia", script_id=str(uuid4()))
    assert missing[0] == "script_not_found"
    assert refusal(stage, "mia", script_id=str(named("script b"))) == missing, "beta's private script"
    assert refusal(stage, "mia", script_id=str(named("script d"))) == missing, "a published script that was deleted"
    assert refusal(stage, "mia", script_slug="script-b") == missing
    assert refusal(stage, "mia", script_slug="no-such-slug") == missing


def test_member_of_two_teams_cannot_carry_one_teams_script_into_the_other(stage: Clone):
    assert refusal(stage, "kira", script_id=str(named("script b")))[0] == "script_not_found"


def test_job_is_in_the_callers_name_whatever_the_body_says(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["mia"]) as mia:
        mia.run("insert into public.job_runs (team_id, user_id, inline_code) values (%(t)s, %(u)s, 'x')", {"t": ALPHA, "u": USER["olga"]})
    with stage.as_user(USER["mia"]) as mia:
        job = submit(mia, ALPHA, user_id=str(USER["olga"]), status="completed", actual_cost_usd=-1, estimated_cost_usd=-1)
    row = stage.owner.execute(
        "select user_id, status, actual_cost_usd, estimated_cost_usd from public.job_runs where id = %s", (job,)
    ).fetchone()
    assert row == (USER["mia"], "pending", None, 0)


@pytest.mark.parametrize(
    "change", ["status = 'completed'", "actual_cost_usd = 0", "started_at = now()", "team_id = team_id", "parameters = '{}'"]
)
def test_nothing_of_a_job_can_be_forged(stage: Clone, change: str):
    with refused("permission_denied"), stage.as_user(USER["olga"]) as olga:
        olga.run(f"update public.job_runs set {change} where id = %(id)s", {"id": named("job a")})  # type: ignore[arg-type]


def test_results_of_a_job_cannot_be_forged(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["mia"]) as mia:
        mia.run(
            "insert into public.job_results (job_run_id, result_type, result_data) values (%(id)s, 'counts', '{}')", {"id": named("job a")}
        )


def test_outsider_cannot_cancel_or_retry_and_learns_nothing(stage: Clone):
    for who in ("ben", "sam", "rex", "sue"):
        for call in ("select public.cancel_job(%(id)s)", "select public.retry_job(%(id)s)"):
            for job in (named("job a"), uuid4()):
                with refused("not_found"), stage.as_user(USER[who]) as session:
                    session.value(call, {"id": job})  # type: ignore[arg-type]


def test_member_cannot_cancel_the_job_of_another(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["mia"]) as mia:
        mia.value("select public.cancel_job(%(id)s)", {"id": named("job k")})


def test_analysis_of_another_cannot_be_used(stage: Clone):
    with refused("not_found"), stage.as_user(USER["olga"]) as olga:
        submit(olga, ALPHA, analysis_id=str(named("analysis a")))


def test_foreign_key_does_not_tell_foreign_ids_from_missing_ones(stage: Clone):
    for job in (named("job b"), uuid4()):
        with refused("permission_denied"), stage.as_user(USER["mia"]) as mia:
            mia.run(
                "insert into public.capsules (team_id, user_id, name, job_id) values (%(t)s, %(u)s, 'x', %(j)s)",
                {"t": ALPHA, "u": USER["mia"], "j": job},
            )


# Scripts ---------------------------------------------------------------------------------------------------------------------------


def test_member_cannot_publish(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["mia"]) as mia:
        mia.value("select public.change_script(%(id)s, %(p)s)", {"id": named("script a"), "p": Jsonb({"is_public": True})})
    with refused("permission_denied"), stage.as_user(USER["mia"]) as mia:
        mia.run("insert into public.scripts (slug, name, category, file_path, user_id, team_id, is_public)"
                " values ('x', 'x', 'x', '', %(u)s, %(t)s, true)", {"u": USER["mia"], "t": ALPHA})  # fmt: skip


def test_template_cannot_be_planted_or_changed(stage: Clone):
    with refused("permission_denied"), stage.as_user(USER["olga"]) as olga:
        olga.run("insert into public.scripts (slug, name, category, file_path) values ('x', 'x', 'x', '')")
    with refused("permission_denied"), stage.as_user(USER["olga"]) as olga:
        olga.value("select public.change_script(%(id)s, %(p)s)", {"id": named("script p"), "p": Jsonb({"content": "evil"})})


def test_foreign_private_script_cannot_be_changed_and_a_published_one_only_read(stage: Clone):
    for script, code in (("script b", "script_not_found"), ("script d", "script_not_found"), ("script o", "permission_denied")):
        with refused(code), stage.as_user(USER["olga"]) as olga:
            olga.value("select public.change_script(%(id)s, %(p)s)", {"id": named(script), "p": Jsonb({"name": "mine"})})


def test_change_of_a_script_cannot_move_it_or_give_it_away(stage: Clone):
    moved = {"team_id": str(BETA), "user_id": str(USER["nina"]), "id": str(uuid4()), "name": "renamed"}
    with stage.as_user(USER["olga"]) as olga:
        olga.value("select public.change_script(%(id)s, %(p)s)", {"id": named("script a"), "p": Jsonb(moved)})
    row = stage.owner.execute("select team_id, user_id, name from public.scripts where id = %s", (named("script a"),)).fetchone()
    assert row == (ALPHA, USER["mia"], "renamed")


# Suspension, keys, secrets, capsules ---------------------------------------------------------------------------------------------------


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
    for state in ("runnable", "sealed"):
        stage.owner.execute("update public.capsules set lifecycle_state = %s where id = %s", (state, capsule))
    with stage.as_user(USER["olga"]) as olga:
        assert olga.run("update public.capsules set name = 'forged' where id = %(id)s", {"id": capsule}) == 0
        assert olga.run("delete from public.capsules where id = %(id)s", {"id": capsule}) == 0
        assert olga.run("delete from public.capsule_artifacts where capsule_id = %(id)s", {"id": capsule}) == 0
    with refused("conflict"), stage.as_user(USER["olga"]) as olga:
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


def _wait_for_a_blocked_session(stage: Clone) -> None:
    for _ in range(500):
        if stage.value("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"):
            return
        time.sleep(0.02)
    raise AssertionError("the second session never waited")
