"""The Merkle tree of RFC 9162: its hashes, and the proofs of inclusion and of consistency. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

# What verifies lives in the verifier, so that both sides hash alike.
from lookout.proof.offline.trees import (
    EMPTY_ROOT,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "EMPTY_ROOT",
    "Subtree",
    "consistency_proof",
    "grow",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "range_hash",
    "root_of",
    "root_of_peaks",
    "subtree_of",
    "verify_consistency",
    "verify_inclusion",
]

# The hash of the complete subtree of 2**level leaves that is the number-th of its level.
Subtree = Callable[[int, int], bytes]


def grow(peaks: list[bytes], size: int, leaf: bytes) -> list[bytes]:
    """Add a leaf's hash to a tree of `size` leaves, kept as the peaks of its complete subtrees, largest first.

    Changes `peaks`; returns the hashes that became known: the leaf's and those of the nodes it completes.
    """
    made = [leaf]
    while size & 1:
        made.append(node_hash(peaks.pop(), made[-1]))
        size >>= 1
    peaks.append(made[-1])
    return made


def root_of_peaks(peaks: Sequence[bytes]) -> bytes:
    """Return the root over the peaks of a tree, largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over the hashes of leaves, in order."""
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        grow(peaks, size, leaf)
    return root_of_peaks(peaks)


def subtree_of(leaves: Sequence[bytes]) -> Subtree:
    """Return the subtree hashes of leaves held in memory, given as hashes."""
    return lambda level, number: root_of(leaves[number << level : (number + 1) << level])


def range_hash(start: int, end: int, subtree: Subtree) -> bytes:
    """Return the hash over the leaves [start, end), a range that a tree is split into."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + _left_size(size)
    return node_hash(range_hash(start, middle, subtree), range_hash(middle, end, subtree))


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the path that leads from a leaf to the root of the first `size` leaves, from the leaf upwards."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _left_size(end - start)
        if index < middle:
            path.append(range_hash(middle, end, subtree))
            end = middle
        else:
            path.append(range_hash(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Return what shows that the first `old` leaves are the beginning of the first `new` ones."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves is not the beginning of one of {new}")
    if old in (0, new):
        return []
    start, end, path, whole = 0, new, [], True
    while old != end - start:
        middle = _left_size(end - start)
        if old <= middle:
            path.append(range_hash(start + middle, end, subtree))
            end = start + middle
        else:
            path.append(range_hash(start, start + middle, subtree))
            start, old, whole = start + middle, old - middle, False
    if not whole:
        path.append(range_hash(start, end, subtree))
    return path[::-1]


def _left_size(size: int) -> int:
    """Return the largest power of two smaller than a size above 1."""
    return 1 << ((size - 1).bit_length() - 1)
