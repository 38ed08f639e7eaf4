"""Cirq's gates as lines of OpenQASM 3: each with its exact matrix, global phase included, for a control makes that a relative one.

Cirq's numbers stay as they are (exponents in half turns), and the text does the arithmetic: `cirq.X**0.3` is `rx(pi*0.3)`.
"""

import cmath
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

import cirq
import numpy as np
import sympy

from quapsule.runner.door import DoorError
from quapsule.runner.written import Line, Recipe, Step, write_gate

Found = tuple[Recipe, tuple[Any, ...], Callable[[Any, Sequence[float]], Any]]
Problem = Callable[..., DoorError]
MOST_NESTED = 64
WIDEST_PHASE = 8  # qubits of a gate under control whose decomposition is compared with its matrix

_A, _B, _C = (0,), (1,), (2,)
_AB, _BA = (0, 1), (1, 0)
# Powers with a gate of their own. That gate is the power exactly: no phase lies between them.
_X = {1.0: "x", 0.5: "sx"}
_Y = {1.0: "y"}
_Z = {1.0: "z", 0.5: "s", -0.5: "sdg", 0.25: "t", -0.25: "tdg"}


class NeedsNumbers(Exception):  # noqa: N818 - it reads as what it says
    """A gate with symbols that only its resolved form can be written for."""


def write_operation(operation: cirq.Operation, places: dict[cirq.Qid, int], problem: Problem) -> Iterator[Step]:
    """The steps of a unitary operation. Raises problem (category user), naming what cannot be expressed; NeedsNumbers."""
    for inner, controls in _spread(operation.untagged):
        wires = tuple(places[qubit] for qubit, _ in controls)
        held = tuple(zip(wires, (value for _, value in controls), strict=True))
        for one, found in _known(inner, bool(controls), problem, 0):
            recipe, numbers, renew = found
            if not (recipe.lines or (held and recipe.phase)):
                continue  # a global phase that nothing controls
            try:
                qubits = tuple(places[qubit] for qubit in one.qubits)
            except KeyError:
                raise problem(
                    f"The gate {_named(operation)} needs further qubits, which cannot be expressed.", "user", "unsupported"
                ) from None
            yield Step(
                (recipe, qubits, held),
                numbers,
                partial(write_gate, recipe, qubits, controls=held),
                partial(_rebuild, one, numbers, renew, controls),
            )


def _rebuild(
    operation: cirq.Operation,
    own: tuple[Any, ...],
    renew: Callable[[Any, Sequence[float]], Any],
    controls: Sequence[tuple[cirq.Qid, int]],
    numbers: Sequence[float],
) -> cirq.Operation:
    if own:
        operation = renew(operation.gate, numbers).on(*operation.qubits)
    if controls:
        return operation.controlled_by(*(qubit for qubit, _ in controls), control_values=[value for _, value in controls])
    return operation


def _spread(operation: cirq.Operation) -> Iterator[tuple[cirq.Operation, tuple[tuple[cirq.Qid, int], ...]]]:
    """The operation under its controls; several patterns of control values are as many operations, for one pattern excludes another."""
    gate = operation.gate
    if isinstance(operation, cirq.ControlledOperation):
        outer, inner, values = operation.controls, operation.sub_operation, operation.control_values
    elif isinstance(gate, cirq.ControlledGate):
        count = gate.num_controls()
        outer, inner, values = operation.qubits[:count], gate.sub_gate.on(*operation.qubits[count:]), gate.control_values
    else:
        yield operation, ()
        return
    for pattern in values.expand():
        for deeper, controls in _spread(inner.untagged):
            yield deeper, (*zip(outer, map(int, pattern), strict=True), *controls)


