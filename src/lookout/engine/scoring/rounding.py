"""Rounding of printed scores: once, at the end, halves up, in whole hundredths."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookout.engine.scoring.curves import Floats

Cents = NDArray[np.int64]

# A sum in floating point misses a true half by far less than this many decimals of a hundredth,
# so snapping first makes 73.185 round up whichever way it was summed.
_SNAP = 6

SCORE_TYPE = pa.decimal128(5, 2)


def to_cents(scores: Floats) -> Cents:
    """Round scores to whole hundredths, halves up."""
    return np.floor(np.round(scores * 100, _SNAP) + 0.5).astype(np.int64)


def split_cents(parts: Floats, totals: Cents) -> Cents:
    """Print each row's parts in hundredths so that they add up to its total.

    Every part is cut down, and the hundredths left over go to the largest remainders (tie: the
    first part). `totals` must be the rounded sums of `parts`.
    """
    exact = np.round(parts * 100, _SNAP)
    cut = np.floor(exact)
    remainder = exact - cut
    cents = cut.astype(np.int64)
    left = totals - cents.sum(axis=1)
    while True:
        rows = np.flatnonzero(left > 0)
        if not len(rows):
            return cents
        best = remainder[rows].argmax(axis=1)
        cents[rows, best] += 1
        remainder[rows, best] = -1.0
        left[rows] -= 1


def decimals(cents: Cents) -> pa.Array:
    """Return hundredths as DECIMAL(5,2), without a detour through text or floats."""
    words = np.empty((len(cents), 2), dtype=np.int64)
    words[:, 0] = cents
    words[:, 1] = cents >> 63  # the sign fills the upper half
    return pa.Array.from_buffers(SCORE_TYPE, len(cents), [None, pa.py_buffer(words)])
