"""`quapsule password`: the owner of the machine, who came through its socket, sets a password and signs by it."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.client.conftest import Said
from tests.client.house import House

PASSWORD = "four unrelated plain words"
OTHER = "quite different ones instead"


@pytest.fixture
def house() -> Iterator[House]:
    # Short, since socket paths hold 108 bytes; open, since the database's account must pass through.
    with TemporaryDirectory(prefix="qp-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        made = House(Path(name), QUAPSULE_WARM_FRAMEWORKS="openqasm")
        made.up()
        try:
            yield made
        finally:
            assert made.down() == 0


def done(said: Said) -> Said:
    assert said.code == 0, said.err
    return said


def test_the_machines_owner_sets_a_password_and_signs_a_capsule_by_it(house: House, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("As measured.\n")
    draft = done(house.cli("capsule", "init", "Mine")).out.strip()
    done(house.cli("capsule", "add", draft, str(tmp_path / "notes.txt")))
    sign = ("capsule", "seal", draft, "--meaning", "author", "--password-stdin", "--json")
    refused = house.cli(*sign, told=PASSWORD)
    assert (refused.code, refused.error["code"]) == (1, "password_wrong") and "`quapsule password`" in refused.error["hint"]

    # refusals of the verb
    said = house.cli("password", told="")
    assert said.code == 2 and "--password-stdin" in said.err
    key = done(house.cli("keys", "create", "laptop")).out.strip()
    assert house.cli("password", "--password-stdin", "--json", told=PASSWORD, QUAPSULE_API_KEY=key).error["code"] == "permission_denied"
    for weak in ("", "short", "me@localhost"):
        assert house.cli("password", "--password-stdin", "--json", told=weak).error["code"] == "validation_error"
    assert house.cli("password", "--password-stdin", "--json", told=f"{OTHER}\n{PASSWORD}\n").error["code"] == "password_wrong"

    assert done(house.cli("password", "--password-stdin", told=f"{PASSWORD}\n")).out == "Password set.\n"
    shown = done(house.cli(*sign, told=PASSWORD)).json
    assert shown["state"] == "sealed"
    assert [one["meaning"] for one in shown["signatures"]] == ["seal", "author"]

    url = json.loads((house.folder / "home/run/api.json").read_text())["url"]
    elsewhere = {"XDG_CONFIG_HOME": str(tmp_path / "elsewhere")}
    by_password = ("sign-in", "--url", url, "--email", "me@localhost", "--password-stdin")
    done(house.cli(*by_password, told=PASSWORD, **elsewhere))
    assert house.cli("password", "--password-stdin", "--json", told=OTHER).error["code"] == "password_wrong"
    assert done(house.cli("password", "--password-stdin", "--json", told=f"{PASSWORD}\n{OTHER}\n")).json == {"sessions_ended": 1}
    assert house.cli("whoami", **elsewhere).code == 4
    assert house.cli(*by_password, told=PASSWORD, **elsewhere).code == 4
    done(house.cli(*by_password, told=OTHER, **elsewhere))
    log = (house.folder / "home/log/api.log").read_text()
    assert "password set" in log and "password changed, 1 other sessions ended" in log
    assert PASSWORD not in log and OTHER not in log
