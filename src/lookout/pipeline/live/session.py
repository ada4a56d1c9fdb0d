"""A warm session: everything that rating a few companies needs, opened once and kept.

Per rating it reads only the rows of the companies asked for, from the tables that have any, lays
live events among them, and runs the same marts, passes and labels as a full run over these rows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from lookout.contracts.constants import constants_at
from lookout.engine import labels, scoring
from lookout.hub.facts import (
    Facts,
    Visible,
    known_batches,
    open_facts,
    open_tables,
    put_region_now,
    see_table,
    view_columns,
    withdrawn_numbers,
)
from lookout.hub.landing import Batch, list_batches
from lookout.hub.live import (
    LOOKUP,
    STAND,
    Aside,
    Overlay,
    StoredEvent,
    gather,
    live_rows,
    put_origin,
    set_aside_rows,
    stand_table,
)
from lookout.hub.results import listing_sql
from lookout.hub.snapshots import RunRecord, current_run_id, find_run, snapshot_folder
from lookout.hub.store import DuckDBStore
from lookout.kernel.errors import ConfigError
from lookout.pipeline.changes import NO_CHANGES
from lookout.pipeline.evaluation import Catalogues, Question, compiled, shipped
from lookout.pipeline.inputs import connect, floor_labels, input_sql
from lookout.pipeline.live.identities import open_identities
from lookout.pipeline.population import monitor
from lookout.pipeline.published import published_catalogue
from lookout.pipeline.run import early_warning_sql, make_warnings, put_words, record_count_sql

_KEPT_FROM_RUN = ("rating", "previous", "prior", "expected", "record_count")
WARM = "live/warm"  # what a lasting session keeps on disk, by process
_SEVERITY = "CASE {0} WHEN 'red' THEN 3 WHEN 'orange' THEN 2 WHEN 'yellow' THEN 1 ELSE 0 END"


class NothingToRateFromError(ConfigError):
    """There is no published run under today's catalogue, so nothing can be compared with it."""


@dataclass(frozen=True)
class Rating:
    """The overlay rows of companies rated together, and those that are not monitored at that instant."""

    tables: Mapping[str, pa.Table]
    unmonitored: frozenset[int]


