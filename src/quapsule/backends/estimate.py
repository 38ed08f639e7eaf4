"""What a run would cost, and what about it would be refused, from a backend's own facts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from quapsule.backends.backend import Backend

Level = Literal["ok", "warn", "block"]


@dataclass(frozen=True)
class Cost:
    """USD, at most 6 decimals. `billed_by` minute: the total is the least that the provider asks; time comes on top."""

    total_usd: float
    task_fee_usd: float
    shots_usd: float
    minimum_usd: float
    circuit_count: int
    billed_by: str
    currency: str
    source: str | None
    date: str | None


@dataclass(frozen=True)
class Unpriced:
    """The backend has no price list."""

    total_usd: None = None


@dataclass(frozen=True)
class Emulation:
    """The dry run of a device on this machine: free, also of a retired one. `calibration_id`, `taken_at`: of the snapshot that it would
    run under; None for an analog device, which is simulated without noise."""

    available: bool
    calibration_id: UUID | None = None
    taken_at: datetime | None = None
    cost_usd: float = 0.0


@dataclass(frozen=True)
class Check:
    """`level`: ok, warn (to be accepted at submit) or block."""

    id: str
    level: Level
    message: str


def estimate_cost(backend: Backend, shots: int, circuit_count: int = 1) -> Cost | None:
    """None when the backend has no price list."""
    pricing = backend.pricing
    if pricing is None:
        return None
    task = _money(pricing, "taskFee") * circuit_count
    per_shot = _money(pricing, "perShot") * shots * circuit_count
    minimum = _money(pricing, "minimumCost") * circuit_count
    return Cost(
        total_usd=_usd(max(task + per_shot, minimum)),
        task_fee_usd=_usd(task),
        shots_usd=_usd(per_shot),
        minimum_usd=_usd(minimum),
        circuit_count=circuit_count,
        billed_by="minute" if _money(pricing, "perMinute") else "task and shot",
        currency=str(pricing.get("currency", "USD")),
        source=pricing.get("source"),
        date=pricing.get("date"),
    )


def estimate_emulation(circuit_count: int = 1) -> Cost:
    """Nothing, whatever the device asks."""
    return Cost(0.0, 0.0, 0.0, 0.0, circuit_count, "emulated", "USD", None, None)


def check_backend(backend: Backend, shots: int, qubits: int | None, *, emulate: Emulation | None = None) -> list[Check]:
    """Checks backend, shots, qubits and cost. `emulate`: what is known of the emulation, where that is asked for instead of the device
    itself; it needs no connection and costs nothing."""
    checks = [_availability(backend) if emulate is None else _emulation(backend, emulate), _shots(backend, shots)]
    limit = backend.qubit_limit
    if qubits is not None and limit is not None:
        fits = qubits <= limit
        message = f"{qubits} qubits, {backend.name} has {limit}."
        checks.append(Check("qubits", "ok" if fits else "block", message))
    if not backend.is_free and emulate is None:
        checks.append(Check("cost", "warn", f"{backend.name} costs money."))
    return checks


def _emulation(backend: Backend, emulation: Emulation) -> Check:
    if not emulation.available:
        return Check("backend", "block", f"{backend.name} cannot be emulated here: nothing is known of its noise.")
    if emulation.taken_at is None:
        return Check("backend", "ok", f"{backend.name} is simulated here, for free.")
    return Check("backend", "ok", f"{backend.name} is emulated here, for free, as it was at {emulation.taken_at:%Y-%m-%d %H:%M}.")


def _availability(backend: Backend) -> Check:
    if backend.retired_at:
        instead = f" Use {backend.successor} instead." if backend.successor else ""
        return Check("backend", "block", f"{backend.name} has been retired: {backend.retired_reason}{instead}")
    if not backend.is_available or backend.status != "online":
        return Check("backend", "block", f"{backend.name} does not accept jobs at present.")
    if not backend.runs_here and not backend.is_connected:
        return Check("backend", "block", f"{backend.name} is not connected to this installation.")
    return Check("backend", "ok", f"{backend.name} accepts jobs.")


def _shots(backend: Backend, shots: int) -> Check:
    if backend.max_shots is not None and shots > backend.max_shots:
        return Check("shots", "block", f"{backend.name} takes at most {backend.max_shots} shots, not {shots}.")
    return Check("shots", "ok", f"{shots} shots.")


def _money(pricing: dict[str, Any], name: str) -> Decimal:
    return Decimal(str(pricing.get(name) or 0))


def _usd(amount: Decimal) -> float:
    return float(round(amount, 6))
