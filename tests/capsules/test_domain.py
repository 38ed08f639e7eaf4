"""A capsule's life in the database, as callers may drive it: the draft that a submit leaves, refusals, forward steps."""

from uuid import UUID

import pytest
from tests import factories

from quapsule.errors import Problem
from quapsule.jobs.submission import Submission, retry, submit

PYTHON = "import qiskit\nprint('{}')\n"


def submission(team, **fields):
    given = {"team_id": team, "code": PYTHON, "format": "python", "framework": "qiskit", "backend": "local", "parameters": {"shots": 10}}
    return Submission(**(given | {"create_capsule": True} | fields))


@pytest.fixture
def mia(database):
    """A person and her team."""
    user = factories.make_user(database.owner, name="Mia")
    return user, factories.team_of(database.owner, user)


def capsule_of(database, job):
    return database.owner.execute(
        "select id, user_id, name, lifecycle_state, git_sha, git_repo, parent_capsule_id, custom_metadata"
        " from public.capsules where job_id = %s",
        (job,),
    ).fetchone()


def test_a_job_that_asks_for_none_makes_no_capsule(database, mia):
    user, team = mia
    with database.as_user(user) as session:
        job = submit(session, submission(team, create_capsule=False))
    assert capsule_of(database, job) is None


def test_a_submit_that_names_another_team_s_capsule_as_parent_is_refused(database, mia):
    user, team = mia
    other = factories.make_user(database.owner)
    with database.as_user(other) as session:
        job = submit(session, submission(factories.team_of(database.owner, other)))
    foreign = capsule_of(database, job)[0]
    with pytest.raises(Problem) as refusal, database.as_user(user) as session:
        submit(session, submission(team, parent_capsule_id=foreign))
    assert refusal.value.code == "not_found"


def test_a_submit_leaves_a_draft_with_its_script(database, mia):
    user, team = mia
    with database.as_user(user) as session:
        job = submit(session, submission(team, seal_capsule=True, git_sha="a" * 40, git_repo="https://example.org/r"))
    capsule, author, name, state, sha, repo, parent, metadata = capsule_of(database, job)
    assert (author, name, state, sha, repo, parent) == (user, "Capsule of qiskit job", "draft", "a" * 40, "https://example.org/r", None)
    assert metadata == {"seal_when_done": True}
    rows = database.owner.execute(
        "select name, artifact_type, content_type, size_bytes,"
        "       digest = 'sha256:' || encode(sha256(convert_to(content_text, 'UTF8')), 'hex'), content_text"
        " from public.capsule_artifacts where capsule_id = %s",
        (capsule,),
    ).fetchall()
    assert rows == [("workflow/script.py", "workflow", "text/x-python", len(PYTHON), True, PYTHON)]


def test_a_repeated_job_has_a_capsule_that_names_the_first_as_its_parent(database, mia):
    user, team = mia
    with database.as_user(user) as session:
        job = submit(
            session, submission(team, seal_capsule=True, capsule_name="First", code=factories.BELL, format="qasm3", framework="openqasm")
        )
    database.owner.execute("update public.job_runs set status = 'failed' where id = %s", (job,))
    with database.as_user(user) as session:
        again = retry(session, job)
    first, second = capsule_of(database, job), capsule_of(database, again)
    assert isinstance(second[0], UUID) and second[6] == first[0] and second[2] == "First" and second[7] == {"seal_when_done": True}
    assert database.value("select name from public.capsule_artifacts where capsule_id = %s", second[0]) == "workflow/program.qasm"
