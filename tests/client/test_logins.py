import json
import os
import stat
from pathlib import Path

import pytest
from tests.client.conftest import Played, answer

from quapsule.client import Refused, Unreachable
from quapsule.client.logins import Place, StoredLogin, enter, forget, load, open_client, save

LOCAL = "http://127.0.0.1:8400"


def place(folder: Path, **environ: str) -> Place:
    return Place({"XDG_CONFIG_HOME": str(folder), **environ}, folder / "entry.sock", LOCAL)


def test_a_login_file_that_is_none_is_refused_with_a_way_out(tmp_path: Path) -> None:
    file = place(tmp_path).file
    file.parent.mkdir()
    for text in ("not json", "[]", '{"url": "http://x"}'):
        file.write_text(text)
        with pytest.raises(Refused) as refused:
            load(place(tmp_path))
        assert "sign-out" in (refused.value.hint or "")


def test_an_entry_that_nobody_serves_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="No server"):
        enter(place(tmp_path))


def test_the_login_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        save(place(tmp_path), StoredLogin(LOCAL, "secret"))
    finally:
        os.umask(before)
    file = place(tmp_path).file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["client.json"]


def test_the_token_is_in_no_repr(tmp_path: Path) -> None:
    assert "secret" not in repr(StoredLogin(LOCAL, "secret"))


def test_a_login_is_kept_replaced_and_forgotten(tmp_path: Path) -> None:
    here = place(tmp_path)
    assert load(here) is None and forget(here) is False
    save(here, StoredLogin(LOCAL, "one", "a@b"))
    save(here, StoredLogin(LOCAL, "two", "a@b"))
    assert load(here) == StoredLogin(LOCAL, "two", "a@b")
    assert forget(here) is True and load(here) is None


def test_the_environment_wins_over_the_stored_login(tmp_path: Path) -> None:
    save(place(tmp_path), StoredLogin("http://stored:1", "stored"))
    for name in ("QUAPSULE_TOKEN", "QUAPSULE_API_KEY"):
        with open_client(place(tmp_path, QUAPSULE_URL="http://given:2", **{name: "given"})) as client:
            assert (client.connection.url, client.connection.token) == ("http://given:2", "given")
    with open_client(place(tmp_path)) as client:
        assert (client.connection.url, client.connection.token) == ("http://stored:1", "stored")


def test_a_stored_token_is_never_sent_to_another_server(tmp_path: Path) -> None:
    save(place(tmp_path), StoredLogin("http://stored:1", "stored"))
    with open_client(place(tmp_path, QUAPSULE_URL="http://other:2")) as client:
        assert (client.connection.url, client.connection.token) == ("http://other:2", None)


def test_with_no_login_at_all_one_is_nobody_at_the_local_address(tmp_path: Path) -> None:
    with open_client(place(tmp_path)) as client:
        assert (client.connection.url, client.connection.token) == (LOCAL, None)


def test_a_session_of_another_homes_entry_is_not_used(tmp_path: Path) -> None:
    save(place(tmp_path), StoredLogin(LOCAL, "other home's", socket="/elsewhere/entry.sock"))
    with open_client(place(tmp_path)) as client:
        assert client.connection.token is None


def test_a_key_alone_goes_where_the_stored_login_went(tmp_path: Path, played: Played) -> None:
    save(place(tmp_path), StoredLogin(played.url, "stored"))
    played.then(answer(200, {"items": [], "next_cursor": None}))
    with open_client(place(tmp_path, QUAPSULE_API_KEY="qk_live_x")) as client:
        assert client.teams() == []
    assert played.asked[0][2]["authorization"] == "Bearer qk_live_x"


def test_the_file_says_where_and_as_whom(tmp_path: Path) -> None:
    save(place(tmp_path), StoredLogin(LOCAL, "t", "a@b"))
    assert json.loads(place(tmp_path).file.read_text()) == {"url": LOCAL, "token": "t", "email": "a@b", "socket": ""}
