"""Jobs as they are watched, read and compared."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Download, Page, expect
from tests.factories import BELL, add_member, make_job, make_user, team_of
from tests.story.house import House
from tests.web.axe import violations
from tests.web.conftest import Visit
from tests.web.site import NARROW, WIDE, Visitor

_SLOW_BELL = """
import time
from qiskit import QuantumCircuit
time.sleep(0.8)
qc = QuantumCircuit(2, 2)
qc.h(0)
qc.cx(0, 1)
qc.measure([0, 1], [0, 1])
"""
# Not the same from both ends: an order of bits that is turned around is seen.
_SKEWED = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\nbit[3] c;\nx q[0];\nry(0.8) q[1];\nc = measure q;\n'
_SCRIPT_TAG = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def test_a_job_appears_without_a_reload_for_its_team_and_for_nobody_else(visit: Visit, house: House) -> None:
    with visit() as alice, visit() as mallory:
        bob_id = make_user(house.owner)
        assert alice.team is not None
        add_member(house.owner, alice.team, bob_id)
        with visit(user=bob_id) as bob:
            shown = alice.open("/jobs")
            expect(shown.get_by_role("heading", name="No jobs yet")).to_be_visible()
            theirs = bob.open("/jobs")
            theirs.get_by_label("Team", exact=True).select_option(str(alice.team))
            strange = mallory.open("/jobs")
            expect(theirs.get_by_text("No jobs yet")).to_be_visible()
            job = _submit(alice, _SLOW_BELL, framework="qiskit")
            expect(shown.locator(f'[data-key="{job}"]').get_by_text("running", exact=True).first).to_be_visible()
            for page in (shown, theirs):
                row = page.locator(f'[data-key="{job}"]')
                expect(row.get_by_text("completed", exact=True)).to_be_visible()
                expect(page.get_by_text("1 loaded, these are all.")).to_be_visible()
            expect(strange.get_by_text("No jobs yet")).to_be_visible()
            theirs.get_by_role("link", name=f"qiskit {job[:8]}").click()
            expect(theirs.get_by_role("img", name="Counts of qiskit")).to_be_visible()
        mallory.open(f"/jobs/{job}")
        expect(strange.get_by_role("heading", name="There is no such job")).to_be_visible()
        mallory.open(f"/jobs/compare?a={job}&b={job}")
        expect(strange.get_by_role("heading", name="There is no such job")).to_be_visible()


def test_filters_stand_in_the_address_and_hold_for_what_is_pushed(visit: Visit, house: House) -> None:
    with visit() as alice:
        assert alice.team is not None
        for status, backend in (("failed", "sv1"), ("completed", "local"), ("failed", "local")):
            make_job(house.owner, alice.team, alice.user, status=status, backend=backend)
        page = alice.open("/jobs")
        expect(page.get_by_text("3 loaded, these are all.")).to_be_visible()
        page.get_by_role("button", name="failed").click()
        expect(page.get_by_text("2 loaded, these are all.")).to_be_visible()
        page.get_by_label("Name, backend, error or id").fill("sv1")
        expect(page).to_have_url(re.compile(r"/jobs\?status=failed&q=sv1$"))
        expect(page.get_by_text("1 loaded, these are all.")).to_be_visible()
        page.reload()
        expect(page.get_by_text("1 loaded, these are all.")).to_be_visible()
        expect(page.get_by_role("button", name="failed")).to_have_attribute("aria-pressed", "true")
        make_job(house.owner, alice.team, alice.user, status="failed", backend="dm1")
        make_job(house.owner, alice.team, alice.user, status="failed", backend="sv1")
        expect(page.get_by_text("2 loaded, these are all.")).to_be_visible()
        expect(page.get_by_text("dm1")).to_have_count(0)
        page.get_by_role("button", name="Show all").click()
        expect(page.get_by_text("5 loaded, these are all.")).to_be_visible()
        # An address that anybody may have written means no more than it can.
        page.goto(f"{alice.base}/jobs?status=sleeping&framework=cobol&script=1&since=x&q={'a' * 300}")
        expect(page.get_by_role("heading", name="No job fits")).to_be_visible()


def test_a_failed_job_says_where_and_shows_whatever_it_wrote_as_text(visit: Visit) -> None:
    with visit() as alice:
        code = f"import qiskit\nprint({_SCRIPT_TAG!r})\nprint('\\u202egnp.exe')\n\nraise ValueError({_SCRIPT_TAG!r})\n"
        job = _run(alice, code, framework="qiskit", create_capsule=True, capsule_name=_SCRIPT_TAG)
        page = alice.open(f"/jobs/{job}")
        expect(page.get_by_role("heading", level=1)).to_have_text(_SCRIPT_TAG)
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("line 5")
        expect(alert.get_by_role("region", name="The program around line 5")).to_contain_text("▶ 5  raise ValueError")
        expect(alert).to_contain_text("in the program or its parameters")
        page.get_by_role("tab", name="Log").click()
        log = page.get_by_role("region", name="Log")
        expect(log).to_contain_text(_SCRIPT_TAG)
        expect(log).to_contain_text("⟨202e⟩gnp.exe")
        value = f"import qiskit\ndef main(params):\n    return {{{_SCRIPT_TAG!r}: {_SCRIPT_TAG!r}, 'counts': {{{_SCRIPT_TAG!r}: 7}}}}\n"
        alice.open(f"/jobs/{_run(alice, value, framework='qiskit')}")
        expect(page.locator(".jobs-tree").first).to_contain_text(_SCRIPT_TAG)
        expect(page.get_by_text("nothing is certified of them")).to_be_visible()
        assert "owned" not in page.title()


def test_a_result_is_saved_as_what_it_is(visit: Visit) -> None:
    with visit() as alice:
        job = _run(alice, _SKEWED, params={"shots": 1000, "seed": 3})
        detail = _client(alice).get(f"/api/jobs/{job}").json()
        page = alice.open(f"/jobs/{job}")
        expect(page.get_by_role("img", name="Counts of openqasm")).to_be_visible()
        expect(page.get_by_text("Diamonds: the exact distribution")).to_be_visible()
        rows = list(csv.DictReader(io.StringIO(_saved(page, "CSV").read_text(encoding="utf-8"))))
        assert {row["outcome"]: int(row["count"]) for row in rows if row["count"] != "0"} == detail["result"]["counts"]
        assert sum(float(row["exact"]) for row in rows) == pytest.approx(1)
        assert all(float(row["low 95 %"]) <= float(row["share"]) <= float(row["high 95 %"]) for row in rows)
        assert _saved(page, "PNG").read_bytes().startswith(b"\x89PNG\r\n")
        svg = _saved(page, "SVG").read_text(encoding="utf-8")
        assert 'fill="rgb(0, 114, 178)"' in svg
        assert " style=" not in svg
        assert json.loads(_saved(page, "JSON").read_text(encoding="utf-8"))["result"] == detail["result"]
        page.get_by_role("tab", name="Circuit").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").first.click()
        assert _read(download.value).read_text(encoding="utf-8") == _SKEWED
        expect(page.get_by_role("region", name="Certificates")).to_contain_text("both mean the same")
        page.get_by_role("tab", name="Timeline").click()
        expect(page.get_by_role("img", name="Timeline of the job")).to_have_attribute(
            "aria-label", re.compile("Waiting for our worker .*; Running ")
        )


def test_a_cancel_can_be_undone_and_happens_when_the_page_is_left(visit: Visit, house: House) -> None:
    with visit() as alice:
        assert alice.team is not None
        job = make_job(house.owner, alice.team, alice.user, status="queued", backend="sv1")
        page = alice.open("/jobs")
        row = page.locator(f'[data-key="{job}"]')
        expect(row.get_by_text("at the vendor")).to_be_visible()
        page.keyboard.press("j")
        expect(row.get_by_role("link")).to_be_focused()
        page.keyboard.press("c")
        expect(row.get_by_text("cancelling")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(row.get_by_text("queued")).to_be_visible()
        assert _status(house, job) == "queued"
        page.keyboard.press("c")
        expect(row.get_by_text("cancelling")).to_be_visible()
        alice.open("/verify")
        page.wait_for_timeout(100)
        alice.open(f"/jobs/{job}")
        expect(page.get_by_text("Cancelled before there was a result")).to_be_visible()
        assert _status(house, job) == "cancelled"
        # A team mate's job is not theirs to cancel.
        bob_id = make_user(house.owner)
        add_member(house.owner, team_of(house.owner, bob_id), alice.user)  # type: ignore[arg-type]
        other = make_job(house.owner, team_of(house.owner, bob_id), bob_id, status="queued", backend="sv1")
        alice.open(f"/jobs/{other}")
        expect(page.get_by_role("button", name="Copy link")).to_be_visible()
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_two_jobs_are_compared_in_words(visit: Visit) -> None:
    with visit() as alice:
        first, second = (_run(alice, _SKEWED, params={"shots": 20_000, "seed": seed}) for seed in (1, 2))
        other = _run(alice, BELL.replace("[2]", "[3]"), params={"shots": 500})
        page = alice.open("/jobs")
        for job in (first, second):
            page.get_by_label(f"Choose openqasm {job[:8]}").check()
        page.get_by_role("link", name="Compare the two").click()
        expect(page.get_by_text("VERIFIED", exact=False).first).to_be_visible()
        expect(page.get_by_text("called different in at most 1 %")).to_be_visible()
        expect(page.get_by_role("row", name="params.seed 1 2 ≠ differs")).to_be_visible()
        expect(page.get_by_role("row", name="Backend local local same")).to_be_visible()
        page.get_by_role("link", name="Another second one").click()
        page.get_by_role("link", name=f"openqasm {other[:8]}").click()
        expect(page.get_by_text("DIFFERENT", exact=False).first).to_be_visible()
        assert violations(page) == []


def test_a_cut_stream_catches_up_without_loss_or_double(visit: Visit, house: House) -> None:
    with visit() as alice:
        assert alice.team is not None
        alice.context.add_init_script(f"({_CUTTABLE})()")
        page = alice.open("/jobs")
        expect(page.get_by_text("Live: what changes")).to_be_visible()
        seen = make_job(house.owner, alice.team, alice.user, status="queued", backend="sv1")
        expect(page.locator(f'[data-key="{seen}"]')).to_be_visible()
        with _cut(alice):
            expect(page.get_by_text("Not live at the moment")).to_be_visible()
            house.owner.execute("update public.job_runs set status = 'running', started_at = now() where id = %s", (seen,))
            missed = [make_job(house.owner, alice.team, alice.user, status="completed") for _ in range(3)]
            expect(page.locator("[data-key]")).to_have_count(1)
        for job in missed:
            expect(page.locator(f'[data-key="{job}"]')).to_have_count(1)
        expect(page.locator(f'[data-key="{seen}"]').get_by_text("running", exact=True).first).to_be_visible()
        expect(page.get_by_text("4 loaded, these are all.")).to_be_visible()


def test_a_long_list_keeps_in_the_page_what_is_in_sight(visit: Visit, house: House) -> None:
    with visit() as alice:
        house.owner.execute(
            "insert into public.job_runs (team_id, user_id, inline_code, framework, status, backend, parameters, created_at)"
            " select %s, %s, 'x', 'openqasm', 'completed', 'local', '{\"shots\": 1}', now() - make_interval(secs => n)"
            " from generate_series(1, 700) as n",
            (alice.team, alice.user),
        )
        page = alice.open("/jobs")
        expect(page.get_by_text("200 loaded, more below.")).to_be_visible()
        table = page.get_by_role("table", name="Jobs")
        end = page.get_by_text("700 loaded, these are all.")
        while end.count() == 0:
            table.locator(".rows-body").evaluate("body => body.scrollTo(0, body.scrollHeight)")
            page.wait_for_timeout(50)
        table.locator(".rows-body").evaluate("body => body.scrollTo(0, body.scrollHeight)")
        expect(page.locator('[aria-rowindex="701"]')).to_be_visible()
        assert 10 < table.locator("[data-key]").count() < 80
        expect(table).to_have_attribute("aria-rowcount", "701")


@pytest.mark.slow
def test_a_workflow_is_shown_as_graph_and_turns(visit: Visit) -> None:
    with visit() as alice:
        code = (Path(__file__).parents[2] / "examples" / "workflow_marqov.py").read_text(encoding="utf-8")
        page = alice.open(f"/jobs/{_submit(alice, code, framework='marqov', params={'shots': 100, 'layers': 2})}")
        page.get_by_role("tab", name="Workflow").click()
        graph = page.get_by_role("group", name="What waits for what")
        expect(graph.get_by_role("img", name=re.compile("^measure, completed"))).to_have_count(2, timeout=40_000)
        expect(graph.get_by_role("img", name=re.compile("^summarise, completed"))).to_be_visible()
        expect(page.get_by_role("img", name=re.compile("When each task ran: measure .*; summarise "))).to_be_visible()
        assert violations(page) == []


def test_the_job_pages_are_accessible_and_fit_a_narrow_screen(visit: Visit) -> None:
    with visit() as alice:
        job = _run(alice, _SKEWED)
        page = alice.page
        for path, sight in (
            ("/jobs", f"openqasm {job[:8]}"),
            (f"/jobs/{job}", "Diamonds"),
            (f"/jobs/{job}?part=circuit", "both mean the same"),
            (f"/jobs/{job}?part=timeline", "job.completed"),
            (f"/jobs/compare?a={job}&b={job}", "INCONCLUSIVE"),
        ):
            _resize(page, WIDE)
            page.emulate_media(color_scheme="light")
            alice.open(path)
            expect(page.get_by_text(sight).first).to_be_visible()
            assert violations(page) == [], path
            page.emulate_media(color_scheme="dark")
            _resize(page, NARROW)
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        alice.open(f"/jobs/{uuid4()}")
        expect(page.get_by_role("heading", name="There is no such job")).to_be_visible()


def _resize(page: Page, size: dict[str, int]) -> None:
    page.set_viewport_size({"width": size["width"], "height": size["height"]})


def _client(visitor: Visitor) -> Any:
    assert visitor.http is not None
    return visitor.http


def _submit(visitor: Visitor, code: str, *, framework: str = "openqasm", **changes: Any) -> str:
    body = {"inline_code": code, "framework": framework, "backend": "local", "params": {"shots": 200}, **changes}
    return str(_client(visitor).post("/api/jobs/submit", json=body).raise_for_status().json()["job_id"])


def _run(visitor: Visitor, code: str, **changes: Any) -> str:
    job = _submit(visitor, code, **changes)
    status = _client(visitor).get(f"/api/jobs/{job}/status", params={"wait": 20}).raise_for_status().json()["status"]
    assert status in ("completed", "failed"), status
    return job


def _status(house: House, job: UUID) -> str:
    row = house.owner.execute("select status from public.job_runs where id = %s", (job,)).fetchone()
    assert row is not None
    return str(row[0])


def _saved(page: Page, button: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).first.click()
    return _read(download.value)


def _read(download: Download) -> Path:
    return Path(download.path())


# A browser that is told to be offline lets what is open go on: the stream is cut by hand.
_CUTTABLE = """() => {
  const fetched = window.fetch, cut = new AbortController();
  window.cut = () => cut.abort();
  const either = (signal) => AbortSignal.any([cut.signal, ...(signal ? [signal] : [])]);
  window.fetch = (to, how) => fetched(to, cut.signal.aborted ? how : {...how, signal: either(how?.signal)});
}"""


@contextmanager
def _cut(visitor: Visitor) -> Iterator[None]:
    visitor.context.set_offline(True)
    visitor.page.evaluate("window.cut()")
    try:
        yield
    finally:
        visitor.context.set_offline(False)
