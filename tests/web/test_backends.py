"""What can run a job, for how much, how it stands, and what it could do when."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.story.house import House
from tests.web.axe import violations
from tests.web.conftest import Visit
from tests.web.site import NARROW

from quapsule.backends.backend import Backend, list_backends
from quapsule.backends.estimate import estimate_cost
from quapsule.calibrations.calibration import import_calibration
from quapsule.database.session import Session

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"
_BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


def test_a_stranger_sees_every_backend_and_finds_one(visit: Visit, house: House) -> None:
    with visit(signed_in=False) as mallory:
        page = mallory.open("/backends")
        cards = page.get_by_role("list", name="Backends").get_by_role("heading")
        cards.first.wait_for()
        published = house.http.get("/api/backends").json()["backends"]
        assert cards.all_inner_texts() == [one["name"] for one in published if one["status"] != "retired"]
        local = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Local simulator"))
        assert "accepts jobs" in local.inner_text() and "0 waiting" in local.inner_text()
        assert local.get_by_role("link", name="Run here").get_attribute("href") == "/run?backend=local"
        garnet = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Garnet"))
        assert "online, not connected here" in garnet.inner_text() and "$0.30 a task and $0.00145 a shot" in garnet.inner_text()

        page.keyboard.press("/")
        page.keyboard.type("lattice superconducting")
        page.get_by_label("Order").select_option("qubits")
        page.get_by_text("3 of 17", exact=True).wait_for()
        assert cards.all_inner_texts() == ["Ankaa-3", "Emerald", "Garnet"]
        page.get_by_label("Free only").check()
        assert page.get_by_role("heading", name="No backend fits").is_visible()
        page.get_by_role("button", name="Show all").click()
        page.get_by_label("Status").select_option("accepting")
        page.get_by_label("Type").select_option("simulator")
        page.get_by_label("Provider").select_option("Quapsule")
        assert cards.all_inner_texts() == ["Local simulator"]


def test_a_retired_device_is_shown_with_its_record(visit: Visit) -> None:
    with visit(signed_in=False) as mallory:
        page = mallory.open("/backends")
        row = page.get_by_role("region", name="Retired backends").get_by_role("row").filter(has_text="Aria 1")
        assert "No longer offered by Amazon Braket." in row.inner_text()
        row.get_by_role("link", name="Aria 1: its record").click()
        page.wait_for_url("**/backends/ionq-aria-1")
        record = page.get_by_role("region", name="Retired")
        record.wait_for()
        assert "Since 1 Jan 2026, 01:00:00: No longer offered by Amazon Braket." in record.inner_text()
        assert page.get_by_role("link", name="Run here").count() == 0
        record.get_by_role("link", name="ionq-forte-1").click()
        page.get_by_role("heading", name="Forte 1", exact=True).wait_for()
        page = mallory.open("/backends/no-such-one")
        page.get_by_text("No backend is called “no-such-one”.").wait_for()


def test_the_calculator_says_what_the_server_estimates(visit: Visit, house: House) -> None:
    with visit() as alice:
        assert alice.http is not None
        page = alice.open("/backends")
        page.get_by_label("Shots of each circuit").fill("777")
        costs = page.get_by_role("region", name="Costs")
        for slug in ("iqm-garnet", "ionq-forte-1", "rigetti-ankaa-3", "sv1"):
            asked = {"inline_code": _BELL, "framework": "openqasm", "backend": slug, "params": {"shots": 777}}
            estimate = alice.http.post("/api/jobs/estimate", json=asked).raise_for_status().json()["cost"]
            shown = costs.locator(f'[data-slug="{slug}"] td.number').inner_text()
            assert float(shown.removeprefix("from ").removeprefix("$").replace(",", "")) == estimate["total_usd"], slug
            assert shown.startswith("from") == (estimate["billed_by"] == "minute")
            assert estimate["date"] in costs.locator(f'[data-slug="{slug}"]').inner_text()
        totals = [text.removeprefix("from ") for text in costs.locator("td.number").all_inner_texts()]
        assert totals == sorted(totals, key=lambda text: float(text.removeprefix("$").replace(",", "")))
        page.get_by_label("Circuits").fill("0")
        assert page.get_by_text("A whole number from 1 to 10,000.").is_visible() and costs.count() == 0

        # What changes is shown while one looks, and a backend without a price list has no price, rather than none to pay.
        before = house.owner.execute("select pricing from public.backends where slug = 'qb-sim-noisy-aer-gpu'").fetchone()
        assert before is not None
        card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="QB noisy Aer (GPU)"))
        try:
            house.owner.execute("update public.backends set status = 'maintenance', pricing = null where slug = 'qb-sim-noisy-aer-gpu'")
            card.get_by_text("maintenance").wait_for()
            assert "not priced" in card.inner_text()
        finally:
            house.owner.execute(
                "update public.backends set status = 'offline', pricing = %s where slug = 'qb-sim-noisy-aer-gpu'", [json.dumps(before[0])]
            )
        card.get_by_text("offline").wait_for()


def test_every_price_is_the_servers_to_the_last_digit(house: House, tmp_path: Path) -> None:
    backends = list_backends(Session(house.owner, None))
    odd = [{"perShot": 0.1234565}, {"perShot": 0.1234575}, {"perShot": 1e-7, "taskFee": 0.1}, {"minimumCost": 5}, {"perShot": None}, {}]
    made: list[Backend] = [replace(backends[0], pricing=pricing) for pricing in odd]
    asked = [
        (one, shots, circuits) for one in [*backends, *made] for shots in (1, 3, 1000, 99_999, 10_000_000) for circuits in (1, 7, 10_000)
    ]
    subprocess.run(["node", HERE / "bundle.mjs", WEB, "src/backends/price.ts", tmp_path], check=True, cwd=WEB)
    cases = [{"pricing": one.pricing, "shots": shots, "circuits": circuits} for one, shots, circuits in asked]
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    subprocess.run(
        ["node", HERE / "price_cases.mjs", tmp_path / "price.js", tmp_path / "cases.json", tmp_path / "answers.json"], check=True
    )
    for (one, shots, circuits), priced in zip(asked, json.loads((tmp_path / "answers.json").read_text()), strict=True):
        cost = estimate_cost(one, shots, circuits)
        if cost is None:
            assert priced is None
            continue
        figures = {name: priced[name] for name in ("total_usd", "task_fee_usd", "shots_usd", "minimum_usd")}
        assert figures == {name: getattr(cost, name) for name in figures}, (one.slug, one.pricing, shots, circuits)
        assert (priced["per_minute_usd"] > 0) == (cost.billed_by == "minute")


def test_a_devices_qubits_are_drawn_and_told(visit: Visit, house: House) -> None:
    snapshot = _last_calibration(house, "iqm-garnet")
    device = snapshot["description"]
    with visit(signed_in=False) as mallory:
        page = mallory.open("/backends/iqm-garnet")
        qubits = page.get_by_role("group", name="Map of Garnet").get_by_role("img")
        qubits.first.wait_for()
        assert qubits.count() == device["qubits"] == 20
        assert qubits.nth(7).get_attribute("aria-label") == f"Qubit {device['labels'][7]}: T1 {float(f'{device["t1_us"][7]:.3g}'):g} µs"
        at = qubits.nth(7).get_attribute("transform")
        page.get_by_label("Colour by").select_option("readout")
        expected = float(f"{50 * sum(device['readout_error'][7]):.3g}")
        assert qubits.nth(7).get_attribute("aria-label") == f"Qubit {device['labels'][7]}: Readout error {expected:g} %"
        qubits.nth(0).focus()
        page.keyboard.press("ArrowRight")
        assert page.get_by_text(f"Qubit {device['labels'][1]}: T1").is_visible()
        page.get_by_label("Colour by").select_option("t2")
        missing = device["t2_us"].index(None)
        assert qubits.nth(missing).get_attribute("aria-label") == f"Qubit {device['labels'][missing]}: T2 not measured"

        page.get_by_text("Show as tables").click()
        assert _cells(page, "Qubits") == [
            [label, _told(t1), _told(t2), *map(_told, readout or [None, None]), _told(error)]
            for label, t1, t2, readout, error in zip(
                device["labels"], device["t1_us"], device["t2_us"], device["readout_error"], device["one_qubit_error"], strict=True
            )
        ]
        assert _cells(page, "Couplings") == [
            [f"{device['labels'][one]}–{device['labels'][other]}", _told(device["two_qubit_error"][f"{one}-{other}"])]
            for one, other in device["edges"]
        ]
        assert snapshot["source"][:40] in page.get_by_role("region", name="Calibrations that are kept").inner_text()
        page.reload()
        qubits.first.wait_for()
        assert qubits.nth(7).get_attribute("transform") == at


def test_a_devices_history_is_a_line_with_its_band(visit: Visit, house: House) -> None:
    newest = _last_calibration(house, "iqm-emerald")
    older = {**newest["description"], "t1_us": [10.0 + qubit for qubit in range(54)]}
    content = {
        "format": "quapsule.calibration",
        "version": 1,
        "backend": "iqm-emerald",
        "taken_at": "2025-10-01T12:00:00+00:00",
        "source": "<b>a story</b>",
        "description": older,
    }
    import_calibration(Session(house.owner, None), "iqm-emerald", json.dumps(content).encode())
    with visit(signed_in=False) as mallory:
        page = mallory.open("/backends/iqm-emerald")
        over_time = page.get_by_role("region", name="Over time")
        over_time.get_by_role("img", name="T1 of Emerald over 2 calibrations").wait_for()
        over_time.get_by_label("And of one qubit").select_option(f"qubit {older['labels'][3]}")
        over_time.get_by_text("Show as table").click()
        rows = [row.inner_text().split("\t") for row in over_time.get_by_role("row").all()]
        assert ["median and quartiles", "1 Oct 2025, 14:00", "36.5 (23.25 to 49.75)"] in rows
        assert [f"qubit {older['labels'][3]}", "1 Oct 2025, 14:00", "13"] in rows and len(rows) == 5
        listed = page.get_by_role("region", name="Calibrations that are kept")
        assert listed.get_by_text("<b>a story</b>").is_visible()
        listed.get_by_role("button", name="Show").click()
        page.get_by_role("img", name=f"Qubit {older['labels'][3]}: T1 13 µs").wait_for()


@pytest.mark.parametrize(
    ("device", "look"), [("rigetti-ankaa-3", {"color_scheme": "light"}), ("ionq-aria-2", {"color_scheme": "dark", "viewport": NARROW})]
)
def test_backends_can_be_read_by_everyone(visit: Visit, device: str, look: dict[str, Any]) -> None:
    with visit(signed_in=False, **look) as mallory:
        page = mallory.open("/backends")
        page.get_by_role("heading", name="Retired").wait_for()
        assert violations(page) == [] and page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page = mallory.open(f"/backends/{device}")
        page.get_by_role("group", name="Map of").wait_for()
        page.get_by_text("Show as tables").click()
        assert violations(page) == [] and page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _last_calibration(house: House, slug: str) -> dict[str, Any]:
    listed = house.http.get(f"/api/backends/{slug}/calibrations").json()["items"]
    return dict(house.http.get(f"/api/calibrations/{listed[0]['id']}").json())


def _cells(page: Page, name: str) -> list[list[str]]:
    rows = page.get_by_role("region", name=name, exact=True).locator("tbody tr")
    cells: list[list[str]] = rows.evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.textContent))")
    return cells


def _told(value: float | None) -> str:
    """A number as JavaScript writes it."""
    return "–" if value is None else repr(value).removesuffix(".0")
