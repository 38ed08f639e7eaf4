"""Looking at a program before it runs: cost, checks and wait, put together from the backend's facts and a worker's look at the text."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from quapsule.api.callers import Visitor
from quapsule.api.job_bodies import MOST_CIRCUITS, Work
from quapsule.backends.backend import Backend, find_backend
from quapsule.backends.estimate import Check, Cost, Unpriced, check_backend, estimate_cost
from quapsule.database.session import Session
from quapsule.jobs import job
from quapsule.realtime.hub import Hub
from quapsule.scripts import analysis
from quapsule.scripts.analysis import EntryPoint, Found, FoundCheck, FoundProgram
from quapsule.scripts.framework import read_text
from quapsule.scripts.script import find_code

ANSWER_SECONDS = 15.0
_LOOK_AGAIN_SECONDS = 0.5

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
    backend: str
    shots: int
    wait: Wait


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


async def estimate_work(visiting: Visitor, hub: Hub, body: Work) -> Estimate:
    """{backend, shots, can_run, checks, cost, wait}. Raises Problem (backend_unknown, script_not_found, validation_error)."""
    seen = await run_in_threadpool(_see, visiting, body)
    found = await examine(visiting, hub, seen.errand_id)
    told = judge(seen.backend, seen.shots, seen.circuit_count, seen.qubits, found)
    depth = seen.backend.queue_depth
    seconds = 0.0 if depth == 0 else None if seen.mean_seconds is None else round(depth * seen.mean_seconds, 3)
    return Estimate(backend=seen.backend.slug, shots=seen.shots, wait=Wait(queue_depth=depth, seconds=seconds), **told)


async def examine(visiting: Visitor, hub: Hub, errand_id: UUID | None) -> Found:
    """A worker's answer; without one, a warning that says why."""
    if errand_id is None:
        return analysis.unexamined(_NO_WORKER)
    loop = asyncio.get_running_loop()
    until = loop.time() + ANSWER_SECONDS
    answered = False
    try:
        with hub.waiting(errand_id) as woken:
            while (left := until - loop.time()) > 0:
                woken.clear()
                found = await run_in_threadpool(_answer, visiting, errand_id)
                if found is not None:
                    answered = True
                    return found
                try:
                    await asyncio.wait_for(woken.wait(), min(left, _LOOK_AGAIN_SECONDS))
                except TimeoutError:
                    continue
        return analysis.unexamined(_NO_ANSWER)
    finally:
        if not answered:
            await run_in_threadpool(_drop, visiting, errand_id)


def ask(session: Session, backend: Backend, text: Mapping[str, Any]) -> UUID | None:
    """Asks a worker about {code, framework, format, params}; None when none runs, or the backend is not one of ours to look with."""
    return analysis.ask(session, {**text, "backend": backend.facts}) if backend.runs_here else None


def judge(backend: Backend, shots: int, circuit_count: int, qubits: int | None, found: Found) -> Verdict:
    checks = [_told(check) for check in check_backend(backend, shots, found.program["qubits"] if found.program else qubits)]
    checks += found.checks
    cost = estimate_cost(backend, shots, circuit_count)
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
        asked = {"code": code, "framework": text.framework, "format": text.format, "params": params}
        return Seen(
            backend,
            asked,
            body.params.shots,
            _circuits(params),
            text.qubits,
            job.mean_seconds(session, backend.slug),
            ask(session, backend, asked),
        )


def _circuits(params: Mapping[str, Any]) -> int:
    """As the parameters say; a script's own default may be anything, and then says nothing of the cost."""
    said = params.get("circuit_count")
    return said if isinstance(said, int) and not isinstance(said, bool) and 1 <= said <= MOST_CIRCUITS else 1


def _answer(visiting: Visitor, errand_id: UUID) -> Found | None:
    with visiting.signed_in() as session:
        return analysis.answer(session, errand_id)


def _drop(visiting: Visitor, errand_id: UUID) -> None:
    with visiting.signed_in() as session:
        analysis.drop(session, errand_id)
