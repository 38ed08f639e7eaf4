"""Count keys: clbit 0 leftmost, registers in declaration order, joined."""

from collections.abc import Mapping


def key_counts(raw: Mapping[str, int], first: int, width: int) -> dict[str, int]:
    """`raw` has the engine's keys: hexadecimal numbers whose bit i is clbit i. Kept are `width` clbits from `first` on."""
    mask = (1 << width) - 1
    counts: dict[str, int] = {}
    for number, seen in raw.items():
        key = format(int(number, 16) >> first & mask, f"0{width}b")[::-1]
        counts[key] = counts.get(key, 0) + seen
    return counts


def measure_answer(results: list[dict[str, int]]) -> int:
    """Bytes that these counts take as JSON, to refuse an answer that no frame can hold before it is made."""
    return sum(len(key) + len(str(seen)) + 4 for counts in results for key, seen in counts.items())
