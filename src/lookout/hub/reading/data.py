"""The state of the data itself: tables, batches, rejects, coverage, unresolved subjects."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq

from lookout.contracts import CATEGORIES, Contracts
from lookout.hub.landing import Batch
from lookout.hub.reading.model import BatchInfo, CatalogueEntry, Reject, RunInfo, TableHealth
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.hub.snapshots import RunRecord
from lookout.kernel.regions import region_name

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
        unread=batch.unread,
        left_out=batch.left_out,
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


def unresolved(snapshot: OpenSnapshot, limit: int) -> list[tuple[str, str, str, int, str]]:
    """Return subjects that belong to no company we know: scheme, value, table, rows, why; most rows first."""
    rows: list[dict[str, Any]] = snapshot.rows("SELECT * FROM unresolved LIMIT ?", [limit])
    return [(row["scheme"], row["value"], row["table"], row["rows"], row["why"]) for row in rows]


def catalogue_entry(
    code: str, kind: Literal["label", "indicator"], entry: dict[str, Any], hits: dict[str, int]
) -> CatalogueEntry:
    """Return a label or an indicator of the published catalogue; `hits` are its companies by code."""
    group = entry["family"] if kind == "label" else entry["dimension"]
    group_name = entry["family_zh"] if kind == "label" else entry["dimension_zh"]
    return CatalogueEntry(
        code=code,
        kind=kind,
        name=entry["zh"],
        group=group,
        group_name=group_name,
        active=not entry["waits_for"],
        waits_for=entry["waits_for"] or "",
        weight=entry.get("weight"),
        severity=entry.get("severity"),
        rule_text=entry["rule_text"],
        hits=hits.get(code, 0),
        details=entry,
    )


def run_info(record: RunRecord) -> RunInfo:
    """Return what readers see of a run's record."""
    return RunInfo(
        run_id=record.run_id,
        as_of=record.as_of,
        started_at=record.started_at,
        finished_at=record.finished_at,
        previous_run_id=record.previous_run_id,
        batches=len(record.batches),
        catalogue_digest=record.catalogue_digest,
        figures=dict(record.figures),
    )
