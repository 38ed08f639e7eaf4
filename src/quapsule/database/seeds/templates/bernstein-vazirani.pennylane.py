# name: Bernstein-Vazirani
# description: Reads a hidden bit string with a single question, where a classical program needs one per bit. secret is the string.
# category: Algorithms
# qubits: 6
# parameters: {"shots": 1000, "secret": "10110"}

import pennylane as qml


def run_experiment(device, params):
    secret = str(params.get("secret", "10110"))
    if not secret or len(secret) > 20 or set(secret) - {"0", "1"}:
        raise ValueError(f"secret must be 1 to 20 characters of 0 and 1, not {secret!r}")
    size = len(secret)

    @qml.qnode(device)
    def ask():
        qml.PauliX(wires=size)
        for wire in range(size + 1):
            qml.Hadamard(wires=wire)
        # The oracle: flips the last qubit when secret and input share an odd number of ones. Character i of the secret belongs to wire i.
        for wire, bit in enumerate(secret):
            if bit == "1":
                qml.CNOT(wires=[wire, size])
        for wire in range(size):
            qml.Hadamard(wires=wire)
        return qml.counts(wires=range(size))

    counts = ask()
    found = max(counts, key=counts.get)
    share = int(counts[found]) / int(sum(counts.values()))
    return {"found": found, "secret": secret, "success": share, "_summary": {"Found": found, "Secret": secret, "Success": f"{share:.1%}"}}
