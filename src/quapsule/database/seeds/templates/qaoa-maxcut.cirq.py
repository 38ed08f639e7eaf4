# name: QAOA for MaxCut
# description: Splits a graph in two so that as many edges as possible are cut. graph_size is the number of nodes, 2 to 20; layers the
#   number of QAOA layers, 1 to 10. The graph is a ring with chords.
# category: Optimization
# qubits: 6
# parameters: {"shots": 1000, "graph_size": 6, "layers": 2}

import cirq
import sympy
from scipy.optimize import minimize


def edges_of(size):
    """A ring, and a chord from every third node across it."""
    ring = {tuple(sorted((node, (node + 1) % size))) for node in range(size)}
    chords = {tuple(sorted((node, (node + size // 2) % size))) for node in range(0, size, 3)}
    return sorted(edge for edge in ring | chords if edge[0] != edge[1])


def cuts_of(result, edges):
    """Edges between the two sides, for each shot."""
    sides = result.measurements["sides"]
    return sum((sides[:, a] != sides[:, b]).astype(int) for a, b in edges)


def run_experiment(device, params):
    size, layers = int(params.get("graph_size", 6)), int(params.get("layers", 2))
    if not 2 <= size <= 20:
        raise ValueError(f"graph_size must be 2 to 20, not {size}")
    if not 1 <= layers <= 10:
        raise ValueError(f"layers must be 1 to 10, not {layers}")
    edges = edges_of(size)

    qubits = cirq.LineQubit.range(size)
    names = [f"gamma_{layer}" for layer in range(layers)] + [f"beta_{layer}" for layer in range(layers)]
    gamma, beta = sympy.symbols(names[:layers]), sympy.symbols(names[layers:])
    circuit = cirq.Circuit(cirq.H.on_each(*qubits))
    for layer in range(layers):
        circuit.append(cirq.ZZPowGate(exponent=gamma[layer] / sympy.pi).on(qubits[a], qubits[b]) for a, b in edges)
        circuit.append(cirq.rx(2 * beta[layer]).on_each(*qubits))
    circuit.append(cirq.measure(*qubits, key="sides"))

    def measure(point):
        return device.run(circuit, dict(zip(names, point)))

    # A slow ramp from mixing to cost is a good start for any depth.
    ramp = [(layer + 0.5) / layers for layer in range(layers)]
    start = [-0.7 * part for part in ramp] + [0.7 * (1 - part) for part in ramp]
    loss = lambda point: -cuts_of(measure(point), edges).mean()
    found = minimize(loss, start, method="COBYLA", options={"maxiter": 30 + 10 * layers, "rhobeg": 0.2})

    result = measure(found.x)
    cuts = cuts_of(result, edges)
    best, mean = int(cuts.max()), float(cuts.mean())
    sides = "".join(map(str, result.measurements["sides"][cuts.argmax()]))
    return {
        "edges": edges,
        "mean_cut": mean,
        "random_cut": len(edges) / 2,
        "best_cut": best,
        "sides": sides,
        "_summary": {
            "Best cut": f"{best} of {len(edges)} edges ({sides})",
            "Mean cut": f"{mean:.2f} (a coin gives {len(edges) / 2:.2f})",
        },
    }
