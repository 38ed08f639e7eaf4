"""Bit order. At the door a key is by classical bit: clbit 0 leftmost, registers in declaration order, joined."""


def to_number(key: str) -> int:
    """The memory value that Qiskit's results hold: clbit 0 is the lowest bit. Their header says how they are shown."""
    return int(key[::-1], 2) if key else 0
