"""A job's life in a worker: prepare → run → record. The only place where it is decided how a job ends."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from quapsule.sandbox.launch import Box, Exit
from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes, script_limits
from quapsule.worker.deadline import Deadline
from quapsule.worker.door import Bounds, Keeper
from quapsule.worker.engines import Engines, out_of_time
from quapsule.worker.leases import Reason
from quapsule.worker.line import Claim, Line
from quapsule.worker.metadata import read_metadata
from quapsule.worker.notes import Notes
from quapsule.worker.outcome import Failure, Log, Moment, Outcome, Result, harmless, read_log, refuse_too_large
from quapsule.worker.output import Output
from quapsule.worker.provide import Connections, Means, is_here, provider_of
from quapsule.worker.requirements import packages_for
from quapsule.worker.scripterrors import read_error
from quapsule.worker.tasks import JobTasks
from quapsule.worker.visit import Visit

_log = logging.getLogger(__name__)
DEFAULT_SHOTS = 1_000
Watch = Callable[[Claim, Callable[[Reason], None]], None]
_FORMATS = {"qasm2": "openqasm", "qasm3": "openqasm"}


class Stopped(Exception):  # noqa: N818  # no error of anybody
    """Somebody else ended the job: it was cancelled, its lease is lost, or the worker stops."""


@dataclass(frozen=True)
class Ended:
    """outcome: to be handed in. give_back: why the job goes back to the queue. Neither: the job is another worker's now."""

    outcome: Outcome | None = None
    give_back: str | None = None
    clean_up: Callable[[], None] = lambda: None


class Attempt:
    """One try at one job; `stop` may come from any thread, at most once with effect."""

    def __init__(self, claim: Claim, engines: Engines) -> None:
        self.claim, self.engines = claim, engines
        self.began_at = time.monotonic()
        self.moments: list[Moment] = []
        self.visit = Visit()
        self.output: Output | None = None
        self.box: Box | None = None
        self.tasks: JobTasks | None = None
        self.stopped: Reason | None = None

    def stop(self, reason: Reason) -> None:
        self.stopped = self.stopped or reason
        if self.tasks is not None:
            self.tasks.stop(reason)
        if self.box is not None:
            self.box.kill()
        self.engines.kill()

    def entered(self, box: Box, keep_output_bytes: int) -> Output:
        self.box = box
        self.output = Output(box.output, keep_output_bytes)
        self.moments.append(Moment("box.entered", time.monotonic(), {"fence": self.claim.fence}))
        if self.stopped:  # it came while the box was being taken
            raise Stopped
        return self.output

    def clean_up(self) -> None:
        """Ends the box; its processes must be gone before the next job, its closing may take a moment."""
        if self.box is not None:
            self.box.kill()
            self.box.wait(5.0)
            self.box.close()

    @property
    def log(self) -> Log | None:
        return read_log(self.output.kept, self.output.truncated) if self.output else None


