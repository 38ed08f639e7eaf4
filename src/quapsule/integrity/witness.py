"""What a framework's own circuit object means, written down small, so that the text made of it can be checked in another place.

A program of ordinary size is written down whole: every step with its matrix. A larger one leaves a fingerprint of each block of gates on a
pair of qubits, or, larger still, one weighted sum of these fingerprints, which equal programs share and different ones do not.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .blocks import merge
from .compare import Finding, compare, mismatch
from .fingerprint import SUM_TOLERANCE, fingerprint
from .meaning import Barrier, Condition, Delay, Gate, If, Matrix, Meaning, Measure, Reset, Step, Unreadable
from .tell import tell_measurements
from .terminal import split_terminal

MOST_BYTES = 250_000
VERSION = 1
_DRAWN_FROM = 71_993


def make_witness(build: Callable[[Mapping[str, float]], Meaning], parameters: Sequence[str] = ()) -> dict[str, Any] | None:
    """`build(values)` gives the circuit's meaning with each named input (as the OpenQASM text names it) bound to a number.

    JSON-able and below 256 kB; carries the values that it drew. None when the circuit cannot be reduced."""
    drawn = np.random.default_rng(_DRAWN_FROM)
    draws: list[dict[str, float]] = [{name: float(drawn.uniform(-3.0, 3.0)) for name in parameters} for _ in range(2 if parameters else 1)]
    try:
        meanings = [build(values) for values in draws]
    except Unreadable:
        return None
    head = {"version": VERSION, "parameters": list(parameters), "values": draws}
    estimated = sum(_estimate(meaning.steps) for meaning in meanings)
    if estimated <= MOST_BYTES:
        whole = head | {"kind": "whole", "meanings": [_write(meaning) for meaning in meanings]}
        if estimated * 3 <= MOST_BYTES or len(json.dumps(whole)) <= MOST_BYTES:
            return whole
    return head | {"kind": "sum", "meanings": [_write_sum(meaning) for meaning in meanings]}


@dataclass(frozen=True)
class Witness:
    kind: str
    parameters: tuple[str, ...]
    values: tuple[Mapping[str, float], ...]
    meanings: tuple[Mapping[str, Any], ...]


def read_witness(given: Mapping[str, Any]) -> Witness:
    """Raises Unreadable for what is no witness: it comes out of a box in which a user's code ran."""
    try:
        if given["version"] != VERSION or given["kind"] not in ("whole", "sum"):
            raise Unreadable("a witness of another version")
        values = tuple({str(name): float(number) for name, number in one.items()} for one in given["values"])
        meanings = tuple(given["meanings"])
        if not values or len(values) != len(meanings) or len(values) > 4:
            raise Unreadable("a witness without values")
        return Witness(str(given["kind"]), tuple(map(str, given["parameters"])), values, meanings)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise Unreadable("the witness is damaged") from problem


def spot(witness: Witness, index: int, given: Meaning, seed: int) -> Finding:
    """One of the witness's draws against what the text means at the same values. Raises Unreadable for a damaged witness."""
    written = witness.meanings[index]
    try:
        if witness.kind == "whole":
            return compare(_read(written), given, seed=seed)
        return _compare_sum(written, given)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
        raise Unreadable("the witness is damaged") from problem


def _write_sum(meaning: Meaning) -> dict[str, Any]:
    """Each block weighs by its wires and its place on them, so that no two can change places."""
    rest, ends = split_terminal(meaning.steps)
    merged = merge(rest)
    total = fingerprint(merged)
    return {
        "qubits": meaning.qubits,
        "registers": [list(register) for register in meaning.registers],
        "ends": [[clbit, qubit] for clbit, qubit in sorted(ends.items())],
        "blocks": len(merged),
        "sum": [[float(one.real), float(one.imag)] for one in total],
    }


def _compare_sum(written: Mapping[str, Any], given: Meaning) -> Finding:
    asked_ends = {int(clbit): int(qubit) for clbit, qubit in written["ends"]}
    found = _write_sum(given)
    if told := tell_measurements(asked_ends, dict(found["ends"]), [(str(name), int(width)) for name, width in written["registers"]]):
        return mismatch("structure", told)
    numbers = {"blocks": int(written["blocks"])}
    one, other = (np.array([complex(*pair) for pair in side["sum"]]) for side in (written, found))
    if one.shape == other.shape and numbers["blocks"] == found["blocks"]:
        distance = float(np.abs(one - other).max())
        if distance <= SUM_TOLERANCE * (1 + numbers["blocks"]):
            return Finding("structure", "equivalent", {**numbers, "distance": distance})
    return Finding("none", "not_checked", numbers, ("a program this large is compared by its blocks of gates, and these differ in form",))


