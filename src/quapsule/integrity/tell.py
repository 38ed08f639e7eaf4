"""Where two programs differ, in words for those who wrote them."""

from collections.abc import Mapping, Sequence

from .meaning import Barrier, Delay, Gate, If, Measure, Reset, Step
from .wires import Item


def name_bit(clbit: int, registers: Sequence[tuple[str, int]]) -> str:
    for name, width in registers:
        if clbit < width:
            return f"classical bit {name}[{clbit}]" if name else f"classical bit {clbit}"
        clbit -= width
    return f"classical bit {clbit}"


def tell_measurements(asked: Mapping[int, int], given: Mapping[int, int], registers: Sequence[tuple[str, int]]) -> str | None:
    """Of clbit → qubit at the end."""
    for clbit in sorted(asked.keys() | given.keys()):
        name = name_bit(clbit, registers)
        if clbit not in given:
            return f"{name} is not measured at the end of the program given"
        if clbit not in asked:
            return f"{name} is measured at the end of the program given, and was not in the program asked for"
        if asked[clbit] != given[clbit]:
            return f"{name} is measured from another qubit: {given[clbit]}, where {asked[clbit]} was asked for"
    return None


def tell_delays(left: Sequence[Item], right: Sequence[Item]) -> str | None:
    """Waits of what is left of both: each qubit's, in order."""
    asked, given = _delays(left), _delays(right)
    for qubit in sorted(asked.keys() | given.keys()):
        one, other = asked.get(qubit, []), given.get(qubit, [])
        if len(one) > len(other):
            return f"a delay of {_length(one[len(other)])} on qubit {qubit} is lost"
        if len(one) < len(other):
            return f"a delay of {_length(other[len(one)])} on qubit {qubit} was not asked for"
        for first, second in zip(one, other, strict=True):
            same = first.text == second.text if first.seconds is None or second.seconds is None else _close(first.seconds, second.seconds)
            if not same:
                return f"a delay on qubit {qubit} is {_length(second)}, where {_length(first)} was asked for"
    return None


def tell_difference(left: Sequence[Item], right: Sequence[Item]) -> str:
    """The first steps that do not agree."""
    if not left:
        return f"{tell_step(right[0].step)} was not asked for"
    first = left[0]
    other = next((item for item in right if not set(item.wires).isdisjoint(first.wires)), None)
    if other is None:
        return f"{tell_step(first.step)} has no counterpart"
    one, two = tell_step(first.step), tell_step(other.step)
    if one == two:
        return f"{one} has another angle or matrix than was asked for" if isinstance(first.step, Gate) else f"{one} differs within"
    return f"{one} was asked for, {two} stands there"


def tell_step(step: Step) -> str:
    if isinstance(step, Gate):
        return f"gate {step.name} on {_qubits(step.qubits)}"
    if isinstance(step, Measure):
        return f"the measurement of qubit {step.qubit} into classical bit {step.clbit}"
    if isinstance(step, Reset):
        return f"the reset of qubit {step.qubit}"
    if isinstance(step, Barrier):
        return f"the barrier on {_qubits(step.qubits)}"
    if isinstance(step, Delay):
        return f"the delay of {_length(step)} on {_qubits(step.qubits)}"
    assert isinstance(step, If)
    bits = ", ".join(map(str, step.condition.clbits))
    return f"the branch on classical bits {bits} = {step.condition.value}"


def _delays(items: Sequence[Item]) -> dict[int, list[Delay]]:
    out: dict[int, list[Delay]] = {}
    for item in items:
        if isinstance(item.step, Delay):
            for qubit in item.step.qubits:
                out.setdefault(qubit, []).append(item.step)
    return out


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


def _length(delay: Delay) -> str:
    return delay.text or f"{delay.seconds:g} s"


def _qubits(qubits: Sequence[int]) -> str:
    if len(qubits) > 6:
        return f"{len(qubits)} qubits"
    return f"qubit{'s' if len(qubits) != 1 else ''} {', '.join(map(str, qubits))}"
