"""One published run opened for reading: its files, its catalogue, and a store session per thread."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from lookout.hub.live import (
    LOOKUP,
    STAND,
    Overlay,
    StoredEvent,
    events_of_companies,
    open_live,
    origin_folder,
)
from lookout.hub.reading.sessions import HEAVY, ResultSession
from lookout.hub.snapshots import RunRecord, find_run, snapshot_folder
from lookout.hub.store import DuckDBStore
from lookout.kernel.errors import LookoutError

Kept = TypeVar("Kept")
Answer = TypeVar("Answer")
# A page answers many small questions; more threads would only wait for each other.
THREADS = 2
REMEMBERED = 500


@dataclass(frozen=True)
class Options:
    """How the analytical store behind a reader may use the machine.

    `warm` keeps the listing of the current run in memory (about 0.3 GiB for 650,000 companies): right
    for the desk, which answers all day, and a waste for one command of the terminal.
    """

    memory_limit: str = ""
    spill: Path | None = None
    warm: bool = False
    live: str = ""  # where the overlay is kept, '' for the home itself


class OpenSnapshot:
    """Read-only access to the files of one run. Safe to share between threads.

    `overlay` holds the companies rated since the run, None for none; `published` is then the same run
    without it, whose engine and sessions this one shares. `lookup` are the names that stand for companies, where
    they are not those of the run's own file; `live_until` is the overlay's generation up to which
    events count, 0 for none.
    """

    def __init__(
        self,
        home: Path,
        record: RunRecord,
        options: Options,
        *,
        folder: Path | None = None,
        overlay: Overlay | None = None,
        published: OpenSnapshot | None = None,
        lookup: pa.Table | None = None,
        live_until: int = 0,
    ) -> None:
        self.home = home
        self.record = record
        self.options = options
        self.folder = folder or snapshot_folder(home, record.run_id)
        self.overlay = overlay
        self._published = published
        self.lookup = lookup
        self._live_until = live_until
        self._stands = _stands(overlay)
        self._local = threading.local()
        self._opening = threading.Lock()
        self._remembering = threading.Lock()
        self._remembered: OrderedDict[Hashable, Any] = OrderedDict()
        self._warmed: DuckDBStore | None = None

    def of(self, company_key: int) -> OpenSnapshot:
        """Return where a company's newest rating comes from: its overlay, or the run itself.

        Raw rows and rules must be opened as of the instant the company was rated at.
        """
        stand = self._stands.get(company_key)
        if stand is None or self.overlay is None:
            return self
        return self.remember(("stand", *stand), lambda: self._open_stand(*stand))

    def _open_stand(self, origin: str, as_of: datetime) -> OpenSnapshot:
        folder = origin_folder(self.home, self.record.run_id, origin)
        record = RunRecord.from_json((folder / "run.json").read_text("utf-8"))
        return OpenSnapshot(
            self.home,
            replace(record, as_of=as_of),
            self.options,
            folder=folder,
            published=self.run,
            lookup=self.overlay.tables[LOOKUP] if self.overlay else None,
            live_until=self.overlay.sequence if self.overlay else 0,
        )

    @property
    def run(self) -> OpenSnapshot:
        """The published run whose engine, memory and threads' sessions this one shares."""
        return self._published or self

    def live_events(self, company_key: int) -> tuple[StoredEvent, ...]:
        """Return the events that count for a company beside the rows of this run's batches."""
        if not self._live_until:
            return ()
        return self.remember(("events", company_key), lambda: self._read_events(company_key))

    def _read_events(self, company_key: int) -> tuple[StoredEvent, ...]:
        pinned = set(self.record.batches)
        kept = events_of_companies(open_live(self.home, self.options.live), [company_key])
        return tuple(
            event
            for event in kept
            if event.batch_no not in pinned and (event.generation or 0) <= self._live_until
        )

    @cached_property
    def catalogue(self) -> Mapping[str, Any]:
        """The catalogue as it was when the run was made: labels, indicators, types, funnel."""
        file = self.folder / "catalogue.json"
        return _read_catalogue(file, file.stat().st_mtime_ns)

    @cached_property
    def health(self) -> Mapping[str, Any]:
        """State of tables and coverage as of the run."""
        content: dict[str, Any] = json.loads((self.folder / "health.json").read_text("utf-8"))
        return content

    def session(self) -> DuckDBStore:
        """Return a new session over this run's engine; it belongs to the caller."""
        return self._engine().sibling()

    def per_thread(self, name: str, make: Callable[[], Kept]) -> Kept:
        """Return what this thread keeps under a name, made at the first call."""
        kept: Kept | None = getattr(self._local, name, None)
        if kept is None:
            kept = make()
            setattr(self._local, name, kept)
        return kept

    def remember(self, question: Hashable, answer: Callable[[], Kept]) -> Kept:
        """Return the answer to a question about this run, worked out once while it is among the last asked.

        What is remembered is shared between threads and must not be changed.
        """
        with self._remembering:
            if question in self._remembered:
                self._remembered.move_to_end(question)
                known: Kept = self._remembered[question]
                return known
        found = answer()
        with self._remembering:
            self._remembered[question] = found
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    def _engine(self) -> DuckDBStore:
        if self._published is not None:
            return self._published._engine()
        with self._opening:
            if self._warmed is None:
                self._warmed = self._start()
            return self._warmed

    def _start(self) -> DuckDBStore:
        options = self.options
        engine = DuckDBStore(spill=options.spill, memory_limit=options.memory_limit, threads=THREADS)
        # Files are looked into again and again for a few rows each; their footers are read once.
        engine.execute("SET GLOBAL parquet_metadata_cache=true")
        if options.warm:
            engine.read_parquet("listing_file", [self.folder / "listing.parquet"])
            # In the usual order of lists: their first pages, and what is red, then lie in one place.
            engine.execute(
                f"CREATE TABLE warm_listing AS SELECT * EXCLUDE ({HEAVY}) FROM listing_file "
                "ORDER BY score DESC NULLS LAST, identifier"
            )
            engine.read_parquet("lookup_file", [self.folder / "lookup.parquet"])
            engine.execute("CREATE INDEX warm_identifier ON warm_listing (identifier)")
            engine.execute("CREATE TABLE warm_lookup AS SELECT * FROM lookup_file")
        return engine

    @property
    def store(self) -> DuckDBStore:
        """This thread's session, with a view per result file and `listing_texts` for what is not kept in memory.

        Threads keep one session per run, whatever is laid over it.
        """
        run = self.run
        results: ResultSession = run.per_thread("results", run._open_results)
        return results.under(self.overlay)

    def _open_results(self) -> ResultSession:
        return ResultSession(self.session(), self.folder, is_warm=self.options.warm)

    def open_lookup(self, store: DuckDBStore, view: str) -> None:
        """Name the names that stood for companies in the run, in a session of this run."""
        run = self.run
        if run.options.warm:
            store.view(view, "SELECT * FROM warm_lookup")
        else:
            store.read_parquet(view, [run.folder / "lookup.parquet"])

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run a query over the result files and return its rows."""
        found: list[dict[str, Any]] = self.store.query(sql, parameters).to_pylist()
        return found

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run a query of one cell and return it."""
        return next(iter(self.rows(sql, parameters)[0].values()))


