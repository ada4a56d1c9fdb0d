"""Bring deliveries into the hub: one file, or a folder with its delivery.yaml."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from lookout.contracts import contracts
from lookout.hub.landing import LandingReport, land_all
from lookout.sources import Delivery, read_deliveries


def ingest_folder(
    home: Path,
    folder: Path,
    *,
    personal_key: bytes,
    ingested_at: datetime,
    progress: Callable[[str, int, int], None],
) -> LandingReport:
    """Land every delivery a folder declares; a bad file is reported and the rest goes on."""
    return ingest(
        home,
        read_deliveries(folder),
        personal_key=personal_key,
        ingested_at=ingested_at,
        progress=progress,
    )


def ingest(
    home: Path,
    deliveries: Sequence[Delivery],
    *,
    personal_key: bytes,
    ingested_at: datetime,
    progress: Callable[[str, int, int], None],
) -> LandingReport:
    """Land deliveries in order; the same file twice is one batch."""
    return land_all(
        home,
        deliveries,
        contracts=contracts(),
        personal_key=personal_key,
        ingested_at=ingested_at,
        progress=progress,
    )
