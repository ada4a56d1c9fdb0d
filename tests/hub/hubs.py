"""Small hubs for tests: rows become a delivered file that is landed like any other."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from lookout.contracts import contracts
from lookout.hub.landing import BatchReceipt, land
from lookout.sources import Covers, Delivery, sources

PERSONAL_KEY = b"a key for tests only, 32 bytes!!"
_numbers = itertools.count()


def wall(year: int, month: int, day: int, hour: int = 6) -> datetime:
    """Return a Shanghai wall time, the form in which the hub keeps instants."""
    return datetime(year, month, day, hour)  # noqa: DTZ001  wall time has no offset by design


def deliver(
    home: Path,
    table: str,
    rows: Sequence[Mapping[str, Any]],
    delivered_at: datetime,
    regions: tuple[str, ...] = ("44", "33"),
) -> BatchReceipt:
    """Write rows as a CSV file with contract headers and land it."""
    folder = home / "delivered"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{table}-{next(_numbers)}.csv"
    headers = list(contracts()[table].columns)
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, headers)
        writer.writeheader()
        writer.writerows(rows)
    source = next(name for name, entry in sources().items() if table in entry.tables)
    delivery = Delivery(file, file.name, source, table, delivered_at, Covers(regions))
    receipt = land(home, delivery, contracts=contracts(), personal_key=PERSONAL_KEY, ingested_at=delivered_at)
    assert receipt.batch.rejected == 0, receipt.sentence
    return receipt
