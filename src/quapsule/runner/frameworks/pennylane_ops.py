"""PennyLane's operators as lines of OpenQASM 3: those that the language knows as they are, others by PennyLane's own decomposition."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pennylane as qml
from pennylane.operation import Channel, Operator

from quapsule.runner.door import DoorError
from quapsule.runner.written import Line, Recipe, Step, write_gate

Problem = Callable[..., DoorError]
MOST_NESTED = 64

_A, _B = (0,), (1,)
_AB, _BA = (0, 1), (1, 0)
_CX: Line = ("cx", (), _AB)
_ZZ: tuple[Line, ...] = (_CX, ("rz", ("{0}",), _B), _CX)
_HS: tuple[Line, ...] = (("h", (), _A), ("h", (), _B))


def _turns(angle: str) -> tuple[Line, ...]:
    return (("rx", (angle,), _A), ("rx", (angle,), _B))


def _swapping(angle: str) -> tuple[Line, ...]:
    return (_CX, ("crx", (angle,), _BA), _CX)


# By name, and only for the class that PennyLane gives that name: a user's own operator may be called the same.
_LINES: Mapping[str, tuple[Line, ...]] = {
    **{name: ((gate, (), _A),) for name, gate in (("PauliX", "x"), ("PauliY", "y"), ("PauliZ", "z"), ("Hadamard", "h"))},
    **{name: ((name.lower(), (), _A),) for name in ("S", "T", "SX")},
    **{name: ((gate, ("{0}",), _A),) for name, gate in (("RX", "rx"), ("RY", "ry"), ("RZ", "rz"), ("PhaseShift", "p"), ("U1", "p"))},
    "Rot": (("rz", ("{0}",), _A), ("ry", ("{1}",), _A), ("rz", ("{2}",), _A)),
    "U2": (("rz", ("{1}",), _A), ("ry", ("pi/2",), _A), ("rz", ("{0}",), _A)),
    "U3": (("rz", ("{2}",), _A), ("ry", ("{0}",), _A), ("rz", ("{1}",), _A)),
    **{name: ((gate, (), _AB),) for name, gate in (("CNOT", "cx"), ("CY", "cy"), ("CZ", "cz"), ("CH", "ch"), ("SWAP", "swap"))},
    **{name: ((gate, (), (0, 1, 2)),) for name, gate in (("Toffoli", "ccx"), ("CSWAP", "cswap"), ("CCZ", "ctrl @ cz"))},
    **{
        name: ((gate, ("{0}",), _AB),)
        for name, gate in (("CRX", "crx"), ("CRY", "cry"), ("CRZ", "crz"), ("ControlledPhaseShift", "cp"))
    },
    "CRot": (("crz", ("{0}",), _AB), ("cry", ("{1}",), _AB), ("crz", ("{2}",), _AB)),
    "ISWAP": _swapping("-pi"),
    "SISWAP": _swapping("-pi/2"),
    "IsingXY": _swapping("-{0}"),
    "IsingXX": (*_HS, *_ZZ, *_HS),
    "IsingYY": (*_turns("pi/2"), *_ZZ, *_turns("-pi/2")),
    "IsingZZ": _ZZ,
}  # fmt: skip
_RECIPES: dict[type, Recipe] = {getattr(qml, name): Recipe(lines) for name, lines in _LINES.items()}
_ID = Recipe((("id", (), _A),))
_INVERSE: dict[type, Recipe] = {qml.S: Recipe((("sdg", (), _A),)), qml.T: Recipe((("tdg", (), _A),))}


def write_operator(operator: Operator, places: Mapping[Any, int], problem: Problem, depth: int = 0) -> Iterator[Step]:
    """The steps of a unitary operator, its global phase left out. Raises problem (category user), naming what cannot be expressed."""
    recipe = _RECIPES.get(type(operator))
    if recipe is None and isinstance(operator, qml.ops.Adjoint):
        recipe = _INVERSE.get(type(operator.base))
    if recipe is not None:
        qubits = tuple([places[wire] for wire in operator.wires])
        numbers = tuple([_number(value, operator, problem) for value in operator.data])
        yield Step((recipe, qubits), numbers, partial(write_gate, recipe, qubits), partial(_rebuild, operator))
    elif isinstance(operator, qml.Barrier):
        qubits = tuple(places[wire] for wire in operator.wires)
        lines = [f"barrier {', '.join(f'q[{qubit}]' for qubit in qubits)};"] if qubits else []
        yield Step(("barrier", qubits), (), lambda _: lines, lambda _: operator)
    elif isinstance(operator, qml.Identity):
        for wire in operator.wires:
            yield Step((_ID, (places[wire],)), (), partial(write_gate, _ID, (places[wire],)), partial(_same, qml.Identity(wire)))
    elif isinstance(operator, qml.GlobalPhase):
        return  # no control is near: PennyLane's decompositions of controlled operators have turned theirs into phase shifts
    else:
        if depth > MOST_NESTED:
            raise problem(f"The operator {operator.name} is defined by itself.", "user", "unsupported")
        for part in _parts(operator, problem):
            yield from write_operator(part, places, problem, depth + 1)


def _same(operator: Operator, numbers: Sequence[float]) -> Operator:  # noqa: ARG001 - called like _rebuild
    return operator


def _rebuild(operator: Operator, numbers: Sequence[float]) -> Operator:
    return type(operator)(*numbers, wires=operator.wires) if numbers else operator


def _parts(operator: Operator, problem: Problem) -> Sequence[Operator]:
    if isinstance(operator, Channel):
        raise problem(
            f"The channel {operator.name} is noise, which a circuit for a backend cannot hold; the job's noise_model takes it.",
            "user",
            "unsupported",
        )
    if operator.has_decomposition:
        found: Sequence[Operator] = operator.decomposition()
        return found
    if operator.has_matrix:
        matrix = qml.QubitUnitary(operator.matrix(), wires=operator.wires)
        if not isinstance(operator, qml.QubitUnitary) and matrix.has_decomposition:
            return [matrix]
    raise problem(f"The operator {operator.name} has no decomposition that OpenQASM 3 could express.", "user", "unsupported")


def _number(value: Any, operator: Operator, problem: Problem) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as refusal:
        raise problem(
            f"The operator {operator.name} has the parameter {value!r:.80}; a number is needed.", "user", "validation_error"
        ) from refusal
