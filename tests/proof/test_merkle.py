"""The tree of RFC 9162: known roots, and proofs that hold for what they are of and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.proof.logfiles import node_count, position
from lookout.proof.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    grow,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    subtree_of,
    verify_consistency,
    verify_inclusion,
)

# The roots over the first n of eight leaves, as published with the reference implementation of RFC 6962.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_standard(size: int) -> None:
    assert root_of(HASHES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_root_of_nothing() -> None:
    assert root_of([]) == EMPTY_ROOT


def test_a_leaf_can_never_be_taken_for_a_node() -> None:
    assert leaf_hash(HASHES[0] + HASHES[1]) != node_hash(HASHES[0], HASHES[1])


def many(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_every_leaf_has_a_proof_that_holds_for_it_alone(case: tuple[int, int]) -> None:
    size, index = case
    leaves = many(size)
    root, path = root_of(leaves), inclusion_proof(index, size, subtree_of(leaves))

    assert verify_inclusion(leaves[index], index, size, path, root)
    assert not verify_inclusion(leaf_hash(b"another"), index, size, path, root)
    assert not verify_inclusion(leaves[index], index, size, [*path, root], root)
    assert not any(
        verify_inclusion(leaves[index], other, size, path, root) for other in range(size) if other != index
    )
    for step in range(len(path)):
        changed = [*path[:step], leaf_hash(path[step]), *path[step + 1 :]]
        assert not verify_inclusion(leaves[index], index, size, changed, root)


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size))))
def test_an_older_root_is_the_beginning_of_a_newer_one_and_a_changed_one_is_not(
    case: tuple[int, int],
) -> None:
    old, new = case
    leaves = many(new)
    path = consistency_proof(old, new, subtree_of(leaves))
    old_root, new_root = root_of(leaves[:old]), root_of(leaves)

    assert verify_consistency(old, old_root, new, new_root, path)
    if 0 < old < new:
        rewritten = root_of([leaf_hash(b"changed"), *leaves[1:old]])
        assert not verify_consistency(old, rewritten, new, new_root, path)
        assert not verify_consistency(old, old_root, new, leaf_hash(new_root), path)
        assert not verify_consistency(old, old_root, new, new_root, path[:-1])
    assert not verify_consistency(new + 1, old_root, new, new_root, path)


def test_a_leaf_outside_the_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(8, 8, subtree_of(HASHES))
    with pytest.raises(ValueError, match="not the beginning"):
        consistency_proof(9, 8, subtree_of(HASHES))


def test_each_hash_has_its_place_in_the_file_of_hashes() -> None:
    peaks: list[bytes] = []
    stored: list[bytes] = []
    for size, leaf in enumerate(many(40)):
        stored += grow(peaks, size, leaf)
        assert len(stored) == node_count(size + 1)

    subtree = subtree_of(many(40))
    for level in range(6):
        for number in range(40 >> level):
            assert stored[position(level, number)] == subtree(level, number)
