"""People who want more than their role gives: each tries one thing, as the API's own login would let them."""

import threading
import time
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb
from tests.access.acts import refusal, refused, role_of, sha, submit
from tests.access.cast import TEAM, USER, named
from tests.conftest import Clone
from tests.factories import add_member

from quapsule.errors import Problem

ALPHA, BETA, GAMMA = TEAM["alpha"], TEAM["beta"], TEAM["gamma"]
SET_ROLE = "update public.team_members set role = %(role)s where team_id = %(team)s and user_id = %(user)s"
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


def test_invitation_of_a_demoted_admin_stays_closed_when_they_lead_again(stage: Clone):
    with stage.as_user(USER["adam"]) as adam:
        adam.value("select public.invite(%(t)s, 'nina@example.org', 'admin', %(h)s)", {"t": ALPHA, "h": sha("link")})
    for role in ("member", "admin"):
        with stage.as_user(USER["olga"]) as olga:
            assert olga.run(SET_ROLE, {"role": role, "team": ALPHA, "user": USER["adam"]}) == 1
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


def _wait_for_a_blocked_session(stage: Clone) -> None:
    for _ in range(500):
        if stage.value("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"):
            return
        time.sleep(0.02)
    raise AssertionError("the second session never waited")
