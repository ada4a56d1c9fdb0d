"""One published run opened for reading: its files, its catalogue, and a store session per thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from lookout.hub.live import OVERLAID, overlaid_keys, overlay_folder
from lookout.hub.snapshots import RunRecord, find_run, snapshot_folder
from lookout.hub.store import DuckDBStore


class OpenSnapshot:
    """Read-only access to the files of one run. Safe to share between threads.

    `overlay` is the generation under which companies re-scored since the run are seen; 0 for none.
    """

    def __init__(
        self, home: Path, record: RunRecord, *, folder: Path | None = None, overlay: int = 0
    ) -> None:
        self.home = home
        self.record = record
        self.folder = folder or snapshot_folder(home, record.run_id)
        self.overlay = overlay
        self._live = self._open_overlay() if overlay else None
        self._live_keys = frozenset(overlaid_keys(home, record.run_id)) if overlay else frozenset[int]()
        self._local = threading.local()

    def _open_overlay(self) -> OpenSnapshot:
        folder = overlay_folder(self.home, self.record.run_id, self.overlay)
        record = RunRecord.from_json((folder / "run.json").read_text("utf-8"))
        return OpenSnapshot(self.home, record, folder=folder)

    def of(self, company_key: int) -> OpenSnapshot:
        """Return where a company's newest rating comes from: its overlay, or the run itself.

        Raw rows and rules must be opened as of the instant the company was rated at.
        """
        return self._live if self._live is not None and company_key in self._live_keys else self

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
            if self.overlay:
                self._lay_over(store)
            self._local.store = store
        return store

    def _lay_over(self, store: DuckDBStore) -> None:
        """Replace the rows of re-scored companies, so that every list, count and export sees them."""
        folder = overlay_folder(self.home, self.record.run_id, self.overlay)
        for name in OVERLAID:
            store.read_parquet(f"published_{name}", [self.folder / f"{name}.parquet"])
            store.read_parquet(f"live_{name}", [folder / f"{name}.parquet"])
            store.view(
                name,
                f"SELECT * FROM published_{name} WHERE company_key NOT IN (SELECT company_key FROM live_listing) "
                f"UNION ALL BY NAME SELECT * FROM live_{name}",
            )

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run a query over the result files and return its rows."""
        found: list[dict[str, Any]] = self.store.query(sql, parameters).to_pylist()
        return found

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run a query of one cell and return it."""
        return next(iter(self.rows(sql, parameters)[0].values()))


@lru_cache(maxsize=64)
def kept_snapshot(home: Path, run_id: str) -> OpenSnapshot:
    """Return a kept run without its overlay; opened once, since a published folder never changes."""
    record = find_run(home, run_id)
    if record is None:
        raise KeyError(run_id)
    return OpenSnapshot(home, record)
