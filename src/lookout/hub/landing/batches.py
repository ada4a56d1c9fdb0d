"""The batch as a record: batch.json read and written, and all batches of an installation listed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from lookout.hub.landing.withdrawals import withdrawn_at
from lookout.kernel.errors import DataError

NUMBERED = "[0-9]" * 6
RECORD = "batch.json"


@dataclass(frozen=True)
class Batch:
    """One landed file. Times are Shanghai wall time; rows = accepted + rejected + doubled.

    `regions` and `organization_types` are the declared coverage (empty: all); `columns` says which
    source headers filled a contract column, `unread` which headers nobody reads; `versions` counts
    rows whose key an earlier line of the file has; `digests` are SHA-256 of the batch's own files;
    `content` is the digest of the rows whatever their order and file format, '' for batches landed
    before it was kept. `left_out` counts rows of the file that its mapping says are no data, beside `rows`.
    `withdrawn_at` is when the batch was withdrawn, None while it stands.
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
    content: str = ""
    left_out: int = 0
    withdrawn_at: datetime | None = None

    @property
    def identity(self) -> tuple[str, str, str | None]:
        """What makes a file the same file: its bytes, its table and how it is read."""
        return self.sha256, self.table, self.mapping

    def as_json(self) -> str:
        """Return the text of batch.json; a withdrawal is a file of its own."""
        content = asdict(self)
        del content["withdrawn_at"]
        if not self.left_out:
            del content["left_out"]  # most files have none: their records stay as they always were
        content["delivered_at"] = self.delivered_at.isoformat()
        content["ingested_at"] = self.ingested_at.isoformat()
        covers = {"regions": content.pop("regions"), "organization_types": content.pop("organization_types")}
        return json.dumps({**content, "covers": covers}, ensure_ascii=False, indent=1)


def batch_folder(home: Path, batch_no: int) -> Path:
    """Return the folder of a batch."""
    return home / "batches" / f"{batch_no:06d}"


def _parse(text: str) -> Batch:
    content = json.loads(text)
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


def read_batch(folder: Path) -> Batch:
    """Read the record of one batch folder. Raises DataError when the record is damaged or missing."""
    try:
        batch = _parse((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"第 {int(folder.name)} 批的记录 {folder / RECORD} 缺失或损坏（{type(error).__name__}）；"
            "请从备份恢复这个文件，或恢复整个批次文件夹后重试"
        ) from error
    return replace(batch, withdrawn_at=withdrawn_at(folder))


def list_batches(home: Path) -> list[Batch]:
    """Return all batches by number, withdrawn ones included; without any the list is empty.

    A folder without a record never was a batch (see `unfinished`) and is passed over. Raises DataError
    naming every batch whose record is damaged: to go on without one would lose its rows unseen.
    """
    found, faults = [], []
    for folder in sorted((home / "batches").glob(NUMBERED)):
        if not (folder / RECORD).exists():
            continue
        try:
            found.append(read_batch(folder))
        except DataError as fault:
            faults.append(str(fault))
    if faults:
        raise DataError("\n".join(faults))
    return found


def unfinished(home: Path) -> tuple[Path, ...]:
    """Return numbered folders without a record: a copy or a restore that broke off, never a landing."""
    folders = sorted((home / "batches").glob(NUMBERED))
    return tuple(folder for folder in folders if not (folder / RECORD).exists())
