# name: QAOA for MaxCut
# description: Splits a graph in two so that as many edges as possible are cut. graph_size is the number of nodes, 2 to 20; layers the
#   number of QAOA layers, 1 to 10. The graph is a ring with chords.
# category: Optimization
# qubits: 6
# parameters: {"shots": 1000, "graph_size": 6, "layers": 2}

import pennylane as qml
from scipy.optimize import minimize


def edges_of(size):
    """A ring, and a chord from every third node across it."""
    ring = {tuple(sorted((node, (node + 1) % size))) for node in range(size)}
    chords = {tuple(sorted((node, (node + size // 2) % size))) for node in range(0, size, 3)}
    return sorted(edge for edge in ring | chords if edge[0] != edge[1])


def cut(key, edges):
    """Edges between the two sides. PennyLane writes wire 0 first."""
    return sum(key[a] != key[b] for a, b in edges)


def run_experiment(device, params):
    size, layers = int(params.get("graph_size", 6)), int(params.get("layers", 2))
    if not 2 <= size <= 20:
        raise ValueError(f"graph_size must be 2 to 20, not {size}")
    if not 1 <= layers <= 10:
        raise ValueError(f"layers must be 1 to 10, not {layers}")
    edges = edges_of(size)

    @qml.qnode(device)
    def measure(point):
        for wire in range(size):
            qml.Hadamard(wires=wire)
        for gamma, beta in zip(point[:layers], point[layers:]):
            for a, b in edges:
                qml.IsingZZ(gamma, wires=[a, b])
            for wire in range(size):
                qml.RX(2 * beta, wires=wire)
        return qml.counts()

    def loss(point):
        counts = measure(point)
        return -sum(seen * cut(key, edges) for key, seen in counts.items()) / sum(counts.values())

    # A slow ramp from mixing to cost is a good start for any depth.
    ramp = [(layer + 0.5) / layers for layer in range(layers)]
    start = [-0.7 * part for part in ramp] + [0.7 * (1 - part) for part in ramp]
    found = minimize(loss, start, method="COBYLA", options={"maxiter": 30 + 10 * layers, "rhobeg": 0.2})

    counts = measure(found.x)
    mean = float(sum(seen * cut(key, edges) for key, seen in counts.items()) / sum(counts.values()))
    best = max(counts, key=lambda key: cut(key, edges))
    return {
        "edges": edges,
        "mean_cut": mean,
        "random_cut": len(edges) / 2,
        "best_cut": cut(best, edges),
        "sides": best,
        "_summary": {
            "Best cut": f"{cut(best, edges)} of {len(edges)} edges ({best})",
            "Mean cut": f"{mean:.2f} (a coin gives {len(edges) / 2:.2f})",
        },
    }
