"""A circuit of the SDK as OpenQASM 3. Numbers are written as they are: the SDK's own `to_openqasm` goes through Qiskit, which rewrites
angles near fractions of pi, and through a translation that does not know every gate."""

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from numbers import Real
from typing import Any

import numpy as np
import quantumflow as qf
from marqov.circuits import Circuit

from quapsule.integrity.forms.marqov import is_symbolic, read_circuit
from quapsule.runner.door import DoorError
from quapsule.runner.names import name_plainly
from quapsule.runner.written import Step, Written, number_text

Problem = Callable[..., DoorError]

_ZZ = "cx {a}, {b}; rz(%s) {b}; cx {a}, {b}; "
_XX = "h {a}; h {b}; " + _ZZ + "h {a}; h {b}; "
_YY = "rx(pi/2) {a}; rx(pi/2) {b}; " + _ZZ + "rx(-pi/2) {a}; rx(-pi/2) {b}; "
# What each gate of QuantumFlow is in OpenQASM, up to a global phase, which nothing here controls: {0}, {1}… are its parameters, a, b, c
# its qubits. XX, XY, Can and the powers count in half turns.
_LINES = {
    "I": "id {a}; ", "X": "x {a}; ", "Y": "y {a}; ", "Z": "z {a}; ", "H": "h {a}; ", "S": "s {a}; ", "T": "t {a}; ", "S_H": "sdg {a}; ",
    "T_H": "tdg {a}; ", "V": "sx {a}; ", "V_H": "inv @ sx {a}; ", "Rx": "rx({0}) {a}; ", "Ry": "ry({0}) {a}; ", "Rz": "rz({0}) {a}; ",
    "PhaseShift": "p({0}) {a}; ", "XPow": "rx(pi*{0}) {a}; ", "YPow": "ry(pi*{0}) {a}; ", "ZPow": "rz(pi*{0}) {a}; ",
    "SqrtY": "ry(pi/2) {a}; ", "SqrtY_H": "ry(-pi/2) {a}; ", "U3": "U({0}, {1}, {2}) {a}; ", "U2": "U(pi/2, {0}, {1}) {a}; ",
    "CNot": "cx {a}, {b}; ", "CY": "cy {a}, {b}; ", "CZ": "cz {a}, {b}; ", "CH": "ch {a}, {b}; ", "Swap": "swap {a}, {b}; ",
    "CPhase": "cp({0}) {a}, {b}; ", "CZPow": "cp(pi*{0}) {a}, {b}; ", "CRx": "crx({0}) {a}, {b}; ", "CRy": "cry({0}) {a}, {b}; ",
    "CRz": "crz({0}) {a}, {b}; ", "CS": "cp(pi/2) {a}, {b}; ", "CT": "cp(pi/4) {a}, {b}; ", "CV": "ctrl @ sx {a}, {b}; ",
    "CV_H": "ctrl @ inv @ sx {a}, {b}; ", "CPhase00": "x {a}; x {b}; cp({0}) {a}, {b}; x {a}; x {b}; ",
    "CPhase01": "x {a}; cp({0}) {a}, {b}; x {a}; ", "CPhase10": "x {b}; cp({0}) {a}, {b}; x {b}; ",
    "PSwap": "swap {a}, {b}; " + _ZZ % "{0}", "XX": _XX % "pi*{0}", "YY": _YY % "pi*{0}", "ZZ": _ZZ % "pi*{0}",
    "Rxx": _XX % "{0}", "Ryy": _YY % "{0}", "Rzz": _ZZ % "{0}", "XY": _XX % "pi*{0}" + _YY % "pi*{0}",
    "Can": _XX % "pi*{0}" + _YY % "pi*{1}" + _ZZ % "pi*{2}", "ISwap": _XX % "-pi/2" + _YY % "-pi/2",
    "SqrtISwap": _XX % "-pi/4" + _YY % "-pi/4", "SqrtISwap_H": _XX % "pi/4" + _YY % "pi/4",
    "CCNot": "ccx {a}, {b}, {c}; ", "CSwap": "cswap {a}, {b}, {c}; ", "CCZ": "ctrl(2) @ z {a}, {b}, {c}; ",
}  # fmt: skip


def write_circuit(circuit: Circuit, problem: Problem, by_name: Mapping[str, Any] | None = None) -> Written:
    """`by_name`: numbers for free symbols, which become inputs. It measures nothing: the platform then measures it whole.

    Raises problem (category user) that names the gate, the number or the symbol which cannot be sent."""
    try:
        width = int(circuit.num_qubits)
    except ValueError as refusal:
        raise problem(str(refusal), "user", "unsupported") from refusal
    if width == 0:
        raise problem("The circuit has no gates, so there is nothing to run.", "user", "unsupported")
    symbols = _symbols(circuit)
    values = _values(symbols, by_name or {}, problem)
    steps = tuple(_step(operation, values, problem) for operation in circuit._qf)
    numbers = tuple(number for step in steps for number in step.numbers)
    return Written(width, (), steps, numbers, _meaning, lambda: read_circuit(circuit, values), is_open=bool(symbols))


