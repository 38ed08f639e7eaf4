"""`capsule doi` against the real API with its worker, and a small server that speaks DataCite's JSON:API for `POST /dois`."""

import base64
import json
import re
import shlex
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from tests import factories
from tests.api.conftest import Api
from tests.api.sealing import draft, sealed, serving
from tests.client.conftest import Answer, Cli, Played, answer, hang_up

from quapsule.client import Refused
from quapsule.client.datacite import Repository, mint
from quapsule.seal.faces.datacite import doi_request

ACCOUNT, PASSWORD, PREFIX = "LAB.QUANTUM", "a password: of a repository", "10.5072"
PAGE = "https://lab.example.org/bell"
KNOWN = {"titles", "creators", "publisher", "publicationYear", "types", "schemaVersion"}


@dataclass
class DataCite:
    """What it has made. `when_made` runs after a DOI was made and before the answer leaves."""

    url: str = ""
    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: int = 0
    when_made: Callable[[], object] = lambda: None

    def give(self, path: str, headers: Any, content: bytes) -> tuple[int, dict[str, Any]]:
        """The order and the words of its own service: address, login, rights, then what the metadata lacks."""
        self.asked += 1
        if path != "/dois":
            return 404, {"errors": [{"status": "404", "title": "The resource you are looking for doesn't exist."}]}
        if headers.get("authorization") != f"Basic {base64.b64encode(f'{ACCOUNT}:{PASSWORD}'.encode()).decode()}":
            return 401, {"errors": [{"status": "401", "title": "Bad credentials."}]}
        if headers.get("content-type") != "application/vnd.api+json":
            return 415, {"errors": [{"status": "415", "title": "The content type is not recognized."}]}
        data = json.loads(content)["data"]
        attributes = data["attributes"]
        if data["type"] != "dois" or attributes.get("prefix") != PREFIX or "doi" in attributes:
            return 403, {"errors": [{"status": "403", "title": "You are not authorized to access this resource."}]}
        doi, published, url = f"{PREFIX}/k3m-{len(self.made):04}", attributes.get("event") == "publish", attributes.get("url")
        lacking = [{"source": name, "title": "Can't be blank", "uid": doi} for name in sorted(KNOWN - set(attributes)) if published]
        if published and not url:
            lacking.append({"source": "url", "title": "Can't be blank", "uid": doi})
        elif url and not re.fullmatch(r"(ftp|https?)://\S+", url):
            lacking.append({"source": "url", "title": "URL is not valid", "uid": doi})
        if lacking:
            return 422, {"errors": lacking}
        self.made[doi] = attributes
        self.when_made()
        state = "findable" if published else "draft"
        return 201, {"data": {"id": doi, "type": "dois", "attributes": {**attributes, "doi": doi, "state": state}}}


@pytest.fixture
def datacite(monkeypatch: pytest.MonkeyPatch) -> Iterator[DataCite]:
    service = DataCite()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = service.give(self.path, self.headers, self.rfile.read(int(self.headers["content-length"])))
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/vnd.api+json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: the test looks at what was made."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("QUAPSULE_DATACITE_URL", service.url)
    monkeypatch.setenv("QUAPSULE_DATACITE_REPOSITORY", ACCOUNT)
    monkeypatch.setenv("QUAPSULE_DATACITE_PASSWORD", PASSWORD)
    yield service
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def capsule(api: Api, alice: UUID) -> Iterator[str]:
    """Alice's, sealed by the worker."""
    _, client = api.person(alice)
    for sealer in serving(api):
        yield sealed(client, sealer.work, name="Bell, twice")


@pytest.fixture
def nowhere(own_place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAPSULE_TOKEN", "t")
    for name in ("URL", "REPOSITORY", "PASSWORD"):
        monkeypatch.delenv(f"QUAPSULE_DATACITE_{name}", raising=False)


# wrong command lines


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("no DOI",),
        ("10.1/x",),
        ("10.1234/",),
        ("https://example.org/10.1234/x",),
        ("10.1234/x", "--mint", "--prefix", PREFIX),
        ("10.1234/x", "--publish"),
        ("10.1234/x", "--repository", "https://api.test.datacite.org"),
        ("--prefix", PREFIX),
        ("--mint",),
        ("--mint", "--prefix", "10.5072/x"),
        ("--mint", "--prefix", PREFIX, "--publish"),
    ],
)
def test_a_wrong_command_line_asks_nobody(nowhere: None, datacite: DataCite, cli: Cli, arguments: tuple[str, ...]) -> None:
    said = cli("capsule", "doi", "last", *arguments, "--json")
    assert (said.code, said.out, said.error["code"]) == (2, "", "usage")
    assert datacite.asked == 0


def test_without_an_address_or_a_login_nothing_is_minted(nowhere: None, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("URL", "https://127.0.0.1:1"), ("REPOSITORY", ACCOUNT), ("PASSWORD", PASSWORD)):
        said = cli("capsule", "doi", "last", "--mint", "--prefix", PREFIX, "--json")
        assert (said.code, said.error["code"]) == (2, "validation_error")
        assert f"QUAPSULE_DATACITE_{name}" in said.error["message"] and said.error["hint"]
        monkeypatch.setenv(f"QUAPSULE_DATACITE_{name}", value)


