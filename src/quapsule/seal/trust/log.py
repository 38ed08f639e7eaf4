"""The seal log: a Merkle tree as RFC 6962 has it, kept as the hashes of its complete subtrees.

A complete subtree of 2^level leaves has the place (level, index), counted from the left; it never changes once it stands. Appending adds
one place on average two, and any root or proof reads O(log n) of them. `node` gives the hash of a place.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

Place = tuple[int, int]
Node = Callable[[int, int], bytes]

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over the hashes of all leaves."""
    subtrees: list[tuple[int, bytes]] = []  # complete ones, each with its level, which falls from left to right
    for leaf in leaves:
        level, found = 0, leaf
        while subtrees and subtrees[-1][0] == level:
            level, found = level + 1, node_hash(subtrees.pop()[1], found)
        subtrees.append((level, found))
    return _joined([found for _, found in subtrees])


def new_nodes(size: int, leaf: bytes, node: Node) -> list[tuple[int, int, bytes]]:
    """Rows (level, index, hash) that leaf number `size` adds, its own first. node is asked for places of frontier(size) only."""
    level, index, found = 0, size, leaf
    rows = [(level, index, found)]
    while index % 2:
        found = node_hash(node(level, index - 1), found)
        level, index = level + 1, index // 2
        rows.append((level, index, found))
    return rows


def frontier(size: int) -> list[Place]:
    """Places of the complete subtrees that the first `size` leaves fall into, from the left: what a root and an append read."""
    return _cover(0, size)


def root_at(size: int, node: Node) -> bytes:
    """Root of the first `size` leaves."""
    return _hash_of(0, size, node)


def inclusion_places(index: int, size: int) -> list[Place]:
    """Places that inclusion_proof reads."""
    return [place for span in _path(index, size) for place in _cover(*span)]


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Siblings of leaf `index` in the tree of the first `size` leaves, from the leaf up. Raises ValueError."""
    return [_hash_of(*span, node) for span in _path(index, size)]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the tree of this size and root has this leaf hash at this index (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at % 2 or at == last:
            found = node_hash(sibling, found)
            while not at % 2 and at:
                at, last = at // 2, last // 2
        else:
            found = node_hash(found, sibling)
        at, last = at // 2, last // 2
    return last == 0 and found == root


def consistency_places(old: int, new: int) -> list[Place]:
    """Places that consistency_proof reads."""
    return [place for span in _growth(old, new) for place in _cover(*span)]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """That the tree of `new` leaves begins with that of `old` ones. Raises ValueError."""
    return [_hash_of(*span, node) for span in _growth(old, new)]


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the newer tree only adds to the older one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old == new or old == 0:
        return not proof and (old_root == new_root if old else old_root == EMPTY_ROOT)
    path = list(proof)
    if old & (old - 1) == 0:  # the older tree is one complete subtree: its root opens the proof
        path.insert(0, old_root)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at % 2:
        at, last = at // 2, last // 2
    then = now = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            then, now = node_hash(sibling, then), node_hash(sibling, now)
            while not at % 2 and at:
                at, last = at // 2, last // 2
        else:
            now = node_hash(now, sibling)
        at, last = at // 2, last // 2
    return last == 0 and then == old_root and now == new_root


def _path(index: int, size: int) -> list[tuple[int, int]]:
    """Leaves [low, high) of each sibling on the way from a leaf to the root."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} among {size}")
    low, high, spans = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            spans.append((middle, high))
            high = middle
        else:
            spans.append((low, middle))
            low = middle
    return spans[::-1]


def _growth(old: int, new: int) -> list[tuple[int, int]]:
    """Leaves [low, high) of each hash in a consistency proof (RFC 6962, 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with one of {old}")
    if old == 0:
        return []
    low, high, spans = 0, new, []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            spans.append((middle, high))
            high = middle
        else:
            spans.append((low, middle))
            low = middle
    if low:  # else it is the older tree's own root, which whoever checks has
        spans.append((low, high))
    return spans[::-1]


def _cover(low: int, high: int) -> list[Place]:
    """Complete subtrees that make up the leaves [low, high) of a node of the tree."""
    places = []
    while low < high:
        level = (high - low).bit_length() - 1
        places.append((level, low >> level))
        low += 1 << level
    return places


def _hash_of(low: int, high: int, node: Node) -> bytes:
    return _joined([node(level, index) for level, index in _cover(low, high)])


def _joined(subtrees: Sequence[bytes]) -> bytes:
    """Hash of complete subtrees that stand side by side, from large to small."""
    if not subtrees:
        return EMPTY_ROOT
    found = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        found = node_hash(left, found)
    return found


def _split(count: int) -> int:
    """Largest power of two below count."""
    return 1 << (count - 1).bit_length() - 1


def _are_hashes(*found: bytes) -> bool:
    return all(len(each) == HASH_BYTES for each in found)
