"""Looking at a program before it runs: cost, checks and wait, put together from the backend's facts and a worker's look at the text."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from quapsule.api.callers import Visitor
from quapsule.api.job_bodies import Work
from quapsule.backends.backend import Backend, find_backend
from quapsule.backends.estimate import Check, check_backend, estimate_cost
from quapsule.database.session import Session
from quapsule.jobs import job
from quapsule.realtime.hub import Hub
from quapsule.scripts import analysis
from quapsule.scripts.analysis import Found
from quapsule.scripts.framework import read_text
from quapsule.scripts.script import find_code

ANSWER_SECONDS = 15.0
_LOOK_AGAIN_SECONDS = 0.5

_NO_WORKER = "No worker is running, so nobody looked at the program."
_NO_ANSWER = f"No worker answered within {ANSWER_SECONDS:.0f} seconds, so the program was not looked at."


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


async def estimate_work(visiting: Visitor, hub: Hub, body: Work) -> dict[str, Any]:
    """{backend, shots, can_run, checks, cost, wait}. Raises Problem (backend_unknown, script_not_found, validation_error)."""
    seen = await run_in_threadpool(_see, visiting, body)
    found = await examine(visiting, hub, seen.errand_id)
    told = judge(seen.backend, seen.shots, seen.circuit_count, seen.qubits, found)
    depth = seen.backend.queue_depth
    seconds = 0.0 if depth == 0 else None if seen.mean_seconds is None else round(depth * seen.mean_seconds, 3)
    return {"backend": seen.backend.slug, "shots": seen.shots, **told, "wait": {"queue_depth": depth, "seconds": seconds}}


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


def judge(backend: Backend, shots: int, circuit_count: int, qubits: int | None, found: Found) -> dict[str, Any]:
    """{can_run, checks, cost, entry_points, program}: blocked by any check of level block."""
    program = found.program or {}
    checks: list[dict[str, Any]] = [asdict(check) for check in check_backend(backend, shots, program.get("qubits", qubits))]
    checks += found.checks
    cost = estimate_cost(backend, shots, circuit_count)
    if cost is None:
        checks.append(asdict(Check("cost", "warn", f"{backend.name} has no price list.")))
    return {
        "can_run": all(check["level"] != "block" for check in checks),
        "checks": checks,
        "cost": asdict(cost) if cost else {"total_usd": None},
        "entry_points": found.entry_points,
        "program": found.program,
    }


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
            int(params.get("circuit_count") or 1),
            text.qubits,
            job.mean_seconds(session, backend.slug),
            ask(session, backend, asked),
        )


def _answer(visiting: Visitor, errand_id: UUID) -> Found | None:
    with visiting.signed_in() as session:
        return analysis.answer(session, errand_id)


def _drop(visiting: Visitor, errand_id: UUID) -> None:
    with visiting.signed_in() as session:
        analysis.drop(session, errand_id)
