"""Packages that a script asks for: refused where a person can still change it, at upload and at submit."""

import pytest
from tests import factories

CODE = "import qiskit\nprint(1)\n"
BLOCK = '# /// script\n# dependencies = ["gamma_pack==1.0"]\n# ///\n'


@pytest.fixture
def allowed(tmp_path):
    """A list with one package on it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "requirements.txt").write_text(f"alpha-pack==1.0 --hash=sha256:{'0' * 64}\n")
    return str(folder)


@pytest.fixture
def member(start_api, allowed):
    api = start_api(wheels=allowed)
    user, client = api.person()
    factories.team_of(api.owner, user)
    return client


def submit(client, **work):
    return client.post("/api/jobs/submit", json={"backend": "local", "params": {"shots": 1}, **work})


def refused(answer):
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "requirement_not_allowed"), error
    return error


def test_an_upload_that_asks_for_what_is_not_allowed_is_refused_and_keeps_nothing(member):
    error = refused(member.post("/api/scripts/upload", json={"name": "a", "script_content": CODE, "requirements": "gamma-pack\n"}))
    assert "gamma-pack" in error["message"] and "alpha-pack 1.0" in error["hint"] and error["details"]["allowed"] == ["alpha-pack 1.0"]
    refused(member.post("/api/scripts/upload", json={"name": "a", "script_content": BLOCK + CODE}))
    assert member.get("/api/scripts?library=mine").json()["items"] == []


def test_a_change_that_asks_for_what_is_not_allowed_is_refused(member):
    saved = member.post("/api/scripts/upload", json={"name": "a", "script_content": CODE, "requirements": "alpha-pack==1.0"})
    assert saved.status_code == 200
    path = f"/api/scripts/{saved.json()['script_id']}"
    refused(member.patch(path, json={"requirements": "alpha-pack==2.0"}))
    assert member.get(path).json()["requirements"] == "alpha-pack==1.0"


def test_a_submit_of_such_code_is_refused(member):
    refused(submit(member, inline_code=BLOCK + CODE))
    assert member.get("/api/jobs").json()["items"] == []


def test_a_saved_script_is_looked_at_again_for_the_list_may_have_changed(member, allowed, tmp_path):
    saved = member.post("/api/scripts/upload", json={"name": "a", "script_content": CODE, "requirements": "alpha-pack==1.0"}).json()
    assert submit(member, script_id=saved["script_id"]).status_code == 200
    (tmp_path / "wheels" / "requirements.txt").write_text(f"alpha-pack==1.1 --hash=sha256:{'0' * 64}\n")
    refused(submit(member, script_id=saved["script_id"]))


def test_what_is_no_requirement_is_a_validation_error_and_what_is_installed_anyway_is_none_to_refuse(member):
    answer = member.post("/api/scripts/upload", json={"name": "a", "script_content": CODE, "requirements": "-r other.txt"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "validation_error")
    assert (
        member.post("/api/scripts/upload", json={"name": "a", "script_content": CODE, "requirements": "packaging>=20"}).status_code == 200
    )
