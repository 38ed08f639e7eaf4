"""OpenQASM programs whose distribution is known twice: by the page's engines, and here by the server's own reading of the text."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import ClassicalRegister, Clbit, IfElseOp, QuantumCircuit
from qiskit.quantum_info import Operator, Statevector

from quapsule.providers.engines.program import read_program

_HEAD3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
_HEAD2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
# Different angles, and measured crosswise into two registers: nothing of it is its own mirror image.
_ANGLES = "ry(0.3) q[0]; ry(0.9) q[1]; rx(1.7) q[2]; x q[3]; "
CROSSWISE = "a[1] = measure q[0]; b[0] = measure q[1]; a[0] = measure q[2]; b[1] = measure q[3];\n"
_NIBBLE = "qubit[4] q;\nbit[2] a;\nbit[2] b;\n"

# Programs that end with their measurements: both engines run them.
PLAIN = {
    "bell": f"{_HEAD3}qubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n",
    "crosswise": f"{_HEAD3}{_NIBBLE}{_ANGLES}{CROSSWISE}",
    "crosswise, entangled": f"{_HEAD3}{_NIBBLE}{_ANGLES}cx q[0], q[2]; cz q[1], q[3]; h q[1]; cp(0.4) q[2], q[0]; ry(0.2) q[0];\n"
    f"{CROSSWISE}",
    "bits never written": f"{_HEAD3}qubit[3] q;\nbit[5] c;\nry(1.1) q[0];\nry(0.5) q[2];\nc[3] = measure q[0];\nc[1] = measure q[2];\n",
    "nothing measured": f"{_HEAD3}qubit a;\nqubit[3] b;\nry(0.7) a;\ncx a, b[1];\nrx(2.1) b[2];\n",
    "one qubit into two bits": f"{_HEAD3}qubit[2] q;\nbit[3] c;\nry(1.3) q[1];\nc[0] = measure q[1];\nc[2] = measure q[1];\n",
    "a bit written twice": f"{_HEAD3}qubit[2] q;\nbit[2] c;\nry(1.3) q[0];\nry(0.4) q[1];\nc[0] = measure q[0];\nc[0] = measure q[1];\n",
    "phases seen": f"{_HEAD3}{_NIBBLE}{_ANGLES}s q[0]; t q[1]; sdg q[2]; tdg q[3]; p(0.3) q[0]; rz(0.8) q[1];\nh q;\n{CROSSWISE}",
    "u, u2, u3": f"{_HEAD3}{_NIBBLE}U(0.1, 0.2, 0.3) q[0]; u2(0.4, 0.5) q[1]; u3(0.6, 0.7, 0.8) q[2]; h q[3]; sx q[3];\nh q;\n{CROSSWISE}",
    "controlled": f"{_HEAD3}{_NIBBLE}{_ANGLES}cy q[0], q[1]; ch q[1], q[2]; crz(0.5) q[2], q[0]; cu(0.1, 0.2, 0.3, 0.4) q[3], q[0];\n"
    f"crx(0.3) q[0], q[1]; cry(0.6) q[2], q[1];\nh q;\n{CROSSWISE}",
    "swaps": f"{_HEAD3}{_NIBBLE}{_ANGLES}swap q[0], q[3]; cswap q[3], q[1], q[2]; ccx q[0], q[1], q[2];\n{CROSSWISE}",
    "modifiers": f"{_HEAD3}{_NIBBLE}{_ANGLES}ctrl @ ry(0.4) q[0], q[1]; negctrl @ x q[2], q[0]; inv @ s q[1]; pow(2) @ t q[2];\n"
    f"h q;\n{CROSSWISE}",
    "a gate of one's own": f"{_HEAD3}gate mine(a, b) p, r {{ ry(a) p; cx p, r; rz(b) r; h r; }}\n{_NIBBLE}{_ANGLES}"
    f"mine(0.3, 0.8) q[2], q[1]; ctrl @ mine(0.5, 0.1) q[3], q[0], q[2];\n{CROSSWISE}",
    "a phase under a control": f"{_HEAD3}gate mine p {{ gphase(0.9); x p; }}\n{_NIBBLE}{_ANGLES}ctrl @ mine q[0], q[1];\nh q;\n{CROSSWISE}",
    "a loop": f"{_HEAD3}qubit[4] q;\nbit[4] c;\nfor int i in [0:2] {{ ry(0.2 * (i + 1)) q[i]; cx q[i], q[i + 1]; }}\nc = measure q;\n",
    "an alias": f"{_HEAD3}qubit[4] q;\nbit[2] c;\nlet mine = q[1:2];\nry(0.4) mine[0];\nry(0.8) mine[1];\nc = measure mine;\n",
    "version 2": f"{_HEAD2}qreg q[3];\ncreg a[2];\ncreg b[2];\nu3(0.3,0.2,0.1) q[0];\ncu3(0.7,0.8,0.9) q[0],q[1];\ncu1(0.4) q[1],q[2];\n"
    "u2(0.1,0.2) q[2];\nh q;\nmeasure q[0] -> b[1];\nmeasure q[2] -> a[0];\n",
    "version 2, all at once": f"{_HEAD2}qreg q[2];\nqreg r[2];\ncreg c[2];\ncreg d[2];\nx q;\ncx q,r;\nrx(0.4) r[1];\n"
    "measure r -> c;\nmeasure q -> d;\n",
    "version 2, a gate of one's own": f"{_HEAD2}gate mine(t) a,b {{ rz(t/2) a; cx a,b; u1(-t) b; h a; }}\nqreg q[3];\ncreg c[3];\n"
    "ry(pi/5) q[1];\nmine(pi/7) q[1],q[2];\nmine(sin(0.3)) q[2],q[0];\nmeasure q -> c;\n",
    "version 2, two-qubit turns": f"{_HEAD2}qreg q[3];\ncreg c[3];\nry(0.4) q[0];\nrzz(0.3) q[0],q[1];\nrxx(0.9) q[1],q[2];\n"
    "h q[0];\nmeasure q -> c;\n",
}

# Measured, reset or asked for in their midst: ours alone runs them.
BRANCHING = {
    "teleportation": f"{_HEAD3}qubit[3] q;\nbit[2] m;\nbit out;\nry(1.1) q[0];\nrz(0.4) q[0];\nh q[1];\ncx q[1], q[2];\n"
    "cx q[0], q[1];\nh q[0];\n"
    "m[0] = measure q[0];\nm[1] = measure q[1];\nif (m[1]) { x q[2]; }\nif (m[0]) { z q[2]; }\nrx(0.7) q[2];\nout = measure q[2];\n",
    "measured and used again": f"{_HEAD3}qubit[2] q;\nbit[3] c;\nry(0.8) q[0];\nc[2] = measure q[0];\nry(0.5) q[0];\ncx q[0], q[1];\n"
    "c[0] = measure q[0];\nc[1] = measure q[1];\n",
    "reset": f"{_HEAD3}qubit[3] q;\nbit[3] c;\nry(0.8) q[0];\ncx q[0], q[1];\nrx(0.6) q[2];\nreset q[0];\nry(0.3) q[0];\nc = measure q;\n",
    "else": f"{_HEAD3}qubit[2] q;\nbit[2] c;\nry(0.9) q[0];\nc[0] = measure q[0];\nif (c[0]) {{ ry(0.3) q[1]; }} else {{ x q[1]; "
    "ry(0.6) q[1]; }\n"
    "c[1] = measure q[1];\n",
    "a register is compared": f"{_HEAD3}qubit[3] q;\nbit[2] c;\nbit d;\nry(0.9) q[0];\nry(1.4) q[1];\nc[0] = measure q[0];\n"
    "c[1] = measure q[1];\n"
    "if (c == 2) { ry(0.5) q[2]; }\nif (c == 1) { x q[2]; }\nd = measure q[2];\n",
    "version 2, if": f"{_HEAD2}qreg q[3];\ncreg c[2];\ncreg d[1];\nry(0.9) q[0];\nry(1.4) q[1];\nmeasure q[0] -> c[0];\n"
    "measure q[1] -> c[1];\n"
    "if(c==2) ry(0.5) q[2];\nif(c==1) x q[2];\nmeasure q[2] -> d[0];\n",
    "five rounds": f"{_HEAD3}qubit[2] q;\nbit[6] c;\n"
    + "".join(f"ry(0.{n + 3}) q[0];\ncx q[0], q[1];\nc[{n}] = measure q[0];\n" for n in range(5))
    + "c[5] = measure q[1];\n",
}


def all_programs() -> dict[str, str]:
    """By name: the ones above, and larger ones of up to 12 qubits."""
    drawn = {f"{kind} of {qubits}": text for kind, qubits, text in _drawn()}
    return PLAIN | BRANCHING | drawn


def brickwork(qubits: int, layers: int, seed: int = 5) -> str:
    """A turn of its own on every qubit and a CX across every second pair, layer by layer."""
    dice = random.Random(seed)
    lines = [f"{_HEAD2}qreg q[{qubits}];\ncreg c[{qubits}];"]
    for layer in range(layers):
        lines += [f"u3({dice.uniform(0, 3):.6f},{dice.uniform(0, 3):.6f},{dice.uniform(0, 3):.6f}) q[{n}];" for n in range(qubits)]
        lines += [f"cx q[{n}],q[{n + 1}];" for n in range(layer % 2, qubits - 1, 2)]
    return "\n".join([*lines, "measure q -> c;"]) + "\n"


def _drawn() -> Iterator[tuple[str, int, str]]:
    for qubits, layers in ((3, 6), (5, 6), (8, 5), (10, 3), (12, 2)):
        yield "brickwork", qubits, brickwork(qubits, layers, seed=qubits)
    for qubits in (4, 9):
        turns = "".join(
            f"h q[{n}];\n" + "".join(f"cp(pi/{2 ** (m - n)}) q[{m}], q[{n}];\n" for m in range(n + 1, qubits)) for n in range(qubits)
        )
        start = "".join(f"ry(0.{n + 1}) q[{n}];\n" for n in range(qubits))
        yield "fourier", qubits, f"{_HEAD3}qubit[{qubits}] q;\nbit[{qubits}] c;\n{start}{turns}c = measure q;\n"
    chain = "".join(f"cx q[{n}], q[{n + 1}];\n" for n in range(11))
    yield "ghz", 12, f"{_HEAD3}qubit[12] q;\nbit[12] c;\nry(0.7) q[0];\n{chain}c = measure q;\n"


Branch = tuple[float, Statevector, dict[Clbit, int]]


def distribution(text: str) -> dict[str, float]:
    """Exact, by the circuit that the server's engines run: bit 0 leftmost."""
    program = read_program("qasm2" if "OPENQASM 2" in text else "qasm3", text)
    circuit, width = program.circuit, program.width
    counted = circuit.clbits[program.first_clbit : program.first_clbit + width]
    last = _ending(circuit)
    chances: dict[str, float] = {}
    for weight, state, bits in _follow([(1.0, Statevector.from_int(0, 2**circuit.num_qubits), {})], circuit, circuit, last):
        for place, chance in enumerate(state.probabilities()):
            if weight * chance < 1e-15:
                continue
            ended = bits | {
                clbit: place >> circuit.find_bit(one.qubits[0]).index & 1 for one in circuit.data[last:] for clbit in one.clbits
            }
            key = "".join(str(ended.get(clbit, 0)) for clbit in counted)
            chances[key] = chances.get(key, 0.0) + weight * float(chance)
    return chances


