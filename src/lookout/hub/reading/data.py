"""The state of the data itself: tables, batches, rejects, coverage, unresolved subjects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from lookout.contracts import CATEGORIES, Contracts
from lookout.hub.landing import Batch
from lookout.hub.reading.model import BatchInfo, Reject, TableHealth
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.kernel.regions import current_children, region_name, regions

# A table whose contract is younger than the run.
NEVER_DELIVERED: dict[str, Any] = {
    "batches": 0, "rows": 0, "companies": 0, "rejected": 0, "last_delivery": None, "state": "never",
    "covered_regions": [],
}  # fmt: skip


def tables(snapshot: OpenSnapshot, contracts: Contracts) -> list[TableHealth]:
    """Return the state of every contract table as of the run."""
    states = []
    for name, table in contracts.items():
        health = snapshot.health["tables"].get(name, NEVER_DELIVERED)
        delivered = health["last_delivery"]
        states.append(
            TableHealth(
                table=name,
                name=table.zh,
                category=table.category,
                category_name=CATEGORIES[table.category],
                department=table.department,
                batches=health["batches"],
                rows=health["rows"],
                rejected=health["rejected"],
                companies=health["companies"],
                last_delivery=datetime.fromisoformat(delivered) if delivered else None,
                freshness_days=table.freshness_days,
                state=health["state"],
                covered_regions=tuple(health["covered_regions"]),
            )
        )
    return states


def batch_info(batch: Batch, contracts: Contracts) -> BatchInfo:
    """Describe one batch."""
    covers = "、".join(region_name(prefix.ljust(6, "0")) for prefix in batch.regions) or "全部地区"
    return BatchInfo(
        batch_no=batch.batch_no,
        source=batch.source,
        table=batch.table,
        table_name=contracts[batch.table].zh,
        file=batch.file,
        delivered_at=batch.delivered_at,
        asserted=batch.asserted,
        rows=batch.rows,
        accepted=batch.accepted,
        rejected=batch.rejected,
        doubled=batch.doubled,
        sha256=batch.sha256,
        covers=covers,
    )


def rejects(home: Path, batch_no: int, limit: int) -> list[Reject]:
    """Return the refused rows of a batch; none for a batch without rejects."""
    file = home / "batches" / f"{batch_no:06d}" / "rejects.parquet"
    if not file.exists():
        return []
    table = pq.read_table(file, columns=["line", "column", "value", "reason", "raw"]).slice(0, limit)
    return [
        Reject(
            line=row["line"] or 0,
            column=row["column"] or "",
            value=row["value"] or "",
            reason=row["reason"],
            raw=row["raw"] or "",
        )
        for row in table.to_pylist()
    ]


def reject_summary(
    home: Path, batches: Sequence[Batch], contracts: Contracts
) -> list[tuple[str, str, str, int]]:
    """Return (table, column, example reason, rows) of refused cells, most frequent first."""
    counted: dict[tuple[str, str], int] = {}
    example: dict[tuple[str, str], str] = {}
    for batch in batches:
        if not batch.rejected:
            continue
        file = home / "batches" / f"{batch.batch_no:06d}" / "rejects.parquet"
        table = pq.read_table(file, columns=["column", "reason"])
        for entry in pc.value_counts(table["column"]).to_pylist():
            place = (contracts[batch.table].zh, entry["values"] or "")
            counted[place] = counted.get(place, 0) + entry["counts"]
        for row in table.slice(0, 50).to_pylist():
            example.setdefault((contracts[batch.table].zh, row["column"] or ""), row["reason"])
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [(table, column, example.get((table, column), ""), rows) for (table, column), rows in ranked]


Matrix = tuple[list[tuple[str, str]], list[tuple[str, str]], dict[tuple[str, str], float]]


def coverage_matrix(snapshot: OpenSnapshot) -> Matrix:
    """Return categories, cities, and the share of a category's tables connected in each city."""
    home_code = next(iter(regions()))
    cities = [(city.code, city.name) for city in current_children(home_code)]
    categories = list(CATEGORIES.items())
    shares: dict[tuple[str, str], float] = {}
    for category, by_city in snapshot.health["coverage"].items():
        for city, share in by_city.items():
            shares[category, city] = share
    return categories, cities, shares


def unresolved(snapshot: OpenSnapshot, limit: int) -> list[tuple[str, str, str, int, str]]:
    """Return subjects that belong to no company we know: scheme, value, table, rows, why; most rows first."""
    rows: list[dict[str, Any]] = snapshot.rows("SELECT * FROM unresolved LIMIT ?", [limit])
    return [(row["scheme"], row["value"], row["table"], row["rows"], row["why"]) for row in rows]
