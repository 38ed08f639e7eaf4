"""Looking at a program before it runs: cost, checks and wait, put together from the backend's facts and a worker's look at the text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from quapsule.api.callers import Visitor
from quapsule.api.errands import await_answer
from quapsule.api.job_bodies import MOST_CIRCUITS, Work
from quapsule.backends.backend import Backend, find_backend
from quapsule.backends.estimate import Check, Cost, Emulation, Unpriced, check_backend, estimate_cost, estimate_emulation
from quapsule.calibrations import calibration
from quapsule.database.session import Session
from quapsule.jobs import job
from quapsule.realtime.hub import Hub
from quapsule.scripts import analysis, errand
from quapsule.scripts.analysis import EntryPoint, Found, FoundCheck, FoundProgram
from quapsule.scripts.framework import read_text
from quapsule.scripts.script import find_code

ANSWER_SECONDS = 15.0
# Simulators of Amazon Braket that an equivalent engine of this machine stands in for.
_TWINS = ("sv1", "dm1", "tn1")

_NO_WORKER = "No worker is running, so nobody looked at the program."
_NO_ANSWER = f"No worker answered within {ANSWER_SECONDS:.0f} seconds, so the program was not looked at."


class Verdict(TypedDict):
    """can_run: no check is of level block."""

    can_run: bool
    checks: list[FoundCheck]
    cost: Cost | Unpriced
    entry_points: list[EntryPoint]
    program: FoundProgram | None


class Wait(TypedDict):
    """seconds: None when nothing is known of how long jobs take there."""

    queue_depth: int
    seconds: float | None


class Estimate(Verdict):
    """`emulation`: the dry run that a device, or a simulator elsewhere, offers on this machine; None for what runs here anyway."""

    backend: str
    shots: int
    wait: Wait
    emulation: Emulation | None


@dataclass(frozen=True)
class Seen:
    """A program and where it would run; `text` is what a worker is asked about."""

    backend: Backend
    text: Mapping[str, Any]
    shots: int
    circuit_count: int
    qubits: int | None
    mean_seconds: float | None
    errand_id: UUID | None
    emulation: Emulation | None = None
    emulate: bool = False


async def estimate_work(visiting: Visitor, hub: Hub, body: Work) -> Estimate:
    """{backend, shots, can_run, checks, cost, wait, emulation}. Raises Problem (backend_unknown, script_not_found, validation_error)."""
    seen = await run_in_threadpool(_see, visiting, body)
    found = await examine(visiting, hub, seen.errand_id)
    emulate = (seen.emulation or Emulation(available=False)) if seen.emulate else None
    told = judge(seen.backend, seen.shots, seen.circuit_count, seen.qubits, found, emulate=emulate)
    depth = seen.backend.queue_depth
    seconds = 0.0 if depth == 0 else None if seen.mean_seconds is None else round(depth * seen.mean_seconds, 3)
    wait = Wait(queue_depth=depth, seconds=seconds)
    return Estimate(backend=seen.backend.slug, shots=seen.shots, wait=wait, emulation=seen.emulation, **told)


async def examine(visiting: Visitor, hub: Hub, errand_id: UUID | None) -> Found:
    """A worker's answer; without one, a warning that says why."""
    if errand_id is None:
        return analysis.unexamined(_NO_WORKER)
    output = await await_answer(visiting, hub, errand_id, ANSWER_SECONDS)
    return analysis.unexamined(_NO_ANSWER) if output is None else analysis.read_output(output)


def ask(session: Session, backend: Backend, text: Mapping[str, Any], *, emulate: bool = False) -> UUID | None:
    """Asks a worker about {code, framework, format, params}; None when none runs, or the backend is not one of ours to look with."""
    looked = backend.runs_here or (emulate and "analog" not in backend.tags)
    return errand.ask(session, "analyse", {**text, "backend": backend.facts}) if looked else None


def judge(
    backend: Backend,
    shots: int,
    circuit_count: int,
    qubits: int | None,
    found: Found,
    *,
    emulate: Emulation | None = None,
) -> Verdict:
    declared = found.program["qubits"] if found.program else qubits
    checks = [_told(check) for check in check_backend(backend, shots, declared, emulate=emulate)]
    checks += found.checks
    cost = estimate_cost(backend, shots, circuit_count) if emulate is None else estimate_emulation(circuit_count)
    if cost is None:
        checks.append(_told(Check("cost", "warn", f"{backend.name} has no price list.")))
    return {
        "can_run": all(check["level"] != "block" for check in checks),
        "checks": checks,
        "cost": cost or Unpriced(),
        "entry_points": found.entry_points,
        "program": found.program,
    }


def _told(check: Check) -> FoundCheck:
    return {"id": check.id, "level": check.level, "message": check.message}


def _see(visiting: Visitor, body: Work) -> Seen:
    with visiting.signed_in() as session:
        params = body.params.model_dump(exclude_none=True)
        if body.code is not None:
            text = read_text(body.code, body.framework, body.circuit.format if body.circuit else None)
            code = body.code
        else:
            script = find_code(session, body.script_id, body.script_slug, body.framework)
            text = read_text(script.code, body.framework or script.framework)
            code, params = script.code, {**script.default_parameters, **params}
        backend = find_backend(session, body.backend)
        emulate = params.get("emulate") is True
        asked = {"code": code, "framework": text.framework, "format": text.format, "params": params}
        return Seen(
            backend,
            asked,
            body.params.shots,
            _circuits(params),
            text.qubits,
            job.mean_seconds(session, backend.slug),
            ask(session, backend, asked, emulate=emulate),
            _emulation(session, backend),
            emulate,
        )


def _emulation(session: Session, backend: Backend) -> Emulation | None:
    """Of a device, or of a simulator elsewhere that has a twin here."""
    if backend.device_type != "qpu":
        return Emulation(available=True) if backend.slug in _TWINS else None
    if "analog" in backend.tags:
        return Emulation(available=True)
    last = calibration.find_last(session, backend.slug)
    return Emulation(available=False) if last is None else Emulation(True, last.id, last.taken_at)


def _circuits(params: Mapping[str, Any]) -> int:
    """As the parameters say; a script's own default may be anything, and then says nothing of the cost."""
    said = params.get("circuit_count")
    return said if isinstance(said, int) and not isinstance(said, bool) and 1 <= said <= MOST_CIRCUITS else 1
