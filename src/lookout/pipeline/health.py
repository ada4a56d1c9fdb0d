"""The state of the data as of a run: per table batches, rows, freshness; coverage by category and city."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lookout.contracts import Contracts
from lookout.hub.facts.coverage import Declared, covers
from lookout.hub.landing import Batch
from lookout.hub.store import Store
from lookout.kernel.identifiers import Scheme
from lookout.kernel.regions import current_children, region_name, regions


def health(
    store: Store,
    contracts: Contracts,
    batches: Sequence[Batch],
    fresh: Mapping[str, set[Declared]],
    as_of: datetime,
) -> dict[str, Any]:
    """Return the state of every table and the coverage matrix, as plain JSON.

    The store must have `record_count`: rows by company and table.
    """
    by_table: dict[str, list[Batch]] = defaultdict(list)
    for batch in batches:
        if batch.delivered_at <= as_of:
            by_table[batch.table].append(batch)
    counts = _counts(store)
    return {
        "tables": {
            name: _table_state(by_table[name], fresh.get(name, set()), counts.get(name, (0, 0)))
            for name in contracts
        },
        "coverage": _coverage(contracts, fresh),
    }


def _counts(store: Store) -> dict[str, tuple[int, int]]:
    counted = store.query(
        "SELECT table_name AS name, CAST(sum(rows) AS BIGINT) AS n, count(*) AS companies "
        "FROM record_count GROUP BY table_name"
    )
    return {row["name"]: (row["n"], row["companies"]) for row in counted.to_pylist()}


def _table_state(batches: Sequence[Batch], fresh: set[Declared], counts: tuple[int, int]) -> dict[str, Any]:
    last = max((batch.delivered_at for batch in batches), default=None)
    state = "fresh" if fresh else "stale" if batches else "never"
    prefixes = sorted({prefix for regions_, _, _ in fresh for prefix in regions_})
    return {
        "batches": len(batches),
        "rows": counts[0],
        "companies": counts[1],
        "rejected": sum(batch.rejected for batch in batches),
        "last_delivery": last.isoformat() if last else None,
        "state": state,
        "covered_regions": [region_name(prefix.ljust(6, "0")) for prefix in prefixes],
    }


def _coverage(contracts: Contracts, fresh: Mapping[str, set[Declared]]) -> dict[str, dict[str, float]]:
    """Return category → city → share of the category's tables that are connected there."""
    by_category: dict[str, list[str]] = defaultdict(list)
    for name, table in contracts.items():
        if not table.count_table:
            by_category[table.category].append(name)
    cities = [city.code for city in current_children(next(iter(regions())))]
    shares: dict[str, dict[str, float]] = {}
    for category, names in by_category.items():
        shares[category] = {}
        for city in cities:
            group = (city, "", Scheme.USCC.value)
            connected = [any(covers(declared, group) for declared in fresh.get(name, ())) for name in names]
            shares[category][city] = sum(connected) / len(names)
    return shares
