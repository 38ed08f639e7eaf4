# name: GHZ state
# description: All qubits 0 or all qubits 1, and nothing between. graph_size is the number of qubits, 2 to 20.
# category: Fundamentals
# qubits: 5
# parameters: {"shots": 1000, "graph_size": 5}

from marqov.circuits import ghz_state


async def run_experiment(device, params):
    size = int(params.get("graph_size", 5))
    if not 2 <= size <= 20:
        raise ValueError(f"graph_size must be 2 to 20, not {size}")

    result = await device.execute(ghz_state(size), shots=params["shots"])
    zeros, ones = result.probabilities.get("0" * size, 0), result.probabilities.get("1" * size, 0)
    return {
        "all_zero": zeros,
        "all_one": ones,
        "_summary": {"Qubits": str(size), "All 0": f"{zeros:.1%}", "All 1": f"{ones:.1%}", "Anything else": f"{1 - zeros - ones:.1%}"},
    }
