"""What every connector gives and takes: files offered one at a time, each settled before the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

Cursor = dict[str, Any]  # JSON values only; a connector keeps in it how far it has read


@dataclass(frozen=True)
class Offer:
    """One file ready to be landed from `path`; `file` is its name as delivered.

    `key` names it within its connection; times are Shanghai wall times, `stated_at` is what the sender claims.
    """

    key: str
    file: str
    path: Path
    arrived_at: datetime
    stated_at: datetime | None = None
    sha256: str = ""
    mark: Any = None  # what the connector needs to move its cursor past this file


@dataclass(frozen=True)
class Outcome:
    """What became of a file. `state` is landed or refused; `is_new`: it brought rows not landed before.

    `is_stale`: another file of this name or an older one has the same content, so the source sent
    nothing new.
    """

    state: str
    sentence: str
    settled_at: datetime
    batch_no: int | None = None
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    doubled: int = 0
    is_new: bool = False
    is_stale: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON values."""
        return {**self.__dict__, "settled_at": self.settled_at.isoformat()}


class Connector(Protocol):
    """Where files come from.

    For each offer the round lands the file, then calls `settle` (tell the sender), `commit` (move the
    cursor, which is saved with it) and `clear` (take the file away), in this order. Any of them may be
    the last before a crash; the same offer then comes again, and landing knows the file by its digest.
    """

    notes: list[str]
    is_stuck: bool
    is_waiting: bool

    def offers(self, cursor: Cursor, now: datetime) -> Iterator[Offer]:
        """Yield files, oldest first. Raises TransientError when the place cannot be reached now."""

    def settle(self, offer: Offer, outcome: Outcome) -> None:
        """Write the receipt."""

    def commit(self, cursor: Cursor, offer: Offer, outcome: Outcome) -> None:
        """Move the cursor past the offer."""

    def clear(self, offer: Offer, outcome: Outcome) -> None:
        """Take away what is no longer needed."""


@dataclass
class Notes:
    """What a connector found worth telling, in Chinese sentences.

    `is_stuck`: it must read the same again. `is_waiting`: something is there that is not whole yet, so it must
    be asked again soon, whatever its schedule.
    """

    notes: list[str] = field(default_factory=list)
    is_stuck: bool = False
    is_waiting: bool = False
