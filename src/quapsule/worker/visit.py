"""What one script did, gathered where it cannot forge it: what crossed its door, what was found when that was checked, its last word."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from quapsule.integrity.certificate import VERDICTS, worst_of
from quapsule.providers import Prepared, Program, ProviderProblem, Ran
from quapsule.worker import outcome
from quapsule.worker.outcome import Certificate, Failure, Moment, Result, Task, harmless

_KEPT_PROGRAMS = 64
_KEPT_CERTIFICATES = 200
_KEPT_TASKS = 1_000
_KEPT_MOMENTS = 40
_FORMATS = frozenset({"qasm2", "qasm3", "braket", "ahs", "quil"})
# The one hop that is a backend's and not ours: what it says it ran. It is flagged, since the counts are there and somebody paid for them.
BACKENDS_OWN_HOP = "asked → executed"


@dataclass
class Taken:
    """A prepared program: its place among the job's programs, and where what was executed of it is kept."""

    seq: int
    prepared: Prepared
    executed_seq: int | None = None
    told: bool = False  # whether the backend itself has said what it executed


@dataclass
class Visit:
    """`about`: what every counts row of this job says, such as emulated and calibration_id."""

    about: Mapping[str, Any] = field(default_factory=dict)
    finish: dict[str, Any] | None = None
    workflow: Any = None  # what was told last of its tasks on the way, unread
    counts: deque[Result] = field(default_factory=deque)
    others: list[Result] = field(default_factory=list)  # state vectors and mitigated values
    programs: list[outcome.Program] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    runs: int = 0
    cost_usd: float = 0.0
    engine_seconds: float = 0.0
    refusals: dict[str, str] = field(default_factory=dict)  # message → code, of the errors that went in
    _program_bytes: int = 0
    _counts_bytes: int = 0
    _other_bytes: int = 0
    _executed: int = 0
    flags: set[str] = field(default_factory=set)

    def note(self, event: str, detail: dict[str, Any]) -> None:
        if len(self.moments) < _KEPT_MOMENTS:
            self.moments.append(Moment(event, time.monotonic(), detail))

    def keep_program(self, seq: int, program: Program, prepared: Prepared) -> Taken:
        """The first programs, as many as fit: a loop that prepares anew each time repeats itself."""
        taken = Taken(seq, prepared)
        executed = prepared.executed or prepared.interchange
        size = len(program.text) + len(executed)
        if seq < _KEPT_PROGRAMS and self._program_bytes + size <= outcome.MAX_RESULT_BYTES:
            self._program_bytes += size
            self.programs.append(outcome.Program("interchange", seq, program.format, harmless(program.text)))
            taken.executed_seq, taken.told = self._executed, prepared.executed is not None
            format = "ahs" if program.format == "ahs" else "qasm3"
            self.programs.append(outcome.Program("executed", self._executed, format, harmless(executed)))
            self._executed += 1
        self.keep_certificates(prepared.certificates, seq)
        return taken

    def keep_certificates(self, found: Sequence[Mapping[str, Any]], program: int) -> None:
        """Raises Failure for a mismatch on a hop of ours: what would run, or ran, is not what was asked for."""
        for one in found:
            certificate = read_certificate(one, len(self.certificates), program)
            wrong = certificate.result == "mismatch" and certificate.hop != BACKENDS_OWN_HOP
            if wrong or len(self.certificates) < _KEPT_CERTIFICATES:
                self.certificates.append(certificate)
            if wrong:
                raise conversion_mismatch(certificate)

    def keep_refused(self, taken: Taken, problem: ProviderProblem) -> None:
        """What a provider found wrong before anything ran comes with both programs. Raises Failure for a mismatch."""
        for format, text in getattr(problem, "programs", ()):
            if text != taken.prepared.interchange:
                self._keep_executed(taken, format, text)
        self.keep_certificates(getattr(problem, "certificates", ()), taken.seq)

    def keep_run(self, taken: Taken, ran: Ran) -> None:
        """Raises Failure when a hop of ours went wrong, or when there is more than a result may hold."""
        self.cost_usd += ran.cost_usd
        seconds = ran.engine.get("seconds")
        self.engine_seconds += seconds if isinstance(seconds, int | float) else 0.0
        self._keep_tasks(ran.tasks)
        executed = [self._keep_executed(taken, *one) for one in ran.executed]
        self.keep_certificates(ran.certificates, taken.seq)
        flags = sorted({*taken.prepared.flags, *ran.flags})
        self.flags.update(flags)
        certificate = summarised([*taken.prepared.certificates, *ran.certificates])
        engine = harmless(dict(ran.engine))
        for index, result in enumerate(ran.results):
            number = self.runs
            self.runs += 1
            place = executed[index] if index < len(executed) else taken.executed_seq
            data = {
                "counts": result["counts"],
                "shots": result["shots"],
                "bit_order": "clbit_0_first",
                "counts_source": "backend",
                "measured": taken.prepared.measured,
                "engine": engine,
                "circuit_index": number,
                "flags": flags,
                "certificate": certificate,
                "program": taken.seq,
                **({"executed": place} if place is not None else {}),
                **({"noise": engine["noise"]} if engine.get("noise") else {}),
                **self.about,
            }
            self._keep_counts(data)
            if index < len(ran.mitigated):
                self._keep_other("mitigated", {**harmless(dict(ran.mitigated[index])), "circuit_index": number})
            if index < len(ran.statevector):
                state = {"amplitudes": ran.statevector[index], "qubit_order": "qubit_0_most_significant", "circuit_index": number}
                self._keep_other("statevector", state)

    def results(self) -> list[Result]:
        """The newest counts, with the flags of those that had to go, then what stands beside them."""
        if self.counts and (gone := self.flags - {flag for row in self.counts for flag in row.result_data["flags"]}):
            self.counts[0].result_data["flags_of_dropped"] = sorted(gone)
        return [*self.counts, *self.others]

    def _keep_counts(self, data: dict[str, Any]) -> None:
        """The newest are kept whole, as many as fit; each knows its index among all that ran."""
        self.counts.append(Result("counts", data, data["shots"]))
        self._counts_bytes += _weight(data)
        while self._counts_bytes > outcome.MAX_RESULT_BYTES // 2 and len(self.counts) > 1:
            gone = self.counts.popleft().result_data
            self._counts_bytes -= _weight(gone)

    def _keep_other(self, kind: Any, data: dict[str, Any]) -> None:
        self._other_bytes += 45 * len(data["amplitudes"]) if kind == "statevector" else len(orjson.dumps(data))
        if self._other_bytes > outcome.MAX_RESULT_BYTES:
            raise Failure(
                "user",
                "result_too_large",
                f"The job's state vectors and mitigated values are more than {outcome.MAX_RESULT_BYTES >> 20} MiB together.",
                "Ask for them on fewer circuits, or on fewer qubits.",
            )
        self.others.append(Result(kind, data))

    def _keep_executed(self, taken: Taken, format: str, text: str) -> int | None:
        """What the backend says it ran: first in the place of what was expected, then beside it."""
        if self._program_bytes + len(text) > outcome.MAX_RESULT_BYTES or self._executed >= 4 * _KEPT_PROGRAMS:
            return taken.executed_seq
        self._program_bytes += len(text)
        known = format if format in _FORMATS else "text"
        if taken.executed_seq is not None and not taken.told:
            taken.told = True
            place = taken.executed_seq
            self.programs = [one for one in self.programs if (one.kind, one.seq) != ("executed", place)]
        else:
            place = self._executed
            self._executed += 1
        self.programs.append(outcome.Program("executed", place, known, harmless(text)))
        return place

    def _keep_tasks(self, tasks: Sequence[Mapping[str, Any]]) -> None:
        """Those of emulated devices: a task at a vendor was written before the vendor was asked."""
        for task in tasks:
            if task.get("emulated") and len(self.tasks) < _KEPT_TASKS:
                self.tasks.append(Task(len(self.tasks), harmless(dict(task))))


