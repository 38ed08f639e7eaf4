"""Serves the door of one script box. What comes out of the box is untrusted and checked frame by frame; what goes in is a provider's
answer. Counts are gathered here, where the script cannot forge them."""

import math
import select
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from quapsule.providers import Program, Provider, ProviderProblem
from quapsule.sandbox.frames import FrameError
from quapsule.sandbox.launch import Box
from quapsule.worker.deadline import Deadline
from quapsule.worker.engines import out_of_time
from quapsule.worker.outcome import Failure, harmless
from quapsule.worker.output import Output
from quapsule.worker.visit import Taken, Visit

MAX_PROGRAMS = 1_000
MAX_RUNS = 20_000
MAX_BINDINGS = 1_000
MAX_WITNESS_BYTES = 256 << 10
_FORMATS = ("qasm2", "qasm3", "ahs")
_FINAL = frozenset({"time_limit", "out_of_memory", "door_misused"})


@dataclass(frozen=True)
class Bounds:
    """What one visit may use."""

    deadline: Deadline
    max_shots: int
    keep_output_bytes: int
    may_run: bool = True


class Keeper:
    """Serves one box until it finishes, dies or its time is over."""

    def __init__(
        self,
        box: Box,
        provider: Provider,
        bounds: Bounds,
        seed: int | None,
        output: Output,
        about: Mapping[str, Any] | None = None,
        note_workflow: Callable[[Any], None] = lambda _: None,
    ) -> None:
        """`about`: what every counts row of the job says.
        `note_workflow`: gets what the box tells of its tasks, unread, and returns at once."""
        self._box, self._provider, self._bounds, self._seed, self._output = box, provider, bounds, seed, output
        self._note_workflow = note_workflow
        self._taken: dict[str, Taken] = {}
        self.visit = Visit(about or {})

    def serve(self, start: Mapping[str, Any]) -> Visit:
        """`finish` of the visit is None when the box ended without a last word. Raises Failure."""
        try:
            self._box.door.send(dict(start))
            while self.visit.finish is None:
                frame = self._next_frame()
                if frame is None:
                    break
                self._answer(frame)
        except FrameError as problem:
            raise _broken(problem) from problem
        except (BrokenPipeError, ConnectionResetError):
            pass  # it died while we spoke; the caller asks the box how
        except TimeoutError:
            raise Failure("user", "door_stuck", "The script stopped reading its door.") from None
        self._output.drain()
        return self.visit

    def _next_frame(self) -> dict[str, Any] | None:
        poller = select.poll()
        poller.register(self._box.door, select.POLLIN)
        if not self._output.ended:
            poller.register(self._output.fd, select.POLLIN)
        while True:
            left = self._bounds.deadline.left
            if left <= 0:
                raise out_of_time(self._bounds.deadline.seconds)
            for fd, _ in poller.poll(math.ceil(left * 1000)):
                if fd == self._output.fd:
                    self._output.drain()
                    if self._output.ended:
                        poller.unregister(fd)
                    continue
                try:
                    return self._box.door.receive(0)
                except TimeoutError:
                    continue  # a part of a frame; the rest will wake us

    def _answer(self, frame: dict[str, Any]) -> None:
        verb = frame.get("verb")
        if verb == "finish":
            self.visit.finish = frame
        elif verb == "progress":
            said = frame.get("message")
            self.visit.note("script.progress", {"message": harmless(str(said))[:200], "fraction": _fraction(frame.get("fraction"))})
        elif verb == "workflow":
            self.visit.workflow = frame.get("metadata")
            self._note_workflow(self.visit.workflow)
        elif verb in ("prepare", "run"):
            number = frame.get("id")
            if not isinstance(number, int):
                raise _misused(f"{verb} without a number")
            self._box.door.send({"id": number, **self._ask_provider(verb, frame)})
        else:
            raise _misused(f"the verb {str(verb)[:40]!r}")

    def _ask_provider(self, verb: str, frame: dict[str, Any]) -> dict[str, Any]:
        """The script is told what it can do something about; anything else ends the job at once."""
        try:
            return self._prepare(frame) if verb == "prepare" else self._run(frame)
        except Failure as failure:
            refused = failure
        except ProviderProblem as problem:
            where = {name: value for name in ("line", "column") if (value := getattr(problem, name)) is not None}
            refused = Failure(problem.category, problem.code, problem.message, details=where)
        if refused.category != "user" or refused.code in _FINAL:
            raise refused
        if len(self.visit.refusals) < 100:
            self.visit.refusals[refused.message] = refused.code
        return {"error": {"category": "user", "code": refused.code, "message": refused.message, **refused.details}}

    def _prepare(self, frame: dict[str, Any]) -> dict[str, Any]:
        program = _program(frame.get("program"))
        if len(self._taken) >= MAX_PROGRAMS:
            raise Failure(
                "user", "too_many_programs", f"A job may prepare at most {MAX_PROGRAMS} programs.", "Use parameters and bindings."
            )
        prepared = self._provider.prepare(program)
        seq = len(self._taken)
        self._taken[prepared.handle] = self.visit.keep_program(seq, program, prepared)
        self.visit.note("program.prepared", {"seq": seq, "qubits": prepared.qubits, **_plain(prepared.facts)})
        return {
            "handle": prepared.handle,
            "registers": [list(register) for register in prepared.registers],
            "parameters": list(prepared.parameters),
            "qubits": prepared.qubits,
            "measured": prepared.measured,
        }

    def _run(self, frame: dict[str, Any]) -> dict[str, Any]:
        if not self._bounds.may_run:
            raise Failure("user", "no_runs_here", "Nothing is run while a script is only analysed.")
        handle, shots, seed, bindings = frame.get("handle"), frame.get("shots"), frame.get("seed"), frame.get("bindings", [{}])
        taken = self._taken.get(handle) if isinstance(handle, str) else None
        if taken is None or not isinstance(handle, str):
            raise _misused("run without a prepared program")
        if not isinstance(shots, int) or isinstance(shots, bool) or shots < 1:
            raise Failure("user", "validation_error", "shots must be a whole number of at least 1.")
        if shots > self._bounds.max_shots:
            raise Failure(
                "user", "too_many_shots", f"{shots} shots are more than the backend takes ({self._bounds.max_shots}).", "Use fewer shots."
            )
        checked = _bindings(bindings)
        if self.visit.runs + len(checked) > MAX_RUNS:
            raise Failure("user", "too_many_runs", f"A job may run at most {MAX_RUNS} circuits.", "Split the work into several jobs.")
        if seed is None and self._seed is not None:
            seed = (self._seed + self.visit.runs) % (1 << 31)
        if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
            raise Failure("user", "validation_error", "seed must be a whole number.")
        try:
            ran = self._provider.run(handle, checked, shots, seed)
        except ProviderProblem as problem:
            self.visit.keep_refused(taken, problem)
            raise
        self.visit.keep_run(taken, ran)
        engine = {name: ran.engine.get(name) for name in ("name", "method")}
        self.visit.note("program.ran", {"circuits": len(ran.results), "shots": shots, "engine": engine["name"], "method": engine["method"]})
        return {"results": [{"counts": result["counts"], "shots": result["shots"]} for result in ran.results]}


