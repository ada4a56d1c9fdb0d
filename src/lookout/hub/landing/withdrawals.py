"""Withdrawal of a batch: a file beside its record, written once, never taken back.

Facts of a batch withdrawn at or before an instant are not seen at that instant or later; an earlier
instant still sees them. To undo a withdrawal, deliver the file again: it becomes a new batch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lookout.hub.landing.files import hold, write_whole
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import DataError

FILE_NAME = "withdrawal.json"


@dataclass(frozen=True)
class Withdrawal:
    """Who withdrew a batch, why, and from which instant (Shanghai wall time) it is no longer seen."""

    batch_no: int
    withdrawn_at: datetime
    by: str
    reason: str


def read_withdrawal(folder: Path) -> Withdrawal | None:
    """Return the withdrawal of a batch folder, None while the batch stands. Raises DataError when damaged."""
    file = folder / FILE_NAME
    try:
        content = json.loads(file.read_text("utf-8"))
        moment = datetime.fromisoformat(content["withdrawn_at"])
        return Withdrawal(int(folder.name), moment, str(content["by"]), str(content["reason"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"第 {int(folder.name)} 批的撤回记录 {file} 损坏（{type(error).__name__}）；请从备份恢复这个文件后重试"
        ) from error


def withdrawn_at(folder: Path) -> datetime | None:
    """Return the instant from which a batch is not seen, None while it stands."""
    found = read_withdrawal(folder)
    return found.withdrawn_at if found else None


def withdraw(home: Path, batch_no: int, *, at: datetime, by: str, reason: str) -> Withdrawal:
    """Withdraw a batch. A batch already withdrawn keeps its first withdrawal, which is returned.

    Raises DataError for a batch that is not there and for a missing author or reason.
    """
    folder = home / "batches" / f"{batch_no:06d}"
    if not (folder / "batch.json").is_file():
        raise DataError(f"没有第 {batch_no} 批，不能撤回；批次号见 lookout ingest 的输出或数据页")
    if not by.strip() or not reason.strip():
        raise DataError(f"撤回第 {batch_no} 批须写明撤回人与理由；请补上后重试")
    with hold(home):
        if (earlier := read_withdrawal(folder)) is not None:
            return earlier
        moment = naive_local(at) if at.tzinfo else at
        content = {"withdrawn_at": moment.isoformat(), "by": by.strip(), "reason": reason.strip()}
        write_whole(folder / FILE_NAME, json.dumps(content, ensure_ascii=False, indent=1).encode())
    return Withdrawal(batch_no, moment, by.strip(), reason.strip())
