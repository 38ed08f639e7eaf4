"""A vendor's network: what a vendor must be able to do (Vendor), what is written down about it (Tasks), and the provider that drives both.

Nothing is submitted twice: before the vendor is asked, what is meant to be submitted is written with a client token, and wherever it is
not sure that the vendor heard, the same token is sent again. Hostile text is parsed in the engine box alone.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from quapsule.integrity.certificate import Certificate
from quapsule.providers import Prepared, Program, ProviderProblem, Ran
from quapsule.providers.local import LocalProvider
from quapsule.providers.vendor import (
    Intent,
    Job,
    Pace,
    Tasks,
    Vendor,
    VendorBusy,
    VendorRefused,
    VendorResult,
    VendorSilent,
    VendorState,
)

_CATEGORIES: Mapping[str, Literal["user", "transient", "system"]] = {"user": "user", "transient": "transient", "system": "system"}
_numbers = itertools.count(1)
SHOTS_DIFFER = "executed_shots_differ"
GUARD_HOP = "asked → executed"


@dataclass(eq=False)
class Mismatch(ProviderProblem):
    """Our own translation does not mean what was asked; nothing was submitted. `certificates`, and `programs` as (format, text)."""

    certificates: tuple[Mapping[str, Any], ...] = ()
    programs: tuple[tuple[str, str], ...] = ()


@dataclass
class _Task:
    """One program on its way. `clbits`: (place in the key, qubit) of what it measures."""

    binding: Mapping[str, float]
    text: str
    clbits: tuple[tuple[int, int], ...]
    width: int
    certificates: tuple[Mapping[str, Any], ...]
    price_usd: float = 0.0
    seq: int = -1
    token: str = ""
    task_id: str = ""
    state: VendorState | None = None
    result: VendorResult | None = None


class RemoteProvider:
    """call: to an engine box. backend: the claimed row; its max_shots, max_qubits, device_arn and pricing bind."""

    def __init__(
        self,
        call: Callable[[dict[str, Any]], dict[str, Any]],
        backend: Mapping[str, Any],
        vendor: Vendor,
        tasks: Tasks,
        job: Job,
        pace: Pace | None = None,
    ) -> None:
        self._call, self._backend, self._vendor, self._tasks, self._job = call, backend, vendor, tasks, job
        self._pace = pace or Pace()
        # No engine is chosen for a program that only is read here: a device may be wider than anything that this machine simulates.
        self._reader = LocalProvider(lambda frame: call({**frame, "methods": None, "simulate": False}), backend)
        self._prepared: dict[str, Prepared] = {}
        self._equal: Counter[tuple[str, int]] = Counter()
        self._calibrated = False

    def prepare(self, program: Program) -> Prepared:
        prepared = self._reader.prepare(program)
        self._prepared[prepared.handle] = prepared
        return prepared

    def run(self, handle: str, bindings: Sequence[Mapping[str, float]], shots: int, seed: int | None) -> Ran:  # noqa: ARG002
        """One task per binding, all submitted before the first is waited for; devices take no seed. Raises ProviderProblem; Mismatch before
        anything is submitted."""
        most = self._backend.get("max_shots")
        if shots < 1 or (most is not None and shots > most):
            message = f"{shots:,} shots are not between 1 and the {most:,} that {self._backend.get('slug')} takes."
            raise ProviderProblem("user", "too_many_shots", message)
        with self._tasks.away():
            gates = self._gates()
        tasks = [self._translate(handle, dict(binding), gates) for binding in bindings]
        for task in tasks:
            task.price_usd = self._vendor.price(shots)
            self._vendor.validate(task.text, shots)
        with self._tasks.away(), self._ending(tasks):
            self._calibrate()
            for task in tasks:
                self._submit(task, shots)
            self._await(tasks)
            for task in tasks:
                task.result = self._fetch(task)
        return self._collect(handle, tasks, shots)

    def _translate(self, handle: str, binding: Mapping[str, float], gates: frozenset[str] | None) -> _Task:
        asked: dict[str, Any] = {"verb": "translate", "handle": handle, "to": self._vendor.dialect, "bindings": binding}
        if gates is not None:
            asked["gates"] = sorted(gates)
        if self._job.verbatim:
            asked["verbatim"] = True
        said = self._ask(asked)
        clbits = tuple((one["place"], one["qubit"]) for one in said["clbits"])
        certificates = tuple(said["certificates"])
        if any(certificate["result"] == "mismatch" for certificate in certificates):
            prepared = self._prepared[handle]
            message = f"The program in the words of {self._vendor.name} does not mean what was asked; nothing was submitted."
            programs = (("qasm3", prepared.interchange), (self._vendor.dialect, said["text"]))
            raise Mismatch("system", "conversion_mismatch", message, certificates=certificates, programs=programs)
        return _Task(binding, said["text"], clbits, said["width"], certificates)

    def _gates(self) -> frozenset[str] | None:
        """Never left out because the vendor is silent: another attempt would write the same program in other words, and submit it anew."""
        for pause in self._pace.submit_pauses():
            try:
                return self._vendor.gates()
            except VendorRefused as refused:
                raise ProviderProblem(refused.category, refused.code, refused.message) from refused
            except (VendorBusy, VendorSilent):
                self._pause(pause)
        raise ProviderProblem("transient", "vendor_unreachable", f"{self._vendor.name} does not answer.")

    def _calibrate(self) -> None:
        """Once per attempt. A device that does not tell is no reason not to run on it."""
        if self._calibrated:
            return
        self._calibrated = True
        try:
            snapshot = self._vendor.calibration()
        except (VendorBusy, VendorSilent, VendorRefused):
            return
        if snapshot is not None:
            self._tasks.calibrated(snapshot)

    def _submit(self, task: _Task, shots: int) -> None:
        """Written down first. A token that was there before belongs to an attempt that died: it is looked for, then sent again."""
        self._pause(0.0)
        sha256 = hashlib.sha256(task.text.encode()).hexdigest()
        ordinal = self._equal[sha256, shots]
        self._equal[sha256, shots] += 1
        intended = self._tasks.intend(Intent(sha256, shots, ordinal, task.price_usd, self._vendor.limit_usd))
        task.seq, task.token, task.task_id = intended.seq, intended.client_token, intended.provider_task_id or ""
        if intended.intended_before and not task.task_id:
            task.task_id = self._find(task) or ""
        if not task.task_id:
            task.task_id = self._send(task, shots)
        if task.task_id != intended.provider_task_id:
            self._tasks.note(task.seq, "submitted", provider_task_id=task.task_id)

    def _find(self, task: _Task) -> str | None:
        """Only spares a call: where the vendor cannot be asked, the token decides."""
        try:
            return self._vendor.find(task.token)
        except (VendorBusy, VendorSilent):
            return None

    def _send(self, task: _Task, shots: int) -> str:
        tags = {"quapsule-job": self._job.id, "quapsule-token": task.token}
        for pause in self._pace.submit_pauses():
            try:
                return self._vendor.submit(task.text, shots, task.token, tags)
            except VendorRefused as refused:
                self._tasks.note(task.seq, "refused", cost_usd=0.0, detail={"code": refused.code, "reason": refused.message})
                raise ProviderProblem(refused.category, refused.code, refused.message) from refused
            except VendorBusy as busy:
                self._pause(max(pause, busy.retry_after_seconds))
            except VendorSilent:  # it may have been accepted: the same token again, which then gives the same task
                self._pause(pause)
        message = f"{self._vendor.name} did not answer; whether it took the task is found out by the next attempt, under the same token."
        raise ProviderProblem("transient", "vendor_unreachable", message)

    def _await(self, tasks: Sequence[_Task]) -> None:
        """Until every task has ended. Raises ProviderProblem when one did not complete, or when the job is stopped."""
        waited = 0.0
        for pause in self._pace.poll_pauses():
            for task in tasks:
                self._look(task)
            states = [task.state.status for task in tasks if task.state]
            for task in tasks:
                if task.state and task.state.status in ("failed", "cancelled"):
                    raise _unsuccessful(self._vendor.name, task.state)
            if states.count("completed") == len(tasks):
                self._tasks.running()
                return
            if "running" in states or "completed" in states:
                self._tasks.running()
            elif states:
                self._tasks.queued()
            if waited >= self._pace.most_seconds:
                message = f"{self._vendor.name} did not run the task within {self._pace.most_seconds:g} s; it was cancelled there."
                raise ProviderProblem("system", "queue_too_long", message)
            self._pause(pause)
            waited += pause

    def _look(self, task: _Task) -> None:
        if task.state and task.state.ended:
            return
        try:
            state = self._vendor.poll(task.task_id)
        except (VendorBusy, VendorSilent):
            return  # asked again at the next turn
        if task.state is None or state.status != task.state.status:
            self._note(task, state)
        task.state = state

    def _note(self, task: _Task, state: VendorState) -> None:
        detail = {"queue_position": state.queue_position} if state.queue_position else {}
        if state.reason:
            detail["reason"] = state.reason
        cost = None if not state.ended else task.price_usd if state.status == "completed" else 0.0
        self._tasks.note(task.seq, state.status, cost_usd=cost, detail=detail)

    def _fetch(self, task: _Task) -> VendorResult:
        for pause in self._pace.result_pauses():
            try:
                result = self._vendor.result(task.task_id)
            except (VendorBusy, VendorSilent):
                self._pause(pause)
                continue
            missing = [qubit for _, qubit in task.clbits if qubit not in result.qubits]
            if missing:
                message = f"The result of {self._vendor.name} lacks the measured qubits {missing}."
                raise ProviderProblem("system", "result_unusable", message)
            self._tasks.note(task.seq, "completed", cost_usd=result.cost_usd, detail=result.detail)
            return result
        message = f"{self._vendor.name} says that the task completed, but its result is not there."
        raise ProviderProblem("transient", "result_missing", message)

    def _collect(self, handle: str, tasks: Sequence[_Task], shots: int) -> Ran:
        executed: list[tuple[str, str]] = []
        certificates: list[Mapping[str, Any]] = []
        flags: list[str] = []
        results: list[Mapping[str, Any]] = []
        for task in tasks:
            assert task.result is not None
            certificates += task.certificates
            judged, said = self._judge(handle, task, task.result)
            certificates += judged
            flags += said
            if task.result.executed:
                executed.append(task.result.executed)
            if len(task.result.measurements) != shots:
                flags.append(SHOTS_DIFFER)
            results.append({"counts": count_keys(task.result, task.clbits, task.width), "shots": len(task.result.measurements)})
        cost = sum(task.result.cost_usd for task in tasks if task.result)
        engine: dict[str, Any] = {
            "name": self._vendor.name,
            "method": str(self._backend.get("device_type", "device")),
            "why": f"the job asked for {self._backend.get('slug')}",
            "tasks": [task.task_id for task in tasks],
        }
        known = [task.result.seconds for task in tasks if task.result and task.result.seconds is not None]
        if known:
            engine["seconds"] = sum(known)
        rows = tuple({"seq": task.seq, "provider_task_id": task.task_id, "emulated": False} for task in tasks)
        return Ran(tuple(results), engine, cost, tuple(executed), tuple(certificates), tuple(dict.fromkeys(flags)), tasks=rows)

    def _judge(self, handle: str, task: _Task, result: VendorResult) -> tuple[list[Mapping[str, Any]], list[str]]:
        """What the vendor says that it ran, against what was asked; read in the engine box."""
        if result.executed is None or result.executed[0] not in ("qasm3", "braket"):
            told = (
                "does not tell what it ran"
                if result.executed is None
                else f"tells what it ran as {result.executed[0]}, which is not read here"
            )
            qubits = self._prepared[handle].qubits
            open_question = Certificate(GUARD_HOP, "none", "not_checked", qubits, not_covered=(f"{self._vendor.name} {told}.",))
            return [open_question.as_json()], []
        format, text = result.executed
        said = self._ask({"verb": "certify", "handle": handle, "bindings": task.binding, "executed": {"format": format, "text": text}})
        return list(said["certificates"]), list(said["flags"])

    @contextmanager
    def _ending(self, tasks: Sequence[_Task]) -> Iterator[None]:
        """What goes wrong for good ends the other tasks too; what may pass leaves them to the next attempt."""
        try:
            yield
        except ProviderProblem as problem:
            if problem.category != "transient":
                self._cancel(tasks)
            raise

    def _cancel(self, tasks: Sequence[_Task]) -> None:
        """As far as the vendor answers; what is still open after this is looked after once the job has ended."""
        for task in tasks:
            if not task.task_id or (task.state and task.state.ended):
                continue
            try:
                self._vendor.cancel(task.task_id)
                self._tasks.note(task.seq, "cancelling")
            except VendorRefused:
                pass  # it has just ended, which is to be noted
            except (VendorBusy, VendorSilent):
                continue
            self._look(task)

    def _pause(self, seconds: float) -> None:
        stop = self._tasks.wait(seconds)
        if stop == "cancelled":
            raise ProviderProblem("user", "job_cancelled", "The job was cancelled while its task was at the vendor.")
        if stop is not None:  # the job goes on elsewhere, under the same tokens
            raise ProviderProblem("transient", "job_stopped", f"This attempt of the job was stopped ({stop}).")

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        number = next(_numbers)
        said = self._call({"id": number, **message})
        if "error" in said:
            error = said["error"]
            category = _CATEGORIES.get(error["category"], "system")
            raise ProviderProblem(category, error["code"], error["message"], error.get("line"), error.get("column"))
        if said.get("id") != number:
            raise ProviderProblem("system", "engine_failed", "The engine answered another question than the one asked.")
        return said


def count_keys(result: VendorResult, clbits: Sequence[tuple[int, int]], width: int) -> dict[str, int]:
    """Counts by classical bit, clbit 0 leftmost: each measured qubit's column into its own place; bits that nothing measures are 0."""
    columns = [(place, result.qubits.index(qubit)) for place, qubit in clbits]
    found: Counter[str] = Counter()
    for row, times in Counter(result.measurements).items():
        bits = ["0"] * width
        for place, column in columns:
            bits[place] = row[column]
        found["".join(bits)] += times
    return dict(found)


def _unsuccessful(name: str, state: VendorState) -> ProviderProblem:
    reason = f": {state.reason}" if state.reason else "."
    if state.status == "cancelled":
        return ProviderProblem("system", "task_cancelled", f"The task was cancelled at {name}{reason}")
    return ProviderProblem("system", "task_failed", f"{name} failed to run the task{reason}")
