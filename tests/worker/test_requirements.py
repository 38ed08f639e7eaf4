"""Packages from the operator's wheels: only those of the list, offline, with their hashes, and seen by the scripts that asked for them."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from quapsule.errors import Problem
from quapsule.sandbox.layers import inspect_layers
from quapsule.scripts.requirements import check_requirements, read_allowed, read_requirements
from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes
from quapsule.worker.outcome import Failure
from quapsule.worker.requirements import packages_for

BLOCK = '# /// script\n# requires-python = ">=3.12"\n# dependencies = [\n#   "Alpha_Pack==1.0",\n# ]\n# ///\n'


def make_wheel(folder: Path, name: str, version: str, code: str, *needs: str) -> str:
    """A wheel of one module; gives its SHA-256."""
    info, file = f"{name}-{version}.dist-info", folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr(f"{name}.py", code)
        needed = "".join(f"Requires-Dist: {one}\n" for one in needs)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def settings(tmp_path):
    """A list of three packages; alpha_pack needs beta_pack, and numpy, which the platform has."""
    wheels = tmp_path / "allowed"
    wheels.mkdir()
    beta = make_wheel(wheels, "beta_pack", "2.1", "NUMBER = 20\n")
    alpha = make_wheel(
        wheels, "alpha_pack", "1.0", "import beta_pack\nNUMBER = beta_pack.NUMBER + 1\n", "beta-pack>=2", "numpy", "gone; extra == 'x'"
    )
    other = make_wheel(wheels, "other_pack", "3.0", "")
    (wheels / "requirements.txt").write_text(
        f"# made by uv\nalpha-pack==1.0 \\\n    --hash=sha256:{alpha}\nbeta-pack==2.1 --hash=sha256:{beta}\n"
        f"    # via alpha-pack\nother-pack==3.0 --hash=sha256:{other}\n"
    )
    return replace(Settings(), home=tmp_path / "home", wheels=str(wheels))


@pytest.mark.parametrize("wanted", ["gamma==1.0", "alpha-pack==1.1", "other-pack<3"])
def test_what_is_not_on_the_list_is_refused_by_name_with_what_is_allowed_and_whom_to_ask(settings, wanted):
    with pytest.raises(Problem) as refusal:
        check_requirements(read_requirements("", wanted), read_allowed(settings.wheels))
    problem = refusal.value
    assert problem.code == "requirement_not_allowed" and problem.status == 422 and wanted.split("=")[0].split("<")[0] in problem.message
    assert "alpha-pack 1.0, beta-pack 2.1, other-pack 3.0" in problem.hint and "operator" in problem.hint
    with pytest.raises(Failure) as failure:
        packages_for(settings, "", wanted)
    assert (failure.value.category, failure.value.code) == ("user", "requirement_not_allowed")


def test_without_a_folder_nothing_is_allowed(tmp_path):
    with pytest.raises(Failure) as failure:
        packages_for(replace(Settings(), home=tmp_path), BLOCK)
    assert failure.value.code == "requirement_not_allowed" and "nothing" in failure.value.hint


@pytest.mark.parametrize(
    "listed",
    [
        "-r other.txt",
        "--index-url https://example.org",
        "git+https://example.org/a",
        "alpha-pack @ file:///etc/passwd",
        "./alpha",
        "a[b]",
        "a==1\na==2",
    ],
)
def test_options_addresses_and_contradictions_are_no_requirements(listed):
    with pytest.raises(Problem) as refusal:
        read_requirements("", listed)
    assert refusal.value.code == "validation_error"


@pytest.mark.parametrize("block", ["# dependencies = [", '# dependencies = "alpha"', "# dependencies = [1]"])
def test_a_block_that_is_no_list_of_names_is_refused(block):
    with pytest.raises(Problem) as refusal:
        read_requirements(f"# /// script\n{block}\n# ///\n")
    assert refusal.value.code == "validation_error"


@pytest.mark.parametrize("break_it", ["content", "missing", "lock", "no_hash", "need"])
def test_a_list_that_does_not_hold_is_the_operators_fault_and_leaves_nothing_behind(settings, break_it):
    wheels = Path(settings.wheels)
    lock, wheel = wheels / "requirements.txt", wheels / "beta_pack-2.1-py3-none-any.whl"
    if break_it == "content":
        make_wheel(wheels, "beta_pack", "2.1", "NUMBER = 99\n")
    elif break_it == "missing":
        wheel.unlink()
    elif break_it == "lock":
        lock.write_text("alpha-pack\n")
    elif break_it == "no_hash":
        lock.write_text("alpha-pack==1.0\n")
    else:
        lock.write_text("\n".join(line for line in lock.read_text().replace("\\\n", "").splitlines() if "beta" not in line))
    with pytest.raises(Failure) as failure:
        packages_for(settings, BLOCK)
    assert failure.value.category == "system" and "operator" in failure.value.hint
    assert not [folder for folder in (settings.home / "wheels").glob("*") if folder.is_dir()]


def test_a_script_that_asks_for_nothing_gets_no_folder(settings):
    assert packages_for(settings, "import numpy\n", "# nothing\n\n") is None


def test_a_set_is_installed_once_with_what_it_needs_and_no_more(settings):
    packages = packages_for(settings, BLOCK)
    folder = packages.folder
    assert [(one["name"], one["version"]) for one in packages.as_json()] == [("alpha-pack", "1.0"), ("beta-pack", "2.1")]
    assert all(digest.startswith("sha256:") for one in packages.as_json() for digest in one["digests"])
    assert {file.name for file in folder.glob("*.py")} == {"alpha_pack.py", "beta_pack.py"} and not (folder / "numpy").exists()
    written_at = (folder / "alpha_pack.py").stat().st_mtime_ns
    assert packages_for(settings, "", "alpha-pack") == packages and (folder / "alpha_pack.py").stat().st_mtime_ns == written_at
    assert packages_for(settings, "", "other-pack").folder != folder
    assert all(file.stat().st_mode & 0o044 == 0o044 for file in folder.rglob("*"))


def test_the_box_of_such_a_script_imports_them_and_no_other_box_does(settings):
    code = BLOCK + "import json\nimport alpha_pack\nprint(json.dumps({'number': alpha_pack.NUMBER, 'where': alpha_pack.__file__}))\n"
    boxes = Boxes(settings, inspect_layers())
    try:
        folder = packages_for(settings, code).folder
        finish = run(boxes, code, folder)
        assert finish["value"]["number"] == 21 and finish["value"]["where"].startswith(str(folder))
        assert "not installed" in run(boxes, code, None)["error"]["message"]
        spoil = code + f"open({str(folder)!r} + '/alpha_pack.py', 'w')\n"
        assert finish["value"] and "Read-only" in run(boxes, spoil, folder)["error"]["message"]
    finally:
        boxes.close()


def run(boxes, code, folder):
    backend = {"slug": "local", "name": "Local", "qubit_count": 4, "max_shots": 10, "device_type": "simulator"}
    start = {"verb": "start", "task": "run", "framework": "openqasm", "format": "python", "code": code, "params": {"shots": 1}}
    with boxes.take_script("openqasm", packages=folder) as box:
        box.door.send({**start, "shots": 1, "seed": 1, "backend": backend})
        return box.door.receive(30.0)


def test_few_sets_of_packages_stay_warm_and_none_that_is_in_use_goes(settings):
    code = "import json\nprint(json.dumps({'a': 1}))\n"
    boxes = Boxes(settings, inspect_layers())
    try:
        folders = [
            packages_for(settings, "", wanted).folder for wanted in ("other-pack", "beta-pack", "alpha-pack", "other-pack\nbeta-pack")
        ]
        with boxes.take_script("openqasm", packages=folders[0]) as box:
            for folder in folders[1:]:
                assert run(boxes, code, folder)["value"] == {"a": 1}
            assert box.pid and Path(f"/proc/{box.pid}").exists()
        for folder in folders:
            assert run(boxes, code, folder)["value"] == {"a": 1}
    finally:
        boxes.close()