@lru_cache(maxsize=8)
def _read_catalogue(file: Path, written: int) -> Mapping[str, Any]:
    """Read a catalogue once; `written` tells apart what was published anew under the same name."""
    content: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return content


def _stands(overlay: Overlay | None) -> dict[int, tuple[str, datetime]]:
    """Return company → origin and instant of its newest rating."""
    if overlay is None:
        return {}
    rows = overlay.tables[STAND].to_pylist()
    return {row["company_key"]: (row["origin"], row["as_of"]) for row in rows}


def kept_snapshot(home: Path, run_id: str, options: Options) -> OpenSnapshot:
    """Return a kept run without its overlay. Raises KeyError when it is unknown or has been pruned.

    Opened once: a published folder changes only when the same run is made again.
    """
    try:
        made = (snapshot_folder(home, run_id) / "run.json").stat().st_mtime_ns
    except FileNotFoundError:
        raise KeyError(run_id) from None
    return _kept(home, run_id, replace(options, warm=False), made)


def ask_kept(
    home: Path, run_id: str, options: Options, question: Callable[[OpenSnapshot], Answer]
) -> Answer | None:
    """Ask a kept run; None when it has been pruned since it was listed, before or during the question."""
    try:
        return question(kept_snapshot(home, run_id, options))
    except (KeyError, LookoutError):
        if find_run(home, run_id) is None:
            return None
        raise


@lru_cache(maxsize=16)
def _kept(home: Path, run_id: str, options: Options, made: int) -> OpenSnapshot:
    record = find_run(home, run_id)
    if record is None:
        raise KeyError(run_id)
    return OpenSnapshot(home, record, options)
