"""The published SDK: a script gets an executor of the SDK's own kind, whose circuits cross the door as OpenQASM 3."""

import asyncio
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import marqov
import marqov.device
from marqov.circuits import Circuit
from marqov.executors.base import BaseExecutor, ExecutionResult, reject_unsupported_options

from quapsule.runner import workflow
from quapsule.runner.door import Door, DoorError
from quapsule.runner.programs import make_witness, name_inputs

from .marqov_gates import text_of, write_circuit
from .marqov_programs import Programs

NAME = "marqov"
IMPORTS = ("asyncio", "concurrent.futures.thread", "numpy", "scipy.optimize", "quapsule.integrity.forms.marqov")
_OPTIONS = ("seed",)

workflow.keep_functions()


class Problem(DoorError):  # noqa: N818 - the frameworks share the name
    """A refusal by the platform's backend."""


def detect(imports: Iterable[tuple[str, int]]) -> bool:
    """Whether a script's imports speak for this framework."""
    return any(name == "marqov" for name, _ in imports)


def device(door: Door, start: Mapping[str, Any]) -> "Device":
    made = Device(door, start)
    own = marqov.device.get_device

    def get_device(params: dict[str, Any]) -> Any:
        """The job's device, unless the script names another backend."""
        return made if params.get("backend") in (None, made.name) else own(params)

    marqov.get_device = marqov.device.get_device = get_device
    return made


def program_of(value: Any) -> dict[str, str] | None:
    """A circuit as OpenQASM 3; None for anything else. Raises Problem when it cannot be expressed."""
    return {"format": "qasm3", "text": text_of(value, Problem)} if isinstance(value, Circuit) else None


def plain_of(value: Any) -> Any:
    """An executor's result without what only its maker can read."""
    if not isinstance(value, ExecutionResult):
        return value
    return {name: item for name, item in vars(value).items() if name != "raw_result"}


def warm() -> None:
    """Touches what every circuit touches."""
    bell = write_circuit(Circuit().h(0).cnot(0, 1).rx(0.5, 0), Problem)
    bell.text(name_inputs(bell))
    make_witness(bell, name_inputs(bell))


class Device(BaseExecutor):  # type: ignore[misc]
    """The job's backend as an executor: `await execute(circuit, shots)`; and, as a MarqovDevice has it, `run(circuit, shots)` → counts.

    Takes circuits of the SDK, and Qiskit's, Cirq's, PennyLane's and Braket's where those are installed, and OpenQASM text. Counts keys
    have qubit 0 (of other frameworks: classical bit 0) leftmost, as everywhere in the SDK."""

    def __init__(self, door: Door, start: Mapping[str, Any]) -> None:
        self._door = door
        self._backend = dict(start["backend"])
        self._shots = int(start["shots"])
        self._params = dict(start["params"])
        self._programs = Programs(door, Problem, start)
        self._waiting: dict[asyncio.AbstractEventLoop, list[tuple[Any, int, int | None, asyncio.Future[ExecutionResult]]]] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return str(self._backend["slug"])

    backend_name = name

    @property
    def is_simulator(self) -> bool:
        return self._backend.get("device_type") == "simulator"

    async def execute(self, circuit: Any, shots: int | None = None, **options: Any) -> ExecutionResult:
        """`shots`: the job's, unless given; option `seed`. Executions that are awaited together (asyncio.gather) go out together.

        Raises Problem, and TypeError for another option or what is no circuit."""
        reject_unsupported_options("device.execute()", options, _OPTIONS)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[ExecutionResult] = loop.create_future()
        with self._lock:
            waiting = self._waiting.setdefault(loop, [])
            waiting.append((circuit, int(shots or self._shots), options.get("seed"), future))
        if len(waiting) == 1:
            loop.call_soon(self._send_waiting, loop)
        return await future

    def run(self, circuit: Any, shots: int | None = None, **options: Any) -> dict[str, int]:
        """Counts. Raises Problem and TypeError as `execute` does."""
        return self.run_batch([circuit], shots, **options)[0]

    def run_batch(self, circuits: Sequence[Any], shots: int | None = None, **options: Any) -> list[dict[str, int]]:
        """Counts of each; circuits that differ in numbers alone are one program and one call."""
        reject_unsupported_options("device.run()", options, _OPTIONS)
        return self._programs.run(list(circuits), int(shots or self._shots), options.get("seed"), self._params)

    def run_circuits(self, circuits: Sequence[Any]) -> None:
        """What a script left at its top level or returned; numbers of params bind its symbols by name."""
        self._programs.run(list(circuits), self._shots, None, self._params)

    def progress(self, message: str, fraction: float | None = None) -> None:
        self._door.progress(message, fraction)

    def _send_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            waiting = [one for one in self._waiting.pop(loop, []) if not one[3].done()]
        for shots, seed in dict.fromkeys((shots, seed) for _, shots, seed, _ in waiting):
            together = [(circuit, future) for circuit, own_shots, own_seed, future in waiting if (own_shots, own_seed) == (shots, seed)]
            try:
                self._send(together, shots, seed)
            except Exception as problem:  # noqa: BLE001 - belongs to who waits for it
                if len(together) == 1:
                    together[0][1].set_exception(problem)
                    continue
                for circuit, future in together:  # one that is refused does not take the others with it
                    try:
                        self._send([(circuit, future)], shots, seed)
                    except Exception as own:  # noqa: BLE001
                        future.set_exception(own)

    def _send(self, together: list[tuple[Any, "asyncio.Future[ExecutionResult]"]], shots: int, seed: int | None) -> None:
        begun_at = time.perf_counter()
        found = self._programs.run([circuit for circuit, _ in together], shots, seed, self._params)
        milliseconds = (time.perf_counter() - begun_at) * 1000
        for (_, future), counts in zip(together, found, strict=True):
            metadata = {"bit_order": "qubit_0_first", "circuits_in_call": len(together)}
            future.set_result(ExecutionResult(dict(counts), self.name, milliseconds, shots, None, metadata))
