"""What a run would cost."""

import dataclasses
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from quapsule.backends.backend import Backend
from quapsule.backends.estimate import Emulation, check_backend, estimate_cost, estimate_emulation

_PLAIN = dict.fromkeys((field.name for field in dataclasses.fields(Backend)), None)


def backend(**changes: Any) -> Backend:
    plain = {
        "id": uuid4(),
        "slug": "x",
        "name": "X",
        "status": "online",
        "is_available": True,
        "runs_here": True,
        "tags": [],
        "is_free": True,
    }
    return Backend(**{**_PLAIN, **plain, **changes})


@pytest.mark.parametrize(
    ("changes", "shots", "qubits", "blocked"),
    [
        ({"is_available": False}, 1, None, "backend"),
        ({"status": "maintenance"}, 1, None, "backend"),
        ({"runs_here": False}, 1, None, "backend"),
        ({"max_shots": 10}, 11, None, "shots"),
        ({"max_qubits": 3}, 1, 4, "qubits"),
        ({"qubit_count": 3}, 1, 4, "qubits"),
    ],
)
def test_what_the_backend_cannot_do_blocks(changes, shots, qubits, blocked):
    assert [check.id for check in check_backend(backend(**changes), shots, qubits) if check.level == "block"] == [blocked]


def test_a_backend_that_costs_warns():
    assert [check.id for check in check_backend(backend(is_free=False), 1, None) if check.level == "warn"] == ["cost"]


def test_without_a_price_list_there_is_no_cost():
    assert estimate_cost(backend(pricing=None), 100) is None


@pytest.mark.parametrize(
    ("pricing", "shots", "circuits", "total"),
    [
        ({"taskFee": 0.3, "perShot": 0.00145}, 1000, 1, 1.75),
        ({"taskFee": 0.3, "perShot": 0.00145}, 1000, 3, 5.25),
        ({"taskFee": 0, "perShot": 0, "perMinute": 0.075, "minimumCost": 0.00375}, 1000, 1, 0.00375),
        ({"taskFee": 0.1, "perShot": 0.1}, 3, 1, 0.4),
        ({}, 1000, 1, 0),
    ],
)
def test_a_cost_is_task_and_shots_and_never_less_than_the_minimum(pricing, shots, circuits, total):
    cost = estimate_cost(backend(pricing=pricing), shots, circuits)
    assert cost is not None
    assert cost.total_usd == total


RETIRED = {"is_free": False, "runs_here": False, "is_available": False, "retired_at": datetime(2026, 1, 1, tzinfo=UTC)}


def test_without_a_snapshot_there_is_no_emulation():
    checks = check_backend(backend(**RETIRED), 1, None, emulate=Emulation(available=False))
    assert [(check.id, check.level) for check in checks] == [("backend", "block"), ("shots", "ok")]


def test_an_emulation_passes_retirement_and_connection_and_costs_nothing():
    known = Emulation(True, uuid4(), datetime(2025, 6, 1, tzinfo=UTC))
    checks = check_backend(backend(**RETIRED, qubit_count=3), 1, 3, emulate=known)
    assert {check.level for check in checks} == {"ok"} and "as it was at 2025-06-01" in checks[0].message
    assert estimate_emulation(7).total_usd == 0
    assert [check.id for check in check_backend(backend(**RETIRED, qubit_count=3), 1, 4, emulate=known) if check.level == "block"] == [
        "qubits"
    ]


def test_a_device_that_a_worker_reaches_takes_jobs():
    assert [check.level for check in check_backend(backend(runs_here=False, is_connected=True), 1, None) if check.id == "backend"] == ["ok"]
