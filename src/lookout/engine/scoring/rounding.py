"""Rounding of printed scores: once, at the end, halves up, in whole hundredths."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookout.engine.scoring.curves import Floats

Cents = NDArray[np.int64]
Rows = NDArray[np.int64]

# A sum in floating point misses a true half by far less than this many decimals of a hundredth,
# so snapping first makes 73.185 round up whichever way it was summed.
_SNAP = 6

SCORE_TYPE = pa.decimal128(5, 2)


def to_cents(scores: Floats) -> Cents:
    """Round scores to whole hundredths, halves up."""
    return np.floor(np.round(scores * 100, _SNAP) + 0.5).astype(np.int64)


def split_cents(parts: Floats, row: Rows, totals: Cents) -> Cents:
    """Print each row's parts in hundredths so that they add up to its total.

    `row` names the row of each part, rising; a row's parts stand in their order, and those that are
    zero may be left out as long as one is there. Every part is cut down, and the hundredths left
    over go to the largest remainders (tie: the first part). `totals` must be the rounded sums of a row's parts.
    """
    exact = np.round(parts * 100, _SNAP)
    cut = np.floor(exact)
    remainder = exact - cut
    cents = cut.astype(np.int64)
    sums = np.bincount(row, weights=cut, minlength=len(totals))
    left = totals - sums.astype(np.int64)
    open_parts = np.flatnonzero(left[row] > 0)
    while len(open_parts):
        best = _largest(remainder[open_parts], row[open_parts])
        chosen = open_parts[best]
        cents[chosen] += 1
        remainder[chosen] = -1.0
        left[row[chosen]] -= 1
        open_parts = open_parts[left[row[open_parts]] > 0]
    return cents


def _largest(values: Floats, row: Rows) -> Rows:
    """Return where the largest value of each row stands, the first of equals; `row` rises."""
    firsts = np.flatnonzero(np.diff(row, prepend=-1))
    largest = np.maximum.reduceat(values, firsts)
    found = np.flatnonzero(values == np.repeat(largest, np.diff(firsts, append=len(row))))
    first: Rows = found[np.diff(row[found], prepend=-1) != 0]
    return first


def decimals(cents: Cents) -> pa.Array:
    """Return hundredths as DECIMAL(5,2), without a detour through text or floats."""
    words = np.empty((len(cents), 2), dtype=np.int64)
    words[:, 0] = cents
    words[:, 1] = cents >> 63  # the sign fills the upper half
    return pa.Array.from_buffers(SCORE_TYPE, len(cents), [None, pa.py_buffer(words)])
