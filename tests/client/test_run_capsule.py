"""`quapsule run --capsule`: what is kept of a run, asked for when it is submitted."""

from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import Api
from tests.client.conftest import Cli
from tests.client.test_git import git

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


@pytest.fixture
def bell(tmp_path: Path) -> Path:
    file = tmp_path / "lab" / "bell.qasm"
    file.parent.mkdir()
    file.write_text(BELL)
    return file


def kept(api: Api, capsule_id: str) -> dict[str, Any]:
    row = api.owner.execute("select to_jsonb(c) from public.capsules c where id = %s", [capsule_id]).fetchone()
    assert row is not None
    return dict(row[0])


def test_a_name_that_is_too_long_is_refused_and_nothing_is_submitted(api: Api, cli: Cli, alice: Any, bell: Path) -> None:
    said = cli("run", str(bell), "--capsule", "--capsule-name", "x" * 201, "--json")
    assert (said.code, said.error["code"]) == (1, "validation_error")
    assert api.owner.execute("select count(*) from public.job_runs where user_id = %s", [alice]).fetchone() == (0,)


def test_a_run_without_the_option_makes_no_capsule(api: Api, cli: Cli, alice: Any, bell: Path) -> None:
    said = cli("run", str(bell), "--json")
    assert set(said.json) == {"job_id"}
    assert api.owner.execute("select count(*) from public.capsules where job_id = %s", [said.json["job_id"]]).fetchone() == (0,)


def test_the_capsule_is_named_when_the_job_is_submitted(api: Api, cli: Cli, alice: Any, bell: Path) -> None:
    said = cli("run", str(bell), "--capsule", "--json")
    row = kept(api, said.json["capsule_id"])
    assert (row["lifecycle_state"], row["job_id"], row["git_sha"], row["git_repo"]) == ("draft", said.json["job_id"], None, None)
    assert "seal_when_done" not in row["custom_metadata"]
    for_people = cli("run", str(bell), "--capsule")
    assert for_people.err.splitlines()[0].startswith("capsule ")
    assert len(for_people.out.split()) == 1  # the job's id, to be read by a program


def test_a_name_or_a_seal_asks_for_a_capsule_too(api: Api, cli: Cli, alice: Any, bell: Path) -> None:
    row = kept(api, cli("run", str(bell), "--capsule-name", "First pair", "--seal", "--json").json["capsule_id"])
    assert (row["name"], row["custom_metadata"]["seal_when_done"]) == ("First pair", True)


def test_the_commit_and_the_repository_of_the_script_go_with_it(api: Api, cli: Cli, alice: Any, bell: Path) -> None:
    git(bell.parent, "init", "-q")
    git(bell.parent, "add", ".")
    git(bell.parent, "commit", "-q", "-m", "one")
    git(bell.parent, "remote", "add", "origin", "https://alice:hunter2@git.example.org/lab/bell.git")
    row = kept(api, cli("run", str(bell), "--capsule", "--json").json["capsule_id"])
    assert row["git_sha"] == git(bell.parent, "rev-parse", "HEAD")
    assert row["git_repo"] == "https://git.example.org/lab/bell.git"
    bell.write_text(BELL + "// changed\n")
    assert "is not as commit" in cli("run", str(bell), "--capsule").err
