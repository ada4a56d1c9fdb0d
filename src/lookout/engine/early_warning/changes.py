"""Two runs side by side: which warnings opened, rose, fell, were withdrawn or suspended."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.engine.scoring.bands import BANDS, band_levels
from lookout.engine.scoring.rounding import SCORE_TYPE

# Bands that are a warning; normal and grey are none.
WARNED = ("yellow", "orange", "red")
GREY = BANDS[0]
_LOWEST_WARNED = BANDS.index(WARNED[0])


class Kind(StrEnum):
    """What became of a company's warning since the previous run.

    Withdrawn: rated below the warning bands, or no longer rated. Suspended: too little data is left
    to rate the company, which says nothing about its risk.
    """

    OPENED = "opened"
    RAISED = "raised"
    LOWERED = "lowered"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    KEPT = "kept"


CHANGE_SCHEMA = pa.schema(
    [
        pa.field("company_key", pa.int32()),
        pa.field("kind", pa.string()),
        pa.field("band", pa.string()),
        pa.field("previous_band", pa.string()),
        pa.field("score", SCORE_TYPE),
        pa.field("previous_score", SCORE_TYPE),
    ]
)
_COLUMNS = ["company_key", "band", "score"]


def _joined(current: pa.Table, previous: pa.Table | None) -> pa.Table:
    before = previous if previous is not None else current.slice(0, 0)
    renamed = before.select(_COLUMNS).rename_columns(["company_key", "previous_band", "previous_score"])
    both = current.select(_COLUMNS).join(renamed, "company_key", join_type="full outer")
    return both.sort_by("company_key")


def compare(current: pa.Table, previous: pa.Table | None) -> pa.Table:
    """Compare two runs' ratings; columns as CHANGE_SCHEMA, in order of company_key.

    A row for every company that is warned now or was before. One that has left the run is
    withdrawn, with a NULL band and score; one that has turned grey is suspended. Without a previous
    run every warning is opened.
    """
    both = _joined(current, previous)
    now = np.maximum(band_levels(both["band"]), 0)
    then = np.maximum(band_levels(both["previous_band"]), 0)
    is_now, was = now >= _LOWEST_WARNED, then >= _LOWEST_WARNED
    is_grey = pc.fill_null(pc.equal(both["band"], GREY), False).to_numpy()
    kinds = np.select(
        [is_now & ~was, was & is_grey, ~is_now & was, now > then, now < then],
        [Kind.OPENED, Kind.SUSPENDED, Kind.WITHDRAWN, Kind.RAISED, Kind.LOWERED],
        Kind.KEPT,
    )
    found = both.append_column("kind", pa.array(kinds.tolist(), pa.string()))
    return found.filter(pa.array(is_now | was)).select(CHANGE_SCHEMA.names).cast(CHANGE_SCHEMA)


def counts(changes: pa.Table) -> dict[str, int]:
    """Return how many warnings there are of each kind, all kinds listed."""
    found = pc.value_counts(changes["kind"]).to_pylist()
    return {kind.value: 0 for kind in Kind} | {one["values"]: one["counts"] for one in found}
