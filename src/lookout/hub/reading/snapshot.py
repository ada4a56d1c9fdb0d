"""One published run opened for reading: its files, its catalogue, and a store session per thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lookout.hub.snapshots import RunRecord, snapshot_folder
from lookout.hub.store import DuckDBStore


class OpenSnapshot:
    """Read-only access to the files of one run. Safe to share between threads."""

    def __init__(self, home: Path, record: RunRecord) -> None:
        self.home = home
        self.record = record
        self.folder = snapshot_folder(home, record.run_id)
        self._local = threading.local()

    @cached_property
    def catalogue(self) -> Mapping[str, Any]:
        """The catalogue as it was when the run was made: labels, indicators, types, funnel."""
        content: dict[str, Any] = json.loads((self.folder / "catalogue.json").read_text("utf-8"))
        return content

    @cached_property
    def health(self) -> Mapping[str, Any]:
        """State of tables and coverage as of the run."""
        content: dict[str, Any] = json.loads((self.folder / "health.json").read_text("utf-8"))
        return content

    @property
    def store(self) -> DuckDBStore:
        """This thread's session, with a view per result file."""
        store: DuckDBStore | None = getattr(self._local, "store", None)
        if store is None:
            store = DuckDBStore(threads=2)
            for file in sorted(self.folder.glob("*.parquet")):
                store.read_parquet(file.stem, [file])
            self._local.store = store
        return store

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run a query over the result files and return its rows."""
        found: list[dict[str, Any]] = self.store.query(sql, parameters).to_pylist()
        return found

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run a query of one cell and return it."""
        return next(iter(self.rows(sql, parameters)[0].values()))
