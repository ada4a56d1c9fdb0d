"""Bring deliveries into the hub: one file, or a folder with its delivery.yaml."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from lookout.contracts import contracts
from lookout.hub.landing import LandingReport, land_all, write_rejects_workbook
from lookout.kernel.errors import DataError
from lookout.pipeline.proving import enter_batches, entered_or_told
from lookout.sources import Covers, Delivery, covers_faults, read_deliveries, source_faults, sources

__all__ = ["ingest", "ingest_folder", "one_file", "write_rejects_workbook"]

Steps = Callable[[str, int, int], None]


def ingest_folder(
    home: Path, folder: Path, *, personal_key: bytes, ingested_at: datetime, progress: Steps
) -> LandingReport:
    """Land every delivery a folder declares; a bad entry or file is reported and the rest goes on."""
    listed = read_deliveries(folder, contracts(), sources())
    report = ingest(home, listed.good, personal_key=personal_key, ingested_at=ingested_at, progress=progress)
    first = (listed.problem,) if listed.problem else ()
    return LandingReport(report.receipts, (*first, *report.problems))


def ingest(
    home: Path, deliveries: Sequence[Delivery], *, personal_key: bytes, ingested_at: datetime, progress: Steps
) -> LandingReport:
    """Land deliveries in order and enter them in the log; the same file twice is one batch."""
    report = land_all(
        home,
        deliveries,
        contracts=contracts(),
        personal_key=personal_key,
        ingested_at=ingested_at,
        progress=progress,
    )
    landed = [receipt.batch.batch_no for receipt in report.receipts]
    entered_or_told(lambda: enter_batches(home, landed, ingested_at))
    return report


def one_file(
    path: Path,
    *,
    table: str,
    source: str,
    delivered_at: datetime,
    regions: Sequence[str] = (),
    mapping: Path | None = None,
    asserted: bool = False,
) -> Delivery:
    """Describe one file handed over by itself. Raises DataError naming everything that does not fit."""
    covers = Covers(tuple(regions))
    if table not in contracts():
        raise DataError(f"没有名为“{table}”的表；用 --table 给出表名，如 --table company")
    faults = [
        *source_faults(source, table, mapping is not None, sources()),
        *covers_faults(covers, contracts()),
    ]
    if faults:
        raise DataError("；".join(str(fault) for fault in faults))
    return Delivery(path, path.name, source, table, delivered_at, covers, mapping, asserted)
