"""Single mode's way into the browser: a code from the machine's own socket, good once."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.api.conftest import Api
from tests.api.test_server import process as process

from quapsule.accounts.account import first_account
from quapsule.api import entering
from quapsule.api.callers import COOKIE


def code_of(one: Any) -> str:
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(one.run_dir / "entry.sock")), base_url="http://local") as client:
        answer = client.post("/code")
    assert answer.status_code == 200 and answer.json()["expires_in_seconds"] == 3600
    return str(answer.json()["code"])


def test_a_code_of_the_socket_signs_its_owner_in_once(process: Any, database: Any) -> None:
    made = first_account(database.owner)
    one = process()
    url = one.url()
    code, origin = code_of(one), {"origin": url}
    assert len(code) == 43
    assert database.value("select count(*) from private.sessions") == 0  # it is kept by the process alone
    entered = httpx.post(f"{url}/api/auth/enter", json={"code": code, "cookie": True}, headers=origin)
    assert (entered.status_code, entered.json()["user"]["id"]) == (200, str(made))
    assert "token" not in entered.json()
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=") and {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    me = httpx.get(f"{url}/api/auth/me", headers={"cookie": cookie.split(";")[0]})
    assert me.json()["user"]["email"] == "me@localhost"
    again = httpx.post(f"{url}/api/auth/enter", json={"code": code, "cookie": True}, headers=origin)
    assert (again.status_code, again.json()["error"]["code"]) == (401, "unauthorized")
    assert "quapsule open" in again.json()["error"]["hint"]
    assert httpx.post(f"{url}/code").status_code == 405  # the web app has that path; codes are given through the socket alone


def test_without_a_cookie_the_session_is_a_token(api: Api) -> None:
    first_account(api.owner)
    entered = api.anonymous.post("/api/auth/enter", json={"code": api.app.state.entry_codes.give()})
    assert api.as_(entered.json()["token"]).get("/api/auth/me").status_code == 200


def test_wrong_old_and_foreign_codes_are_refused(api: Api, start_api: Callable[..., Api], monkeypatch: pytest.MonkeyPatch) -> None:
    first_account(api.owner)
    client, codes = api.anonymous, api.app.state.entry_codes
    assert client.post("/api/auth/enter", json={"code": "x" * 43}).json()["error"]["code"] == "unauthorized"
    monkeypatch.setattr(entering, "CODE_SECONDS", -1)
    assert client.post("/api/auth/enter", json={"code": codes.give()}).json()["error"]["code"] == "unauthorized"
    monkeypatch.undo()
    assert client.post("/api/auth/enter", json={"code": "x" * 300}).status_code == 400
    foreign = client.post("/api/auth/enter", json={"code": codes.give(), "cookie": True}, headers={"origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "permission_denied")
    team = start_api(mode="team").anonymous.post("/api/auth/enter", json={"code": codes.give()})
    assert (team.status_code, team.json()["error"]["code"]) == (409, "conflict")


@pytest.mark.usefixtures("fresh_minute")
def test_codes_cannot_be_guessed_at_will_nor_pile_up(api: Api) -> None:
    codes, client = api.app.state.entry_codes, api.anonymous
    oldest = codes.give()
    newest = [codes.give() for _ in range(100)][-1]
    assert codes.take(newest) and not codes.take(oldest)
    answers = [client.post("/api/auth/enter", json={"code": f"guess-{number}"}) for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_the_machines_owner_must_still_be_there(api: Api) -> None:
    answer = api.anonymous.post("/api/auth/enter", json={"code": api.app.state.entry_codes.give()})
    assert answer.json()["error"]["code"] == "unauthorized"