def _ending(circuit: QuantumCircuit) -> int:
    """Where nothing but measurements is left."""
    last = len(circuit.data)
    while last > 0 and circuit.data[last - 1].operation.name in ("measure", "barrier"):
        last -= 1
    return last


def _follow(branches: list[Branch], block: QuantumCircuit, whole: QuantumCircuit, end: int | None = None) -> list[Branch]:
    for one in block.data[:end]:
        places = [whole.find_bit(qubit).index for qubit in one.qubits]
        if one.operation.name in ("measure", "reset"):
            branches = [after for branch in branches for after in _look(branch, places[0], one.clbits)]
        elif isinstance(one.operation, IfElseOp):
            branches = [after for branch in branches for after in _choose(branch, one, whole)]
        elif one.operation.name != "barrier":
            gate = Operator(one.operation)
            branches = [(weight, state.evolve(gate, places), bits) for weight, state, bits in branches]
    return branches


def _look(branch: Branch, place: int, clbits: Sequence[Clbit]) -> Iterator[Branch]:
    """A measurement; without a classical bit, a reset."""
    weight, state, bits = branch
    ones = np.arange(state.dim) >> place & 1
    for value in (0, 1):
        kept: NDArray[Any] = np.where(ones == value, state.data, 0)
        chance = float(np.vdot(kept, kept).real)
        if chance > 1e-13:
            if not clbits and value == 1:
                kept = kept.reshape(-1, 2, 2**place)[:, ::-1, :].ravel()
            yield weight * chance, Statevector(kept / np.sqrt(chance)), bits | dict.fromkeys(clbits, value)


def _choose(branch: Branch, one: Any, whole: QuantumCircuit) -> list[Branch]:
    asked, wanted = one.operation.condition
    read = list(asked) if isinstance(asked, ClassicalRegister) else [asked]
    holds = sum(branch[2].get(clbit, 0) << n for n, clbit in enumerate(read)) == int(wanted)
    block = one.operation.blocks[0] if holds else one.operation.blocks[1] if len(one.operation.blocks) > 1 else None
    if block is None:
        return [branch]
    # A block has bits of its own, in the order in which it was placed.
    outer = QuantumCircuit(whole.qubits, whole.clbits)
    for register in whole.cregs:
        outer.add_register(register)
    outer.compose(block, one.qubits, one.clbits, inplace=True)
    return _follow([branch], outer, whole)
