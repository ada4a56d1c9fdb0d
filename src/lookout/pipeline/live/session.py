"""A warm session: everything that rating a few companies needs, opened once and kept.

Per rating it reads only the rows of the companies asked for, from the tables that have any, lays
live events among them, and runs the same marts, passes and labels as a full run over these rows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lookout.engine import scoring
from lookout.hub.facts import Facts, Visible, known_batches, open_facts, put_region_now, withdrawn_numbers
from lookout.hub.landing import Batch, list_batches
from lookout.hub.live import (
    LOOKUP,
    STAND,
    Aside,
    Overlay,
    StoredEvent,
    put_origin,
    set_aside_rows,
    stand_table,
)
from lookout.hub.results import listing_sql
from lookout.hub.snapshots import RunRecord, current_run_id, find_run, snapshot_folder
from lookout.hub.store import DuckDBStore
from lookout.kernel.errors import ConfigError
from lookout.pipeline.changes import NO_CHANGES
from lookout.pipeline.evaluation import Question, shipped
from lookout.pipeline.inputs import connect, floor_labels, input_sql
from lookout.pipeline.live.identities import open_identities
from lookout.pipeline.live.observing import Observer, by_table, listed
from lookout.pipeline.live.reach import Reach, reach_of, whole_reach
from lookout.pipeline.live.standing import Standing
from lookout.pipeline.population import monitor
from lookout.pipeline.published import published_catalogue
from lookout.pipeline.results import early_warning_sql, make_warnings, put_words, record_count_sql

WARM = "live/warm"  # what a lasting session keeps on disk, by process


class NothingToRateFromError(ConfigError):
    """There is no published run under today's catalogue, so nothing can be compared with it."""


@dataclass(frozen=True)
class Rating:
    """The overlay rows of companies rated together, and those that are not monitored at that instant."""

    tables: Mapping[str, pa.Table]
    unmonitored: frozenset[int]


