"""The verbs against the real API and database; the worker's part is played through the worker's own functions."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests import factories
from tests.api.conftest import Api
from tests.client.conftest import Cli
from tests.jobs import working

from quapsule.client.commands import jobs as job_verbs

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


@pytest.fixture
def bell(tmp_path: Path) -> str:
    (tmp_path / "bell.qasm").write_text(BELL)
    return str(tmp_path / "bell.qasm")


def finish_next(database: Any, status: str = "completed", **outcome: Any) -> threading.Thread:
    """A worker that ends the next job that waits."""

    def work() -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with database.as_worker() as session:
                taken = session.dicts("select * from worker.claim_jobs('tests', 1, 30)")
            if taken:
                working.finish(database, taken[0]["job_id"], status, **outcome)
                return
            time.sleep(0.02)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


# refusals


def test_nobody_there_is_exit_3_also_as_json(cli: Cli) -> None:
    said = cli("jobs", "--json")
    assert said.code == 3 and said.out == "" and said.error["code"] == "not_reachable"
    assert cli("jobs").err.startswith("Error: No server answers at http://127.0.0.1:1.")


def test_not_signed_in_is_exit_4(api: Api, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAPSULE_URL", api.url)
    said = cli("jobs", "--json")
    assert said.code == 4 and said.error["code"] == "unauthorized" and said.error["status"] == 401


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-verb",),
        ("run",),
        ("run", "x.py", "--shots", "0"),
        ("run", "x.py", "--shots", "100001"),
        ("run", "x.py", "-p", "theta"),
        ("jobs", "--since", "yesterday-ish"),
        ("run", "x.py", "--sort", "colour"),
    ],
)
def test_a_wrong_command_line_is_exit_2_and_sends_nothing(cli: Cli, arguments: tuple[str, ...]) -> None:
    said = cli(*arguments)
    assert said.code == 2 and said.out == "" and said.err != ""
    said = cli(*arguments, "--json")
    assert said.code == 2 and said.error["code"] == "usage"


def test_a_setting_that_cannot_be_read_is_exit_2(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAPSULE_SLOTS", "many")
    said = cli("settings", "--json")
    assert said.code == 2 and "QUAPSULE_SLOTS" in said.error["message"]


def test_an_unknown_backend_is_refused_with_the_servers_code(alice: Any, cli: Cli, bell: str) -> None:
    said = cli("run", bell, "--backend", "nowhere", "--json")
    assert said.code == 1 and said.error["code"] == "backend_unknown" and said.error["status"] == 422


def test_a_name_that_is_nearly_right_gets_the_one_that_was_meant(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    saved = factories.make_script(api.owner, slug="my-bell", is_public=True)
    api.owner.execute("""update public.scripts set default_parameters = '{"shots": 10, "theta": 0.5}' where id = %s""", (saved,))
    for verb in ("run", "estimate"):
        assert "Did you mean 'local'?" in cli(verb, bell, "--backend", "lokal").err
        assert "Did you mean 'my-bell'?" in cli(verb, "template:mybell", "-p", "theta=1").err
        assert "`quapsule scripts` lists them" in cli(verb, "template:nothing-like-it").err
    assert cli("jobs", "--json").json["items"] == []
    for source in ("template:my-bell", f"script:{saved}"):
        said = cli("run", source, "-p", "thetta=1", "--seed", "3")
        assert said.code == 0 and "does not name the parameter thetta among its own: theta." in said.err
        assert "does not name" not in cli("run", source, "-p", "theta=1", "-p", "shots=5").err


def test_what_is_no_id_is_not_sent(cli: Cli) -> None:
    for verb in ("job", "cancel", "retry", "logs"):
        said = cli(verb, "nope")
        assert said.code == 1 and "'nope' is no job's id." in said.err and "`quapsule jobs`" in said.err


def test_mallory_cannot_see_or_cancel_alices_job(alice: Any, api: Api, cli: Cli, bell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job = cli("run", bell, "--json").json["job_id"]
    mallory = factories.make_user(api.owner, "mallory@example.org")
    monkeypatch.setenv("QUAPSULE_TOKEN", factories.make_session(api.owner, mallory))
    for verb in (("job", job), ("cancel", job), ("retry", job), ("logs", job)):
        said = cli(*verb, "--json")
        assert said.code == 1 and said.error["status"] == 404, verb
    assert cli("jobs", "--json").json["items"] == []


def test_a_team_that_is_not_mine_is_named_with_those_that_are(alice: Any, cli: Cli, bell: str) -> None:
    said = cli("run", bell, "--team", "Somebody else's")
    assert said.code == 1 and "Your teams:" in said.err


def test_last_without_any_job_is_refused_with_a_way_out(alice: Any, cli: Cli) -> None:
    said = cli("job", "last")
    assert said.code == 1 and "template:bell" in said.err


# jobs


def test_run_prints_the_id_alone_on_stdout(alice: Any, cli: Cli, bell: str) -> None:
    said = cli("run", bell, "--shots", "100", "--seed", "7", "-p", "theta=0.5")
    job = said.out.strip()
    assert said.code == 0 and f"quapsule job {job} --watch" in said.err
    detail = cli("job", job, "--json").json
    assert detail["parameters"] == {"shots": 100, "seed": 7, "theta": 0.5} and detail["framework"] == "openqasm"


def test_run_watched_draws_the_histogram(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    worker = finish_next(api.database)
    said = cli("run", bell, "--shots", "100", "--watch")
    worker.join(10)
    assert said.code == 0, said.err
    assert (
        "00" in said.out
        and "52.0 %" in said.out
        and "█" in said.out
        and "100 shots · aer stabilizer · classical bit 0 leftmost" in said.out
    )


def test_run_watched_as_json_is_the_status_of_the_wire(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    worker = finish_next(api.database)
    said = cli("run", bell, "--watch", "--json")
    worker.join(10)
    assert said.code == 0 and said.err == ""
    assert said.json["status"] == "completed" and said.json["result"]["counts"] == {"00": 52, "11": 48}


def test_a_failed_job_is_exit_1_and_shows_the_scripts_lines_escaped(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    details = {
        "category": "user",
        "type": "ValueError",
        "message": "no \x1b[31mangle",
        "traceback": [{"line": 3, "name": "main", "text": "raise ValueError(x)"}],
        "hint": "Turn it \x1b[5mround.",
    }
    worker = finish_next(api.database, "failed", error_message="no \x1b[31mangle", error_details=details)
    said = cli("run", bell, "--watch")
    worker.join(10)
    assert said.code == 1
    assert r"ValueError: no \x1b[31mangle" in said.out and "line 3, in main" in said.out and "raise ValueError(x)" in said.out
    assert r"Turn it \x1b[5mround." in said.out
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize(
    "value",
    [
        {"counts": {"00": "many", "11": -5, "x": None}, "shots": "lots", "circuits": "x", "summary": 4, "measured": [1], "bit_order": 3},
        {"counts": {"00": 0.5, "11": 0.5}, "circuits": [1, {"counts": 2}], "shots": -1, "flags": 3},
        {"counts": {}, "engine": 7},
    ],
)
def test_whatever_a_script_calls_counts_is_shown_and_never_breaks_the_screen(alice: Any, api: Api, cli: Cli, bell: str, value: Any) -> None:
    worker = finish_next(api.database, results=[{"result_type": "value", "result_data": {"value": value, "entry_point": "main"}}])
    said = cli("run", bell, "--watch")
    worker.join(10)
    assert said.code == 0 and "counts: {" in said.out and "%" not in said.out


def test_a_watch_that_is_over_is_exit_1_and_the_job_goes_on(alice: Any, cli: Cli, bell: str) -> None:
    said = cli("run", bell, "--watch", "--timeout", "0.3")
    assert said.code == 1 and "Not ended yet" in said.err
    assert cli("jobs", "--status", "pending", "--json").json["items"] != []


def test_ctrl_c_leaves_the_job_and_says_how_to_end_it(alice: Any, cli: Cli, bell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("quapsule.client.waiting.wait", interrupted)
    said = cli("run", bell, "--watch")
    assert said.code == 130 and "quapsule cancel" in said.err and said.out == ""
    assert cli("jobs", "--json").json["items"][0]["status"] == "pending"


def test_a_job_in_full_with_its_log_programs_and_timeline(alice: Any, api: Api, cli: Cli, bell: str) -> None:
    worker = finish_next(
        api.database,
        log={"content": "hello \x1b]0;pwned\x07\nworld\n", "truncated": True},
        programs=[{"kind": "executed", "seq": 0, "format": "qasm3", "content": BELL}],
    )
    job = cli("run", bell, "--watch", "--json").json["id"]
    worker.join(10)
    said = cli("job", "last", "--logs", "--programs")
    assert said.code == 0, said.err
    for text in (r"hello \x1b]0;pwned\x07", "cut off at the limit", "executed (qasm3)", "timeline", "job.pending", "job.completed", " ms"):
        assert text in said.out
    answer = cli("job", job, "--logs", "--json").json
    assert answer["logs"]["truncated"] is True and answer["traces"][0]["event"] == "job.pending"
    assert cli("logs", job).out == "hello \\x1b]0;pwned\\x07\nworld\n"


def test_cancel_and_retry(alice: Any, cli: Cli, bell: str) -> None:
    job = cli("run", bell, "--json").json["job_id"]
    assert cli("cancel", job).out == "Cancelled.\n"
    assert cli("job", job, "--json").code == 1
    assert cli("cancel", job).code == 0  # what is wanted is so already
    new = cli("retry", job, "--json").json["job_id"]
    assert cli("job", new, "--json").json["retried_from"] == job


def test_jobs_are_listed_filtered_and_paged(alice: Any, cli: Cli, bell: str) -> None:
    made = [cli("run", bell, "--json").json["job_id"] for _ in range(3)]
    cli("cancel", made[0])
    assert [item["id"] for item in cli("jobs", "--json").json["items"]] == made[::-1]
    assert [item["id"] for item in cli("jobs", "--status", "cancelled", "--since", "1h", "--json").json["items"]] == made[:1]
    assert cli("jobs", "--until", "1h", "--json").json["items"] == []
    page = cli("jobs", "--limit", "2", "--json").json
    rest = cli("jobs", "--limit", "2", "--cursor", page["next_cursor"], "--json").json
    assert [item["id"] for item in rest["items"]] == made[:1]
    table = cli("jobs")
    assert all(job in table.out for job in made) and "cancelled" in table.out
    assert cli("jobs", "--backend", "sv1").out == "No jobs.\n"


def test_estimate_says_cost_and_checks_and_submits_nothing(alice: Any, cli: Cli, bell: str) -> None:
    said = cli("estimate", bell)
    assert "cost    free" in said.out
    assert cli("estimate", bell, "--json").json["can_run"] is True
    assert cli("jobs", "--json").json["items"] == []


# the rest of the house


def test_backends_need_no_login(api: Api, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAPSULE_URL", api.url)
    assert "local" in cli("backends").out
    every = [backend["slug"] for backend in cli("backends", "--all", "--json").json["backends"]]
    some = [backend["slug"] for backend in cli("backends", "--json").json["backends"]]
    assert "sv1" in every and "sv1" not in some and "local" in some
    assert cli("backends", "ionq-aria-1").out.count("retired") >= 1
    assert cli("backends", "nowhere", "--json").error["code"] == "backend_unknown"


def test_a_script_is_uploaded_listed_shown_and_run(alice: Any, cli: Cli, bell: str) -> None:
    saved = cli("scripts", "upload", bell, "--name", "My bell", "--json").json
    assert saved["framework"] == "openqasm"
    listed = cli("scripts", "--json").json["items"]
    assert saved["slug"] in [script["slug"] for script in listed]
    assert BELL.rstrip() in cli("scripts", "show", saved["slug"]).out
    assert cli("scripts", "show", saved["slug"], "--version", "1").out == BELL
    assert cli("scripts", "show", saved["slug"], "--version", "2", "--json").error["code"] == "not_found"
    assert cli("scripts", "show", "no-such-script", "--json").error["code"] == "script_not_found"
    job = cli("run", f"script:{saved['script_id']}", "--json").json["job_id"]
    assert cli("job", job, "--json").json["script_id"] == saved["script_id"]


def test_a_key_is_shown_once_works_and_dies(alice: Any, api: Api, cli: Cli, bell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = cli("keys", "create", "laptop", "--days", "3")
    secret = said.out.strip()
    assert secret.startswith("qk_live_") and "not shown again" in said.err
    [key] = cli("keys", "--json").json["items"]
    assert secret not in json.dumps(key) and key["hint"] == secret[-4:] and key["expires_at"]
    with monkeypatch.context() as as_key:
        as_key.delenv("QUAPSULE_TOKEN")
        as_key.setenv("QUAPSULE_API_KEY", secret)
        assert cli("run", bell).code == 0
    assert cli("keys", "revoke", key["id"]).out == "Revoked.\n"
    monkeypatch.delenv("QUAPSULE_TOKEN")
    monkeypatch.setenv("QUAPSULE_API_KEY", secret)
    assert cli("jobs").code == 4


def test_a_team_invites_promotes_and_removes(alice: Any, api: Api, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    invited = cli("team", "invite", "bob@example.org")
    link = invited.out.strip()
    assert "#token=" in link and cli("team", "invitations", "--json").json["items"][0]["email"] == "bob@example.org"
    bob = factories.make_user(api.owner, "bob@example.org")
    with monkeypatch.context() as as_bob:
        as_bob.setenv("QUAPSULE_TOKEN", factories.make_session(api.owner, bob))
        assert cli("team", "accept", link).code == 0
        assert len(cli("team", "--json").json["items"]) == 2
        assert cli("keys", "create", "x").code == 1  # in two teams: which one?
    assert cli("team", "role", "bob@example.org", "admin").out == "bob@example.org is now admin.\n"
    roles = {member["email"]: member["role"] for member in cli("team", "members", "--json").json["items"]}
    assert roles == {"alice@example.org": "owner", "bob@example.org": "admin"}
    assert cli("team", "remove", "BOB@example.org").out == "Removed.\n"
    assert cli("team", "remove", "bob@example.org").code == 1


def test_sign_up_in_out_by_password(start_api: Any, cli: Cli, own_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = start_api(mode="team", sign_up="open")
    for verb in ("sign-up", "sign-in"):
        monkeypatch.setattr("sys.stdin", _Typed("a very long passphrase 42\n"))
        said = cli(verb, "--url", api.url, "--email", "carol@example.org", "--password-stdin", "--json")
        assert said.code == 0, said.err
        assert said.json == {"url": api.url, "email": "carol@example.org"} and "token" not in said.out
    assert cli("whoami").out == f"carol@example.org at {api.url}\n"
    assert cli("sign-out").out == "Signed out.\n" and not (own_place / "config/quapsule/client.json").exists()
    assert cli("sign-out", "--json").json == {"signed_out": False}
    monkeypatch.setattr("sys.stdin", _Typed("wrong\n"))
    assert cli("sign-in", "--url", api.url, "--email", "carol@example.org", "--password-stdin").code == 4


def test_a_key_is_kept_only_when_it_works(alice: Any, api: Api, cli: Cli, own_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = cli("keys", "create", "ci").out.strip()
    monkeypatch.delenv("QUAPSULE_TOKEN")
    monkeypatch.setattr("sys.stdin", _Typed("qk_live_wrong\n"))
    assert cli("sign-in", "--key-stdin").code == 4 and not (own_place / "config/quapsule/client.json").exists()
    monkeypatch.setattr("sys.stdin", _Typed(f"{secret}\n"))
    assert cli("sign-in", "--key-stdin").code == 0
    assert len(cli("team", "--json").json["items"]) == 1


def test_time_spans_and_dates_are_instants() -> None:
    assert job_verbs.instant(None) is None
    assert (job_verbs.instant("2026-11-22") or "").startswith("2026-11-22T00:00:00")
    assert (job_verbs.instant("2h") or "").endswith("+00:00")


class _Typed:
    """What somebody types where there is no terminal."""

    def __init__(self, text: str) -> None:
        self._text = text

    def readline(self) -> str:
        return self._text

    def isatty(self) -> bool:
        return False
