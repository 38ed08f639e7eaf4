"""A routed circuit in a device's native gates: turns about z are kept as a frame where the device turns frames instead of qubits."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qiskit.circuit import QuantumCircuit

from .problems import unsupported

Angle = Any  # a number, or qiskit's expression of a program's inputs

_HALF = math.pi / 2
_ZERO = 1e-13
# Turns about z commute with these; the frames of both qubits pass.
_DIAGONAL = frozenset({"cz", "zz", "rzz"})

# What each gate is in stdgates.inc, for texts that are complete in themselves. Global phases are left out.
DEFINITIONS: Mapping[str, str] = {
    "prx": "gate prx(theta, phi) a { rz(-phi) a; rx(theta) a; rz(phi) a; }",
    "gpi": "gate gpi(phi) a { rz(-phi) a; rx(pi) a; rz(phi) a; }",
    "gpi2": "gate gpi2(phi) a { rz(-phi) a; rx(pi / 2) a; rz(phi) a; }",
    "zz": "gate zz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }",
    "rzz": "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }",
    "ms": "gate ms(p, q, theta) a, b { rz(-p) a; rz(-q) b; h a; h b; cx a, b; rz(theta) b; cx a, b; h a; h b; rz(p) a; rz(q) b; }",
    "iswap": "gate iswap a, b { s a; s b; h a; cx a, b; cx b, a; h b; }",
    "xy": "gate xy(theta) a, b { s b; h a; cx a, b; ry(-theta / 2) a; ry(-theta / 2) b; cx a, b; h a; sdg b; }",
    "ecr": ("gate ecr a, b { h b; cx a, b; rz(pi / 4) b; cx a, b; h b; x a; h b; cx a, b; rz(-pi / 4) b; cx a, b; h b; }"),
}
# Native two-qubit gate → the gate that the router and the translator know.
ROUTED: Mapping[str, str] = {
    "cz": "cz",
    "cx": "cx",
    "ecr": "ecr",
    "iswap": "iswap",
    "xy": "iswap",
    "zz": "rzz",
    "rzz": "rzz",
    "ms": "rxx",
}
# Native one-qubit gates → how a turn is written with them; the first set that the device has.
STYLES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"prx"}), "prx"),
    (frozenset({"gpi", "gpi2"}), "gpi"),
    (frozenset({"sx", "x", "rz"}), "sx"),
    (frozenset({"rx", "rz"}), "rx"),
)


@dataclass(frozen=True)
class Operation:
    """`name`: a native gate, measure, barrier or delay; `qubits` as the device numbers them; `params` of a delay: its length, its unit."""

    name: str
    qubits: tuple[int, ...]
    params: tuple[Angle, ...] = ()
    clbit: int | None = None


@dataclass
class Writer:
    """Native operations in order, made of turns u(theta, phi, lam) and the routed two-qubit gate."""

    style: str
    two: str
    operations: list[Operation] = field(default_factory=list)
    _frames: dict[int, Angle] = field(default_factory=dict)

    def write(self, circuit: QuantumCircuit) -> list[Operation]:
        """`circuit`: routed, in u, the routed two-qubit gate, measure, barrier and delay. Raises EngineProblem for anything else."""
        place = {qubit: index for index, qubit in enumerate(circuit.qubits)}
        bits = {clbit: index for index, clbit in enumerate(circuit.clbits)}
        for instruction in circuit.data:
            operation, qubits = instruction.operation, tuple(place[qubit] for qubit in instruction.qubits)
            if operation.name == "u":
                self._turn(qubits[0], *operation.params)
            elif operation.name == ROUTED[self.two]:
                self._couple(qubits, operation.params)
            elif operation.name == "measure":
                self._settle(qubits[0])
                self._emit("measure", qubits, (), bits[instruction.clbits[0]])
            elif operation.name == "barrier":
                self._emit("barrier", qubits)
            elif operation.name == "delay":
                self._emit("delay", qubits, (operation.params[0], operation.unit))
            else:
                raise unsupported(f"The compiler left the operation {operation.name!r}, which the device does not have.")
        for qubit in list(self._frames):
            self._settle(qubit)
        return self.operations

    def _turn(self, qubit: int, theta: Angle, phi: Angle, lam: Angle) -> None:
        """U(theta, phi, lam) = Rz(phi) Ry(theta) Rz(lam) up to its phase."""
        if not is_open(theta) and float(theta) < 0:
            theta, phi, lam = -float(theta), _sum(phi, math.pi), _sum(lam, -math.pi)
        if _is(theta, 0.0, 2 * math.pi):
            self._advance(qubit, _sum(phi, lam))
        elif self.style == "prx":
            self._advance(qubit, lam)
            self._emit("prx", (qubit,), (_angle(theta), _angle(_HALF - self._frame(qubit))))
            self._advance(qubit, phi)
        elif _is(theta, _HALF, 2 * math.pi):
            self._advance(qubit, _sum(lam, -_HALF))
            self._pulse(qubit, half=True)
            self._advance(qubit, _sum(phi, _HALF))
        elif _is(theta, math.pi, 2 * math.pi):
            self._advance(qubit, _sum(lam, -_HALF))
            self._pulse(qubit, half=False)
            self._advance(qubit, _sum(phi, _HALF))
        else:
            self._advance(qubit, lam)
            self._pulse(qubit, half=True)
            self._advance(qubit, _sum(theta, math.pi))
            self._pulse(qubit, half=True)
            self._advance(qubit, _sum(phi, math.pi))

    def _pulse(self, qubit: int, *, half: bool) -> None:
        """Rx of a half or a whole turn, about an axis that the frame has moved."""
        if self.style == "gpi":
            self._emit("gpi2" if half else "gpi", (qubit,), (_angle(-self._frame(qubit)),))
            return
        self._flush(qubit)
        if self.style == "sx":
            self._emit("sx" if half else "x", (qubit,))
        else:
            self._emit("rx", (qubit,), (_HALF if half else math.pi,))

    def _couple(self, qubits: tuple[int, ...], params: Sequence[Angle]) -> None:
        first, second = qubits
        if self.two == "ms":
            phases = tuple(_angle(-self._frame(qubit)) for qubit in qubits)
            self._emit("ms", qubits, (*phases, _angle(params[0])))
            return
        if ROUTED[self.two] == "iswap":
            # A turn about z before it is the same turn of the other qubit after it.
            self._frames[first], self._frames[second] = self._frame(second), self._frame(first)
        elif self.two not in _DIAGONAL:
            self._flush(first)
            self._flush(second)
        self._emit(self.two, qubits, (math.pi,) if self.two == "xy" else tuple(_angle(param) for param in params))

    def _settle(self, qubit: int) -> None:
        """At the end or before a measurement nothing can tell a frame; a device that has rz gets it written, for it costs nothing."""
        if self.style in ("rx", "sx"):
            self._flush(qubit)
        else:
            self._frames.pop(qubit, None)

    def _flush(self, qubit: int) -> None:
        frame = self._frames.pop(qubit, 0.0)
        if _is(frame, 0.0, 2 * math.pi):
            return
        if self.style in ("rx", "sx"):
            self._emit("rz", (qubit,), (_angle(frame),))
        elif self.style == "prx":
            self._emit("prx", (qubit,), (math.pi, 0.0))
            self._emit("prx", (qubit,), (math.pi, _angle(frame / 2)))
        else:
            self._emit("gpi", (qubit,), (0.0,))
            self._emit("gpi", (qubit,), (_angle(frame / 2),))

    def _frame(self, qubit: int) -> Angle:
        return self._frames.get(qubit, 0.0)

    def _advance(self, qubit: int, angle: Angle) -> None:
        self._frames[qubit] = _sum(self._frame(qubit), angle)

    def _emit(self, name: str, qubits: tuple[int, ...], params: tuple[Angle, ...] = (), clbit: int | None = None) -> None:
        self.operations.append(Operation(name, qubits, params, clbit))


def write_text(operations: Sequence[Operation], registers: Sequence[tuple[str, int]], inputs: Sequence[str], names: Sequence[str]) -> str:
    """OpenQASM 3 on physical qubits. `registers`: of all classical bits, in order; `names[q]`: the number that the device gives qubit q."""
    bits = [f"{name}[{bit}]" for name, width in registers for bit in range(width)]
    lines = ["OPENQASM 3.0;", 'include "stdgates.inc";']
    used = dict.fromkeys(operation.name for operation in operations)
    called = _free_names([name for name in used if name in DEFINITIONS], {*inputs, *(name for name, _ in registers)})
    lines += [DEFINITIONS[name].replace(f"gate {name}", f"gate {called[name]}", 1) for name in called]
    lines += [f"input float {name};" for name in inputs]
    lines += [f"bit[{width}] {name};" for name, width in registers]
    for operation in operations:
        qubits = ", ".join(f"${names[qubit]}" for qubit in operation.qubits)
        if operation.name == "measure":
            assert operation.clbit is not None
            lines.append(f"{bits[operation.clbit]} = measure {qubits};")
        elif operation.name == "delay":
            lines.append(f"delay[{_length(*operation.params)}] {qubits};")
        else:
            params = f"({', '.join(map(_number, operation.params))})" if operation.params else ""
            lines.append(f"{called.get(operation.name, operation.name)}{params} {qubits};")
    return "\n".join(lines) + "\n"


def _free_names(gates: Sequence[str], taken: set[str]) -> dict[str, str]:
    """A program may call an input or a register as a gate is called here; then the gate steps aside."""
    found = {}
    for gate in gates:
        name = gate
        while name in taken:
            name += "_"
        found[gate] = name
    return found


def is_open(angle: Angle) -> bool:
    """Does it wait for inputs?"""
    return bool(getattr(angle, "parameters", None))


def _length(length: Any, unit: str) -> str:
    """The compiler counts in seconds; programs are written in nanoseconds, to a femtosecond."""
    if unit == "s" and not is_open(length):
        return f"{round(float(length) * 1e9, 6)!r}ns"
    return f"{_number(length)}{unit}"


def _number(angle: Angle) -> str:
    # Never a nearby fraction of pi: the text holds the very angle.
    return str(angle) if is_open(angle) else repr(float(angle)) if not isinstance(angle, int) else str(angle)


def _sum(left: Angle, right: Angle) -> Angle:
    total = left + right
    return total if is_open(total) else float(total)


def _angle(angle: Angle) -> Angle:
    """A number between -pi and pi; an expression stays as it is. A whole turn is a phase, which no gate here turns into more."""
    return angle if is_open(angle) else math.remainder(float(angle), 2 * math.pi)


def _is(angle: Angle, value: float, period: float) -> bool:
    return not is_open(angle) and abs(math.remainder(float(angle) - value, period)) <= _ZERO