def _known(operation: cirq.Operation, controlled: bool, problem: Problem, depth: int) -> Iterator[tuple[cirq.Operation, Found]]:
    operation = operation.untagged
    reader = _READERS.get(type(operation.gate))
    found = reader(operation.gate) if reader else None
    if found is not None:
        yield operation, found
        return
    if depth > MOST_NESTED:
        raise problem(f"The gate {_named(operation)} is defined by itself.", "user", "unsupported")
    if cirq.is_parameterized(operation):
        parts = None if controlled else cirq.decompose_once(operation, default=None)
        if parts is None:
            raise NeedsNumbers
    elif len(operation.qubits) == 1 and (matrix := cirq.unitary(operation, default=None)) is not None:
        yield cirq.MatrixGate(matrix).on(*operation.qubits), _from_matrix(matrix)
        return
    else:
        parts = _parts(operation, controlled, problem)
    for part in parts:
        for inner, controls in _spread(part.untagged):
            if controls:
                # A controlled part of an unknown gate: written as a gate of its own, which the caller's controls join.
                yield from _controlled_part(inner, controls, problem, depth)
            else:
                yield from _known(inner, controlled, problem, depth + 1)


def _controlled_part(
    inner: cirq.Operation, controls: tuple[tuple[cirq.Qid, int], ...], problem: Problem, depth: int
) -> Iterator[tuple[cirq.Operation, Found]]:
    wires = tuple(qubit for qubit, _ in controls)
    pattern = tuple(value for _, value in controls)
    for one, (recipe, numbers, renew) in _known(inner, True, problem, depth + 1):
        lines = _under(recipe, pattern)
        if not lines:
            continue
        gate = cirq.ControlledGate(one.gate, num_controls=len(wires), control_values=list(pattern))
        yield gate.on(*wires, *one.qubits), (lines, numbers, partial(_renew_controlled, renew))


def _renew_controlled(renew: Callable[[Any, Sequence[float]], Any], gate: cirq.ControlledGate, numbers: Sequence[float]) -> Any:
    return cirq.ControlledGate(renew(gate.sub_gate, numbers), control_values=gate.control_values)


@cache
def _under(recipe: Recipe, pattern: tuple[int, ...]) -> Recipe | None:
    """The recipe with further qubits in front that control it."""
    count = len(pattern)
    prefix = "".join("ctrl @ " if value else "negctrl @ " for value in pattern)
    wires = tuple(range(count))
    lines: list[Line] = [
        (prefix + name, arguments, (*wires, *(place + count for place in places))) for name, arguments, places in recipe.lines
    ]
    if recipe.phase:
        turned: list[Line] = [] if pattern[-1] else [("x", (), (count - 1,))]
        before = "".join("ctrl @ " if value else "negctrl @ " for value in pattern[:-1])
        lines += [*turned, (before + "p", (recipe.phase,), wires), *turned]
    return Recipe(tuple(lines)) if lines else None


def _parts(operation: cirq.Operation, controlled: bool, problem: Problem) -> list[cirq.Operation]:
    """Cirq's own decomposition, of gates as of matrices; with the phase that it left out where a control will see that."""
    parts: list[cirq.Operation] | None = cirq.decompose_once(operation, default=None)
    matrix = None
    if parts is None and cirq.has_unitary(operation) and len(operation.qubits) <= WIDEST_PHASE:
        matrix = cirq.unitary(operation)
        parts = list(cirq.quantum_shannon_decomposition(list(operation.qubits), matrix))
    if parts is None or any(part == operation for part in parts):
        raise problem(f"The gate {_named(operation)} has no decomposition that OpenQASM 3 could express.", "user", "unsupported")
    if controlled and parts:
        if len(operation.qubits) > WIDEST_PHASE:
            raise problem(f"The gate {_named(operation)} is too wide to be put under a control.", "user", "unsupported")
        matrix = cirq.unitary(operation) if matrix is None else matrix
        made = cirq.Circuit(parts).unitary(qubit_order=operation.qubits, qubits_that_should_be_present=operation.qubits)
        off = complex(np.vdot(made.ravel(), matrix.ravel()))
        parts = [*parts, cirq.GlobalPhaseGate(off / abs(off)).on()]
    return list(parts)


def _from_matrix(matrix: Any) -> Found:
    """U = e^(i a) Rz(phi) Ry(theta) Rz(lam); its four angles are read off the matrix."""
    phase = cmath.phase(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]) / 2
    turned = np.asarray(matrix) * cmath.exp(-1j * phase)  # of determinant 1
    theta = 2 * math.atan2(abs(turned[1, 0]), abs(turned[0, 0]))
    plus, minus = -cmath.phase(turned[0, 0]), cmath.phase(turned[1, 0])
    return _MATRIX, (plus + minus, theta, plus - minus, phase), lambda _, n: cirq.MatrixGate(_turn(*n[:3]) * np.exp(1j * n[3]))


