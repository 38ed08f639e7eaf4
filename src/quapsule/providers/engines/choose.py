"""Which engine runs a circuit, and why: the exact ones only, by predicted time, within the memory there is."""

from dataclasses import dataclass

from .facts import Facts, most_qubits, statevector_bytes
from .problems import EngineProblem

# Seconds, fitted to runs of random circuits on two cores; they only need to rank the engines.
_STATEVECTOR_OPERATION = 1.2e-9  # per gate and amplitude
_STATEVECTOR_START = 5e-4
_STABILIZER_SHOT = 1e-8  # per shot and squared qubit
_STABILIZER_GATE = 2e-6
_TENSOR_START = 5e-3
_TENSOR_GATE = 8e-5
_TENSOR_WORK = 2e-8  # per cubed bond of a two-qubit gate
_TENSOR_SHOT = 1e-9  # per shot and complex number kept
_TENSOR_SHOT_SITE = 5e-7  # per shot and qubit
_TENSOR_WORKSPACE = 4  # copies of the tensors during a decomposition
_SHOT_BYTES = 200  # of one distinct outcome

NOMINAL_SHOTS = 1000


@dataclass(frozen=True)
class Limits:
    """`memory_bytes` that a simulation may take; `max_qubits` of the backend, None when it names none."""

    memory_bytes: int
    max_qubits: int | None = None


@dataclass(frozen=True)
class Choice:
    method: str
    why: str
    seconds: float
    memory_bytes: int


def choose(facts: Facts, shots: int, limits: Limits) -> Choice:
    """Raises EngineProblem too_many_qubits, with numbers, when no exact engine can hold the circuit."""
    if limits.max_qubits is not None and facts.qubits > limits.max_qubits:
        raise EngineProblem("too_many_qubits", f"The circuit has {facts.qubits} qubits; the backend takes {limits.max_qubits}.")
    repeats = shots if facts.dynamic else 1
    choices = [choice for choice in (_statevector(facts, repeats), _stabilizer(facts, shots), _tensors(facts, shots, repeats)) if choice]
    fitting = [choice for choice in choices if choice.memory_bytes + _outcomes(facts, shots) <= limits.memory_bytes]
    if not fitting:
        raise EngineProblem("too_many_qubits", _refusal(facts, limits))
    return min(fitting, key=lambda choice: choice.seconds)


def _statevector(facts: Facts, repeats: int) -> Choice:
    qubits = facts.active_qubits
    seconds = _STATEVECTOR_START + _STATEVECTOR_OPERATION * max(1, facts.gates) * 2.0 ** min(qubits, 1000) * repeats
    fit = "fits" if qubits == 1 else "fit"
    why = f"{_qubits(qubits)} {fit} a state vector ({_bytes(statevector_bytes(qubits))}), the fastest exact engine for this circuit"
    return Choice("statevector", why, seconds, statevector_bytes(qubits))


def _stabilizer(facts: Facts, shots: int) -> Choice | None:
    if not facts.clifford:
        return None
    qubits = facts.qubits
    repeats = shots if facts.dynamic else 1
    seconds = 2 * _STATEVECTOR_START + _STABILIZER_SHOT * qubits**2 * shots + _STABILIZER_GATE * facts.gates * repeats
    why = f"all {facts.gates} gates are Clifford, so {_qubits(qubits)} need {qubits}² bits instead of 2^{qubits} amplitudes"
    return Choice("stabilizer", why, seconds, 1 << 20 | qubits * qubits)


def _tensors(facts: Facts, shots: int, repeats: int) -> Choice | None:
    if facts.bond_bits is None or facts.bond_bits > 60:
        return None
    per_shot = _TENSOR_SHOT * facts.bond_numbers + _TENSOR_SHOT_SITE * facts.qubits
    seconds = _TENSOR_START + (_TENSOR_GATE * facts.gates + _TENSOR_WORK * facts.bond_work) * repeats + per_shot * shots
    memory = int(16 * _TENSOR_WORKSPACE * facts.bond_numbers)
    why = (
        f"entanglement is low: a matrix product state of {_qubits(facts.qubits)} needs a bond dimension of at most {1 << facts.bond_bits:,}"
    )
    return Choice("matrix_product_state", why, seconds, memory)


def _outcomes(facts: Facts, shots: int) -> int:
    return int(min(shots, 2.0 ** min(facts.clbits, 60)) * (_SHOT_BYTES + facts.clbits))


def _refusal(facts: Facts, limits: Limits) -> str:
    qubits = facts.active_qubits
    text = (
        f"{_qubits(qubits)} as a state vector take {_bytes(statevector_bytes(qubits))}; this engine has {_bytes(limits.memory_bytes)}, "
        f"enough for {most_qubits(limits.memory_bytes)} qubits."
    )
    if not facts.clifford:
        text += f" The gate '{facts.first_non_clifford}' is not Clifford, so the stabilizer engine cannot run it"
        if facts.bond_bits is None:
            return text + ", and its branches or wide gates keep it from a matrix product state."
        return text + f", and a matrix product state could need a bond dimension of 2^{facts.bond_bits}."
    return text


def _qubits(count: int) -> str:
    return "1 qubit" if count == 1 else f"{count} qubits"


def _bytes(size: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"):
        if size < 1024 or unit == "EiB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if size < 1e6 else f"{size:.1e} {unit}"