@lru_cache(maxsize=4)
def _hits_by_table(catalogues: Catalogues, day: date) -> Mapping[str, str]:
    """Return the query of label hits of each table or mart, and under '' the one that finds none."""
    by_table: dict[str, dict[str, labels.Label]] = defaultdict(dict)
    for code, label in catalogues.labels.items():
        if label.measure is not None:
            by_table[label.measure.table][code] = label
    constants = constants_at(day)
    nothing = labels.evaluate({}, passes={}, as_of_day=day, constants=constants)
    return {"": nothing} | {
        table: labels.evaluate(found, passes={table: f"pass_{table}"}, as_of_day=day, constants=constants)
        for table, found in by_table.items()
    }


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
        landed = [batch for batch in list_batches(home) if batch.batch_no in folded]
        self.batches: tuple[Batch, ...] = known_batches(landed, as_of)
        self._withdrawn = withdrawn_numbers(landed, as_of)
        self._folder = snapshot_folder(home, self.published.run_id)
        self._texts = compiled(self.catalogues, self.day)
        self._hits = _hits_by_table(self.catalogues, self.day)
        self._filled: set[str] = set()
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
        for name in _KEPT_FROM_RUN:
            store.read_parquet(f"run_{name}", [self._folder / f"{name}.parquet"])
        store.table("prior", "SELECT * FROM run_prior")
        self.who = open_identities(
            store, self.home, self._folder, self.facts, self.published, contracts, visible
        )
        for name, files in self.facts.tables.items():
            open_facts(store, f"folded_{name}", self.home, files, contracts[name])
        if self._warm_folder is not None:
            self._set_aside(self._warm_folder)
        self._named = {name for name in self.facts.tables if _has_rows_by_name(store, f"folded_{name}")}
        # What no company has rows in stays empty, and is neither read nor aggregated.
        open_tables(store, self.home, Facts(0, (), ""), contracts, visible, contracts)
        for name in contracts:
            store.table(f"nothing_{name}", f'SELECT * FROM "{name}"')
        for name, sql in self._texts.marts.items():
            if self.catalogues.marts[name].population:
                store.read_parquet(f"run_mart_{name}", [self._folder / f"mart_{name}.parquet"])
                store.table(name, f'SELECT * FROM "run_mart_{name}" WHERE 1 = 0')
            else:
                store.table(name, sql)
        for table, sql in self._texts.passes.items():
            store.table(f"pass_{table}", sql)

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
        self, keys: Sequence[int], events: Sequence[StoredEvent], as_of: datetime, overlay: Overlay
    ) -> Rating:
        """Rate companies with their live events as of an instant of this session's day.

        `events`: those that are in no batch this session reads, each once; `overlay`: where the
        companies stand now, below which no band falls.
        """
        only = f"IN ({_listed(keys)})"
        question = Question(as_of, Visible(as_of, only=only, withdrawn=self._withdrawn), self._folder)
        near = sorted({*keys, *self.who.moved_to(keys)})
        self.store.table("company_universe", f"SELECT * FROM every_company_universe WHERE company_key {only}")
        self.store.table("lookup", f"SELECT * FROM every_lookup WHERE company_key IN ({_listed(near)})")
        filled = self._gather(near, events, question)
        filled = self._observe(filled, only)
        monitor(self.store, question)
        rated = self.store.query("SELECT company_key FROM monitored WHERE is_rated")[
            "company_key"
        ].to_pylist()
        if rated:
            self._score(question, only, overlay.rows_of("listing", keys))
        tables = self._results(sorted(rated), filled, as_of) if rated else {}
        return Rating(tables, frozenset(keys) - frozenset(rated))

    def _gather(self, keys: Sequence[int], events: Sequence[StoredEvent], question: Question) -> set[str]:
        """Make the views of the tables in which these companies have rows; return their names."""
        store, contracts = self.store, self.catalogues.contracts
        by_table: dict[str, list[StoredEvent]] = defaultdict(list)
        for event in events:
            if event.batch_no not in self.batch_numbers:
                by_table[event.table].append(event)
        names = self._tables_with_rows(f"IN ({_listed(keys)})") | set(by_table)
        for name in self._filled & set(contracts) - names:
            store.view(name, f'SELECT * FROM "nothing_{name}"')
        for name in sorted(names - self._seen_plainly(names - set(by_table), keys, question)):
            live = live_rows(contracts[name], by_table[name]) if name in by_table else None
            folded = f"folded_{name}" if name in self.facts.tables else None
            gather(store, contracts[name], folded, keys, live, self._aside.get(name))
            see_table(store, contracts[name], question.visible, found=self.who.moves)
            # Read once here; marts and passes then meet a handful of rows in memory.
            store.table(f"seen_{name}", f'SELECT * FROM "{name}"')
            store.view(name, f'SELECT * FROM "seen_{name}"')
        return names

    def _seen_plainly(self, names: set[str], keys: Sequence[int], question: Question) -> set[str]:
        """Make the views of tables in which the companies' rows all came with a code and in one version.

        Most tables of most companies are such: there is nothing to compare or to look up.
        """
        store, contracts = self.store, self.catalogues.contracts
        simple = [
            name
            for name in sorted(names - self._named - self.who.moves.conflicting)
            if not self.who.moves.relation(contracts[name])
        ]
        for name in simple:
            store.table(
                f"near_{name}", f'SELECT * FROM "folded_{name}" WHERE company_key IN ({_listed(keys)})'
            )
        versions = " UNION ALL ".join(
            f"SELECT '{name}' AS name, max(CASE WHEN is_versioned THEN 1 ELSE 0 END) AS n FROM \"near_{name}\""
            for name in simple
        )
        single = (
            {row["name"] for row in store.query(versions).to_pylist() if not row["n"]} if simple else set()
        )
        for name in sorted(single):
            columns = ", ".join(f'f."{column}"' for column in view_columns(contracts[name]))
            happened = question.visible.happened(f'f."{contracts[name].occurred_on}"')
            seen = f"{question.visible.condition('f')}{happened}"
            store.view(name, f'SELECT {columns} FROM "near_{name}" AS f WHERE {seen}')
        return single

    def _tables_with_rows(self, only: str) -> set[str]:
        """Return the tables that may hold rows of the companies: those the run counted, and newer batches'."""
        counted = self.store.query(
            f"SELECT DISTINCT table_name FROM run_record_count WHERE company_key {only}"
        )
        seen = set(self.published.batches)
        newer = {batch.table for batch in self.batches if batch.batch_no not in seen}
        return (set(counted["table_name"].to_pylist()) | newer) & set(self.facts.tables)

    def _observe(self, filled: set[str], only: str) -> set[str]:
        """Make marts, passes and label hits where there is something to aggregate."""
        store = self.store
        filled = set(filled)
        for name, sql in self._texts.marts.items():
            mart = self.catalogues.marts[name]
            if mart.population:
                store.table(name, f'SELECT * FROM "run_mart_{name}" WHERE company_key {only}')
                filled.add(name)
            elif filled.intersection(mart.reads):
                store.table(name, sql)
                filled.add(name)
            elif name in self._filled:
                store.execute(f'DELETE FROM "{name}"')
        for table, sql in self._texts.passes.items():
            if table in filled:
                store.table(f"pass_{table}", f"SELECT * FROM ({sql}) AS p WHERE company_key {only}")
            elif table in self._filled:
                store.execute(f'DELETE FROM "pass_{table}"')
        hits = [sql for table, sql in self._hits.items() if not table or table in filled]
        store.table("label_hit", " UNION ALL ".join(hits))
        self._filled = filled
        return filled

    def _score(self, question: Question, only: str, standing: pa.Table | None) -> None:
        """Make rating, contribution, warning and the words, from the observations."""
        store, catalogues = self.store, self.catalogues
        connect(store, catalogues, self.batches, question)
        store.table("expected", f"SELECT * FROM run_expected WHERE company_key {only}")
        self._held_state(only, standing)
        floor_labels(store, catalogues.rating)
        store.table("rating_input", input_sql(catalogues.rating, only))
        profile = catalogues.rating.profiles[self.published.profile]
        rated = scoring.rate(
            store.query("SELECT * FROM rating_input"),
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
        make_warnings(store, catalogues)
        store.put("score_change", NO_CHANGES)
        put_words(store, catalogues, profile)

    def _held_state(self, only: str, standing: pa.Table | None) -> None:
        """Make `previous` for holding bands: the severer of the published band and the live one."""
        held = f"SELECT company_key, band, below_count, score FROM run_rating WHERE company_key {only}"
        if standing is not None:
            self.store.put("standing", standing.select(["company_key", "band"]))
            severer = f"{_SEVERITY.format('l.band')} > {_SEVERITY.format('h.band')}"
            held = (
                f"SELECT l.company_key, CASE WHEN h.band IS NULL OR {severer} THEN l.band ELSE h.band END AS band, "
                f"h.below_count, h.score FROM standing AS l LEFT JOIN ({held}) AS h "
                f"ON h.company_key = l.company_key UNION ALL SELECT * FROM ({held}) AS h "
                "WHERE h.company_key NOT IN (SELECT company_key FROM standing)"
            )
        self.store.table("previous", held)

    def _results(self, keys: Sequence[int], filled: set[str], as_of: datetime) -> dict[str, pa.Table]:
        store, catalogues = self.store, self.catalogues
        parts = catalogues.rating.profiles[self.published.profile].parts
        only = f"WHERE company_key IN ({_listed(keys)})"
        own = {name: table for name, table in catalogues.contracts.items() if name in filled}
        queries = {
            "listing": listing_sql([part.name for part in parts]),
            "contribution": "SELECT * FROM contribution",
            "label_hit": "SELECT * FROM label_hit ORDER BY company_key, code",
            "record_count": record_count_sql(own),
            "early_warning": early_warning_sql(),
            LOOKUP: "SELECT * FROM lookup",
        }
        tables = {name: store.query(f"SELECT * FROM ({sql}) AS r {only}") for name, sql in queries.items()}
        return {**tables, STAND: stand_table(keys, self.origin, as_of)}


def _listed(keys: Iterable[int]) -> str:
    return ", ".join(str(int(key)) for key in keys) or "NULL"


def _has_rows_by_name(store: DuckDBStore, facts: str) -> bool:
    """Tell whether a table has rows without a code: they are found by name and lie apart."""
    return bool(store.query(f'SELECT 1 AS n FROM "{facts}" WHERE company_key IS NULL LIMIT 1').num_rows)


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
