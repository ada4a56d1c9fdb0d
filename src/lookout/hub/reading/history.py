"""The scores of a company from run to run."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from lookout.hub.reading.model import BANDS
from lookout.hub.reading.snapshot import OpenSnapshot, ask_kept
from lookout.hub.snapshots import list_runs

# Score and band; both None of a company that a run knew and did not rate.
Rating = tuple[Decimal | None, Any]
Point = tuple[datetime, Decimal | None, Any]


@dataclass(frozen=True)
class _Trail:
    """All scores of one run, small enough to stay in memory for every kept run: 7 bytes a company."""

    keys: memoryview  # in ascending order
    scores: pa.Array  # hundredths
    bands: pa.Array  # places in BANDS

    def of(self, company_key: int) -> Rating | None:
        """Return a company's rating, None when the run did not know it."""
        place = bisect_left(self.keys, company_key)
        if place == len(self.keys) or self.keys[place] != company_key:
            return None
        score, band = self.scores[place].as_py(), self.bands[place].as_py()
        return None if score is None else Decimal(score).scaleb(-2), None if band is None else BANDS[band]


def history(snapshot: OpenSnapshot, row: Mapping[str, Any]) -> tuple[Point, ...]:
    """Return (as_of, score, band) of every kept run up to this one, oldest first, for a row of `listing`.

    A company keeps its key from run to run; this run's point is the newest rating, re-scored or not.
    """
    key, read = row["company_key"], _from_trail if snapshot.options.warm else _from_file
    points: list[Point] = []
    for record in reversed(list_runs(snapshot.home)):
        if record.as_of > snapshot.record.as_of:
            continue
        if record.run_id == snapshot.record.run_id:
            points.append((record.as_of, row["score"], row["band"]))
            continue
        found = ask_kept(snapshot.home, record.run_id, snapshot.options, lambda kept: read(kept, key))
        if found is not None:
            points.append((record.as_of, *found))
    return tuple(points)


def _from_file(kept: OpenSnapshot, company_key: int) -> Rating | None:
    rows = kept.rows("SELECT score, band FROM listing WHERE company_key = ?", [company_key])
    return (rows[0]["score"], rows[0]["band"]) if rows else None


def _from_trail(kept: OpenSnapshot, company_key: int) -> Rating | None:
    return kept.remember("trail", lambda: _trail(kept)).of(company_key)


def _trail(kept: OpenSnapshot) -> _Trail:
    places = " ".join(f"WHEN '{band}' THEN {place}" for place, band in enumerate(BANDS))
    table = kept.store.query(
        "SELECT CAST(company_key AS INTEGER) AS company_key, CAST(score * 100 AS SMALLINT) AS score, "
        f"CAST(CASE band {places} END AS TINYINT) AS band FROM listing ORDER BY company_key"
    ).combine_chunks()
    keys = table["company_key"].cast(pa.int32()).combine_chunks()
    values = memoryview(keys.buffers()[1]).cast("i")[keys.offset : keys.offset + len(keys)]
    return _Trail(values, _chunk(table["score"]), _chunk(table["band"]))


def _chunk(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
