"""The playground's errands. `run`: a job's own steps, of which nothing is kept. `convert`: what a script would run, as OpenQASM."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from quapsule.providers import Prepared, ProviderProblem
from quapsule.providers.converted import Converter, Reached
from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes
from quapsule.worker.engines import Engines
from quapsule.worker.errands import as_claim
from quapsule.worker.line import Errand, Line
from quapsule.worker.looking import look
from quapsule.worker.outcome import MAX_RESULT_BYTES, Failure, Outcome, harmless
from quapsule.worker.scripterrors import read_error
from quapsule.worker.steps import Attempt, Steps, Stopped
from quapsule.worker.visit import summarised
from quapsule.worker.wanted import Wanted

_LONGEST_SECONDS = 30.0  # who asked waits for the answer
_MOST_NAMED = 8


class Run:
    def __init__(self, settings: Settings, boxes: Boxes, wanted: Wanted, line: Line) -> None:
        self._settings, self._boxes, self._wanted, self._line = _bounded(settings), boxes, wanted, line

    def __call__(self, errand: Errand, engines: Engines) -> dict[str, Any]:
        """{"run": an outcome as a job's is handed in}; its status is failed where the script did. Raises Failure when it was stopped."""
        claim = as_claim(errand)
        ended = Steps(self._settings, self._boxes, self._wanted.watch, engines, self._line).run(claim)
        self._wanted.leave(claim)
        ended.clean_up()
        if ended.outcome is None or ended.outcome.status == "cancelled":
            raise _stopped()
        return {"run": _written(ended.outcome, self._settings.job_seconds)}


class Convert:
    def __init__(self, settings: Settings, boxes: Boxes, wanted: Wanted) -> None:
        self._settings, self._boxes, self._wanted = _bounded(settings), boxes, wanted

    def __call__(self, errand: Errand, engines: Engines) -> dict[str, Any]:
        """{"converted": {program, format, certificate, warnings}}. Raises Failure: the script's own, or when there is no such program."""
        attempt, to = Attempt(as_claim(errand), engines), str(errand.input.get("to"))
        converter = Converter(engines.call_of("engine"))
        self._wanted.watch(attempt.claim, attempt.stop)
        try:
            reached = self._reach(attempt, converter, to)
            binding = dict(reached.bindings[0])
            written = converter.write(reached.handle, binding, to)
        except Stopped as stopped:
            raise _stopped() from stopped
        except ProviderProblem as problem:
            raise Failure(problem.category, problem.code, problem.message) from problem
        finally:
            self._wanted.leave(attempt.claim)
        warnings = _warnings(converter, reached, binding, to)
        certificate = summarised(written.certificates)
        return {"converted": {"program": harmless(written.text), "format": to, "certificate": certificate, "warnings": warnings}}

    def _reach(self, attempt: Attempt, converter: Converter, to: str) -> Reached:
        try:
            visit = look(self._settings, self._boxes, attempt, converter, "run", may_run=True)
        except Reached as reached:
            return reached
        if attempt.claim.format != "python" and to == "qasm3" and converter.prepared:
            return Reached(next(iter(converter.prepared)), [{}])  # a text whose inputs have no numbers: they stay open
        finish = visit.finish or {}
        if "error" in finish:
            raise read_error(finish["error"], visit.refusals)
        says = "The script ends without running a program, so that there is nothing to convert."
        raise Failure("user", "no_program", says, "Let it run a circuit, or assign one to `circuit`.")


def _bounded(settings: Settings) -> Settings:
    """A job's bounds, but for the time; and nothing is tried twice."""
    return replace(settings, job_seconds=min(settings.job_seconds, settings.playground_seconds, _LONGEST_SECONDS), max_attempts=1)


def _written(outcome: Outcome, seconds: float) -> dict[str, Any]:
    if outcome.failure is not None and outcome.failure.code == "time_limit":
        says = f"The run was cut after {seconds:g} s, which is all that the playground gives."
        hint = "Use fewer shots, qubits or iterations, or submit it as a job, which may take longer."
        outcome = replace(outcome, failure=Failure("user", "time_limit", says, hint))
    written = outcome.as_json()
    size = len(orjson.dumps(written))
    if size <= MAX_RESULT_BYTES:
        return written
    says = f"The run's result, log and programs are {size / (1 << 20):.1f} MiB; the playground shows {MAX_RESULT_BYTES >> 20} MiB at most."
    failure = Failure("user", "result_too_large", says, "Submit it as a job, or let it return and print less.")
    return Outcome("failed", log=outcome.log, failure=failure, wall_time_seconds=outcome.wall_time_seconds).as_json()


def _warnings(converter: Converter, reached: Reached, binding: Mapping[str, float], to: str) -> list[str]:
    prepared: Prepared = converter.prepared[reached.handle]
    said = []
    if len(converter.prepared) > 1:
        said.append(f"The script builds {len(converter.prepared)} programs before it runs one; this is the first that it would run.")
    if binding:
        numbers = ", ".join(f"{name} = {value:.6g}" for name, value in list(binding.items())[:_MOST_NAMED])
        more = ", …" if len(binding) > _MOST_NAMED else ""
        which = "The program has inputs; the first run gives them" if to == "qasm3" else "OpenQASM 2 has no inputs; they are written as"
        said.append(f"{which} {numbers}{more}.")
    if len(reached.bindings) > 1:
        said.append(f"The script would run it with {len(reached.bindings):,} sets of numbers.")
    if prepared.measured != "as_written":
        said.append("The program measures nothing; a run measures every qubit at its end, and so does this one.")
    return said


def _stopped() -> Failure:
    return Failure("transient", "run_stopped", "It was stopped: its worker stops, or nobody waits for it.", "Try again.")
