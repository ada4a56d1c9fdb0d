"""The reader: typed, read-only questions to the current published run."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from lookout.contracts import contracts
from lookout.hub.landing import Batch, Withdrawal
from lookout.hub.live import Overlay, overlay_sequence, read_overlay
from lookout.hub.reading import choices, data, listing, queue
from lookout.hub.reading.batches import BatchIndex
from lookout.hub.reading.blind import BlindEntry, blind_entries
from lookout.hub.reading.coverage import Coverage, CoverageCell, CoverageReader, TableCoverage
from lookout.hub.reading.difference import DifferenceFilter, DifferencePage, differences
from lookout.hub.reading.dossier import contributions, dossier
from lookout.hub.reading.effects import BatchEffect, batch_effects
from lookout.hub.reading.evidence import evidence, table_rows
from lookout.hub.reading.fact_counts import FactCounts
from lookout.hub.reading.freshness import Freshness, freshness
from lookout.hub.reading.marks import Mark, edition, marked_rows, marks
from lookout.hub.reading.model import (
    BatchInfo,
    CatalogueEntry,
    CompanyFilter,
    CompanyRow,
    Contribution,
    Dossier,
    Evidence,
    EvidenceGroup,
    Page,
    Reason,
    Reject,
    RunInfo,
    TableHealth,
)
from lookout.hub.reading.reasons import heaviest_reasons
from lookout.hub.reading.refused import RefusedIndex, RefusedReason
from lookout.hub.reading.snapshot import OpenSnapshot, Options, ask_kept, kept_snapshot
from lookout.hub.reading.timeline import Enough
from lookout.hub.snapshots import RunRecord, current_run_id, find_run, list_runs
from lookout.kernel.errors import ConfigError, DataError

Scope = tuple[str, ...] | None
TIMELINE_EVENTS = 200


class NothingPublishedError(ConfigError):
    """No run has been published yet, so there is nothing to read."""

    def __init__(self) -> None:
        super().__init__("还没有完成过一次评定；请先运行 lookout ingest 导入数据，再运行 lookout run")


class Reader(FactCounts):
    """Answers for pages and terminal. Follows the pointer: after a new run it reads that one."""

    def __init__(
        self,
        home: Path,
        *,
        memory_limit: str = "",
        spill: Path | None = None,
        warm: bool = False,
        live: str = "",
        run_id: str = "",
    ) -> None:
        """Open a home for reading.

        `memory_limit` and `spill` bound the analytical store; `warm` keeps the current listing in memory;
        `live` is the address of the overlay when it is not in the home; `run_id` holds the reader to one
        kept run instead of following the pointer.
        """
        self._home = home
        self._options = Options(memory_limit, spill, warm, live)
        self._run_id = run_id
        self._contracts = contracts()
        self._index = BatchIndex(home)
        self._refused = RefusedIndex(home)
        self._lock = threading.Lock()
        self._published: OpenSnapshot | None = None
        self._opened: OpenSnapshot | None = None

    def _snapshot(self) -> OpenSnapshot:
        record = self._record()
        if record is None:
            raise NothingPublishedError
        with self._lock:
            if self._published is None or self._published.record != record:
                self._published = self._opened = OpenSnapshot(self._home, record, self._options)
            self._opened = self._with_overlay(self._published, self._opened)
            return self._opened

    def _with_overlay(self, published: OpenSnapshot, opened: OpenSnapshot | None) -> OpenSnapshot:
        """Return the run with the companies rated since laid over it, as they stand now."""
        run_id = published.record.run_id
        known = opened.overlay if opened is not None else None
        if overlay_sequence(self._home, run_id, self._options.live) == (known.sequence if known else 0):
            return opened or published
        overlay = read_overlay(self._home, run_id, self._options.live, known or Overlay(run_id))
        if not overlay.tables:
            return published
        record, options = published.record, self._options
        return OpenSnapshot(self._home, record, options, overlay=overlay, published=published)

    def _record(self) -> RunRecord | None:
        run_id = self._run_id or current_run_id(self._home)
        record = find_run(self._home, run_id) if run_id else None
        if record is None and self._run_id:
            raise DataError(f"没有保留运行“{self._run_id}”；{_kept_runs(self._home)}")
        return record

    def _batches(self) -> dict[int, Batch]:
        return self._index.all()

    def current(self) -> RunInfo | None:
        """Return the current run; None before the first."""
        record = self._record()
        return data.run_info(record) if record else None

    def run(self, run_id: str) -> RunInfo | None:
        """Return a kept run; None when it is unknown or has been pruned."""
        record = find_run(self._home, run_id)
        return data.run_info(record) if record else None

    def runs(self) -> list[RunInfo]:
        """Return the kept runs, newest first."""
        return [data.run_info(record) for record in list_runs(self._home)]

    def run_stages(self, run_id: str) -> list[tuple[str, float]]:
        """Return the stages of a run with their seconds."""
        record = find_run(self._home, run_id)
        return list(record.stages) if record else []

    def list_companies(
        self, filter: CompanyFilter, *, sort: str = "-score", offset: int = 0, limit: int = 50
    ) -> Page:
        """Return one page of a list; `sort` is one of listing.SORT_KEYS, with `-` for descending."""
        return listing.list_companies(self._snapshot(), filter, sort, offset, limit)

    def find_companies(self, text: str, scope: Scope, limit: int = 10) -> list[CompanyRow]:
        """Return companies by name, former name, code or pinyin initials, rated or not."""
        asked = CompanyFilter(text=text, scope=scope, rated_only=False)
        return list(listing.first_rows(self._snapshot(), asked, limit))

    def checked(self, filter: CompanyFilter) -> CompanyFilter:
        """Return a filter with codes in their own spelling. Raises UnknownChoiceError for what does not exist."""
        return choices.checked(self._snapshot(), filter)

    def checked_code(self, code: str) -> str:
        """Return the code of an indicator, label or rule in its own spelling. Raises UnknownChoiceError."""
        return choices.checked_code(self._snapshot(), code)

    def identifier_of(self, text: str) -> str:
        """Return the identifier meant by any code or exact name of one company; the text itself when not clear."""
        rows = self.find_companies(text, None, limit=2)
        return rows[0].identifier if len(rows) == 1 else text

    def count_by(self, filter: CompanyFilter, dimension: str) -> list[tuple[str, str, int]]:
        """Return (code, Chinese, companies) along band, region (city), district, organization_type or change."""
        return listing.count_by(self._snapshot(), filter, dimension)

    def band_matrix(self, scope: Scope) -> dict[tuple[str, str], int]:
        """Return companies by (band before, band now)."""
        return listing.band_matrix(self._snapshot(), scope)

    def score_histogram(self, filter: CompanyFilter) -> list[tuple[int, int]]:
        """Return (lower edge, companies) in steps of 5 points."""
        return listing.score_histogram(self._snapshot(), filter)

    def band_trend(self, scope: Scope) -> list[tuple[datetime, dict[str, int]]]:
        """Return the companies per band of every kept run up to the current one, oldest first."""
        snapshot = self._snapshot()
        points = []
        for record in reversed(list_runs(self._home)):
            if record.as_of <= snapshot.record.as_of:
                is_this = record.run_id == snapshot.record.run_id
                counted = (
                    _bands(snapshot, scope)
                    if is_this
                    else ask_kept(self._home, record.run_id, self._options, partial(_bands, scope=scope))
                )
                if counted is not None:
                    points.append((record.as_of, counted))
        return points

    def funnel(self) -> list[tuple[str, int]]:
        """Return the funnel of the monitored universe: Chinese name and companies of each step."""
        return [(name, count) for name, count in self._snapshot().record.figures["funnel"]]

    def _row(self, identifier: str, scope: Scope) -> dict[str, Any] | None:
        # Asked for by its key alone the row is found by an index, not by looking through all.
        rows = self._snapshot().rows("SELECT * FROM listing WHERE identifier = ?", [identifier])
        return next((row for row in rows if listing.is_inside(row["region"], scope)), None)

    def get_company(
        self,
        identifier: str,
        scope: Scope,
        *,
        events: int = TIMELINE_EVENTS,
        enough: Enough | None = None,
        with_profile: bool = True,
    ) -> Dossier | None:
        """Return everything about a company with its newest `events`; None when unknown or outside the scope.

        `enough` may end the search for events earlier (see `timeline`). Without `with_profile` what the
        register says is left out.
        """
        row = self._row(identifier, scope)
        if row is None:
            return None
        snapshot, batches = self._snapshot(), self._batches()
        return dossier(snapshot, self._contracts, batches, row, events, enough, with_profile=with_profile)

    def contributions(
        self, identifier: str, scope: Scope
    ) -> tuple[CompanyRow, tuple[Contribution, ...]] | None:
        """Return a company and the lines of its score, without the rest of its page; None when unknown or foreign."""
        row = self._row(identifier, scope)
        if row is None:
            return None
        snapshot = self._snapshot()
        return listing.company_row(snapshot, row), contributions(snapshot, row["company_key"])

    def heaviest_reasons(
        self, identifiers: Sequence[str], *, most: int = 8, gravest: int = 3
    ) -> dict[str, list[Reason]]:
        """Return the heaviest reasons of many companies at once, by identifier; those without any are absent."""
        return heaviest_reasons(self._snapshot(), identifiers, most=most, gravest=gravest)

    def edition(self) -> str:
        """Return what is published now, as a text: another one after every run and every live rating."""
        return edition(self._snapshot())

    def marks(self, *, live_only: bool = False) -> Iterator[Mark]:
        """Yield the marks of all rated companies that have a region; `live_only`: of those rated since the run."""
        return marks(self._snapshot(), live_only=live_only)

    def marked_rows(self, identifiers: Sequence[str], scope: Scope) -> list[tuple[CompanyRow, Mark]]:
        """Return rated companies with their marks, read together; unknown and foreign ones are absent."""
        return marked_rows(self._snapshot(), identifiers, scope)

    def evidence(self, identifier: str, code: str, scope: Scope, limit: int = 200) -> Evidence | None:
        """Return the raw rows behind an indicator or label of a company."""
        row = self._row(identifier, scope)
        if row is None:
            return None
        return evidence(self._snapshot(), self._contracts, self._batches(), row, code, limit)

    def table_rows(self, identifier: str, table: str, scope: Scope, limit: int = 200) -> EvidenceGroup | None:
        """Return all raw rows of one table of a company."""
        row = self._row(identifier, scope)
        if row is None:
            return None
        return table_rows(
            self._snapshot(), self._contracts, self._batches(), row["company_key"], table, limit
        )

    def tables(self) -> list[TableHealth]:
        """Return the state of every contract table."""
        return data.tables(self._snapshot(), self._contracts)

    def unresolved(self, limit: int = 200) -> list[tuple[str, str, str, int, str]]:
        """Return subjects of facts that no company could be found for."""
        return data.unresolved(self._snapshot(), limit)

    def steward_queue(self) -> list[queue.QueueRow]:
        """Return the cases that wait for a steward, those with most rows first."""
        return queue.queue(queue.open_pairs(self._snapshot(), self.judgements()))

    def steward_case(self, number: str) -> queue.QueueCase | None:
        """Return a case with the evidence of both sides; None when it is unknown or judged."""
        return queue.case(self._snapshot(), self._contracts, self._batches(), self.judgements(), number)

    def judgements(self) -> list[queue.JudgementRow]:
        """Return all judgements of stewards, newest first; also those no run has seen yet."""
        return queue.judgements(self._home, self._batches().values())

    def batches(self, table: str = "", offset: int = 0, limit: int = 50) -> tuple[list[BatchInfo], int]:
        """Return landed batches, newest first, and how many there are."""
        found = [batch for batch in self._batches().values() if not table or batch.table == table]
        found.sort(key=lambda batch: batch.batch_no, reverse=True)
        shown = found[offset : offset + limit]
        return [data.batch_info(batch, self._contracts) for batch in shown], len(found)

    def batch(self, batch_no: int) -> BatchInfo | None:
        """Return one batch."""
        found = self._batches().get(batch_no)
        return data.batch_info(found, self._contracts) if found else None

    def rejects(self, batch_no: int, limit: int = 200) -> list[Reject]:
        """Return the refused rows of a batch."""
        return data.rejects(self._home, batch_no, limit)

    def coverage_months(self) -> list[str]:
        """Return the months coverage can be asked for, newest first, as 2026-10."""
        return self._coverage().months()

    def coverage(self, month: str, scope: Scope) -> Coverage:
        """Return the heat table region × category of a month."""
        reader = self._coverage()
        return self._snapshot().remember(
            ("coverage", month, scope, self._index.state()), lambda: reader.month(month, scope)
        )

    def coverage_trend(
        self, scope: Scope, category: str = "", region: str = ""
    ) -> list[tuple[str, CoverageCell]]:
        """Return (month, cell) of one category or all, oldest first."""
        reader = self._coverage()
        return self._snapshot().remember(
            ("trend", category, region, scope, self._index.state()),
            lambda: reader.trend(scope, category, region),
        )

    def coverage_behind(self, month: str, category: str, region: str, scope: Scope) -> list[TableCoverage]:
        """Return the tables behind a cell of the heat table with their batches."""
        return self._coverage().behind(month, category, region, scope)

    def _coverage(self) -> CoverageReader:
        snapshot, batches = self._snapshot(), self._batches()
        return snapshot.remember(
            ("coverage", self._index.state()), lambda: CoverageReader(snapshot, self._contracts, batches)
        )

    def freshness(self) -> list[Freshness]:
        """Return how late every table of every source is as of the run, latest first."""
        snapshot = self._snapshot()
        return snapshot.remember(
            ("freshness", self._index.state()),
            lambda: freshness(self._contracts, self._batches().values(), snapshot.record.as_of),
        )

    def blind(self, scope: Scope) -> list[BlindEntry]:
        """Return labels and indicators that cannot be judged for companies of a scope, the most blind first."""
        snapshot, coverage = self._snapshot(), self._coverage()
        companies = self.coverage(coverage.months()[0], scope).companies
        return snapshot.remember(
            ("blind", scope, self._index.state()),
            lambda: blind_entries(
                snapshot.catalogue, self._contracts, coverage, self.freshness(), scope, companies
            ),
        )

    def refused(self) -> list[RefusedReason]:
        """Return refused rows by source and reason, most first."""
        return self._refused.reasons(self._batches().values(), self._contracts)

    def difference(
        self, run_from: str, run_to: str, asked: DifferenceFilter, *, offset: int = 0, limit: int = 50
    ) -> DifferencePage:
        """Return what differs between two kept runs as published. Raises KeyError when one is not kept."""
        before, now = (kept_snapshot(self._home, run, self._options) for run in (run_from, run_to))
        return differences(before, now, asked, offset, limit)

    def withdrawal(self, batch_no: int) -> Withdrawal | None:
        """Return who withdrew a batch and why; None while it stands."""
        return self._index.withdrawal(batch_no)

    def batch_effects(self, batch_no: int, scope: Scope) -> list[BatchEffect]:
        """Return whose score moved when a batch came or was withdrawn, as far as the runs are kept."""
        batch = self._batches().get(batch_no)
        return batch_effects(self._home, self._contracts, batch, scope, self._options) if batch else []

    def catalogue(self, kind: Literal["label", "indicator"]) -> list[CatalogueEntry]:
        """Return the labels or indicators published with the run."""
        entries: dict[str, Any] = self._snapshot().catalogue[f"{kind}s"]
        hits: dict[str, int] = self._snapshot().record.figures[f"{kind}_companies"]
        return [data.catalogue_entry(code, kind, entry, hits) for code, entry in entries.items()]

    def catalogue_entry(self, code: str) -> CatalogueEntry | None:
        """Return one label or indicator."""
        kinds: Sequence[Literal["label", "indicator"]] = ("indicator", "label")
        return next((e for kind in kinds for e in self.catalogue(kind) if e.code == code), None)


def _kept_runs(home: Path) -> str:
    kept = "、".join(record.run_id for record in list_runs(home))
    return f"保留的运行有：{kept}" if kept else "还没有发布过任何运行"


def _bands(snapshot: OpenSnapshot, scope: Scope) -> dict[str, int]:
    counted = listing.count_by(snapshot, CompanyFilter(scope=scope), "band")
    return {band: companies for band, _name, companies in counted}