def text_of(circuit: Circuit, problem: Problem) -> str:
    """OpenQASM 3 in which free symbols stay, as inputs. Raises problem as `write_circuit` does."""
    symbols = _symbols(circuit)
    written = write_circuit(circuit, problem, dict.fromkeys(symbols, 0.0))
    if not symbols:
        return written.text()
    plain = dict(zip(symbols, name_plainly(symbols, "input", taken=("q",)), strict=True))
    lines = ["OPENQASM 3.0;", 'include "stdgates.inc";', *(f"input float {name};" for name in plain.values())]
    lines.append(f"qubit[{written.qubits}] q;")
    for operation, step in zip(circuit._qf, written.steps, strict=True):
        texts = [number_text(number) for number in step.numbers]
        for place, parameter in enumerate(operation.params):
            if is_symbolic(parameter):
                texts[place] = f"({parameter.subs({one: type(one)(plain[str(one)]) for one in parameter.free_symbols})})"
        lines += step.write(texts)
    return "\n".join([*lines, ""])


def _symbols(circuit: Circuit) -> list[str]:
    return sorted({str(symbol) for operation in circuit._qf for one in operation.params if is_symbolic(one) for symbol in one.free_symbols})


def _meaning(operations: Sequence[Any]) -> Any:
    circuit = Circuit()
    circuit._qf = qf.Circuit(operations)
    return read_circuit(circuit)


def _values(symbols: Sequence[str], by_name: Mapping[str, Any], problem: Problem) -> dict[str, float]:
    missing = [name for name in symbols if not isinstance(by_name.get(name), Real)]
    if missing:
        message = f"The circuit has unbound symbols: {', '.join(missing)}. Give their numbers in params."
        raise problem(message, "user", "unbound_parameters")
    return {name: float(by_name[name]) for name in symbols}


def _step(operation: Any, values: Mapping[str, float], problem: Problem) -> Step:
    name = str(operation.name)
    if not isinstance(operation, qf.Gate):
        raise problem(f"The operation {name!r} is no gate; a circuit of the SDK holds gates alone.", "user", "unsupported")
    qubits = tuple(int(qubit) for qubit in operation.qubits)
    if name not in _LINES:
        lines = _by_matrix(operation, problem)
        return Step((name, qubits, tuple(lines)), (), lambda _: lines, lambda _: operation)
    numbers = tuple(_number(one, operation, values, problem) for one in operation.params)
    return Step((name, qubits), numbers, partial(_write, name, qubits), lambda new: type(operation)(*new, *qubits) if new else operation)


def _write(name: str, qubits: Sequence[int], texts: Sequence[str]) -> list[str]:
    return _filled(_LINES[name], qubits, texts)


def _filled(lines: str, qubits: Sequence[int], texts: Sequence[str] = ()) -> list[str]:
    places = {letter: f"q[{qubit}]" for letter, qubit in zip("abc", qubits, strict=False)}
    return [f"{line};" for line in lines.format(*texts, **places).removesuffix("; ").split("; ")]


def _number(parameter: Any, operation: Any, values: Mapping[str, float], problem: Problem) -> float:
    if is_symbolic(parameter):
        parameter = parameter.subs({symbol: values[str(symbol)] for symbol in parameter.free_symbols})
    try:
        number = complex(parameter)
    except (TypeError, ValueError) as refusal:
        raise problem(
            f"The gate {operation.name!r} has the parameter {parameter!r}, which is no number.", "user", "unsupported"
        ) from refusal
    if number.imag or not math.isfinite(number.real):
        raise problem(f"The gate {operation.name!r} has the angle {parameter}, which is no finite number.", "user", "validation_error")
    return float(number.real)


def _by_matrix(operation: Any, problem: Problem) -> list[str]:
    """Any gate on one qubit is one U; on two, Qiskit's decomposition into U and CX, where that is installed."""
    qubits, size = operation.qubits, 2 ** len(operation.qubits)
    try:
        matrix = np.asarray(operation.tensor, dtype=np.complex128).reshape(size, size)
    except (TypeError, ValueError) as refusal:
        raise problem(f"The gate {operation.name!r} has no matrix of numbers: {refusal}", "user", "unsupported") from refusal
    if not np.allclose(matrix @ matrix.conj().T, np.eye(size), atol=1e-8):
        raise problem(f"The matrix of the gate {operation.name!r} is not unitary.", "user", "validation_error")
    if len(qubits) == 1:
        return _filled(_one_qubit(matrix), qubits)
    if len(qubits) == 2 and find_spec("qiskit"):
        parts = import_module("qiskit.synthesis").TwoQubitBasisDecomposer(import_module("qiskit.circuit.library").CXGate())(matrix)
        # Qiskit's first qubit is the least significant one.
        order = qubits[::-1]
        lines: list[str] = []
        for part in parts.data:
            known = "cx {a}, {b}; " if part.operation.name == "cx" else _one_qubit(np.asarray(part.operation.to_matrix()))
            lines += _filled(known, [order[parts.find_bit(qubit).index] for qubit in part.qubits])
        return lines
    raise problem(
        f"The gate {operation.name!r} on {len(qubits)} qubits has no short form in OpenQASM; decompose it.", "user", "unsupported"
    )


def _one_qubit(matrix: Any) -> str:
    cosine, sine = abs(matrix[0, 0]), abs(matrix[1, 0])
    phases = np.vectorize(cmath.phase)(matrix)
    if cosine > sine:
        phi = phases[1, 0] - phases[0, 0] if sine else 0.0
        lam = phases[1, 1] - phases[0, 0] - phi
    else:
        phi = phases[1, 0] - phases[0, 0] if cosine else 0.0
        lam = phi - phases[1, 0] + cmath.phase(-matrix[0, 1])
    theta, phi, lam = (number_text(float(angle)) for angle in (2 * math.atan2(sine, cosine), phi, lam))
    return f"U({theta}, {phi}, {lam}) {{a}}; "
