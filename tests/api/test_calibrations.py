"""/api/…/calibrations: public, paged, as of a time, also of retired devices; and the estimate that offers the dry run."""

import json
from uuid import uuid4

import pytest
from tests.calibrations.files import own

from quapsule.calibrations.calibration import import_calibration
from quapsule.database.seeds.calibrations import read_calibrations
from quapsule.database.session import Session

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'
SEEDS = {row["backend"]: row for row in read_calibrations()}


@pytest.fixture
def history(api):
    """Three more snapshots of Garnet, by their day."""
    found = {}
    for day in (1, 2, 3):
        content = own("iqm-garnet", f"2026-06-0{day}T00:00:00+00:00") | {"description": SEEDS["iqm-garnet"]["description"]}
        found[day] = str(import_calibration(Session(api.owner, None), "iqm-garnet", json.dumps(content).encode()).id)
    return found


def estimate(client, backend, **params):
    body = {"circuit": {"format": "qasm3", "payload": BELL}, "backend": backend, "params": {"shots": 100, **params}}
    return client.post("/api/jobs/estimate", json=body)


def test_unknown_devices_and_snapshots_are_refused(cast):
    assert cast.anonymous.get("/api/backends/nothing/calibrations").json()["error"]["code"] == "backend_unknown"
    assert cast.anonymous.get(f"/api/calibrations/{uuid4()}").status_code == 404
    assert cast.anonymous.get("/api/calibrations/last").json()["error"]["code"] == "validation_error"
    assert cast.anonymous.get("/api/backends/iqm-garnet/calibrations?as_of=soon").json()["error"]["code"] == "validation_error"
    assert cast.anonymous.get("/api/backends/iqm-garnet/calibrations?cursor=x").json()["error"]["code"] == "validation_error"


def test_nobody_writes_over_http(cast):
    for client in (cast.owner, cast.anonymous):
        assert client.post("/api/backends/iqm-garnet/calibrations", json={}).status_code == 405
        assert client.delete(f"/api/calibrations/{uuid4()}").status_code == 405


def test_pages_go_from_the_newest_to_the_oldest(cast, history):
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = cast.anonymous.get("/api/backends/iqm-garnet/calibrations", params=query).json()
        assert len(page["items"]) <= 2 and all("content" not in item for item in page["items"])
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [item["id"] for item in seen[:3]] == [history[3], history[2], history[1]]
    assert len(seen) == 4 and seen[3]["sha256"] == SEEDS["iqm-garnet"]["sha256"]


def test_as_of_gives_the_one_that_was_in_force(cast, history):
    def at(instant):
        return [
            item["id"] for item in cast.anonymous.get("/api/backends/iqm-garnet/calibrations", params={"as_of": instant}).json()["items"]
        ]

    assert at("2026-06-02T23:59:59Z") == [history[2]]
    assert at("2026-06-02T00:00:00") == [history[2]]
    assert at("2000-01-01T00:00:00Z") == []


def test_the_history_of_a_retired_device_stays_readable(cast):
    [item] = cast.anonymous.get("/api/backends/ionq-aria-1/calibrations").json()["items"]
    shown = cast.stranger.get(f"/api/calibrations/{item['id']}").json()
    assert shown["content"] == SEEDS["ionq-aria-1"]["content"] and shown["description"]["qubits"] == 25
    assert shown["source"].startswith("Nominal")


def test_the_estimate_offers_the_dry_run_also_of_a_retired_device(cast, history):
    told = estimate(cast.member, "iqm-garnet").json()
    assert told["emulation"] | {"taken_at": None} == {"available": True, "calibration_id": history[3], "taken_at": None, "cost_usd": 0}
    assert told["cost"]["total_usd"] > 0 and not told["can_run"]
    retired = estimate(cast.member, "ionq-aria-1").json()
    assert retired["emulation"]["available"] and [check["level"] for check in retired["checks"] if check["id"] == "backend"] == ["block"]
    assert estimate(cast.member, "local").json()["emulation"] is None
    assert estimate(cast.member, "quera-aquila").json()["emulation"] == {
        "available": True, "calibration_id": None, "taken_at": None, "cost_usd": 0,
    }  # fmt: skip


def test_an_emulated_run_is_free_and_needs_no_connection(cast):
    for slug in ("iqm-garnet", "ionq-aria-1"):
        told = estimate(cast.member, slug, emulate=True).json()
        assert told["can_run"], told["checks"]
        assert told["cost"]["total_usd"] == 0 and told["cost"]["billed_by"] == "emulated"
        assert all(check["id"] != "cost" for check in told["checks"])


def test_the_devices_limits_bind_its_emulation(cast):
    told = estimate(cast.member, "iqm-garnet", emulate=True, shots=20_001).json()
    assert [check["id"] for check in told["checks"] if check["level"] == "block"] == ["shots"]
