"""A thread's session over the result files of one run, with the newest ratings laid over them.

The files are named once. A newer overlay only brings its own rows anew, so that a rating between two
runs costs the next page little.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from lookout.hub.live import OVERLAID, Overlay
from lookout.hub.store import DuckDBStore

WARM = ("listing", "lookup")  # what lists and searches look through
# Texts that only the page of one company shows, kept out of memory.
HEAVY = "explanation, states"


class ResultSession:
    """A view per result file and `listing_texts` for what is not kept in memory. For one thread.

    `store` is the session, `folder` the run's files; `is_warm`: the engine holds the tables of WARM.
    """

    def __init__(self, store: DuckDBStore, folder: Path, *, is_warm: bool) -> None:
        self._store, self._folder, self._is_warm = store, folder, is_warm
        for file in sorted(folder.glob("*.parquet")):
            self.name(file.stem, file.stem)
        store.read_parquet("listing_file", [folder / "listing.parquet"])
        store.view("listing_texts", f"SELECT company_key, {HEAVY} FROM listing_file")
        self._sequence = 0
        self._laid: Mapping[str, pa.Schema] = {}

    def name(self, name: str, view: str) -> None:
        """Name one result file, or what the engine keeps of it in memory."""
        if name in WARM and self._is_warm:
            self._store.view(view, f"SELECT * FROM warm_{name}")
        elif name == "contribution" and (self._folder / "silent_line.parquet").exists():
            self._name_contributions(view)
        else:
            self._store.read_parquet(view, [self._folder / f"{name}.parquet"])

    def _name_contributions(self, view: str) -> None:
        """Name the contributions with the lines a run leaves out because a company's `states` tell them.

        Runs of earlier versions have no `silent_line` and every line in the file itself.
        """
        for file in ("contribution", "rating", "silent_line"):
            self._store.read_parquet(f"{file}_file", [self._folder / f"{file}.parquet"])
        self._store.view(
            view,
            "SELECT * FROM contribution_file UNION ALL "
            "SELECT r.company_key, 'indicator' AS part, s.code, s.dimension, s.value, s.sub_score, s.state, "
            "CAST(0 AS DECIMAL(5, 2)) AS points "
            "FROM rating_file AS r JOIN silent_line_file AS s ON substr(r.states, s.place, 1) = s.letter",
        )

    def under(self, overlay: Overlay | None) -> DuckDBStore:
        """Return the session with the rows of an overlay in place of those of its companies, None for none."""
        if overlay is None:
            self._lift()
        elif overlay.sequence != self._sequence:
            self._lay(overlay)
        return self._store

    def _lift(self) -> None:
        if self._laid:
            for name in OVERLAID:
                self.name(name, name)
            self._store.view("listing_texts", f"SELECT company_key, {HEAVY} FROM listing_file")
        self._sequence, self._laid = 0, {}

    def _lay(self, overlay: Overlay) -> None:
        store, tables = self._store, {name: overlay.tables[name] for name in OVERLAID}
        for name, table in tables.items():
            store.put(f"live_{name}", table)
        schemas = {name: table.schema for name, table in tables.items()}
        if schemas != self._laid:
            self._show_live()
        self._sequence, self._laid = overlay.sequence, schemas

    def _show_live(self) -> None:
        """Replace the rows of companies rated since, so that every list, count and export sees them."""
        store, rest = self._store, "WHERE company_key NOT IN (SELECT company_key FROM live_listing)"
        for name in OVERLAID:
            self.name(name, f"published_{name}")
            store.view(
                name,
                f"SELECT * FROM published_{name} {rest} UNION ALL BY NAME SELECT * FROM live_{name}",
            )
        store.view(
            "listing_texts",
            f"SELECT company_key, {HEAVY} FROM listing_file {rest} "
            f"UNION ALL SELECT company_key, {HEAVY} FROM live_listing",
        )
