"""What a batch, or its withdrawal, changed: the companies it tells of whose score moved between two runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from lookout.contracts import Contracts
from lookout.hub.facts import Facts, open_facts
from lookout.hub.landing import Batch
from lookout.hub.reading.listing import company_row, conditions
from lookout.hub.reading.model import CompanyFilter, CompanyRow
from lookout.hub.reading.snapshot import OpenSnapshot, Options, kept_snapshot
from lookout.hub.results import CHANGE_PARTS
from lookout.hub.snapshots import RunRecord, list_runs

MOST_MOVED = 200
NOBODY = pa.table({"company_key": pa.array([], pa.int32())})


@dataclass(frozen=True)
class MovedCompany:
    """A company of the batch: its row after, and how its score moved.

    `parts` split the move as the run did (new_facts, corrections …), None where the run split none
    because the company was below warning before and after.
    """

    row: CompanyRow
    moved: Decimal | None
    parts: dict[str, Decimal] | None


@dataclass(frozen=True)
class BatchEffect:
    """The companies of a batch between the last run without it and the first with it (or the reverse)."""

    what: Literal["arrived", "withdrawn"]
    before: str | None  # run numbers
    after: str
    as_of: datetime
    touched: int  # companies of the scope the batch has rows of
    moved: int  # of them, those whose score or band is another
    companies: tuple[MovedCompany, ...]  # the largest moves


def batch_effects(
    home: Path, contracts: Contracts, batch: Batch, scope: tuple[str, ...] | None, options: Options
) -> list[BatchEffect]:
    """Return what a batch changed when it came and when it was withdrawn, as far as the runs are kept."""
    runs = list(reversed(list_runs(home)))
    found = []
    for before, after in zip([None, *runs], runs, strict=False):
        had = before is not None and batch.batch_no in before.batches
        has = batch.batch_no in after.batches
        # The first kept run has nothing before it: whether it was the first to see the batch is not known.
        if had == has or before is None:
            continue
        what: Literal["arrived", "withdrawn"] = "arrived" if has else "withdrawn"
        holder = after if has else before
        after_run = kept_snapshot(home, after.run_id, options)
        held = kept_snapshot(home, holder.run_id, options)
        keys = held.remember(("touched", batch.batch_no), partial(_touched, held, contracts, batch, holder))
        found.append(_effect(what, before, after, after_run, keys, scope))
    return found


def _touched(snapshot: OpenSnapshot, contracts: Contracts, batch: Batch, record: RunRecord) -> pa.Table:
    """Return the companies a batch has rows of, in whatever version."""
    facts = Facts(record.generation, record.batches, record.register, record.facts)
    if batch.table not in facts.tables:
        return NOBODY
    store = snapshot.session()
    try:
        open_facts(store, "facts_of_batch", snapshot.home, facts.tables[batch.table], contracts[batch.table])
        store.read_parquet("names", [snapshot.folder / "lookup.parquet"])
        return store.query(
            "SELECT DISTINCT coalesce(f.company_key, l.company_key) AS company_key FROM facts_of_batch AS f "
            "LEFT JOIN names AS l ON l.scheme = f.subject_scheme AND l.identifier = f.subject_value "
            f"WHERE f.batch_no = {batch.batch_no} AND coalesce(f.company_key, l.company_key) IS NOT NULL ORDER BY 1"
        )
    finally:
        store.close()


def _effect(
    what: Literal["arrived", "withdrawn"],
    before: RunRecord,
    after: RunRecord,
    snapshot: OpenSnapshot,
    keys: pa.Table,
    scope: tuple[str, ...] | None,
) -> BatchEffect:
    where, values = conditions(CompanyFilter(scope=scope))
    snapshot.store.put("touched", keys)
    where += " AND company_key IN (SELECT company_key FROM touched)"
    is_moved = "(score IS DISTINCT FROM previous_score OR band IS DISTINCT FROM previous_band)"
    counts = snapshot.rows(
        f"SELECT count(*) AS touched, count(*) FILTER (WHERE {is_moved}) AS moved FROM listing WHERE {where}",
        values,
    )[0]
    rows = snapshot.rows(
        f"SELECT * FROM listing WHERE {where} AND {is_moved} "
        f"ORDER BY abs(coalesce(score, 0) - coalesce(previous_score, 0)) DESC, identifier LIMIT {MOST_MOVED}",
        values,
    )
    return BatchEffect(
        what=what,
        before=before.run_id,
        after=after.run_id,
        as_of=after.as_of,
        touched=counts["touched"],
        moved=counts["moved"],
        companies=tuple(_moved(snapshot, row) for row in rows),
    )


def _moved(snapshot: OpenSnapshot, row: dict[str, Any]) -> MovedCompany:
    both = row["score"] is not None and row["previous_score"] is not None
    parts = None
    if both and row["changed_decay"] is not None:
        parts = {name: Decimal(row[f"changed_{name}"] or 0) for name in CHANGE_PARTS}
    return MovedCompany(
        company_row(snapshot, row), row["score"] - row["previous_score"] if both else None, parts
    )
