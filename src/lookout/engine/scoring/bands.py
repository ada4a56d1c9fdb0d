"""Bands of the printed score, and the hysteresis that keeps a company on an edge from flickering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lookout.engine.scoring.form import RulesForm
from lookout.engine.scoring.rounding import Cents
from lookout.engine.scoring.sub_scores import Bools

# Mild to severe; grey stands outside the order and is not on the way from normal to red.
BANDS = ("grey", "normal", "yellow", "orange", "red")
_GREY = 0
_ORANGE = 3

Levels = NDArray[np.int64]


@dataclass(frozen=True)
class Held:
    """The band after hysteresis, the runs below it in a row, and whether it is kept for want of data."""

    band: Levels
    below_count: NDArray[np.int64]
    is_stale: Bools


def band_edges(rules: RulesForm) -> Cents:
    """Return the lower edges of normal, yellow, orange and red in hundredths."""
    return np.array([round(rules.bands[name].starts_at * 100) for name in BANDS[1:]], dtype=np.int64)  # type: ignore[index]  # BANDS holds the keys of the form, as plain text


def raw_band(cents: Cents, is_grey: Bools, rules: RulesForm) -> Levels:
    """Return the band of printed scores: half-open, the edge belongs to the severer."""
    level = np.searchsorted(band_edges(rules), cents, side="right")
    return np.where(is_grey, _GREY, level)


def band_levels(column: pa.ChunkedArray) -> Levels:
    """Return the levels of band names, -1 for NULL."""
    found = pc.index_in(column, value_set=pa.array(BANDS))
    return np.asarray(pc.fill_null(found, -1).combine_chunks(), dtype=np.int64)


def hold(
    raw: Levels, cents: Cents, previous: Levels, below: Levels, rules: RulesForm, *, may_lower: bool
) -> Held:
    """Apply the hysteresis. Without `may_lower` (live scores) a band is only ever raised."""
    first = previous <= _GREY
    rises = ~first & (raw >= previous)
    is_stale = (raw == _GREY) & (previous >= _ORANGE)
    falls = ~first & (raw < previous) & ~is_stale
    # Falling out of yellow or normal for want of data is no improvement to wait for.
    to_grey = falls & (raw == _GREY)
    falls &= ~to_grey
    margin = round(rules.hysteresis.margin * 100)
    edge = band_edges(rules)[np.maximum(previous - 1, 0)]
    is_below = falls & (cents < edge - margin)
    count = np.where(is_below, below + 1, 0)
    done = is_below & (count >= rules.hysteresis.runs)
    count = np.where(done, 0, count)
    if not may_lower:
        count = np.where(falls | to_grey, below, 0)
        done = to_grey = np.zeros_like(done)
    takes = first | rises | done | to_grey
    band = np.where(takes, raw, previous)
    count = np.where(is_stale, below, count)
    return Held(band, np.where(takes, 0, count), is_stale)
