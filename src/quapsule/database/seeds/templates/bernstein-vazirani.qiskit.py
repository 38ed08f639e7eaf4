# name: Bernstein-Vazirani
# description: Reads a hidden bit string with a single question, where a classical program needs one per bit. secret is the string.
# category: Algorithms
# qubits: 6
# parameters: {"shots": 1000, "secret": "10110"}

from qiskit import QuantumCircuit


def run_experiment(device, params):
    secret = str(params.get("secret", "10110"))
    if not secret or len(secret) > 20 or set(secret) - {"0", "1"}:
        raise ValueError(f"secret must be 1 to 20 characters of 0 and 1, not {secret!r}")
    size = len(secret)

    circuit = QuantumCircuit(size + 1, size)
    circuit.x(size)
    circuit.h(range(size + 1))
    # The oracle: flips the last qubit when secret and input share an odd number of ones. Character i of the secret belongs to qubit i.
    for qubit, bit in enumerate(secret):
        if bit == "1":
            circuit.cx(qubit, size)
    circuit.h(range(size))
    circuit.measure(range(size), range(size))

    counts = device.run(circuit).result().get_counts()
    found = max(counts, key=counts.get)[::-1]  # Qiskit writes qubit 0 last
    share = counts[found[::-1]] / sum(counts.values())
    return {"found": found, "secret": secret, "success": share, "_summary": {"Found": found, "Secret": secret, "Success": f"{share:.1%}"}}
