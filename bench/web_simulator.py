"""OpenQASM to counts in the page, by our own engine, beside `quantum-circuit` in the same page and beside the server's engine.

Layers of u3 on every qubit and of CX between neighbours, 1,000 shots, the same text for all. In the page: in Chromium, the workers as they
are built, from the text to the counts, first runs left out. The server's engine: what the platform runs in an engine box, here in this
process and without HTTP, again from the text to the counts; it chooses its simulator itself. `quantum-circuit` takes up to 16 qubits in the
page; what it would take for 20 is written down as doubling with each qubit, and is no measurement.
"""

import argparse
import statistics
import time

from playwright.sync_api import Page
from tests.web.quantum_programs import brickwork
from tests.web.workers import OURS, PEER, ask

from bench.figures import machine, verdict
from bench.place import Place, started
from bench.web import browsing
from quapsule.providers.engines.asked import Asked
from quapsule.providers.engines.choose import Limits
from quapsule.providers.engines.engine import Engine

SHOTS, SEED = 1000, 7
LAYERS = 2
PEERS_MOST_QUBITS = 16
_MEMORY_BYTES = 4 << 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--qubits", type=int, nargs="+", default=[10, 16, 20])
    options = parser.parse_args()
    print(machine())
    print(f"medians of {options.runs} runs ({PEER.removesuffix('.worker')}: 3)")
    servers = {qubits: run_server(brickwork(qubits, LAYERS), options.runs) for qubits in options.qubits}
    ours, peers = {}, {}
    with started(warm_frameworks="openqasm") as place, browsing() as browser:
        page = browser.new_page()
        page.goto(f"{place.running.url}/verify")
        for qubits in options.qubits:
            ours[qubits] = run_page(place, page, OURS, qubits, options.runs)
            if qubits <= PEERS_MOST_QUBITS:
                peers[qubits] = run_page(place, page, PEER, qubits, 3)
    for qubits in options.qubits:
        gates = brickwork(qubits, LAYERS).count(";\n") - 4
        took, per_gate = ours[qubits]
        served, by = servers[qubits]
        print(f"\n{qubits} qubits, {gates} gates")
        print(f"{'quapsule-statevector':<28} {took:10.2f} ms   {per_gate:8.3f} ms a gate")
        print(f"{'server, ' + by:<28} {served:10.2f} ms")
        if qubits in peers:
            print(f"{'quantum-circuit':<28} {peers[qubits][0]:10.2f} ms   {peers[qubits][1]:8.3f} ms a gate")
            print(verdict("quantum-circuit / ours", peers[qubits][0] / took, 20 if qubits == PEERS_MOST_QUBITS else 1))
        elif PEERS_MOST_QUBITS in peers:
            guess = peers[PEERS_MOST_QUBITS][1] * gates * 2 ** (qubits - PEERS_MOST_QUBITS)
            print(f"{'quantum-circuit':<28} not run; extrapolated from {PEERS_MOST_QUBITS} qubits: {guess / 1e3:.0f} s")
        print(f"{'server / ours':<28} {served / took:8.2f} x")


def run_page(place: Place, page: Page, worker: str, qubits: int, runs: int) -> tuple[float, float]:
    """Milliseconds of a run and, by the difference to a program of more or fewer layers, of a gate."""
    programs = [brickwork(qubits, LAYERS), brickwork(qubits, 5 * LAYERS if worker == OURS else 1)]
    took, other = (_median(place, page, worker, program, runs) for program in programs)
    gates, others = (program.count(";\n") for program in programs)
    return took, (took - other) / (gates - others)


def _median(place: Place, page: Page, worker: str, program: str, runs: int) -> float:
    told = ask(page, place.settings.web_dir, worker, [program] * (runs + 1), shots=SHOTS, seed=SEED)
    return float(statistics.median(one["simulated"]["milliseconds"] for one in told[1:]))


def run_server(program: str, runs: int) -> tuple[float, str]:
    """Milliseconds, and which simulator the engine chose."""
    times, by = [], ""
    for _ in range(runs + 1):
        engine, began = Engine(Limits(_MEMORY_BYTES)), time.perf_counter()
        said = engine.run(engine.prepare(Asked("qasm2", program))["handle"], [{}], SHOTS, SEED)["engine"]
        times.append((time.perf_counter() - began) * 1e3)
        by = f"{said['name']} {said['method']}"
    return statistics.median(times[1:]), by


if __name__ == "__main__":
    main()