def _program(given: Any) -> Program:
    if not isinstance(given, dict) or given.get("format") not in _FORMATS or not isinstance(given.get("text"), str):
        raise _misused("prepare without a program")
    witness = given.get("witness")
    if witness is not None and (not isinstance(witness, dict) or len(orjson.dumps(harmless(witness))) > MAX_WITNESS_BYTES):
        raise _misused("a witness that is no object, or a large one")
    return Program(given["format"], given["text"], witness)


def _bindings(given: Any) -> list[dict[str, float]]:
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_BINDINGS:
        raise Failure("user", "validation_error", f"bindings must be a list of 1 to {MAX_BINDINGS} objects.")
    for one in given:
        if not isinstance(one, dict) or not all(_is_number(value) for value in one.values()):
            raise Failure("user", "validation_error", "A binding maps each parameter's name to a finite number.")
    return [{name: float(value) for name, value in one.items()} for one in given]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _fraction(given: Any) -> float | None:
    return float(given) if _is_number(given) and 0 <= given <= 1 else None


def _plain(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (facts or {}).items() if isinstance(value, int | float | str | bool)}


def _misused(what: str) -> Failure:
    return Failure("user", "door_misused", f"The script sent what its door does not take: {what}.", "See docs/door.md.")


def _broken(problem: FrameError) -> Failure:
    if problem.code == "too_large":
        return Failure("user", "result_too_large", f"More than 8 MiB at once: {problem}", "Return a summary, or fewer values.")
    return Failure("user", "door_misused", f"What the script sent is no message: {problem}", "See docs/door.md.")
