"""The batch as a record: batch.json read and written, and all batches of an installation listed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

NUMBERED = "[0-9]" * 6


@dataclass(frozen=True)
class Batch:
    """One landed file. Times are Shanghai wall time; rows = accepted + rejected + doubled.

    `regions` and `organization_types` are the declared coverage (empty: all); `columns` says which
    source headers filled a contract column, `unread` which headers nobody reads; `versions` counts
    rows whose key an earlier line of the file has; `digests` are SHA-256 of the batch's own files.
    """

    batch_no: int
    source: str
    table: str
    file: str
    format: str
    encoding: str
    sha256: str
    bytes: int
    mapping: str | None
    delivered_at: datetime
    asserted: bool
    regions: tuple[str, ...]
    organization_types: tuple[str, ...]
    rows: int
    accepted: int
    rejected: int
    doubled: int
    versions: int
    identifier_scheme: str
    contract_digest: str
    ingested_at: datetime
    columns: Mapping[str, tuple[str, ...]]
    unread: tuple[str, ...]
    digests: Mapping[str, str]

    @property
    def identity(self) -> tuple[str, str, str | None]:
        """What makes a file the same file: its bytes, its table and how it is read."""
        return self.sha256, self.table, self.mapping

    def as_json(self) -> str:
        """Return the text of batch.json."""
        content = asdict(self)
        content["delivered_at"] = self.delivered_at.isoformat()
        content["ingested_at"] = self.ingested_at.isoformat()
        covers = {"regions": content.pop("regions"), "organization_types": content.pop("organization_types")}
        return json.dumps({**content, "covers": covers}, ensure_ascii=False, indent=1)


def batch_folder(home: Path, batch_no: int) -> Path:
    """Return the folder of a batch."""
    return home / "batches" / f"{batch_no:06d}"


def read_batch(folder: Path) -> Batch:
    """Read the record of one batch folder."""
    content = json.loads((folder / "batch.json").read_text("utf-8"))
    covers = content.pop("covers")
    content |= {
        "delivered_at": datetime.fromisoformat(content["delivered_at"]),
        "ingested_at": datetime.fromisoformat(content["ingested_at"]),
        "columns": {name: tuple(headers) for name, headers in content["columns"].items()},
        "unread": tuple(content["unread"]),
    }
    return Batch(
        **content, regions=tuple(covers["regions"]), organization_types=tuple(covers["organization_types"])
    )


def list_batches(home: Path) -> list[Batch]:
    """Return all batches by number; an installation without any has an empty list."""
    return [read_batch(folder) for folder in sorted((home / "batches").glob(NUMBERED))]
