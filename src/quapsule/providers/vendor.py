"""The interface that a vendor's network is plugged in by, and what passes through it."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Literal, Protocol

Stop = Literal["cancelled", "lost", "stopping"]
Status = Literal["submitted", "queued", "running", "cancelling", "completed", "failed", "cancelled"]
_ENDS = ("completed", "failed", "cancelled")


@dataclass(eq=False)
class VendorRefused(Exception):  # noqa: N818  # a refusal
    """The vendor said no, and surely did not take the task."""

    code: str
    message: str
    category: Literal["user", "transient", "system"] = "user"

    def __post_init__(self) -> None:
        super().__init__(self.message)


@dataclass(eq=False)
class VendorBusy(Exception):  # noqa: N818  # a refusal
    """Too many requests: nothing was taken; ask again after this many seconds."""

    retry_after_seconds: float = 0.0


@dataclass(eq=False)
class VendorSilent(Exception):  # noqa: N818  # nobody's error
    """No answer, or one that says nothing: the request may have been heard or not."""

    message: str = ""

    def __post_init__(self) -> None:
        super().__init__(self.message)


@dataclass(frozen=True)
class Job:
    """`id` goes into its tasks' tags; `verbatim`: its gates are to run as they are written, on the physical qubits of those numbers."""

    id: str
    verbatim: bool = False


@dataclass(frozen=True)
class Device:
    """`gates`: names of the gates that it takes, None when it does not say. `queue_depth`: tasks that wait, None when unknown."""

    name: str
    provider: str
    online: bool
    gates: frozenset[str] | None = None
    queue_depth: str | None = None


@dataclass(frozen=True)
class VendorState:
    status: Status
    reason: str | None = None
    queue_position: str | None = None

    @property
    def ended(self) -> bool:
        return self.status in _ENDS


@dataclass(frozen=True)
class VendorResult:
    """`measurements`: one text of 0 and 1 per shot, whose characters stand for `qubits` in their order. `executed`: (format, text) of the
    program that the vendor says it ran, where it tells. `cost_usd`: what the task cost. `seconds` on the device, where it tells."""

    measurements: tuple[str, ...]
    qubits: tuple[int, ...]
    executed: tuple[str, str] | None
    cost_usd: float
    seconds: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """A device's calibration as its vendor tells it: `content` in one of the formats of quapsule.providers.calibration."""

    content: Mapping[str, Any]


@dataclass(frozen=True)
class Pace:
    """How often the vendor is asked, in seconds. `most_seconds`: longest wait in its queue."""

    first: float = 0.5
    most: float = 15.0
    submits: int = 6
    results: int = 12
    most_seconds: float = 86_400.0

    def submit_pauses(self) -> Iterator[float]:
        return (min(self.most, self.first * 2**turn) for turn in range(self.submits))

    def poll_pauses(self) -> Iterator[float]:
        """Grows by a half from turn to turn, without end."""
        pause = self.first
        while pause < self.most:
            yield pause
            pause *= 1.5
        yield from repeat(self.most)

    def result_pauses(self) -> Iterator[float]:
        return (min(self.most, self.first * 1.5**turn) for turn in range(self.results))


class Vendor(Protocol):
    """One device of a vendor. Every method may raise VendorBusy and VendorSilent; those that say so, VendorRefused too."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def dialect(self) -> str:
        """The `to` of the engine box's translate."""
        ...

    @property
    def limit_usd(self) -> float:
        """What one job may spend here."""
        ...

    def describe(self) -> Device: ...

    def gates(self) -> frozenset[str] | None:
        """Of describe(), asked once; None where the device does not say."""
        ...

    def price(self, shots: int) -> float:
        """USD of one task of so many shots; where time is billed, the least that it costs."""
        ...

    def validate(self, program: str, shots: int) -> None:
        """Raises ProviderProblem for what the vendor would surely refuse."""
        ...

    def submit(self, program: str, shots: int, client_token: str, tags: Mapping[str, str]) -> str:
        """The vendor's name of the task: for a token that it knows, that of the first time. Raises VendorRefused."""
        ...

    def find(self, client_token: str) -> str | None:
        """The task that was submitted under a token, None when there is none (or not yet)."""
        ...

    def poll(self, task_id: str) -> VendorState: ...

    def cancel(self, task_id: str) -> None:
        """Asks for it; poll tells whether it came in time. Raises VendorRefused when the task has ended."""
        ...

    def result(self, task_id: str) -> VendorResult:
        """Of a completed task. VendorSilent: it is not there yet."""
        ...

    def as_executed(self, task_id: str) -> tuple[str, str] | None:
        """(format, text) of what ran, as in the result."""
        ...

    def calibration(self) -> Snapshot | None: ...


@dataclass(frozen=True)
class Intent:
    """What is about to be submitted. `ordinal`: which of the equal submissions of one run of the script. A task whose `price_usd` exceeds
    what is left of `limit_usd` for the job is refused."""

    program_sha256: str
    shots: int
    ordinal: int
    price_usd: float
    limit_usd: float


@dataclass(frozen=True)
class Intended:
    """`intended_before`: by an attempt that did not live to tell what became of it."""

    seq: int
    client_token: str
    provider_task_id: str | None
    intended_before: bool


class Tasks(Protocol):
    """Where a provider writes down what it submits. Every writing method raises ProviderProblem `lease_lost` when the job is another's."""

    def intend(self, intent: Intent) -> Intended:
        """Committed when it returns. Raises ProviderProblem budget_exceeded."""
        ...

    def note(
        self, seq: int, status: str, *, provider_task_id: str | None = None, cost_usd: float | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None: ...  # fmt: skip

    def calibrated(self, snapshot: Snapshot) -> None:
        """The device as it is now: every task that is noted after this names it. One that cannot be read is none."""
        ...

    def queued(self) -> None:
        """The job waits in the vendor's queue."""
        ...

    def running(self) -> None: ...

    def wait(self, seconds: float) -> Stop | None:
        """Sleeps; why the job is to stop, as soon as it is."""
        ...

    def away(self) -> AbstractContextManager[None]:
        """The job's own time stands still while a vendor is waited for."""
        ...