def _turn(phi: float, theta: float, lam: float) -> Any:
    return cirq.unitary(cirq.rz(phi)) @ cirq.unitary(cirq.ry(theta)) @ cirq.unitary(cirq.rz(lam))


def _angle(value: Any) -> float:
    return float(np.angle(value))


def _named(operation: cirq.Operation) -> str:
    gate = operation.gate
    return f"{type(operation if gate is None else gate).__name__} ({str(operation)[:120]})"


def number(value: Any) -> Any:
    """A float, or the sympy expression that will be one. Raises TypeError for a number that is not real."""
    if isinstance(value, sympy.Basic) and value.free_symbols:
        return value
    if isinstance(value, complex | np.complexfloating):
        if value.imag:
            raise TypeError(f"{value} is not a real number")
        value = value.real
    return float(value)


def _power(fixed: dict[float, str], general: Callable[[], tuple[tuple[Line, ...], float]], width: int) -> Callable[[Any], Found]:
    """The reader of gates that are powers. `general`: the lines for exponent {0}, and the phase in units of pi·exponent that they lack."""

    @cache
    def recipe(exponent: float | None, shift: float) -> Recipe:
        if exponent is not None:
            lines: tuple[Line, ...] = ((fixed[exponent], (), tuple(range(width))),)
            return Recipe(lines, f"pi*{shift * exponent!r}" if shift else "")
        lines, lacking = general()
        lacking += shift
        return Recipe(lines, f"pi*{lacking!r}*{{0}}" if lacking else "")

    def read(gate: Any) -> Found:
        exponent, shift = number(gate._exponent), float(gate._global_shift)
        if isinstance(exponent, float) and exponent in fixed:
            return recipe(exponent, shift), (), _keep
        return recipe(None, shift), (exponent,), _with_exponent

    return read


def _keep(gate: Any, numbers: Sequence[float]) -> Any:  # noqa: ARG001 - one of several that take both
    return gate


def _with_exponent(gate: Any, numbers: Sequence[float]) -> Any:
    return gate._with_exponent(numbers[0])


_T = ("pi*{0}",)
_MATRIX = Recipe((("rz", ("{2}",), _A), ("ry", ("{1}",), _A), ("rz", ("{0}",), _A)), "{3}")
_PHASE = Recipe((), "{0}")
_H_BEFORE: Line = ("ry", ("-pi/4",), _A)
_H_AFTER: Line = ("ry", ("pi/4",), _A)
_CX: Line = ("cx", (), _AB)
_HS: tuple[Line, ...] = (("h", (), _A), ("h", (), _B))


def _z_reader(gate: Any) -> Found:
    exponent, shift = number(gate._exponent), float(gate._global_shift)
    if shift == -0.5:
        return _RZ, (exponent,), _with_exponent
    return _Z_POWER(gate)


_RZ = Recipe((("rz", _T, _A),))
_Z_POWER = _power(_Z, lambda: ((("p", _T, _A),), 0.0), 1)


@cache
def _phased_x(shift: float) -> Recipe:
    lacking = shift + 0.5
    lines: tuple[Line, ...] = (("rz", ("-pi*{1}",), _A), ("rx", _T, _A), ("rz", ("pi*{1}",), _A))
    return Recipe(lines, f"pi*{lacking!r}*{{0}}" if lacking else "")


_PHASED_XZ = Recipe(
    (("rz", ("-pi*{2}",), _A), ("rx", _T, _A), ("rz", ("pi*{2}",), _A), ("p", ("pi*{1}",), _A)),
    "pi*0.5*{0}",
)
_FSIM = Recipe((_CX, ("crx", ("2*{0}",), _BA), _CX, ("cp", ("-{1}",), _AB)))


@cache
def _identity(width: int) -> Recipe:
    return Recipe(tuple(("id", (), (place,)) for place in range(width)))


def _read_phased_x(gate: Any) -> Found:
    return (
        _phased_x(float(gate.global_shift)),
        (number(gate.exponent), number(gate.phase_exponent)),
        lambda old, n: cirq.PhasedXPowGate(exponent=n[0], phase_exponent=n[1], global_shift=old.global_shift),
    )


