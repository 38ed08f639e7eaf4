"""Bit order. At the door a key is by classical bit: clbit 0 leftmost, registers in declaration order, joined."""

from collections.abc import Mapping, Sequence


def to_qiskit(key: str, registers: Sequence[tuple[str, int]]) -> str:
    """Qiskit's order: the last register first, the highest bit of each leftmost, registers apart by a space."""
    return " ".join(part[::-1] for part in reversed(split(key, registers)))


def from_qiskit(key: str, registers: Sequence[tuple[str, int]]) -> str:
    """The door's key of one that Qiskit shows."""
    parts = key.split(" ") if " " in key else split_last_first(key, registers)
    return "".join(part[::-1] for part in reversed(parts))


def to_number(key: str) -> int:
    """The memory value that Qiskit's results hold: clbit 0 is the lowest bit."""
    return int(key[::-1], 2) if key else 0


def split(key: str, registers: Sequence[tuple[str, int]]) -> list[str]:
    """The register's parts of a door key, in declaration order. Raises ValueError when the lengths differ."""
    if len(key) != sum(size for _, size in registers):
        raise ValueError(f"The key {key!r} does not fit the registers {list(registers)}.")
    parts, start = [], 0
    for _, size in registers:
        parts.append(key[start : start + size])
        start += size
    return parts


def split_last_first(key: str, registers: Sequence[tuple[str, int]]) -> list[str]:
    return split(key, list(reversed(registers)))


def renamed(counts: Mapping[str, int], registers: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Counts of the door as Qiskit shows them."""
    return {to_qiskit(key, registers): number for key, number in counts.items()}
