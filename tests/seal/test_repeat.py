"""A run again from the files of a capsule alone."""

import json
from typing import Any

import pytest
from tests.seal import material

from quapsule.errors import Problem
from quapsule.seal.content.contents import contents_of
from quapsule.seal.content.environment import differences
from quapsule.seal.content.repeat import FILES_OF_A_RUN, read_run


def files(told: dict[str, Any]) -> dict[str, bytes]:
    return {item.name: item.open().read() for item in contents_of(told, material.ENVIRONMENT, None)}


def refused(given: dict[str, bytes], file: str) -> str:
    with pytest.raises(Problem) as refusal:
        read_run(given)
    assert refusal.value.code == "capsule_not_repeatable"
    assert refusal.value.details == {"file": file}
    return refusal.value.message


def changed(**changes: Any) -> dict[str, bytes]:
    given = files(material.bell())
    run = json.loads(given["workflow/job.json"]) | changes
    return given | {"workflow/job.json": json.dumps(run).encode()}


def test_a_capsule_of_files_alone_cannot_be_run() -> None:
    assert "no workflow/job.json" in refused({"notes.md": b"notes\n"}, "workflow/job.json")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b"null"])
def test_a_request_that_is_no_json_object_is_refused(content: bytes) -> None:
    refused(files(material.bell()) | {"workflow/job.json": content}, "workflow/job.json")


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "another/1"},
        {"backend": None},
        {"backend": ""},
        {"parameters": []},
        {"framework": 3},
        {"requirements": {}},
        {"script": None},
        {"script": {"file": "../../etc/passwd", "format": "python"}},
        {"script": {"file": ["workflow/script.py"], "format": "python"}},
        {"script": {"file": "workflow/script.py", "format": "qasm3"}},
        {"script": {"file": "workflow/script.py", "format": []}},
    ],
)
def test_a_request_that_does_not_say_what_a_run_needs_is_refused(changes: dict[str, Any]) -> None:
    refused(changed(**changes), "workflow/job.json")


def test_another_script_than_the_one_that_ran_is_refused() -> None:
    given = files(material.bell())
    assert "another" in refused(given | {"workflow/script.py": b"import os\n"}, "workflow/script.py")
    del given["workflow/script.py"]
    refused(given, "workflow/script.py")


def test_an_environment_that_is_no_json_is_refused() -> None:
    refused(files(material.bell()) | {"environment/environment.json": b"-"}, "environment/environment.json")


def test_what_was_asked_for_comes_back_from_the_files_alone() -> None:
    given = {name: content for name, content in files(material.bell()).items() if name in FILES_OF_A_RUN}
    run = read_run(given)
    assert {name: run[name] for name in ("code", "format", "framework", "backend", "seed", "requirements")} == {
        "code": material.SCRIPT,
        "format": "python",
        "framework": "qiskit",
        "backend": "iqm-garnet",
        "seed": 7,
        "requirements": None,
    }
    assert run["parameters"] == material.job()["parameters"]
    assert differences(run["environment"], material.ENVIRONMENT) == []


def test_numbers_that_the_manifest_writes_as_text_come_back_as_they_were() -> None:
    told = material.bell()
    told["job"]["parameters"] |= {"seed": 2**60, "far": 1e19}
    assert read_run(files(told))["parameters"] == told["job"]["parameters"]


@pytest.mark.parametrize("form", ["qasm2", "qasm3"])
def test_an_openqasm_program_comes_back_with_its_version(form: str) -> None:
    told = material.bell()
    told["programs"][0] = material.program("asked", 0, form, material.INTERCHANGE)
    run = read_run(files(told))
    assert (run["code"], run["format"]) == (material.INTERCHANGE, form)


@pytest.mark.parametrize("job", [material.failed, material.cancelled, material.workflow])
def test_a_job_that_ended_otherwise_can_be_run_again_too(job: Any) -> None:
    assert read_run(files(job()))["format"] == "python"


def test_a_capsule_that_says_nothing_of_its_environment_can_be_run() -> None:
    given = files(material.bell())
    del given["environment/environment.json"]
    assert read_run(given)["environment"] == {}
