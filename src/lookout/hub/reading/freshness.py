"""How late each source is: against its contract, and against its own habit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal

from lookout.contracts import Contracts
from lookout.hub.facts import is_withdrawn
from lookout.hub.landing import Batch
from lookout.sources import sources

# Gaps between deliveries that make a habit, and how much longer than usual is still no silence.
GAPS_LOOKED_AT = 6
LEAST_GAPS = 2
PATIENCE = 1.5

# A table good for years is not delivered by a calendar, and nobody can be late with it.
UNSCHEDULED_DAYS = 1000

FreshnessState = Literal["fresh", "silent", "expired", "never"]


@dataclass(frozen=True)
class Freshness:
    """One table of one source at the instant of the run.

    `state`: fresh — in time; silent — inside the contract's limit, but later than the source's own
    habit; expired — beyond the limit, so that labels no longer see it; never — no delivery at all.
    `days_late` counts from the limit or, when silent, from the day the habit promised.
    """

    source: str
    source_name: str
    department: str
    table: str
    name: str
    category: str
    limit_days: int
    usual_days: int | None  # median gap between deliveries; None without a habit
    last: datetime | None
    expected: datetime | None  # when the next delivery was or is due; None when never delivered
    state: FreshnessState
    days_late: int
    batch_no: int | None  # the last batch
    batches: int
    regions: tuple[str, ...]  # what it covered when it last delivered; () is everything


def freshness(contracts: Contracts, batches: Iterable[Batch], as_of: datetime) -> list[Freshness]:
    """Return every table of every source, latest offenders first; withdrawn batches do not count."""
    due = {name for name, table in contracts.items() if table.freshness_days < UNSCHEDULED_DAYS}
    by_pair: dict[tuple[str, str], list[Batch]] = {
        (source.name, table): [] for source in sources().values() for table in source.tables if table in due
    }
    for batch in batches:
        if batch.table in due and batch.delivered_at <= as_of and not is_withdrawn(batch, as_of):
            by_pair.setdefault((batch.source, batch.table), []).append(batch)
    found = [_state(contracts, source, table, sent, as_of) for (source, table), sent in by_pair.items()]
    order = ("expired", "silent", "never", "fresh")
    return sorted(found, key=lambda row: (order.index(row.state), -row.days_late, row.source, row.table))


def _state(contracts: Contracts, source: str, table: str, sent: list[Batch], as_of: datetime) -> Freshness:
    contract, known = contracts[table], sources().get(source)
    newest = max(sent, key=lambda batch: (batch.delivered_at, batch.batch_no), default=None)
    usual = _usual_gap({batch.delivered_at for batch in sent})
    last = newest.delivered_at if newest else None
    limit = timedelta(days=contract.freshness_days)
    habit = timedelta(days=usual * PATIENCE) if usual else limit
    expected = last + min(habit, limit) if last else None
    state: FreshnessState = "fresh"
    late = timedelta(0)
    if last is None:
        state = "never"
    elif as_of > last + limit:
        state, late = "expired", as_of - last - limit
    elif expected is not None and as_of > expected:
        state, late = "silent", as_of - expected
    return Freshness(
        source=source,
        source_name=known.zh if known else source,
        department=known.department if known else contract.department,
        table=table,
        name=contract.zh,
        category=contract.category,
        limit_days=contract.freshness_days,
        usual_days=usual,
        last=last,
        expected=expected,
        state=state,
        days_late=-(-late // timedelta(days=1)),
        batch_no=newest.batch_no if newest else None,
        batches=len(sent),
        regions=newest.regions if newest else (),
    )


def _usual_gap(moments: Iterable[datetime]) -> int | None:
    """Return the median gap in days between the last deliveries; None when they are too few for a habit."""
    ordered = sorted(moments)
    gaps = [(after - before).days for before, after in pairwise(ordered)]
    gaps = [gap for gap in gaps if gap > 0][-GAPS_LOOKED_AT:]
    return round(median(gaps)) if len(gaps) >= LEAST_GAPS else None


def lapsed_on(rows: Iterable[Freshness], limits: Mapping[str, int]) -> dict[str, datetime | None]:
    """Return since when each table is seen for nobody: table → instant its last batch lapsed; None if never sent.

    Tables that some source still delivers in time are absent. `limits` are the contracts' days.
    """
    last: dict[str, datetime | None] = {}
    alive: set[str] = set()
    for row in rows:
        if row.state in ("fresh", "silent"):
            alive.add(row.table)
        known = last.get(row.table)
        if row.last is not None and (known is None or row.last > known):
            last[row.table] = row.last
        last.setdefault(row.table, row.last)
    return {
        table: moment + timedelta(days=limits[table]) if moment else None
        for table, moment in last.items()
        if table not in alive
    }
