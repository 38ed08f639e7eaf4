"""Qiskit: the script gets a real BackendV2 whose circuits cross the door as OpenQASM 3."""

import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, library
from qiskit.circuit.controlflow import ForLoopOp, IfElseOp, SwitchCaseOp, WhileLoopOp
from qiskit.exceptions import QiskitError
from qiskit.primitives import BackendEstimatorV2, BackendSamplerV2
from qiskit.providers import BackendV2, JobStatus, JobV1, Options
from qiskit.result import Result
from qiskit.transpiler import Target

from quapsule.integrity.forms.qiskit import read_circuit
from quapsule.integrity.witness import make_witness
from quapsule.runner import counts
from quapsule.runner.door import Door, DoorError

from .qiskit_programs import Programs, Sent, export

NAME = "qiskit"
# What scripts import beside qiskit itself; only imported, never run, in the process that forks.
IMPORTS = (
    "asyncio",
    "numpy",
    "qiskit.circuit.library",
    "qiskit.primitives",
    "qiskit.providers",
    "qiskit.qasm2",
    "qiskit.qasm3",
    "qiskit.quantum_info",
    "qiskit.transpiler.preset_passmanagers",
    "qiskit.visualization",
    "qiskit_aer",
    "scipy.optimize",
)
_GATES = (
    library.CCXGate(), library.CCZGate(), library.CHGate(), library.CPhaseGate(Parameter("l")), library.CRXGate(Parameter("l")),
    library.CRYGate(Parameter("l")), library.CRZGate(Parameter("l")), library.CSwapGate(), library.CSXGate(), library.CXGate(),
    library.CYGate(), library.CZGate(), library.DCXGate(), library.ECRGate(), library.HGate(), library.IGate(),
    library.PhaseGate(Parameter("l")),
    library.RXGate(Parameter("l")), library.RXXGate(Parameter("l")), library.RYGate(Parameter("l")), library.RYYGate(Parameter("l")),
    library.RZGate(Parameter("l")), library.RZXGate(Parameter("l")), library.RZZGate(Parameter("l")), library.SGate(), library.SdgGate(),
    library.SwapGate(), library.SXGate(), library.SXdgGate(), library.TGate(), library.TdgGate(), library.UGate(*map(Parameter, "tpl")),
    library.XGate(), library.YGate(), library.ZGate(), library.iSwapGate(), library.Measure(), library.Reset(),
)  # fmt: skip
_FLOW = ((IfElseOp, "if_else"), (ForLoopOp, "for_loop"), (WhileLoopOp, "while_loop"), (SwitchCaseOp, "switch_case"))


class Problem(DoorError, QiskitError):  # type: ignore[misc]  # noqa: N818 - the frameworks share the name
    """A refusal by the platform's backend; caught by `except QiskitError`, too."""

    __str__ = Exception.__str__  # Qiskit's own gives the repr, in quotes


def detect(imports: Iterable[tuple[str, int]]) -> bool:
    """Whether a script's imports speak for this framework."""
    return any(name.startswith("qiskit") for name, _ in imports)


def device(door: Door, start: Mapping[str, Any]) -> "Backend":
    return Backend(door, start)


def program_of(value: Any) -> dict[str, str] | None:
    """A circuit as OpenQASM 3; None for anything else. Raises Problem when it cannot be expressed."""
    return {"format": "qasm3", "text": export(value, Problem).text} if isinstance(value, QuantumCircuit) else None


