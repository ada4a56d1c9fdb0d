"""Which published ratings differ from those known before: one short mark per company, made in the store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lookout.hub.reading.listing import company_row, conditions
from lookout.hub.reading.model import DIMENSIONS, CompanyFilter, CompanyRow
from lookout.hub.reading.snapshot import OpenSnapshot

# What a reader is told of a rating. How it moved since the run before is told with a warning only: it changes
# with every run, and a rating that did not move would otherwise look new.
_RATING = (
    "name", "region", "organization_type", "score", "band", "coverage", "is_stale", *DIMENSIONS, "label_count",
    *(f"reason_{number}{part}" for number in (1, 2, 3) for part in ("", "_value")),
)  # fmt: skip
_WARNING = (*_RATING, "previous_band", "previous_score", "change")
_CHUNK = 20_000


@dataclass(frozen=True)
class Mark:
    """One rated company as published: equal marks mean that a reader would be told the same.

    `rating` covers the rating, `warning` also how it moved since the run before.
    """

    identifier: str
    region: str
    band: str
    rating: str
    warning: str


def edition(snapshot: OpenSnapshot) -> str:
    """Return what is published now, as a text: another one after every run and every live rating."""
    sequence = snapshot.overlay.sequence if snapshot.overlay is not None else 0
    return f"{snapshot.record.run_id}+{sequence}"


def marks(snapshot: OpenSnapshot, *, live_only: bool) -> Iterator[Mark]:
    """Yield the marks of all rated companies that have a region; `live_only`: of those rated since the run."""
    where = "is_rated AND coalesce(region, '') <> ''"
    if live_only:
        if snapshot.overlay is None:
            return
        where += " AND company_key IN (SELECT company_key FROM live_listing)"
    salt = _salt(snapshot)
    columns = f"identifier, region, band, {_digest(_RATING)} AS rating, {_digest(_WARNING)} AS warning"
    found = snapshot.store.query(f"SELECT {columns} FROM listing WHERE {where}", [salt, salt])
    for batch in found.to_batches(max_chunksize=_CHUNK):
        for row in batch.to_pylist():
            yield Mark(**row)


def marked_rows(
    snapshot: OpenSnapshot, identifiers: Sequence[str], scope: tuple[str, ...] | None
) -> list[tuple[CompanyRow, Mark]]:
    """Return rated companies with their marks, read together; unknown and foreign ones are absent."""
    where, values = conditions(CompanyFilter(identifiers=tuple(identifiers), scope=scope))
    salt = _salt(snapshot)
    rows = snapshot.rows(
        f"SELECT *, {_digest(_RATING)} AS rating_mark, {_digest(_WARNING)} AS warning_mark "
        f"FROM listing WHERE {where}",
        [salt, salt, *values],
    )
    return [(company_row(snapshot, row), _mark(row)) for row in rows]


def _mark(row: dict[str, Any]) -> Mark:
    return Mark(row["identifier"], row["region"] or "", row["band"], row["rating_mark"], row["warning_mark"])


def _digest(columns: Sequence[str]) -> str:
    texts = ", ".join(f"coalesce(CAST({column} AS VARCHAR), '~')" for column in columns)
    return f"md5(concat_ws('|', CAST(? AS VARCHAR), {texts}))"


def _salt(snapshot: OpenSnapshot) -> str:
    """Return a digest of the words that ratings are told in: other words are another rating to tell."""

    def work_out() -> str:
        indicators = snapshot.catalogue["indicators"]
        words = {code: (one["phrase"], one["unit"], one["joins"]) for code, one in indicators.items()}
        told = json.dumps([words, snapshot.catalogue["organization_types"]], sort_keys=True, default=str)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    return snapshot.remember(("words",), work_out)