def read_certificate(given: Mapping[str, Any], seq: int, program: int) -> Certificate:
    """`program`: seq of what was checked."""
    result = given.get("result")
    data = {**harmless(dict(given)), "program": program}
    known = result if result in VERDICTS else "not_checked"
    return Certificate(seq, str(data.get("hop"))[:200], str(data.get("method"))[:100], known, data)


def summarised(certificates: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """{"result": the worst of them, "methods": each once}; nothing was checked where there are none."""
    found = [one.get("result") for one in certificates]
    return {"result": worst_of(found), "methods": list(dict.fromkeys(str(one.get("method")) for one in certificates))}


def conversion_mismatch(certificate: Certificate) -> Failure:
    detail = certificate.certificate.get("detail")
    differs = ", ".join(f"{name}: {value}" for name, value in detail.items()) if isinstance(detail, Mapping) else ""
    return Failure(
        "system",
        "conversion_mismatch",
        f"What would have run is not what was asked for: the hop {certificate.hop} changed the program"
        f"{f' ({differs[:500]})' if differs else ''}. Nothing of it is shown as a result.",
        "Both programs and the certificate are kept with the job; please report it, with the job's id.",
        {"hop": certificate.hop, "certificate": certificate.seq, "program": certificate.certificate["program"]},
    )


def _weight(data: Mapping[str, Any]) -> int:
    return 800 + sum(len(bits) + 12 for bits in data["counts"])