def warm() -> None:
    """Touches what every circuit touches."""
    bell = QuantumCircuit(2, 2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure([0, 1], [0, 1])
    export(bell, Problem)
    make_witness(lambda values: read_circuit(bell, values))
    sent = Sent(bell, (("c", 2),), {"00": 1})
    Result.from_dict({"success": True, "results": [_experiment(sent, 1, False, None)]}).get_counts()


class Backend(BackendV2):  # type: ignore[misc]
    """The job's backend. Counts come in Qiskit's own order; options: shots, seed_simulator, memory, parameter_binds."""

    def __init__(self, door: Door, start: Mapping[str, Any]) -> None:
        told = start["backend"]
        super().__init__(name=told["slug"], description=told.get("name") or told["slug"], backend_version="1")
        self._door = door
        self._options.update_options(shots=int(start["shots"]))
        self._programs = Programs(door, Problem)
        self._params = dict(start["params"])
        self._qubits = told.get("qubit_count")
        self._max_shots: int | None = told.get("max_shots")
        self._target: Target | None = None

    @property
    def target(self) -> Target:
        """All gates of the standard library between all qubits: transpiling for it changes little."""
        if self._target is None:
            self._target = Target(num_qubits=self._qubits, description=self.name)
            for gate in _GATES:
                self._target.add_instruction(gate)
            for kind, name in _FLOW:
                self._target.add_instruction(kind, name=name)
        return self._target

    @property
    def max_circuits(self) -> None:
        return None

    @property
    def max_shots(self) -> int | None:
        return self._max_shots

    @classmethod
    def _default_options(cls) -> Options:
        return Options(shots=1024, seed_simulator=None, memory=False)

    def run(self, run_input: QuantumCircuit | Sequence[QuantumCircuit], **options: Any) -> "Job":
        """A finished job. parameter_binds: a list of {parameter: value or list of values}, as Aer takes it. Raises Problem."""
        circuits = [run_input] if isinstance(run_input, QuantumCircuit) else list(run_input)
        for circuit in circuits:
            if not isinstance(circuit, QuantumCircuit):
                raise Problem(f"A backend runs QuantumCircuit objects, not {type(circuit).__name__}.", "user", "unsupported")
        shots = _option(options, self.options, "shots")
        seed = _option(options, self.options, "seed_simulator")
        memory = bool(_option(options, self.options, "memory"))
        sent = self._programs.run(circuits, options.get("parameter_binds"), int(shots), None if seed is None else int(seed))
        return Job(self, [_experiment(one, int(shots), memory, seed) for one in sent])

    def run_circuits(self, circuits: Sequence[QuantumCircuit]) -> None:
        """What a script left at its top level or returned; numbers of params bind its parameters by name."""
        self._programs.run(circuits, None, int(self.options.shots), None, self._params)

    def sampler(self, **options: Any) -> BackendSamplerV2:
        """A SamplerV2 on this backend with the job's shots."""
        return BackendSamplerV2(backend=self, options={"default_shots": int(self.options.shots), **options})

    def estimator(self, **options: Any) -> BackendEstimatorV2:
        """An EstimatorV2 on this backend. Its precision decides the shots; the default here is that of the job's shots."""
        return BackendEstimatorV2(backend=self, options={"default_precision": int(self.options.shots) ** -0.5, **options})

    def progress(self, message: str, fraction: float | None = None) -> None:
        self._door.progress(message, fraction)


class Job(JobV1):  # type: ignore[misc]
    """A job of the backend: run() returns when the counts are there, so it is always done."""

    def __init__(self, backend: Backend, experiments: list[dict[str, Any]]) -> None:
        super().__init__(backend, str(uuid.uuid4()))
        self._result = Result.from_dict(
            {
                "backend_name": backend.name,
                "backend_version": "1",
                "job_id": self.job_id(),
                "qobj_id": None,
                "success": True,
                "results": experiments,
            }
        )

    def submit(self) -> None:
        raise Problem("The job has run.", "user", "unsupported")

    def result(self, timeout: float | None = None) -> Result:  # noqa: ARG002 - Qiskit's signature
        return self._result

    def status(self) -> JobStatus:
        return JobStatus.DONE


def _option(given: Mapping[str, Any], defaults: Options, name: str) -> Any:
    value = given.get(name)
    return defaults.get(name) if value is None else value


def _experiment(sent: Sent, shots: int, memory: bool, seed: Any) -> dict[str, Any]:
    """One experiment of a Qiskit result: its data are by number, clbit 0 the lowest bit; the header says how to show them."""
    numbers = {hex(counts.to_number(key)): number for key, number in sent.counts.items()}
    data: dict[str, Any] = {"counts": numbers}
    if memory:
        # The door gives counts; a shot list with these counts, in random order, says no less, since shots are independent.
        data["memory"] = [key for key, number in numbers.items() for _ in range(number)]
        random.Random(seed).shuffle(data["memory"])  # noqa: S311 - an order, not a secret
    header = {
        "name": sent.circuit.name,
        "creg_sizes": [list(register) for register in sent.registers],
        "memory_slots": sum(size for _, size in sent.registers),
        "n_qubits": sent.circuit.num_qubits,
        "metadata": sent.circuit.metadata or {},
    }
    return {"shots": shots, "success": True, "data": data, "header": header, "status": "DONE", "seed_simulator": seed}
