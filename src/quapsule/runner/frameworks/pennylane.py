"""PennyLane: the script gets a real qml.devices.Device whose tapes cross the door as OpenQASM 3."""

import inspect
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pennylane as qml
from pennylane.devices import Device as PennyLaneDevice
from pennylane.devices import ExecutionConfig
from pennylane.exceptions import DeviceError
from pennylane.measurements import Shots
from pennylane.tape import QuantumScript
from pennylane.transforms.core import CompilePipeline

from quapsule.runner.door import Door, DoorError
from quapsule.runner.programs import Programs
from quapsule.runner.shape import CIRCUIT_NAMES
from quapsule.runner.shots import draw_shots

from .pennylane_tapes import Asked, read_results, split_measurements, write_tape, write_tapes

NAME = "pennylane"
# What scripts import beside PennyLane itself; only imported, never run, in the process that forks.
IMPORTS = ("asyncio", "autograd", "numpy", "pennylane.numpy", "quapsule.integrity.witness", "scipy.optimize")


class Problem(DoorError, DeviceError):  # type: ignore[misc]  # noqa: N818 - the frameworks share the name
    """A refusal by the platform's backend; caught by `except qml.exceptions.DeviceError`, too."""

    __str__ = Exception.__str__


def detect(imports: Iterable[tuple[str, int]]) -> bool:
    """Whether a script's imports speak for this framework."""
    return any(name == "pennylane" for name, _ in imports)


def device(door: Door, start: Mapping[str, Any]) -> "Device":
    return Device(door, start)


def program_of(value: Any) -> dict[str, str] | None:
    """A tape as OpenQASM 3, and so a QNode of a function named circuit, qc or tape; None for anything else. Raises Problem when it
    cannot be expressed."""
    if isinstance(value, qml.QNode) and value.func.__name__ in CIRCUIT_NAMES:
        if any(one.default is one.empty for one in inspect.signature(value.func).parameters.values()):
            return {"format": NAME, "text": str(value)}  # its numbers come later
        value = qml.workflow.construct_tape(value, level=0)()
    if not isinstance(value, QuantumScript):
        return None
    return {"format": "qasm3", "text": write_tape(value, Problem).written.text()}


def warm() -> None:
    """Touches what every QNode touches: its first call builds PennyLane's tables."""

    spare = Device(Door(_Nobody(), Problem), {"shots": 2, "params": {}, "backend": {"slug": "spare"}, "seed": None})

    @qml.qnode(spare)  # type: ignore[untyped-decorator]
    def bell(angle: Any) -> Any:
        qml.RY(angle, 0)
        qml.CNOT([0, 1])
        return qml.expval(qml.X(0) @ qml.X(1) + 0.5 * qml.Z(0))

    @qml.qnode(spare)  # type: ignore[untyped-decorator]
    def counted() -> Any:
        qml.Hadamard(0)
        qml.CNOT([0, 1])
        return qml.counts(), qml.probs(wires=[0, 1])

    counted()
    qml.grad(bell)(qml.numpy.array(0.1, requires_grad=True))


class _Nobody:
    """A door with nobody behind it, for warming up: every circuit gives zeros."""

    name = NAME

    def send(self, message: dict[str, Any]) -> None:
        self._asked = message

    def receive(self) -> dict[str, Any]:
        asked = self._asked
        if asked["verb"] == "run":
            return {"id": asked["id"], "results": [{"counts": {asked["handle"]: 2}} for _ in asked["bindings"]]}
        text = asked["program"]["text"]
        registers = [(name, int(width)) for width, name in re.findall(r"^bit\[(\d+)\] (\w+);", text, re.MULTILINE)]
        handle = "0" * sum(width for _, width in registers)
        inputs = re.findall(r"^input float (\w+);", text, re.MULTILINE)
        return {"id": asked["id"], "handle": handle, "registers": registers, "parameters": inputs, "qubits": 2, "measured": "as_written"}


