from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.seal.signing import Nodes

from quapsule.seal.trust import log
from quapsule.seal.trust.log import (
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_of,
)

# The reference tree of Certificate Transparency: its leaves, its roots at each size, and some of its proofs.
LEAVES = [
    bytes.fromhex(leaf) for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    bytes.fromhex(root)
    for root in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
INCLUSION = {  # (index, size)
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {  # (old, new)
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}

entries = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


def hexes(hashes: list[bytes]) -> list[str]:
    return [each.hex() for each in hashes]


def test_a_leaf_is_not_found_at_another_place_in_another_tree_or_with_another_path() -> None:
    nodes, leaf = Nodes(LEAVES), leaf_hash(LEAVES[5])
    proof = inclusion_proof(5, 8, nodes)
    assert check_inclusion(leaf, 5, 8, proof, ROOTS[8])
    for index, size, path, root in (
        (4, 8, proof, ROOTS[8]),
        (5, 6, proof, ROOTS[8]),
        (5, 8, proof, ROOTS[7]),
        (5, 8, proof[:-1], ROOTS[8]),
        (5, 8, [*proof, ROOTS[1]], ROOTS[8]),
        (5, 8, proof[::-1], ROOTS[8]),
        (5, 8, [], ROOTS[8]),
        (5, 8, [proof[0][:31], *proof[1:]], ROOTS[8]),
        (8, 8, proof, ROOTS[8]),
        (-1, 8, proof, ROOTS[8]),
        (0, 0, [], ROOTS[0]),
    ):
        assert not check_inclusion(leaf, index, size, path, root)
    assert not check_inclusion(leaf_hash(LEAVES[4]), 5, 8, proof, ROOTS[8])


def test_a_history_that_was_rewritten_has_no_consistency_proof() -> None:
    nodes, other = Nodes(LEAVES), Nodes([*LEAVES[:2], b"edited", *LEAVES[3:]])
    for old in range(3, 8):
        proof = consistency_proof(old, 8, other)
        assert not check_consistency(old, 8, ROOTS[old], root_at(8, other), proof)
        assert not check_consistency(old, 8, ROOTS[old], root_at(8, other), consistency_proof(old, 8, nodes))
    proof = consistency_proof(6, 8, nodes)
    assert check_consistency(6, 8, ROOTS[6], ROOTS[8], proof)
    for old, new, path in (
        (5, 8, proof),
        (6, 9, proof),
        (8, 6, proof),
        (6, 8, proof[1:]),
        (6, 8, []),
        (6, 8, [*proof, ROOTS[1]]),
        (-1, 8, []),
    ):
        assert not check_consistency(old, new, ROOTS[6], ROOTS[8], path)
    assert not check_consistency(8, 8, ROOTS[8], ROOTS[7], [])
    assert not check_consistency(0, 8, ROOTS[1], ROOTS[8], [])


def test_there_is_no_proof_of_a_leaf_beyond_the_end_or_of_a_shorter_future() -> None:
    nodes = Nodes(LEAVES)
    for index, size in ((8, 8), (0, 0), (-1, 8)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_proof(index, size, nodes)
    with pytest.raises(ValueError, match="does not begin"):
        consistency_proof(8, 7, nodes)


def test_the_reference_tree_has_the_published_roots_and_proofs() -> None:
    nodes = Nodes(LEAVES)
    for size, root in enumerate(ROOTS):
        assert root_at(size, nodes) == root
        assert root_of(map(leaf_hash, LEAVES[:size])) == root
    for (index, size), path in INCLUSION.items():
        assert hexes(inclusion_proof(index, size, nodes)) == path
    for (old, new), path in CONSISTENCY.items():
        assert hexes(consistency_proof(old, new, nodes)) == path


@given(entries, st.data())
def test_roots_and_proofs_are_those_of_the_recursive_definition(found: list[bytes], data: st.DataObject) -> None:
    nodes, size = Nodes(found), data.draw(st.integers(1, len(found)))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root = tree_hash(found[:size])
    assert root_at(size, nodes) == root == root_of(map(leaf_hash, found[:size]))
    path, growth = inclusion_proof(index, size, nodes), consistency_proof(old, size, nodes)
    assert path == audit_path(index, found[:size])
    assert growth == (subproof(old, found[:size], True) if old < size else [])
    assert check_inclusion(leaf_hash(found[index]), index, size, path, root)
    assert check_consistency(old, size, tree_hash(found[:old]), root, growth)


@given(entries, st.data())
def test_no_other_entry_fits_an_entrys_proof(found: list[bytes], data: st.DataObject) -> None:
    nodes, size = Nodes(found), len(found)
    index = data.draw(st.integers(0, size - 1))
    path, root = inclusion_proof(index, size, nodes), root_at(size, nodes)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: found[i] != found[index]) if len(set(found)) > 1 else st.none())
    if other is not None:
        assert not check_inclusion(leaf_hash(found[other]), index, size, path, root)
    for place in range(len(path)):
        flipped = bytes([path[place][0] ^ 1]) + path[place][1:]
        assert not check_inclusion(leaf_hash(found[index]), index, size, [*path[:place], flipped, *path[place + 1 :]], root)


@given(st.integers(0, 5000), st.data())
def test_a_proof_reads_only_the_places_it_says_and_few(size: int, data: st.DataObject) -> None:
    read: list[tuple[int, int]] = []

    def node(level: int, index: int) -> bytes:
        assert (index + 1) << level <= max(size, 1)  # complete
        read.append((level, index))
        return sha256(b"%d %d" % (level, index)).digest()

    log.new_nodes(size, leaf_hash(b""), node)
    assert set(read) <= set(log.frontier(size))
    if size:
        index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
        for proof, places in (
            (lambda: inclusion_proof(index, size, node), log.inclusion_places(index, size)),
            (lambda: consistency_proof(old, size, node), log.consistency_places(old, size)),
        ):
            read.clear()
            proof()
            assert read == places and len(places) <= 2 * size.bit_length()


def tree_hash(found: list[bytes]) -> bytes:
    """RFC 6962, 2.1."""
    if len(found) < 2:
        return leaf_hash(found[0]) if found else sha256(b"").digest()
    half = 1 << (len(found) - 1).bit_length() - 1
    return node_hash(tree_hash(found[:half]), tree_hash(found[half:]))


def audit_path(index: int, found: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1."""
    if len(found) == 1:
        return []
    half = 1 << (len(found) - 1).bit_length() - 1
    if index < half:
        return [*audit_path(index, found[:half]), tree_hash(found[half:])]
    return [*audit_path(index - half, found[half:]), tree_hash(found[:half])]


def subproof(old: int, found: list[bytes], whole: bool) -> list[bytes]:
    """RFC 6962, 2.1.2."""
    if old == len(found):
        return [] if whole else [tree_hash(found)]
    half = 1 << (len(found) - 1).bit_length() - 1
    if old <= half:
        return [*subproof(old, found[:half], whole), tree_hash(found[half:])]
    return [*subproof(old - half, found[half:], False), tree_hash(found[:half])]
