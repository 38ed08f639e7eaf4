"""The playground: a program in the browser, on the server with nothing kept, and as a job."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.factories import make_script, suspend
from tests.story.house import House
from tests.web.axe import violations
from tests.web.conftest import Visit
from tests.web.site import NARROW

QISKIT = """from qiskit import QuantumCircuit

circuit = QuantumCircuit(2)
circuit.h(0)
circuit.cx(0, 1)
circuit.measure_all()
print("built")
"""
WIDE_REGISTER = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[%d] q;\nh q[0];\n'
HOSTILE = '<img src=x onerror="window.hit=1">"><script>window.hit=1</script>'


def test_a_stranger_runs_a_bell_pair_in_the_browser(visit: Visit) -> None:
    with visit(signed_in=False) as mallory:
        page = mallory.open("/run")
        results = page.get_by_role("region", name="Results")
        expect(page.get_by_role("textbox", name="Program text")).to_contain_text("cx q[0], q[1];")
        # Who picks a gate of the drawing is taken to its place.
        page.get_by_role("region", name="Circuit").get_by_role("button", name="cx q[0], q[1], line 10").click()
        expect(page.locator(".cm-activeLine")).to_have_text("cx q[0], q[1];")
        page.get_by_label("Seed", exact=True).fill("7")
        page.keyboard.press("Control+Enter")
        expect(results).to_contain_text(re.compile(r"quapsule-statevector [\w.]+, seed 7"))
        first = _download(page)
        assert set(first["counts"]) == {"00", "11"}
        assert sum(first["counts"].values()) == 1000
        assert first["probabilities"] == pytest.approx({"00": 0.5, "11": 0.5})
        results.get_by_text("Show as table").click()
        expect(results.get_by_role("table")).to_contain_text("11")
        # The same engine, version and seed give the same counts; so they do after a reload, which keeps what was typed.
        page.reload()
        page.get_by_role("button", name="Run").click()
        expect(results).to_contain_text("seed 7")
        assert _download(page)["counts"] == first["counts"]
        _expect_accessible(page)
        # Further than that goes who has an account.
        page.get_by_role("radio", name="On the server").check()
        expect(page.get_by_text("people with an account")).to_be_visible()
        expect(page.get_by_role("button", name="Run")).to_be_disabled()


def test_the_text_is_told_where_it_is_wrong_and_where_it_is_too_large(visit: Visit) -> None:
    with visit(signed_in=False, color_scheme="dark") as mallory:
        page = mallory.open("/run")
        _write(page, 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\n  hh q[0];\nx q[1];\n')
        problem = page.get_by_role("list", name="Problems").get_by_role("button").first
        expect(problem).to_contain_text("4:3")
        problem.click()
        page.keyboard.press("Delete")
        expect(page.get_by_role("list", name="Problems")).to_have_count(0)
        expect(page.get_by_role("textbox", name="Program text")).to_contain_text("h q[0];")
        _expect_accessible(page)
        # Tab indents, and is no trap.
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        expect(page.get_by_role("textbox", name="Program text")).not_to_be_focused()
        _write(page, WIDE_REGISTER % 17)
        expect(page.get_by_text("17 qubits: the state takes 2 MiB")).to_be_visible()
        expect(page.get_by_role("button", name="Run")).to_be_enabled()
        _write(page, WIDE_REGISTER % 21)
        expect(page.get_by_text("stops at 20 qubits, and this program has 21")).to_be_visible()
        expect(page.get_by_role("button", name="Run")).to_be_disabled()


def test_a_browser_run_is_recorded_as_it_was_and_its_text_only_by_consent(visit: Visit, house: House) -> None:
    with visit() as alice:
        page = alice.open("/run")
        results = page.get_by_role("region", name="Results")
        page.get_by_role("button", name="Run").click()
        expect(results).to_contain_text("without its text")
        page.get_by_role("checkbox", name="Record the program text").check()
        page.get_by_label("Engine", exact=True).select_option("quantum-circuit")
        page.get_by_label("Shots", exact=True).fill("300")
        page.get_by_role("button", name="Run").click()
        expect(results).to_contain_text("with its text")
        expect(results).to_contain_text("quantum-circuit")
        rows = house.owner.execute(
            "select simulator, qasm_input, shots, qubit_count, counts from public.simulation_events where user_id = %s order by created_at",
            (alice.user,),
        ).fetchall()
        first, second = rows
        assert (first[0], first[1], first[2], first[3]) == ("quapsule-statevector", "", 1000, 2)
        assert (second[0], second[2]) == ("quantum-circuit", 300)
        assert "cx q[0], q[1];" in second[1]
        assert sum(second[4].values()) == 300


def test_a_qiskit_script_runs_on_the_server_and_leaves_no_job(visit: Visit, house: House) -> None:
    with visit() as alice:
        page = alice.open("/run")
        results, circuit = page.get_by_role("region", name="Results"), page.get_by_role("region", name="Circuit")
        _write(page, QISKIT)
        expect(page.get_by_label("Framework", exact=True)).to_contain_text("Qiskit, detected")
        expect(page.get_by_text("This browser runs OpenQASM alone")).to_be_visible()
        page.get_by_role("radio", name="On the server").check()
        page.keyboard.press("Control+Enter")
        expect(results).to_contain_text("Nothing is kept there", timeout=30_000)
        expect(results).to_contain_text("1,000 shots, 2 outcomes")
        results.get_by_text("Log, ").click()
        expect(results).to_contain_text("built")
        assert _jobs(house, alice.team) == 0

        circuit.get_by_role("button", name="Show the circuit").click()
        expect(circuit).to_contain_text("equivalent", timeout=20_000)
        expect(circuit.get_by_text("2 qubits, 2 bits, 5 operations")).to_be_visible()
        _expect_accessible(page)

        _write(page, QISKIT.replace("circuit.cx(0, 1)", "circuit.cx(0, 5)"))
        page.get_by_role("button", name="Run").click()
        expect(results.get_by_role("alert")).to_contain_text("The fault is in the program", timeout=20_000)
        results.get_by_role("button", name="Go to line 5").click()
        expect(page.get_by_role("list", name="Problems")).to_contain_text("5:")

        _write(page, QISKIT)
        circuit.get_by_role("button", name="Open as OpenQASM").click()
        expect(page.get_by_label("Framework", exact=True)).to_contain_text("OpenQASM 3, detected")
        page.get_by_role("button", name="Undo").last.click()
        expect(page.get_by_label("Framework", exact=True)).to_contain_text("Qiskit, detected")


def test_a_job_is_quoted_refused_or_submitted(visit: Visit, house: House) -> None:
    slug, name = _one(
        house,
        "select slug, name from public.backends join public.backend_lifecycle using (slug) where retired_at <= now() order by 1 limit 1",
    )
    with visit() as alice:
        page = alice.open("/run")
        page.get_by_role("radio", name="As a job").check()
        retired = page.get_by_label("Backend", exact=True).get_by_role("option", name=name)
        expect(retired).to_be_disabled()
        expect(retired).to_contain_text("retired")
        expect(page.get_by_text("The server can run it")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("$0.00")).to_be_visible()
        _expect_accessible(page)

        # A backend that was chosen before it was retired: the page says it, and when it does not know, the API does.
        page.evaluate(_CHOOSE, slug)
        page.reload()
        expect(page.get_by_role("status").get_by_text(f"{name} is retired")).to_be_visible()
        expect(page.get_by_role("button", name="Submit the job")).to_be_disabled()
        page.route("**/api/backends", lambda route: route.abort())
        page.evaluate(_CHOOSE, slug)
        page.reload()
        page.get_by_role("button", name="Submit the job").click()
        refusal = page.get_by_role("region", name="Results").get_by_role("alert")
        expect(refusal).to_contain_text("backend_retired")
        assert _jobs(house, alice.team) == 0
        page.unroute("**/api/backends")

        page.reload()
        page.get_by_label("Backend", exact=True).select_option("local")
        page.get_by_role("checkbox", name="Make a capsule").check()
        page.get_by_label("The capsule's name").fill("A pair")
        page.keyboard.press("Control+Enter")
        page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]{36}$"))
        job = _one(house, "select create_capsule, capsule_name, backend from public.job_runs where team_id = %s", alice.team)
        assert job == (True, "A pair", "local")


# What the page itself would remember of such a choice, as the page is left.
_CHOOSE = """slug => addEventListener("pagehide", () => {
  const kept = JSON.parse(localStorage.getItem("quapsule.playground"));
  localStorage.setItem("quapsule.playground", JSON.stringify({...kept, backend: slug}));
})"""


def test_a_script_of_hostile_words_is_text_and_a_suspended_team_starts_no_job(visit: Visit, house: House) -> None:
    with visit(viewport=NARROW, color_scheme="dark") as alice:
        assert alice.user is not None and alice.team is not None
        script = make_script(house.owner, alice.team, alice.user, content=f"// {HOSTILE}\nOPENQASM 3.0;\nqubit q;\n")
        house.owner.execute("update public.scripts set name = %s where id = %s", (HOSTILE[:100], script))
        page = alice.open(f"/run?script={script}")
        expect(page.get_by_role("region", name="Program")).to_contain_text("Script “<img src=x")
        expect(page.get_by_role("textbox", name="Program text")).to_contain_text(HOSTILE)
        expect(page).to_have_url(re.compile("/run$"))
        assert page.evaluate("() => [window.hit === undefined, document.documentElement.scrollWidth <= innerWidth]") == [True, True]
        page.keyboard.press("Control+s")
        page.get_by_label("Name").fill(f"{HOSTILE[:60]} again")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("in Scripts.")).to_be_visible()
        assert _one(house, "select count(*) from public.scripts where team_id = %s", alice.team) == (2,)
        _expect_accessible(page)
        suspend(house.owner, alice.team)
        page.reload()
        page.get_by_role("radio", name="As a job").check()
        expect(page.get_by_text("is suspended: no job can be started")).to_be_visible()
        expect(page.get_by_role("button", name="Submit the job")).to_be_disabled()
        expect(page.get_by_role("button", name="In this browser")).to_be_visible()


def test_the_page_is_there_before_the_editor_and_without_it(visit: Visit) -> None:
    with visit(signed_in=False) as mallory:
        mallory.page.route("**/assets/mount-*", lambda route: route.abort())
        loaded: list[str] = []
        mallory.page.on("response", lambda response: loaded.append(response.url))
        page = mallory.open("/run")
        page.get_by_role("textbox", name="Program text").fill(WIDE_REGISTER % 3)
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_role("region", name="Results")).to_contain_text("1,000 shots in this browser")
        assert not [url for url in loaded if "mount-" in url]


def _write(page: Page, text: str) -> None:
    """Types over what stands in the editor."""
    page.get_by_role("textbox", name="Program text").and_(page.locator(".cm-content")).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def _expect_accessible(page: Page) -> None:
    # From the top: what the header half covers would count as a target that is too small.
    page.evaluate("scrollTo(0, 0)")
    assert violations(page) == []


def _download(page: Page) -> dict[str, dict[str, float]]:
    with page.expect_download() as found:
        page.get_by_role("button", name="Download JSON").click()
    return dict(json.loads(found.value.path().read_text()))


def _jobs(house: House, team: object) -> int:
    return int(_one(house, "select count(*) from public.job_runs where team_id = %s", team)[0])


def _one(house: House, query: str, *values: object) -> tuple[Any, ...]:
    row = house.owner.execute(query.encode(), values).fetchone()
    assert row is not None
    return tuple(row)
