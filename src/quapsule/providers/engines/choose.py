"""Which engine runs a circuit, and why: by predicted time, within the memory there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from .costs import Cost, Noisy, estimate_costs
from .facts import Facts, most_qubits, statevector_bytes
from .problems import EngineProblem

_SHOT_BYTES = 200  # of one distinct outcome

NOMINAL_SHOTS = 1000


@dataclass(frozen=True)
class Limits:
    """`memory_bytes` that a simulation may take; `max_qubits` of the backend, None when it names none."""

    memory_bytes: int
    max_qubits: int | None = None


@dataclass(frozen=True)
class Choice:
    """`seconds` predicted for all the bindings together."""

    engine: str
    method: str
    why: str
    seconds: float
    memory_bytes: int

    @property
    def form(self) -> str:
        """Which form of the circuit it runs."""
        return self.method if self.engine == "aer" else self.engine


def choose(
    facts: Facts,
    shots: int,
    limits: Limits,
    noise: Noisy | None = None,
    methods: Sequence[str] | None = None,
    bindings: int = 1,
) -> Choice:
    """`methods`: those that the backend's simulator stands for, None for any. `shots` of each binding.

    Raises EngineProblem too_many_qubits, with numbers, when no engine that may can hold the circuit."""
    if limits.max_qubits is not None and facts.qubits > limits.max_qubits:
        raise EngineProblem("too_many_qubits", f"The circuit has {facts.qubits} qubits; the backend takes {limits.max_qubits}.")
    costs = estimate_costs(facts, shots, noise)
    if methods is None and noise is None:
        methods = ("statevector", "stabilizer", "matrix_product_state")
    allowed = [cost for cost in costs if methods is None or cost.method in methods]
    fitting = [cost for cost in allowed if cost.memory_bytes + _outcomes(facts, shots) <= limits.memory_bytes]
    if not fitting:
        raise EngineProblem("too_many_qubits", _refusal(facts, limits, methods))
    best = min(fitting, key=lambda cost: cost.seconds)
    why = _why(best, facts, noise)
    if methods is not None and len(methods) == 1:
        why += "; it is what this backend's simulator is"
    return Choice(best.engine, best.method, why, best.seconds * bindings, best.memory_bytes)


def _why(cost: Cost, facts: Facts, noise: Noisy | None) -> str:
    qubits = _qubits(facts.active_qubits)
    fit = "fits" if facts.active_qubits == 1 else "fit"
    if cost.method == "density_matrix":
        said = f"{qubits} {fit} a density matrix ({_bytes(16.0 * 4.0**facts.active_qubits)})"
        return said + (", which holds all that noise can do, in one run" if noise else "")
    if cost.method == "stabilizer":
        qubits = _qubits(facts.qubits)
        said = f"all {facts.gates} gates are Clifford, so {qubits} need {facts.qubits}² bits instead of 2^{facts.qubits} amplitudes"
    elif cost.method == "matrix_product_state":
        bond = 1 << (facts.bond_bits or 0)
        said = f"entanglement is low: a matrix product state of {_qubits(facts.qubits)} needs a bond dimension of at most {bond:,}"
    else:
        said = f"{qubits} {fit} a state vector ({_bytes(statevector_bytes(facts.active_qubits))})"
        said += "" if noise else ", the fastest exact engine for this circuit"
    return said + ("; every shot draws its own noise" if noise else "")


def _outcomes(facts: Facts, shots: int) -> int:
    return int(min(shots, 2.0 ** min(facts.clbits, 60)) * (_SHOT_BYTES + facts.clbits))


def _refusal(facts: Facts, limits: Limits, methods: Sequence[str] | None) -> str:
    qubits = facts.active_qubits
    if methods is not None and "statevector" not in methods:
        return _narrow_refusal(facts, limits, methods)
    text = (
        f"{_qubits(qubits)} as a state vector take {_bytes(statevector_bytes(qubits))}; this engine has {_bytes(limits.memory_bytes)}, "
        f"enough for {most_qubits(limits.memory_bytes)} qubits."
    )
    if not facts.clifford and (methods is None or "stabilizer" in methods):
        text += f" The gate '{facts.first_non_clifford}' is not Clifford, so the stabilizer engine cannot run it"
        if facts.bond_bits is None:
            return text + ", and its branches or wide gates keep it from a matrix product state."
        return text + f", and a matrix product state could need a bond dimension of 2^{facts.bond_bits}."
    return text


def _narrow_refusal(facts: Facts, limits: Limits, methods: Sequence[str]) -> str:
    if "density_matrix" in methods:
        text = f"{_qubits(facts.active_qubits)} as a density matrix take {_bytes(16.0 * 4.0 ** min(facts.active_qubits, 500))}; "
        return text + f"this engine has {_bytes(limits.memory_bytes)}, enough for {most_qubits(limits.memory_bytes) // 2} qubits."
    if facts.bond_bits is None:
        return "The program's branches or wide gates keep it from a matrix product state, which is what this backend's simulator is."
    text = f"A matrix product state of these {_qubits(facts.qubits)} could need a bond dimension of 2^{facts.bond_bits}"
    return text + f", which does not fit into the {_bytes(limits.memory_bytes)} that this engine has."


def _qubits(count: int) -> str:
    return "1 qubit" if count == 1 else f"{count} qubits"


def _bytes(size: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"):
        if size < 1024 or unit == "EiB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if size < 1e6 else f"{size:.1e} {unit}"
