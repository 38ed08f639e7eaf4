"""How a job ended, and its form for the database. What a script printed or returned is made harmless here: nothing else is trusted to."""

import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

Category = Literal["user", "transient", "system"]

MAX_LOG_BYTES = 1 << 20
MAX_RESULT_BYTES = 8 << 20
MAX_DEPTH = 200

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(eq=False)
class Failure(Exception):  # noqa: N818  # how a job failed, not how we did
    """Why a job failed: `category` says whose fault it is, `hint` what to do next; `details` go into error_details as they are."""

    category: Category
    code: str
    message: str
    hint: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.message)

    @property
    def may_pass(self) -> bool:
        """Whether another attempt could end otherwise."""
        return self.category == "transient"


@dataclass(frozen=True)
class Result:
    result_type: Literal["counts", "value", "statevector", "mitigated"]
    result_data: dict[str, Any]
    shots: int | None = None


@dataclass(frozen=True)
class Program:
    kind: Literal["interchange", "executed"]
    seq: int
    format: str
    content: str


@dataclass(frozen=True)
class Certificate:
    """A row of job_certificates; `certificate` is all of it."""

    seq: int
    hop: str
    method: str
    result: str
    certificate: dict[str, Any]


@dataclass(frozen=True)
class Task:
    """A row of job_tasks of an emulated device: backend, shots, calibration_id, program_sha256, status, detail."""

    seq: int
    data: dict[str, Any]


@dataclass(frozen=True)
class Log:
    content: str
    truncated: bool


@dataclass(frozen=True)
class Moment:
    """Something that happened, at `at` of time.monotonic(): the database turns the distance to now into its own time."""

    event: str
    at: float
    detail: dict[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    status: Literal["completed", "failed", "cancelled"]
    results: Sequence[Result] = ()
    programs: Sequence[Program] = ()
    certificates: Sequence[Certificate] = ()
    tasks: Sequence[Task] = ()
    flags: Sequence[str] = ()
    workflow_metadata: dict[str, Any] | None = None
    log: Log | None = None
    moments: Sequence[Moment] = ()
    failure: Failure | None = None
    wall_time_seconds: float = 0.0
    quantum_time_seconds: float = 0.0
    actual_cost_usd: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """p_outcome of worker.finish_job. The texts are storable already (see harmless)."""
        now = time.monotonic()
        written: dict[str, Any] = {
            "status": self.status,
            "results": [{"result_type": r.result_type, "result_data": r.result_data, "shots": r.shots} for r in self.results],
            "programs": [{"kind": p.kind, "seq": p.seq, "format": p.format, "content": p.content} for p in self.programs],
            "events": [{"event": m.event, "seconds_ago": round(now - m.at, 6), "detail": m.detail} for m in self.moments],
            "wall_time_seconds": round(self.wall_time_seconds, 6),
            "quantum_time_seconds": round(self.quantum_time_seconds, 6),
            "actual_cost_usd": self.actual_cost_usd,
        }
        if self.certificates:
            written["certificates"] = [vars(one) for one in self.certificates]
        if self.tasks:
            written["tasks"] = [{**one.data, "seq": one.seq} for one in self.tasks]
        if self.flags:
            written["flags"] = list(self.flags)
        if self.workflow_metadata:
            written["workflow_metadata"] = self.workflow_metadata
        if self.log:
            written["log"] = {"content": self.log.content, "truncated": self.log.truncated}
        if self.failure:
            hint = {"hint": self.failure.hint} if self.failure.hint else {}
            details = {**self.failure.details, "category": self.failure.category, "code": self.failure.code, **hint}
            written |= {"error_message": harmless(self.failure.message), "error_details": harmless(details)}
        return written


def read_log(output: bytes, truncated: bool) -> Log | None:
    """Output as text that PostgreSQL can hold; terminal control sequences are kept (whoever shows them escapes them)."""
    if not output:
        return None
    # What replaces a stray byte is longer than it, so that the text is measured once more.
    text = str(harmless(output.decode("utf-8", "replace"))).encode()
    return Log(text[:MAX_LOG_BYTES].decode("utf-8", "ignore"), truncated or len(text) > MAX_LOG_BYTES)


def harmless(value: Any, depth: int = 0) -> Any:
    """The value with everything that JSON in PostgreSQL cannot hold replaced: NUL and lone surrogates by U+FFFD, non-finite numbers by
    null, integers beyond 64 bits by their digits. Raises Failure when it is nested too deep."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -(1 << 63) <= value < (1 << 63) else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth >= MAX_DEPTH:
        raise Failure("user", "result_too_deep", f"The result is nested deeper than {MAX_DEPTH} levels.", "Return a flatter value.")
    if isinstance(value, dict):
        return {str(harmless(str(key))): harmless(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [harmless(item, depth + 1) for item in value]
    raise TypeError(f"{type(value).__name__} cannot come through the door")


def refuse_too_large(data: Any) -> None:
    """Raises Failure when the JSON of a result is more than 8 MiB."""
    size = len(orjson.dumps(data))
    if size > MAX_RESULT_BYTES:
        raise Failure(
            "user",
            "result_too_large",
            f"The result is {size / (1 << 20):.1f} MiB of JSON; the limit is {MAX_RESULT_BYTES >> 20} MiB.",
            "Return a summary, or fewer values.",
        )