class Device(PennyLaneDevice):  # type: ignore[misc]
    """The job's backend. A QNode that sets no shots runs with the job's; gradients go by the parameter-shift rule."""

    def __init__(self, door: Door, start: Mapping[str, Any]) -> None:
        super().__init__()
        self._shots = Shots(int(start["shots"]))
        self._door = door
        self._params = dict(start["params"])
        self._programs = Programs(door, Problem)
        self._random = np.random.default_rng(start.get("seed"))
        self.backend = dict(start["backend"])

    @property
    def name(self) -> str:
        return str(self.backend["slug"])

    def setup_execution_config(
        self,
        config: ExecutionConfig | None = None,
        circuit: QuantumScript | None = None,  # noqa: ARG002 - PennyLane's signature
    ) -> ExecutionConfig:
        config = config or ExecutionConfig()
        if config.mcm_config.postselect_mode == "fill-shots":
            raise Problem(
                "postselect_mode 'fill-shots' needs a simulator's state; a backend drops the shots that miss (hw-like).",
                "user",
                "unsupported",
            )
        method = config.mcm_config.mcm_method or "device"
        if method not in ("device", "deferred"):
            raise Problem(f"mcm_method {method!r} is a simulator's; the backend measures mid-circuit itself.", "user", "unsupported")
        gradient = "parameter-shift" if config.gradient_method == "best" else config.gradient_method
        return replace(
            config,
            gradient_method=gradient,
            use_device_gradient=False,
            use_device_jacobian_product=False,
            grad_on_execution=False,
            mcm_config=replace(config.mcm_config, mcm_method=method),
        )

    def preprocess_transforms(self, execution_config: ExecutionConfig | None = None) -> CompilePipeline:
        """One tape per group of observables that are measured together; operators stay as they are, for the text and its check."""
        pipeline = CompilePipeline()
        if execution_config is not None and execution_config.mcm_config.mcm_method == "deferred":
            pipeline.add_transform(qml.defer_measurements, allow_postselect=False)
        pipeline.add_transform(qml.transforms.broadcast_expand)
        pipeline.add_transform(split_measurements)
        return pipeline

    def execute(
        self,
        circuits: QuantumScript | Sequence[QuantumScript],
        execution_config: ExecutionConfig | None = None,  # noqa: ARG002 - PennyLane's signature
    ) -> Any:
        """All tapes at once: those that differ in numbers alone go out in one call. Raises Problem."""
        tapes = [circuits] if isinstance(circuits, QuantumScript) else list(circuits)
        asked = write_tapes(tapes, Problem)
        results = [read_results(one, bits) for one, bits in zip(asked, self._send(asked), strict=True)]
        return results[0] if isinstance(circuits, QuantumScript) else tuple(results)

    def run_circuits(self, circuits: Sequence[QuantumScript | qml.QNode]) -> None:
        """What a script left at its top level or returned; a QNode gets its arguments from params, by name. A tape without measurements is
        measured whole by the platform, which says so."""
        tapes = [self._tape_of(circuit) if isinstance(circuit, qml.QNode) else circuit for circuit in circuits]
        shots = [tape if tape.shots else tape.copy(shots=self._shots) for tape in tapes]
        self.execute(self.preprocess_transforms()(shots)[0])

    def progress(self, message: str, fraction: float | None = None) -> None:
        self._door.progress(message, fraction)

    def _tape_of(self, circuit: qml.QNode) -> QuantumScript:
        named = inspect.signature(circuit.func).parameters
        missing = [name for name, one in named.items() if one.default is one.empty and name not in self._params]
        if missing:
            message = f"The circuit has the parameters {', '.join(named)}; params gives no value for {', '.join(missing)}."
            raise Problem(message, "user", "unbound_parameters")
        return qml.workflow.construct_tape(circuit, level=0)(**{name: self._params[name] for name in named if name in self._params})

    def _send(self, asked: Sequence[Asked]) -> list[Any]:
        if any(not one.tape.shots for one in asked):
            warnings.warn(
                f"The backend has no analytic mode: a circuit with shots=None runs with the job's {self._shots.total_shots} shots.",
                stacklevel=2,
            )
        shots = [int(one.tape.shots.total_shots or self._shots.total_shots) for one in asked]
        sent = self._programs.run([one.written for one in asked], shots)
        return [draw_shots(one.counts, self._random).astype(np.int64) for one in sent]