class Steps:
    """The steps of one slot, with the slot's engines. `watch`: is told whom to call when a job must stop. `line`: on which the tasks of a
    vendor are written down. `notes`: who writes down how workflows stand; None where there is no job row."""

    def __init__(
        self,
        settings: Settings,
        boxes: Boxes,
        watch: Watch,
        engines: Engines,
        line: Line,
        connections: Connections = Connections(),
        notes: Notes | None = None,
    ) -> None:
        self._settings, self._boxes, self._watch, self._engines = settings, boxes, watch, engines
        self._line, self._connections, self._notes = line, connections, notes

    def run(self, claim: Claim) -> Ended:
        attempt = Attempt(claim, self._engines)
        self._watch(claim, attempt.stop)
        failure: Failure | None = None
        results: list[Result] = []
        try:
            results = self._visit(attempt)
        except Stopped:
            pass
        except Failure as problem:
            failure = problem
        except Exception as problem:  # noqa: BLE001  # the job ends, whatever happened
            _log.exception("job %s failed on our side", claim.job_id)
            says = f"The platform failed to run this job ({type(problem).__name__})."
            failure = Failure("system", "internal_error", says, "Tell the operator the job's id.")
        if self._notes:
            self._notes.leave(claim)
        return self._ended(attempt, results, failure)

    def _visit(self, attempt: Attempt) -> list[Result]:
        claim, settings = attempt.claim, self._settings
        if claim.code is None:
            raise Failure("user", "no_code", "The script of this job was deleted before it ran.", "Submit the job again with its code.")
        deadline = Deadline(settings.job_seconds, attempt.began_at)
        attempt.engines.begin(deadline, lambda: attempt.stopped is not None)
        if not is_here(claim.backend, claim.parameters):
            attempt.tasks = JobTasks(self._line, claim, deadline)
        means = Means(attempt.engines.call_of, self._connections, attempt.tasks)
        provider = provider_of(claim.backend, claim.parameters, means, str(claim.job_id))
        framework = claim.framework or _FORMATS.get(claim.format or "", "qiskit")
        packages = packages_for(settings, claim.code, claim.requirements) if claim.format in (None, "python") else None
        if packages:
            attempt.moments.append(Moment("packages.installed", time.monotonic(), {"packages": packages.as_json()}))
        box = self._boxes.take_script(framework, script_limits(settings), packages.folder if packages else None)
        output = attempt.entered(box, settings.job_output_bytes)
        most_shots = claim.backend.get("max_shots") or 100_000
        bounds = Bounds(deadline, most_shots, settings.job_output_bytes)
        start = start_frame(claim, framework)
        given = {"note_workflow": partial(self._notes.note, claim)} if self._notes else {}
        keeper = Keeper(box, provider, bounds, start["seed"], output, about_run(claim), **given)
        attempt.visit = keeper.visit
        visit = keeper.serve(start)
        if attempt.stopped:
            raise Stopped
        if visit.finish is None:
            raise how_it_died(box, output, settings)
        if box.group.out_of_memory_kills():
            raise out_of_memory(settings)
        return read_results(visit)

    def _ended(self, attempt: Attempt, results: list[Result], failure: Failure | None) -> Ended:
        claim, visit = attempt.claim, attempt.visit
        if attempt.stopped == "lost":
            _log.warning("the lease of job %s is lost; what was run is discarded", claim.job_id)
            return Ended(clean_up=attempt.clean_up)
        if attempt.stopped == "stopping":
            return Ended(give_back="its worker was stopped", clean_up=attempt.clean_up)
        if attempt.stopped is None and failure and failure.may_pass and claim.attempt < self._settings.max_attempts:
            return Ended(give_back=failure.message, clean_up=attempt.clean_up)
        outcome = Outcome(
            status="cancelled" if attempt.stopped else "failed" if failure else "completed",
            results=[] if failure or attempt.stopped else results,
            programs=visit.programs,
            certificates=visit.certificates,
            tasks=visit.tasks,
            flags=sorted(visit.flags),
            workflow_metadata=read_metadata((visit.finish or {}).get("workflow_metadata")) or read_metadata(visit.workflow),
            log=attempt.log,
            moments=[*attempt.moments, *visit.moments],
            failure=None if attempt.stopped else failure,
            wall_time_seconds=time.monotonic() - attempt.began_at,
            quantum_time_seconds=visit.engine_seconds,
            actual_cost_usd=visit.cost_usd,
        )
        return Ended(outcome, clean_up=attempt.clean_up)


def about_run(claim: Claim) -> dict[str, Any]:
    """What every counts row says of where it is from, beside its engine."""
    if not claim.parameters.get("emulate"):
        return {}
    calibration = claim.backend.get("calibration") or {}
    about = {"calibration_id": calibration.get("id"), "calibration_taken_at": calibration.get("taken_at")}
    return {"emulated": True, **{name: value for name, value in about.items() if value is not None}}


def start_frame(claim: Claim, framework: str, task: str = "run") -> dict[str, Any]:
    shots, seed = claim.parameters.get("shots"), claim.parameters.get("seed")
    return {
        "verb": "start",
        "task": task,
        "framework": framework,
        "code": claim.code,
        "format": claim.format or "python",
        "params": claim.parameters,
        "shots": shots if isinstance(shots, int) else DEFAULT_SHOTS,
        "seed": seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        "backend": {name: claim.backend.get(name) for name in ("slug", "name", "qubit_count", "max_shots", "device_type")},
    }


def read_results(visit: Visit) -> list[Result]:
    """The rows of a script that finished. Raises Failure when its last word is an error, or its value too large."""
    finish = visit.finish or {}
    if "error" in finish:
        raise read_error(finish["error"], visit.refusals)
    results = visit.results()
    shown: dict[str, Any] = {name: harmless(finish[name]) for name in ("value", "summary") if name in finish}
    if shown:
        shown["entry_point"] = harmless(str(finish.get("entry_point")))[:100]
        refuse_too_large(shown)
        results.append(Result("value", shown))
    return results


def how_it_died(box: Box, output: Output, settings: Settings) -> Failure:
    """The box ended without a last word: which limit was it, or what else."""
    ended = box.wait(5.0)
    with suppress(OSError):
        output.drain()
    if ended is None:
        return Failure("user", "door_closed", "The script closed its door and went on.", "A script ends by returning its result.")
    if ended.out_of_memory:
        return out_of_memory(settings)
    if _used_its_time(ended, settings):
        return out_of_time(settings.job_seconds)
    how = f"signal {ended.signal}" if ended.signal else f"exit code {ended.code}"
    return Failure(
        "user",
        "script_crashed",
        f"The script's process ended before its result ({how}).",
        "Its output, if any, is in the job's log. A native library may have crashed, or the script ended itself.",
        {"signal": ended.signal, "exit_code": ended.code},
    )


def out_of_memory(settings: Settings) -> Failure:
    return Failure(
        "user",
        "out_of_memory",
        f"The script needed more than its {settings.job_memory_mb} MiB of memory.",
        "Use less memory at once; the operator may raise QUAPSULE_JOB_MEMORY_MB.",
    )


def _used_its_time(ended: Exit, settings: Settings) -> bool:
    return ended.signal in (9, 24) and ended.cpu_seconds >= settings.job_seconds - 1
