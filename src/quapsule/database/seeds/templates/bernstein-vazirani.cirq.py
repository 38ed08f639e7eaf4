# name: Bernstein-Vazirani
# description: Reads a hidden bit string with a single question, where a classical program needs one per bit. secret is the string.
# category: Algorithms
# qubits: 6
# parameters: {"shots": 1000, "secret": "10110"}

import cirq


def run_experiment(device, params):
    secret = str(params.get("secret", "10110"))
    if not secret or len(secret) > 20 or set(secret) - {"0", "1"}:
        raise ValueError(f"secret must be 1 to 20 characters of 0 and 1, not {secret!r}")

    *inputs, last = cirq.LineQubit.range(len(secret) + 1)
    circuit = cirq.Circuit(
        cirq.X(last),
        cirq.H.on_each(*inputs, last),
        # The oracle: flips the last qubit when secret and input share an odd number of ones. Character i of the secret belongs to qubit i.
        [cirq.CNOT(qubit, last) for qubit, bit in zip(inputs, secret) if bit == "1"],
        cirq.H.on_each(*inputs),
        cirq.measure(*inputs, key="secret"),
    )

    seen = device.run(circuit).histogram(key="secret")
    number = max(seen, key=seen.get)
    found, share = format(number, f"0{len(secret)}b"), seen[number] / seen.total()
    return {"found": found, "secret": secret, "success": share, "_summary": {"Found": found, "Secret": secret, "Success": f"{share:.1%}"}}
