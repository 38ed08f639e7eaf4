"""A prepared program: its facts, the forms in which engines run it, and a certificate of each, made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from qiskit.circuit import QuantumCircuit

from quapsule.integrity.sources import Source, of_circuit

from . import aer, lightning, qulacs
from .binding import bind
from .certificates import certify_source
from .choose import Choice
from .clifford import write_clifford
from .counts import key_counts
from .expand import DENSITY, TENSORS, expand
from .facts import Facts
from .lightning import LightningState
from .noise import Noise, write_noisy
from .plan import make_plan, read_plan
from .program import Program
from .qulacs import QulacsState
from .sampling import draw_counts


@dataclass(frozen=True)
class Task:
    """What is to be run: `shots` of each binding. Circuit i draws from `seed` moved on by i; without a seed from the system's chance."""

    bindings: Sequence[Mapping[str, float]]
    shots: int
    seed: int | None
    memory_bytes: int
    parallel: bool


class Form(Protocol):
    """A program as one engine runs it."""

    name: str
    version: str

    def source(self) -> Source:
        """What it means, to be compared with what was asked."""
        ...

    def run(self, task: Task) -> list[dict[str, int]]:
        """Counts per binding, by the program's own keys."""
        ...


class AerForm:
    name, version = aer.NAME, aer.VERSION

    def __init__(self, program: Program, circuit: QuantumCircuit, method: str, noise: Noise | None) -> None:
        self.circuit = circuit
        self._program, self._method, self._noise = program, method, noise

    def source(self) -> Source:
        names = tuple(parameter.name for parameter in self._program.parameters)
        if not names:
            return of_circuit(self._bound({}))
        return Source(lambda values: of_circuit(self._bound(values)).read({}), names, None)

    def run(self, task: Task) -> list[dict[str, int]]:
        circuits = [self._bound(binding) for binding in task.bindings]
        model = self._noise and self._noise.model
        raw = aer.run_circuits(circuits, self._method, task.shots, task.seed, task.memory_bytes, task.parallel, model)
        return [key_counts(counts, self._program.first_clbit, self._program.width) for counts in raw]

    def _bound(self, binding: Mapping[str, float]) -> QuantumCircuit:
        """Noise by gate names needs every gate to have one, which some only can once they are bound."""
        circuit = bind(self.circuit, self._program.parameters, binding)
        return write_noisy(circuit) if self._noise is not None and self._noise.by_name else circuit


class VectorForm:
    """A bare state vector, whose probabilities are sampled here."""

    def __init__(self, program: Program, circuit: QuantumCircuit, engine: str) -> None:
        module = lightning if engine == lightning.NAME else qulacs
        self.name, self.version = engine, module.VERSION or ""
        self._program, self._plan = program, make_plan(circuit)
        self._state = (LightningState if engine == lightning.NAME else QulacsState)(self._plan)

    def source(self) -> Source:
        names = tuple(parameter.name for parameter in self._program.parameters)
        return Source(lambda values: read_plan(self._plan, self._state.matrices(values)), names, None)

    def run(self, task: Task) -> list[dict[str, int]]:
        first, width, plan = self._program.first_clbit, self._program.width, self._plan
        found = []
        for number, binding in enumerate(task.bindings):
            seed = None if task.seed is None else [task.seed, number]
            chances = self._state.probabilities(binding)
            found.append(draw_counts(chances, plan.qubits, plan.measures, first, width, task.shots, seed))
        return found


@dataclass
class Prepared:
    """`circuit` is in statevector gates, or what a device's compiler made. `forms` are made when first used, and certified then."""

    program: Program
    format: str
    text: str
    circuit: QuantumCircuit
    facts: Facts
    noise: Noise | None = None
    methods: tuple[str, ...] | None = None
    executed: str | None = None
    flags: tuple[str, ...] = ()
    certificates: list[dict[str, Any]] = field(default_factory=list)
    forms: dict[str, Form] = field(default_factory=dict)
    _certified: set[int] = field(default_factory=set)

    @property
    def compiled(self) -> bool:
        """For a device: the circuit is the device's, and stays as it is."""
        return self.executed is not None

    def form(self, choice: Choice) -> Form:
        if choice.form not in self.forms:
            form = self._make(choice)
            self.forms[choice.form] = form
            self._certify(form)
        return self.forms[choice.form]

    def certify_circuit(self) -> None:
        """The circuit as it was read, where its engine is known only once the inputs are bound."""
        self._certify(AerForm(self.program, self.circuit, "statevector", self.noise))

    def _make(self, choice: Choice) -> Form:
        if choice.engine != aer.NAME:
            return VectorForm(self.program, self.circuit, choice.engine)
        return AerForm(self.program, self._circuit_for(choice.method), choice.method, self.noise)

    def _circuit_for(self, method: str) -> QuantumCircuit:
        if self.noise is not None:
            return self.circuit
        match method:
            case "stabilizer":
                return write_clifford(self.circuit)
            case "matrix_product_state":
                return expand(self.circuit, TENSORS)
            case "density_matrix":
                return expand(self.circuit, DENSITY)
        return self.circuit

    def _certify(self, form: Form) -> None:
        """Once for each circuit that runs: two methods that run the same one share its certificate."""
        key = id(form.circuit) if isinstance(form, AerForm) else id(form)
        if key not in self._certified and not self.compiled:
            self._certified.add(key)
            self.certificates.append(certify_source(self.program, self.format, self.text, form.source()))