class WarmSession:
    """The facts of the newest fold and the population values of the current run, ready to rate from.

    Good for one day, one fold and one run; not safe to share between threads.
    """

    def __init__(
        self,
        home: Path,
        *,
        as_of: datetime,
        memory_limit: str = "",
        spill: Path | None = None,
        lasting: bool = False,
    ) -> None:
        """Open a session. `lasting`: for many ratings, so that preparing look-ups is worth its seconds."""
        self.home = home
        self.catalogues = shipped()
        self.published = require_published(home)
        self.facts = Facts.read(home)
        as_of = max(as_of, self.published.as_of)
        self.day = as_of.date()
        folded = set(self.facts.batches)
        self._landed = [batch for batch in list_batches(home) if batch.batch_no in folded]
        self.batches: tuple[Batch, ...] = known_batches(self._landed, as_of)
        self._withdrawn = withdrawn_numbers(self._landed, as_of)
        seen = set(self.published.batches)
        # An event's batch was perhaps folded for the run, and has rows the run did not see yet.
        self._newer = {b.table for b in self.batches if b.batch_no not in seen or b.format == "events"}
        self._folder = snapshot_folder(home, self.published.run_id)
        self.record = self._origin_record(as_of)
        self.origin = self._keep_origin(as_of)
        self.store = DuckDBStore(spill=spill, memory_limit=memory_limit)
        self._aside: dict[str, Aside] = {}
        self._warm_folder = home / WARM / str(os.getpid()) if lasting else None
        try:
            self._open(as_of)
        except BaseException:
            self.close()
            raise

    @property
    def batch_numbers(self) -> frozenset[int]:
        """The batches whose rows are read from the folded facts."""
        return frozenset(self.record.batches)

    def close(self) -> None:
        """End the session."""
        self.store.close()
        if self._warm_folder is not None:
            shutil.rmtree(self._warm_folder, ignore_errors=True)

    def instant(self, now: datetime) -> datetime:
        """Return the instant a rating stands at: never before the run it is compared with."""
        return max(now, self.published.as_of)

    def _origin_record(self, as_of: datetime) -> RunRecord:
        return replace(
            self.published,
            as_of=as_of,
            batches=tuple(batch.batch_no for batch in self.batches),
            generation=self.facts.generation,
            facts=self.facts.tables,
            register=self.facts.register,
        )

    def _keep_origin(self, as_of: datetime) -> str:
        made_from = (self.facts.generation, self.record.batches, self.catalogues.digest)
        origin = f"{self.day:%Y%m%d}-{hashlib.sha256(repr(made_from).encode()).hexdigest()[:8]}"
        question = Question(as_of, Visible(as_of), self._folder)
        put_origin(self.home, self.record, origin, published_catalogue(self.catalogues, question))
        return origin

    def _open(self, as_of: datetime) -> None:
        store, contracts = self.store, self.catalogues.contracts
        store.execute("SET parquet_metadata_cache=true")
        visible = Visible(as_of, withdrawn=self._withdrawn)
        put_region_now(store, self.day)
        self._standing = Standing(store, self._folder, self.catalogues, self.published)
        self.who = open_identities(
            store, self.home, self._folder, self.facts, self.published, contracts, visible
        )
        for name, files in self.facts.tables.items():
            open_facts(store, f"folded_{name}", self.home, files, contracts[name])
        for name, mart in self.catalogues.marts.items():
            if mart.population:
                store.read_parquet(f"run_mart_{name}", [self._folder / f"mart_{name}.parquet"])
        if self._warm_folder is not None:
            self._set_aside(self._warm_folder)
        self._standing.compare(self._landed, self.batches, as_of)
        self._observer = Observer(store, self.catalogues, self.day, self.who, self.facts.tables, self._aside)
        self._observer.open(self.home, visible)

    def _set_aside(self, folder: Path) -> None:
        for left in folder.parent.glob("*"):  # by workers that were killed
            if not Path(f"/proc/{left.name}").exists() or left == folder:
                shutil.rmtree(left, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in self.facts.tables:
            table = self.catalogues.contracts[name]
            self._aside[name] = set_aside_rows(self.store, table, f"folded_{name}", folder)

    def owners(self, events: Sequence[StoredEvent]) -> dict[int, int]:
        """Return the company of each event by event number; an event no company is found for is absent."""
        return self.who.owners(events)

    def keys_of(self, identifiers: Sequence[str]) -> dict[str, int]:
        """Return the companies of USCCs or `<source>:<id>`; unknown ones are absent."""
        return self.who.keys_of(identifiers)

    def rate(
        self,
        keys: Sequence[int],
        events: Sequence[StoredEvent],
        as_of: datetime,
        overlay: Overlay,
        *,
        anew: bool = False,
    ) -> Rating:
        """Rate companies with their live events as of an instant of this session's day.

        `events`: all of theirs that are still kept, each once; `overlay`: where the companies stand
        now, below which no band falls. What the events do not reach stands as the run found it,
        unless all is to be made `anew`.
        """
        touched = None if anew else self._standing.touched(events)
        reach = whole_reach(self.catalogues)
        if touched is not None:
            reach = reach_of(self.catalogues, touched)
        inputs = None if reach.is_whole else self._standing.inputs(keys)
        kept = set(inputs["company_key"].to_pylist()) if inputs is not None else set()
        rating = (
            self._rate(sorted(kept), reach, inputs, events, as_of, overlay)
            if kept
            else Rating({}, frozenset())
        )
        others = sorted(set(keys) - kept)
        if not others:
            return rating
        # The run did not rate these, so that there is nothing to keep of it.
        return _together(
            rating, self._rate(others, whole_reach(self.catalogues), None, events, as_of, overlay)
        )

    def _rate(
        self,
        keys: Sequence[int],
        reach: Reach,
        inputs: pa.Table | None,
        events: Sequence[StoredEvent],
        as_of: datetime,
        overlay: Overlay,
    ) -> Rating:
        store, only = self.store, f"IN ({listed(keys)})"
        question = Question(as_of, Visible(as_of, only=only, withdrawn=self._withdrawn), self._folder)
        near = sorted({*keys, *self.who.moved_to(keys)})
        store.table("company_universe", f"SELECT * FROM every_company_universe WHERE company_key {only}")
        store.table("lookup", f"SELECT * FROM every_lookup WHERE company_key IN ({listed(near)})")
        # Also those of other companies: one of them may be a newer version of a row of these.
        waiting = by_table([event for event in events if event.batch_no not in self.batch_numbers])
        counted = self._standing.tables_with_rows(near, self._newer)
        filled = self._observer.observe(reach, keys, near, waiting, counted, question)
        hits = self._observer.hits_sql(reach, filled)
        if inputs is not None:
            hits += " UNION ALL " + self._standing.hits_sql(reach, keys)
        store.table("label_hit", hits)
        monitor(store, question)
        rated = sorted(
            store.query("SELECT company_key FROM monitored WHERE is_rated")["company_key"].to_pylist()
        )
        if rated:
            held = self._standing.held(keys, overlay.rows_of("listing", keys))
            self._score(question, only, self._inputs(question, only, rated, reach, inputs, held))
        tables = self._results(rated, reach, inputs is not None, filled, as_of) if rated else {}
        return Rating(tables, frozenset(keys) - frozenset(rated))

    def _inputs(
        self,
        question: Question,
        only: str,
        rated: Sequence[int],
        reach: Reach,
        inputs: pa.Table | None,
        held: pa.Table,
    ) -> pa.Table:
        """Return what the companies are rated by: the run's row with what is within reach renewed, or all anew."""
        if inputs is not None:
            wanted = pc.is_in(inputs["company_key"], pa.array(rated, pa.int32()))
            return self._standing.renewed(inputs.filter(wanted), reach, held)
        store, catalogues = self.store, self.catalogues
        connect(store, catalogues, self.batches, question)
        store.table("expected", f"SELECT * FROM run_expected WHERE company_key {only}")
        store.put("previous", held)
        floor_labels(store, catalogues.rating)
        return store.query(input_sql(catalogues.rating, only))

    def _score(self, question: Question, only: str, inputs: pa.Table) -> None:
        """Make rating, contribution, warning and the words."""
        store, catalogues = self.store, self.catalogues
        store.put("rating_input", inputs)
        profile = catalogues.rating.profiles[self.published.profile]
        rated = scoring.rate(
            inputs,
            catalogue=catalogues.rating,
            profile=profile,
            constants=question.constants,
            may_lower=False,
            all_lines=True,
        )
        store.put("rating", rated.rating)
        store.put("contribution", rated.contribution)
        # What changed is told against the run before the published one, as on every other page.
        store.table("previous", f"SELECT * FROM run_previous WHERE company_key {only}")
        make_warnings(store, catalogues, profile)
        store.put("score_change", NO_CHANGES)
        put_words(store, catalogues, profile)

    def _results(
        self, keys: Sequence[int], reach: Reach, is_kept: bool, filled: set[str], as_of: datetime
    ) -> dict[str, pa.Table]:
        store, catalogues = self.store, self.catalogues
        parts = catalogues.rating.profiles[self.published.profile].parts
        only = f"WHERE company_key IN ({listed(keys)})"
        own = {
            name: table
            for name, table in catalogues.contracts.items()
            if name in filled and name in reach.changed
        }
        counts = [f"SELECT * FROM ({record_count_sql(own)}) AS n"] if own else []
        counts += [self._standing.counts_sql(reach, keys)] if is_kept else []
        queries = {
            "listing": listing_sql([part.name for part in parts]),
            "contribution": "SELECT * FROM contribution",
            "label_hit": "SELECT * FROM label_hit ORDER BY company_key, code",
            "record_count": f"SELECT * FROM ({' UNION ALL '.join(counts)}) AS n ORDER BY company_key, table_name",
            "early_warning": early_warning_sql(),
            LOOKUP: "SELECT * FROM lookup",
        }
        tables = {name: store.query(f"SELECT * FROM ({sql}) AS r {only}") for name, sql in queries.items()}
        return {**tables, STAND: stand_table(keys, self.origin, as_of)}


def _together(one: Rating, other: Rating) -> Rating:
    """Return two ratings of different companies as one."""
    unmonitored = one.unmonitored | other.unmonitored
    if not one.tables or not other.tables:
        return Rating(one.tables or other.tables, unmonitored)
    return Rating(
        {
            name: pa.concat_tables([table, other.tables[name]], promote_options="permissive")
            for name, table in one.tables.items()
        },
        unmonitored,
    )


def require_published(home: Path) -> RunRecord:
    """Return the current run. Raises NothingToRateFromError when none was made under today's catalogue."""
    run_id = current_run_id(home)
    record = find_run(home, run_id) if run_id else None
    if record is None:
        raise NothingToRateFromError("还没有完成过一次评定，无从单独重评；请先运行 lookout run")
    if record.catalogue_digest != shipped().digest:
        raise NothingToRateFromError(
            "目录在上次全量评定之后已改变，单独重评会与其他企业不可比；请先运行 lookout run"
        )
    return record
