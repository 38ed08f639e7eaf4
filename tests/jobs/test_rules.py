"""What the database itself guards of jobs, whoever asks."""

import itertools
import threading
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests import factories

from quapsule.errors import Problem

STATES = ("pending", "queued", "running", "completed", "failed", "cancelled")
LEGAL = {
    "pending": {"queued", "running", "failed", "cancelled"},
    "queued": {"running", "pending", "completed", "failed", "cancelled"},
    "running": {"queued", "pending", "completed", "failed", "cancelled"},
}


def test_a_job_makes_only_the_changes_of_state_that_are_listed(database):
    user = factories.make_user(database.owner)
    team = factories.team_of(database.owner, user)
    for before, after in itertools.permutations(STATES, 2):
        job = factories.make_job(database.owner, team, user, status=before)
        try:
            database.owner.execute("update public.job_runs set status = %s where id = %s", (after, job))
            changed = True
        except psycopg.Error as error:
            assert error.sqlstate == "PT409"
            changed = False
        assert changed == (after in LEGAL.get(before, set())), f"{before} to {after}"


def test_a_job_never_changes_its_team(database):
    user = factories.make_user(database.owner)
    job = factories.make_job(database.owner, factories.team_of(database.owner, user), user)
    with pytest.raises(psycopg.Error) as refusal:
        database.owner.execute("update public.job_runs set team_id = %s where id = %s", (factories.make_team(database.owner), job))
    assert refusal.value.sqlstate == "PT409"


@pytest.mark.parametrize(
    "statement",
    [
        "insert into public.job_runs (team_id, user_id, inline_code) values (%(team)s, %(user)s, 'x')",
        "update public.job_runs set status = 'completed'",
        "delete from public.job_runs",
        "insert into public.job_results (job_run_id, result_type, result_data) values (%(job)s, 'value', '1')",
        "update public.job_programs set content = 'x'",
        "insert into public.job_events (job_id, event) values (%(job)s, 'job.completed')",
        "update public.scripts set is_public = true",
        "delete from public.scripts",
        "update public.backends set is_available = true",
        "insert into public.script_analyses (user_id, team_id, backend, shots, content_sha256) values (%(user)s, %(team)s, 'local', 1, '')",
        "select * from private.events",
        "select * from private.errands",
        "select private.events_after('0', 0, 10)",
        "select private.add_job(null, 'x', 'python')",
        "select private.forget_events()",
    ],
)
def test_an_owner_changes_nothing_past_the_functions(database, statement):
    user = factories.make_user(database.owner)
    team = factories.team_of(database.owner, user)
    job = factories.make_job(database.owner, team, user)
    with pytest.raises(Problem) as refusal, database.as_user(user) as session:
        session.run(statement, {"team": team, "user": user, "job": job})
    assert refusal.value.code == "permission_denied"


def test_a_job_that_is_submitted_while_its_team_is_suspended_does_not_stay_waiting(database):
    user = factories.make_user(database.owner)
    team = factories.team_of(database.owner, user)
    given = {
        "team_id": str(team),
        "code": factories.BELL,
        "format": "qasm3",
        "framework": "openqasm",
        "backend": "local",
        "jobs_per_day": 0,
    }
    with psycopg.connect(database.owner_url, autocommit=True) as operator:
        with database.as_user(user) as session:
            session.value("select public.submit_job(%(p)s)", {"p": Jsonb(given | {"parameters": {"shots": 1}})})
            suspending = threading.Thread(target=operator.execute, args=("select private.suspend_team(%s)", (team,)))
            suspending.start()
            suspending.join(0.3)  # it waits for us
        suspending.join()
    assert database.value("select status from public.job_runs where team_id = %s", team) == "cancelled"


def test_a_slug_that_is_taken_by_an_invisible_script_is_not_told(database):
    mine, other = factories.make_user(database.owner), factories.make_user(database.owner)
    statement = (
        "insert into public.scripts (slug, name, category, file_path, script_content, framework, user_id, team_id)"
        " values ('secret-plan', 'x', 'x', '', 'x', 'qiskit', %(user)s, %(team)s)"
    )
    for user in (mine, other):
        with database.as_user(user) as session:
            session.run(statement, {"user": user, "team": factories.team_of(database.owner, user)})


def test_nobody_reads_a_foreign_errand(database):
    mine, other = factories.make_user(database.owner), factories.make_user(database.owner)
    with database.as_user(mine) as session:
        errand = session.value("select private.ask('analyse', '{}')")
    database.owner.execute("update private.errands set output = '1', finished_at = now()")
    with database.as_user(other) as session:
        assert session.value("select private.answer(%(id)s)", {"id": errand}) is None
        session.run("select private.drop_errand(%(id)s)", {"id": errand})
    with database.as_user(mine) as session:
        assert session.value("select private.answer(%(id)s)", {"id": errand}) == 1
        assert session.value("select private.answer(%(id)s)", {"id": errand}) is None


def test_a_person_asks_for_two_errands_at_a_time(database):
    user = factories.make_user(database.owner)
    for _ in range(2):
        _ask(database, user)
    with pytest.raises(Problem) as refusal:
        _ask(database, user)
    assert refusal.value.code == "rate_limited"


def _ask(database: Any, user: Any) -> None:
    with database.as_user(user) as session:
        session.value("select private.ask('analyse', '{}')")


def test_the_playground_is_not_asked_around_its_checks(database):
    user = factories.make_user(database.owner)
    with pytest.raises(Problem) as refusal, database.as_user(user) as session:
        session.value("""select private.ask('run', '{"backend": {"slug": "local", "max_shots": 1000000}}')""")
    assert refusal.value.code == "permission_denied"
    with pytest.raises(Problem) as refusal, database.as_user(user) as session:
        session.value("""select private.ask_to_play('analyse', '{}', null)""")
    assert refusal.value.code == "validation_error"


def test_a_worker_takes_runs_beside_looks_and_hears_who_still_waits(database):
    user = factories.make_user(database.owner)
    with database.as_user(user) as session:
        look = session.value("select private.ask('analyse', '{}')")
        play = session.value("""select private.ask_to_play('convert', '{"max_shots": 1}', null)""")
    with database.as_worker() as session:
        assert [row["errand_id"] for row in session.dicts("select errand_id from worker.claim_errands('w', 0, 2)")] == [play]
        assert [row["errand_id"] for row in session.dicts("select errand_id from worker.claim_errands('w', 2)")] == [look]
        wanted = "select worker.errands_wanted(%(worker)s, %(ids)s::uuid[])"
        assert session.value(wanted, {"worker": "w", "ids": [play]}) == play
        assert session.value(wanted, {"worker": "other", "ids": [play]}) is None
    with database.as_user(user) as session:
        session.run("select private.drop_errand(%(id)s)", {"id": play})
    with database.as_worker() as session:
        assert session.value(wanted, {"worker": "w", "ids": [play]}) is None
