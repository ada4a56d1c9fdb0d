"""The records of landed batches, read once each: a batch never changes, save for its withdrawal."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from lookout.hub.landing import Batch, Withdrawal, batch_folder, read_batch, read_withdrawal

RECORD = "batch.json"


class BatchIndex:
    """All batches of an installation by number. Safe to share between threads.

    A record is read again when its folder changed: a withdrawal adds a file there.
    """

    def __init__(self, home: Path) -> None:
        self._root = home / "batches"
        self._home = home
        self._lock = threading.Lock()
        self._known: dict[int, tuple[int, Batch]] = {}

    def all(self) -> dict[int, Batch]:
        """Return every batch by number, in order of the numbers."""
        with self._lock:
            for number, changed in self._changed_at().items():
                if number not in self._known or self._known[number][0] != changed:
                    self._read(number, changed)
            return {number: batch for number, (_changed, batch) in sorted(self._known.items())}

    def _read(self, number: int, changed: int) -> None:
        folder = batch_folder(self._home, number)
        if (folder / RECORD).exists():  # without a record it is no batch: a copy that broke off
            self._known[number] = (changed, read_batch(folder))

    def _changed_at(self) -> dict[int, int]:
        """Return the time of change of every batch's folder, by number; an empty home has none."""
        if not self._root.is_dir():
            return {}
        with os.scandir(self._root) as entries:
            return {
                int(entry.name): entry.stat().st_mtime_ns
                for entry in entries
                if len(entry.name) == 6 and entry.name.isdigit()
            }

    def state(self) -> tuple[int, int]:
        """Return a mark that changes whenever a batch comes or is withdrawn."""
        with self._lock:
            return len(self._known), max((changed for changed, _batch in self._known.values()), default=0)

    def withdrawal(self, batch_no: int) -> Withdrawal | None:
        """Return who withdrew a batch and why; None while it stands."""
        return read_withdrawal(batch_folder(self._home, batch_no))
