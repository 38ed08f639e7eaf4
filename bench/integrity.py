"""What the certificates of a job cost for 2 to 30 qubits, beside preparing and running the same program on the local engine.

Every program is a new one, so that nothing is remembered. `checks`: the witness of the script's own circuit made, the text checked against
it, the engine's circuit checked against the text. `other form`: the same program in other gates, so that matrices have to be compared;
`compiled`: routed on a line, on its own qubits. No platform is started: the shares are of the engine's time alone, so a job's are smaller.
"""

import argparse
import os
import random
import statistics
import time
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the boxes; it is read when numpy is imported

from qiskit import QuantumCircuit, qasm3
from qiskit.transpiler import CouplingMap
from qiskit.transpiler.preset_passmanagers import generate_preset_pass_manager

from bench.figures import machine, verdict
from quapsule.integrity.certificate import Certificate
from quapsule.integrity.certify import Layout, certify_programs, certify_witness
from quapsule.integrity.forms.qiskit import read_circuit
from quapsule.integrity.guard import guard
from quapsule.integrity.sources import of_circuit, of_text
from quapsule.integrity.witness import make_witness
from quapsule.providers.engines.choose import Limits
from quapsule.providers.engines.engine import Engine
from quapsule.providers.engines.serve import answer

WIDTHS = (2, 4, 6, 8, 10, 12, 16, 20, 25, 30)
NATIVE = ["cz", "sx", "rz", "x"]
WANTED_MS = 20.0


@dataclass(frozen=True)
class Row:
    """Milliseconds; `methods` of the hops."""

    witness: float
    script: float
    engine: float
    other: float
    compiled: float
    guarded: float
    run: float | None
    methods: tuple[str, ...]


def layered(qubits: int, seed: int) -> QuantumCircuit:
    """Random turns and CX between neighbours: 4 layers up to 16 qubits, 2 beyond, which an engine can still run."""
    dice = random.Random(seed)
    circuit = QuantumCircuit(qubits, qubits)
    for layer in range(4 if qubits <= 16 else 2):
        for qubit in range(qubits):
            circuit.ry(dice.uniform(-3, 3), qubit)
            circuit.rz(dice.uniform(-3, 3), qubit)
        for qubit in range(layer % 2, qubits - 1, 2):
            circuit.cx(qubit, qubit + 1)
    circuit.measure(range(qubits), range(qubits))
    return circuit


def measure(qubits: int, seed: int, engine: Engine) -> Row:
    circuit = layered(qubits, seed)
    text = qasm3.dumps(circuit)
    other = generate_preset_pass_manager(1, basis_gates=["cx", "u"]).run(circuit)
    line = CouplingMap.from_line(qubits)
    routed = generate_preset_pass_manager(1, basis_gates=NATIVE, coupling_map=line, seed_transpiler=seed).run(circuit)
    layout = Layout(dict(enumerate(routed.layout.initial_index_layout(filter_ancillas=True))))
    found: list[Certificate] = []

    began = time.perf_counter()
    witness = make_witness(lambda values: read_circuit(circuit, values))
    witness_ms = (time.perf_counter() - began) * 1e3
    assert witness is not None
    found.append(certify_witness(text, "qasm3", witness, hop="script → interchange"))
    found.append(certify_programs(of_text(text), of_circuit(circuit), hop="interchange → engine"))
    found.append(certify_programs(of_text(text), of_circuit(other), hop="interchange → other"))
    found.append(certify_programs(of_text(text), of_circuit(routed), hop="interchange → executed", layout=layout))
    found.append(guard(of_text(text), of_circuit(routed))[0])
    for certificate in found[:-1]:
        assert certificate.result == "equivalent", certificate
    script, own, spelled, compiled, guarded = (certificate.seconds * 1e3 for certificate in found)
    run = run_ms(engine, text) if qubits <= 25 else None
    return Row(witness_ms, script, own, spelled, compiled, guarded, run, tuple(certificate.method for certificate in found))


def run_ms(engine: Engine, text: str) -> float:
    """Preparing and 1,000 shots. The engine certifies its own hop inside of this."""
    began = time.perf_counter()
    prepared = say(engine, {"verb": "prepare", "program": {"format": "qasm3", "text": text}})
    say(engine, {"verb": "run", "handle": prepared["handle"], "bindings": [{}], "shots": 1000, "seed": 1})
    spent = (time.perf_counter() - began) * 1e3
    say(engine, {"verb": "forget", "handle": prepared["handle"]})
    return spent


def say(engine: Engine, message: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = answer(engine, {"id": 1, **message})
    if "error" in said:
        raise RuntimeError(str(said["error"]))
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=7)
    repeat = parser.parse_args().repeat
    engine = Engine(Limits(4 << 30, None))
    measure(2, 0, engine)
    measure(4, 0, engine)
    print(machine())
    print("ms, medians; share = checks / (witness + script + prepare and run, which holds the engine's own check)")
    columns = ("witness", "script", "engine", "checks", "run", "share", "other form", "compiled", "guard")
    print("qubits" + "".join(f"{name:>11}" for name in columns) + "   methods")
    worst = 0.0
    for qubits in WIDTHS:
        rows = [measure(qubits, 1000 * qubits + number, engine) for number in range(repeat if qubits <= 16 else 3)]
        witness, script, own, other, compiled, guarded = (
            statistics.median(getattr(row, name) for row in rows)
            for name in ("witness", "script", "engine", "other", "compiled", "guarded")
        )
        checks = witness + script + own
        runs = [row.run for row in rows if row.run is not None]
        run = statistics.median(runs) if runs else None
        share = "-" if run is None else f"{checks / (witness + script + run):.1%}"
        times = [f"{value:.2f}" for value in (witness, script, own, checks)]
        numbers = [*times, "-" if run is None else f"{run:.1f}", share, f"{other:.2f}", f"{compiled:.2f}", f"{guarded:.2f}"]
        print(f"{qubits:>6}" + "".join(f"{number:>11}" for number in numbers) + f"   {', '.join(rows[0].methods)}")
        if qubits <= 8:
            worst = max(worst, checks, other, compiled, guarded)
    print(verdict("dearest up to 8 qubits", worst / WANTED_MS, 1.0, at_least=False) + f"  {worst:.2f} ms of {WANTED_MS:g}")


if __name__ == "__main__":
    main()
