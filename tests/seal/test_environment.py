"""What a run stood on, and what is another since."""

import platform
from copy import deepcopy
from importlib.metadata import distribution, version
from typing import Any

import pytest
from tests.seal import material

from quapsule.seal.content.environment import describe_environment, differences, digest_of


@pytest.mark.parametrize("foreign", [{}, {"packages": None}, {"packages": "numpy"}, {"packages": [1, {}]}, {"interpreter": 3}])
def test_an_environment_of_another_shape_is_compared_by_what_it_has(foreign: dict[str, Any]) -> None:
    assert differences(foreign, {}) == []
    assert {one["was"] for one in differences(foreign, material.ENVIRONMENT)} == {None}


def test_the_same_environment_has_no_differences() -> None:
    assert differences(material.ENVIRONMENT, deepcopy(material.ENVIRONMENT)) == []


def test_interpreter_platform_packages_and_engines_that_differ_are_named() -> None:
    now = deepcopy(material.ENVIRONMENT)
    now |= {"interpreter": "3.13.0", "platform": "macOS-15-arm64", "engines": [{"name": "aer", "version": "0.19.0"}]}
    now["packages"] = [
        {"name": "numpy", "version": "2.3.0", "digest": None},
        {"name": "scipy", "version": "1.15.0", "digest": None},
        *now["packages"][2:],
    ]
    assert differences(material.ENVIRONMENT, now) == [
        {"name": "interpreter", "was": "3.12.8", "is": "3.13.0"},
        {"name": "platform", "was": "Linux-6.1-x86_64-with-glibc2.36", "is": "macOS-15-arm64"},
        {"name": "engine aer", "was": "0.18.2", "is": "0.19.0"},
        {"name": "package numpy", "was": "2.2.1", "is": "2.3.0"},
        {"name": "package qiskit", "was": "2.3.0", "is": None},
        {"name": "package scipy", "was": None, "is": "1.15.0"},
    ]


def test_a_package_of_the_same_version_with_other_files_is_told_by_its_digests() -> None:
    now = deepcopy(material.ENVIRONMENT)
    now["packages"][0]["digest"] = f"sha256:{'0' * 64}"
    (found,) = differences(material.ENVIRONMENT, now)
    assert found["name"] == "package numpy"
    assert found["is"] == f"2.2.1 (sha256:{'0' * 64})"
    now["packages"][0]["digest"] = None  # nothing is known of its files
    assert differences(material.ENVIRONMENT, now) == []


def test_this_environment_is_described_with_a_digest_of_every_package() -> None:
    found = describe_environment()
    packages = {one["name"]: one for one in found["packages"]}
    assert found["interpreter"] == platform.python_version()
    assert packages["numpy"]["version"] == version("numpy")
    assert packages["marqov-capsule"]["digest"].startswith("sha256:")
    assert [one["name"] for one in found["packages"]] == sorted(packages)
    assert {"name": "aer", "version": version("qiskit-aer")} in found["engines"]


def test_the_digest_of_a_package_does_not_depend_on_who_installed_it() -> None:
    record = distribution("rfc8785").read_text("RECORD") or ""
    by_another = [line for line in record.splitlines() if "dist-info/INSTALLER" not in line and ".pyc" not in line]
    lines = [
        *reversed(by_another),
        "rfc8785/__pycache__/x.cpython-312.pyc,,",
        "../../../bin/x,sha256=abc,200",
        "rfc8785.dist-info/INSTALLER,,",
    ]
    assert digest_of("\n".join(lines) + "\n") == digest_of(record)


def test_the_digest_of_a_package_depends_on_each_of_its_files() -> None:
    record = distribution("rfc8785").read_text("RECORD") or ""
    lines = [line for line in record.splitlines() if line.startswith("rfc8785/") and not line.endswith(",,")]
    assert lines
    for line in lines:
        assert digest_of(record.replace(line, line.replace("sha256=", "sha256=x"))) != digest_of(record)