def _estimate(steps: Sequence[Step]) -> int:
    """Bytes as JSON, from above where no two matrices are the same."""
    total = 0
    for step in steps:
        if isinstance(step, Gate):
            total += 60 + 22 * step.matrix.size
        elif isinstance(step, If):
            total += 60 + _estimate(step.then) + _estimate(step.otherwise)
        else:
            total += 40 if not isinstance(step, (Barrier, Delay)) else 40 + 6 * len(step.qubits)
        if total > 4 * MOST_BYTES:
            break
    return total


def _write(meaning: Meaning) -> dict[str, Any]:
    matrices: dict[bytes, int] = {}
    steps = [_write_step(step, matrices) for step in meaning.steps]
    return {
        "qubits": meaning.qubits,
        "registers": [list(register) for register in meaning.registers],
        "matrices": [base64.b64encode(one).decode("ascii") for one in matrices],
        "steps": steps,
    }


def _write_step(step: Step, matrices: dict[bytes, int]) -> list[Any]:
    if isinstance(step, Gate):
        return ["g", step.name[:20], list(step.qubits), matrices.setdefault(step.matrix.tobytes(), len(matrices))]
    if isinstance(step, Measure):
        return ["m", step.qubit, step.clbit]
    if isinstance(step, Reset):
        return ["r", step.qubit]
    if isinstance(step, Barrier):
        return ["b", list(step.qubits)]
    if isinstance(step, Delay):
        return ["d", list(step.qubits), step.seconds, step.text]
    branches = [[_write_step(one, matrices) for one in branch] for branch in (step.then, step.otherwise)]
    return ["i", list(step.condition.clbits), step.condition.value, *branches]


def _read(written: Mapping[str, Any]) -> Meaning:
    matrices = []
    for text in written["matrices"]:
        flat = np.frombuffer(base64.b64decode(text), dtype=np.complex128)
        size = round(float(flat.size) ** 0.5)
        matrix = flat.reshape(size, size)
        if size & (size - 1) or not np.isfinite(flat).all():
            raise ValueError("no matrix of qubits")
        matrices.append(matrix)
    qubits = int(written["qubits"])
    registers = tuple((str(name), int(width)) for name, width in written["registers"])
    clbits = sum(width for _, width in registers)
    steps = tuple(_read_step(step, matrices, qubits, clbits, 0) for step in written["steps"])
    return Meaning(qubits, registers, steps)


def _read_step(written: Sequence[Any], matrices: Sequence[Matrix], qubits: int, clbits: int, depth: int) -> Step:
    kind = written[0]
    if kind == "g":
        matrix, at = matrices[_below(written[3], len(matrices))], _all_below(written[2], qubits)
        if matrix.shape[0] != 1 << len(at) or len(set(at)) != len(at):
            raise ValueError("a matrix that does not fit its qubits")
        return Gate(str(written[1]), at, matrix)
    if kind == "m":
        return Measure(_below(written[1], qubits), _below(written[2], clbits))
    if kind == "r":
        return Reset(_below(written[1], qubits))
    if kind == "b":
        return Barrier(_all_below(written[1], qubits))
    if kind == "d":
        return Delay(_all_below(written[1], qubits), None if written[2] is None else float(written[2]), str(written[3]))
    if kind != "i" or depth > 60:
        raise ValueError("no step")
    condition = Condition(_all_below(written[1], clbits), int(written[2]))
    then, otherwise = (tuple(_read_step(one, matrices, qubits, clbits, depth + 1) for one in branch) for branch in written[3:5])
    return If(condition, then, otherwise)


def _below(number: Any, most: int) -> int:
    if not isinstance(number, int) or not 0 <= number < most:
        raise ValueError("no such qubit, bit or matrix")
    return number


def _all_below(numbers: Sequence[Any], most: int) -> tuple[int, ...]:
    return tuple(_below(number, most) for number in numbers)