@pytest.mark.parametrize(
    "url",
    ["http://api.test.datacite.org", "https://me:secret@api.test.datacite.org", "ftp://x", "api.datacite.org", "https://x:y", "https://"],
)
def test_the_password_goes_to_no_address_that_would_show_it(datacite: DataCite, cli: Cli, url: str) -> None:
    said = cli("capsule", "doi", "last", "--mint", "--prefix", PREFIX, "--repository", url, "--json")
    assert (said.code, said.error["code"]) == (2, "validation_error")
    assert "secret" not in said.err and PASSWORD not in said.err


# what is refused before DataCite is asked


def test_a_draft_and_a_member_do_not_get_as_far_as_datacite(
    api: Api, alice: UUID, capsule: str, datacite: DataCite, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, client = api.person(alice)
    team = factories.team_of(api.owner, alice)
    said = cli("capsule", "doi", draft(client), "--mint", "--prefix", PREFIX, "--json")
    assert (said.code, said.error["code"]) == (1, "capsule_not_sealed")
    assert cli("capsule", "doi", draft(client), "10.1234/x", "--json").error["code"] == "capsule_not_sealed"
    member = factories.make_user(api.owner)
    factories.add_member(api.owner, team, member)
    with monkeypatch.context() as as_member:
        as_member.setenv("QUAPSULE_TOKEN", factories.make_session(api.owner, member))
        said = cli("capsule", "doi", capsule, "--mint", "--prefix", PREFIX, "--json")
        assert (said.code, said.error["code"]) == (1, "permission_denied")
    factories.suspend(api.owner, team)
    assert cli("capsule", "doi", capsule, "--mint", "--prefix", PREFIX, "--json").error["code"] == "team_suspended"
    assert datacite.asked == 0


def test_a_doi_is_recorded_once_and_the_same_again_is_no_error(api: Api, alice: UUID, capsule: str, datacite: DataCite, cli: Cli) -> None:
    said = cli("capsule", "doi", capsule, "https://doi.org/10.1234/Bell")
    assert (said.code, said.out) == (0, "10.1234/Bell\n"), said.err
    assert cli("capsule", "doi", capsule, "doi:10.1234/bell", "--json").json["doi"] == "10.1234/Bell"
    for other in (("10.1234/other",), ("--mint", "--prefix", PREFIX)):
        said = cli("capsule", "doi", capsule, *other, "--json")
        assert (said.code, said.error["code"]) == (1, "already_exists")
        assert said.error["details"]["doi"] == "10.1234/Bell"
    assert datacite.asked == 0
    assert "10.1234/Bell" in cli("capsule", "show", capsule).out


# minting


def test_a_draft_at_datacite_is_made_and_recorded(capsule: str, datacite: DataCite, cli: Cli) -> None:
    said = cli("capsule", "doi", capsule, "--mint", "--prefix", PREFIX)
    assert (said.code, said.out) == (0, "10.5072/k3m-0000\n"), said.err
    assert "It is a draft at DataCite" in said.err
    (attributes,) = datacite.made.values()
    assert attributes["titles"] == [{"title": "Bell, twice"}]
    assert {"event", "url", "doi"} & set(attributes) == set()
    mqc_id = cli("capsule", "show", capsule, "--json").json["mqc_id"]
    assert attributes["alternateIdentifiers"][0]["alternateIdentifier"] == mqc_id


def test_what_datacite_refuses_is_told_and_records_nothing(
    capsule: str, datacite: DataCite, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*more: str, prefix: str = PREFIX) -> Any:
        said = cli("capsule", "doi", capsule, "--mint", "--prefix", prefix, *more, "--json")
        assert said.code == 1 and PASSWORD not in said.err
        return said.error

    error = ask("--publish", "--url", "our page")
    assert error["code"] == "validation_error" and "url: URL is not valid" in error["message"] and "--url" in error["hint"]
    assert error["details"] == {"status": 422, "errors": [{"source": "url", "title": "URL is not valid"}]}
    error = ask(prefix="10.9999")
    assert error["code"] == "permission_denied" and "--prefix" in error["hint"]
    error = ask("--repository", f"{datacite.url}/v2/")
    assert error["code"] == "not_found" and "/dois" in error["hint"]
    monkeypatch.setenv("QUAPSULE_DATACITE_PASSWORD", "another")
    error = ask()
    assert error["code"] == "unauthorized" and "QUAPSULE_DATACITE_PASSWORD" in error["hint"]
    assert datacite.made == {}
    assert cli("capsule", "show", capsule, "--json").json["doi"] is None


def test_a_doi_that_was_made_but_not_recorded_is_not_lost(api: Api, alice: UUID, capsule: str, datacite: DataCite, cli: Cli) -> None:
    team = factories.team_of(api.owner, alice)
    datacite.when_made = lambda: factories.suspend(api.owner, team)
    said = cli("capsule", "doi", capsule, "--mint", "--prefix", PREFIX, "--publish", "--url", PAGE, "--json")
    (made,) = datacite.made
    assert (said.code, said.error["code"], said.error["details"]["minted"]) == (1, "team_suspended", made)
    assert made in said.error["message"]
    assert (datacite.made[made]["url"], datacite.made[made]["event"]) == (PAGE, "publish")
    command = next(line for line in said.error["hint"].splitlines() if line.startswith("quapsule ")).partition("    ")[0]
    api.owner.execute("update public.teams set suspended_at = null where id = %s", (team,))
    for _ in range(2):
        done = cli(*shlex.split(command)[1:], "--json")
        assert (done.code, done.json["doi"]) == (0, made), done.err
    assert cli("capsule", "doi", capsule, "--mint", "--prefix", PREFIX, "--json").error["code"] == "already_exists"
    assert datacite.asked == 1


# DataCite's bad days


def wanted() -> dict[str, Any]:
    return doi_request({"titles": [{"title": "x"}]}, "", PREFIX, publish=True)


def raw(status: int, content: bytes, **headers: str) -> Answer:
    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("content-length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return give


def test_each_lack_of_the_metadata_is_named(datacite: DataCite) -> None:
    with pytest.raises(Refused) as caught:
        mint(Repository(datacite.url, ACCOUNT, PASSWORD), wanted())
    assert caught.value.details is not None
    assert {one["source"] for one in caught.value.details["errors"]} == KNOWN - {"titles"} | {"url"}
    assert "url: Can't be blank" in caught.value.message
    assert PASSWORD not in repr(Repository(datacite.url, ACCOUNT, PASSWORD))


@pytest.mark.parametrize(
    ("give", "code", "exit_code", "hint"),
    [
        (answer(429, {"errors": []}, retry_after="120"), "rate_limited", 1, "in 120 seconds"),
        (answer(429, retry_after="Mon, 23 Nov 2026 07:00:00 GMT"), "rate_limited", 1, "few minutes"),
        (raw(500, b"<html>"), "not_ready", 3, "may have been made"),
        (answer(503, {"errors": [{"title": "down"}]}), "not_ready", 3, "status.datacite.org"),
        (raw(302, b"", location="https://example.org/dois"), "unexpected_answer", 1, "api.test.datacite.org"),
        (answer(409, {"errors": [{"title": "The resource already exists."}]}), "already_exists", 1, "--format datacite"),
        (answer(422, {"errors": [{"source": {"pointer": "/data/attributes/url"}, "detail": "bad"}]}), "validation_error", 1, "--url"),
        (answer(422, {"errors": ["x", {"source": "doi"}]}), "validation_error", 1, "--prefix"),
        (answer(422, {"errors": "x"}), "validation_error", 1, "--format datacite"),
        (raw(422, b"\xff" * 2_000_000), "validation_error", 1, "--format datacite"),
        (raw(201, b"<html>"), "unexpected_answer", 1, "may have been made"),
        (raw(201, b"[" * 200_000), "unexpected_answer", 1, "may have been made"),
        (answer(201, {"data": {"attributes": {"doi": "10.5072/a b"}}}), "unexpected_answer", 1, "may have been made"),
        (answer(201, {"data": {"attributes": {"doi": 7}}}), "unexpected_answer", 1, "may have been made"),
        (answer(201, {"data": None}), "unexpected_answer", 1, "may have been made"),
        (raw(201, b"no gzip at all", content_encoding="gzip"), "not_reachable", 3, "may have been made"),
        (hang_up, "not_reachable", 3, "may have been made"),
    ],
)
def test_an_answer_that_is_no_doi_is_told_with_the_next_step(played: Played, give: Answer, code: str, exit_code: int, hint: str) -> None:
    played.then(give)
    with pytest.raises(Refused) as caught:
        mint(Repository(played.url, ACCOUNT, PASSWORD), wanted())
    assert (caught.value.code, caught.value.exit_code) == (code, exit_code)
    assert hint in str(caught.value.hint)
    assert len(played.asked) == 1  # never again by itself


def test_silence_may_mean_that_one_was_made_and_a_closed_door_does_not(played: Played) -> None:
    go_on = threading.Event()

    def wait(handler: BaseHTTPRequestHandler) -> None:
        go_on.wait(10)
        handler.close_connection = True

    played.then(wait)
    with pytest.raises(Refused) as caught:
        mint(Repository(played.url, ACCOUNT, PASSWORD), wanted(), seconds=0.2)
    go_on.set()
    assert caught.value.code == "not_reachable" and "may have been made" in str(caught.value.hint)
    with pytest.raises(Refused) as caught:
        mint(Repository("http://127.0.0.1:1", ACCOUNT, PASSWORD), wanted())
    assert caught.value.code == "not_reachable" and "no DOI was made" in caught.value.message
