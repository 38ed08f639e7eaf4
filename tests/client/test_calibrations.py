"""`quapsule calibrations`: bad files first, then import, list and show, against a real server and database."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.calibrations.files import own
from tests.client.conftest import Api, Cli

from quapsule.database.seeds.calibrations import read_calibrations

GARNET = next(row for row in read_calibrations() if row["backend"] == "iqm-garnet")


@pytest.fixture
def operator(api: Api, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAPSULE_URL", api.url)
    monkeypatch.setenv("QUAPSULE_DATABASE_URL", api.database.owner_url)


def snapshot(folder: Path, **changes: Any) -> str:
    content = own("iqm-garnet", "2026-06-01T00:00:00+00:00") | {"description": GARNET["description"]} | changes
    file = folder / "snapshot.json"
    file.write_text(json.dumps(content))
    return str(file)


@pytest.mark.usefixtures("operator")
def test_a_file_that_cannot_be_taken_is_refused_with_its_reason(cli: Cli, tmp_path: Path) -> None:
    said = cli("calibrations", "import", snapshot(tmp_path, version=9), "--backend", "iqm-garnet", "--json")
    assert said.code != 0 and said.out == "" and "version 1 is known" in said.error["message"]
    said = cli("calibrations", "import", snapshot(tmp_path), "--backend", "iqm-emerald", "--json")
    assert said.error["code"] == "calibration_unfit"
    assert cli("calibrations", "import", str(tmp_path / "none.json"), "--backend", "iqm-garnet").code == 2
    assert cli("calibrations", "import", snapshot(tmp_path), "--backend", "nothing", "--json").error["code"] == "backend_unknown"
    assert cli("calibrations", "show", "iqm-garnet", "--as-of", "2000-01-01", "--json").error["code"] == "not_found"
    assert cli("calibrations", "list", "nothing", "--json").error["code"] == "backend_unknown"


@pytest.mark.usefixtures("operator")
def test_what_was_imported_is_listed_and_shown_as_of_its_time(cli: Cli, tmp_path: Path) -> None:
    kept = cli("calibrations", "import", snapshot(tmp_path), "--backend", "iqm-garnet", "--json").json
    again = cli("calibrations", "import", snapshot(tmp_path), "--backend", "iqm-garnet", "--json").json
    assert again == kept
    listed = cli("calibrations", "list", "iqm-garnet", "--json").json["items"]
    assert listed[0]["id"] == kept["id"] and len(listed) == 2
    assert cli("calibrations", "show", "iqm-garnet", "--json").json["id"] == kept["id"]
    before = cli("calibrations", "show", "iqm-garnet", "--as-of", "2026-05-20", "--json").json
    assert before["sha256"] == GARNET["sha256"]
    drawn = cli("calibrations", "show", "iqm-garnet").out
    assert "prx, cz" in drawn and "made by a test" in drawn and kept["sha256"] in drawn
    assert kept["id"] in cli("calibrations", "list", "iqm-garnet").out
    assert "Nominal" in cli("calibrations", "show", "ionq-aria-1").out