def _read_phased_xz(gate: Any) -> Found:
    return (
        _PHASED_XZ,
        (number(gate.x_exponent), number(gate.z_exponent), number(gate.axis_phase_exponent)),
        lambda _, n: cirq.PhasedXZGate(x_exponent=n[0], z_exponent=n[1], axis_phase_exponent=n[2]),
    )


def _read_phase(gate: Any) -> Found | None:
    if cirq.is_parameterized(gate):
        raise NeedsNumbers
    return _PHASE, (_angle(gate.coefficient),), lambda _, n: cirq.GlobalPhaseGate(np.exp(1j * n[0]))


_CSWAP = Recipe((("cswap", (), (0, 1, 2)),))
_X_LINES: tuple[Line, ...] = (("rx", _T, _A),)
_Y_LINES: tuple[Line, ...] = (("ry", _T, _A),)
_CP: Line = ("cp", _T, _AB)
_CCP: Line = ("ctrl @ cp", _T, (0, 1, 2))
_READERS: dict[type, Callable[[Any], Found | None]] = {
    **dict.fromkeys((cirq.XPowGate, type(cirq.X)), _power(_X, lambda: (_X_LINES, 0.5), 1)),
    **dict.fromkeys((cirq.YPowGate, type(cirq.Y)), _power(_Y, lambda: (_Y_LINES, 0.5), 1)),
    # Rotations stay rotations at every angle, so that a loop which passes pi goes on with the program that it has.
    cirq.Rx: _power({}, lambda: (_X_LINES, 0.5), 1),
    cirq.Ry: _power({}, lambda: (_Y_LINES, 0.5), 1),
    **dict.fromkeys((cirq.ZPowGate, type(cirq.Z), cirq.Rz), _z_reader),
    cirq.HPowGate: _power({1.0: "h"}, lambda: ((_H_BEFORE, ("p", _T, _A), _H_AFTER), 0.0), 1),
    cirq.CZPowGate: _power({1.0: "cz"}, lambda: ((_CP,), 0.0), 2),
    cirq.CXPowGate: _power({1.0: "cx"}, lambda: ((("h", (), _B), _CP, ("h", (), _B)), 0.0), 2),
    cirq.CCXPowGate: _power({1.0: "ccx"}, lambda: ((("h", (), _C), _CCP, ("h", (), _C)), 0.0), 3),
    cirq.CCZPowGate: _power({1.0: "ctrl @ cz"}, lambda: ((_CCP,), 0.0), 3),
    cirq.SwapPowGate: _power(
        {1.0: "swap"}, lambda: ((_CX, ("h", (), _A), ("cp", _T, _BA), ("h", (), _A), _CX), 0.0), 2
    ),
    cirq.ISwapPowGate: _power({}, lambda: ((_CX, ("crx", ("-pi*{0}",), _BA), _CX), 0.0), 2),
    **dict.fromkeys((cirq.XXPowGate, cirq.MSGate), _power({}, lambda: ((*_HS, _CX, ("rz", _T, _B), _CX, *_HS), 0.5), 2)),
    cirq.YYPowGate: _power(
        {},
        lambda: (
            (
                *(("rx", ("pi/2",), place) for place in (_A, _B)),
                _CX, ("rz", _T, _B), _CX,
                *(("rx", ("-pi/2",), place) for place in (_A, _B)),
            ),
            0.5,
        ),
        2,
    ),
    cirq.ZZPowGate: _power({}, lambda: ((_CX, ("rz", _T, _B), _CX), 0.5), 2),
    cirq.CSwapGate: lambda _: (_CSWAP, (), _keep),
    cirq.PhasedXPowGate: _read_phased_x,
    cirq.PhasedXZGate: _read_phased_xz,
    cirq.FSimGate: lambda gate: (_FSIM, (number(gate.theta), number(gate.phi)), lambda _, n: cirq.FSimGate(*n)),
    cirq.IdentityGate: lambda gate: (_identity(cirq.num_qubits(gate)), (), _keep),
    cirq.GlobalPhaseGate: _read_phase,
}  # fmt: skip
