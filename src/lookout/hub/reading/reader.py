"""The reader: typed, read-only questions to the current published run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from lookout.contracts import contracts
from lookout.hub.landing import Batch, list_batches
from lookout.hub.live import overlay_sequence
from lookout.hub.reading import data, listing
from lookout.hub.reading.dossier import dossier
from lookout.hub.reading.evidence import evidence, table_rows
from lookout.hub.reading.listing import conditions
from lookout.hub.reading.model import (
    BatchInfo,
    CatalogueEntry,
    CompanyFilter,
    CompanyRow,
    Dossier,
    Evidence,
    EvidenceGroup,
    Page,
    Reject,
    RunInfo,
    TableHealth,
)
from lookout.hub.reading.snapshot import OpenSnapshot, kept_snapshot
from lookout.hub.snapshots import RunRecord, current_run_id, find_run, list_runs
from lookout.kernel.errors import ConfigError

Scope = tuple[str, ...] | None


class NothingPublishedError(ConfigError):
    """No run has been published yet, so there is nothing to read."""

    def __init__(self) -> None:
        super().__init__("还没有完成过一次评定；请先运行 lookout ingest 导入数据，再运行 lookout run")


class Reader:
    """Answers for pages and terminal. Follows the pointer: after a new run it reads that one."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._contracts = contracts()
        self._lock = threading.Lock()
        self._opened: OpenSnapshot | None = None

    def _snapshot(self) -> OpenSnapshot:
        run_id = current_run_id(self._home)
        record = find_run(self._home, run_id) if run_id else None
        if record is None:
            raise NothingPublishedError
        overlay = overlay_sequence(self._home, record.run_id)
        with self._lock:
            opened = self._opened
            if opened is None or opened.record != record or opened.overlay != overlay:
                opened = self._opened = OpenSnapshot(self._home, record, overlay=overlay)
            return opened

    def _batches(self) -> dict[int, Batch]:
        return {batch.batch_no: batch for batch in list_batches(self._home)}

    def current(self) -> RunInfo | None:
        """Return the current run; None before the first."""
        run_id = current_run_id(self._home)
        return self.run(run_id) if run_id else None

    def run(self, run_id: str) -> RunInfo | None:
        """Return a kept run; None when it is unknown or has been pruned."""
        record = find_run(self._home, run_id)
        return run_info(record) if record else None

    def runs(self) -> list[RunInfo]:
        """Return the kept runs, newest first."""
        return [run_info(record) for record in list_runs(self._home)]

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
        return list(self.list_companies(asked, limit=limit).rows)

    def count_by(self, filter: CompanyFilter, dimension: str) -> list[tuple[str, str, int]]:
        """Return (code, Chinese, companies) along band, region (city), organization_type or change."""
        return listing.count_by(self._snapshot(), filter, dimension)

    def band_matrix(self, scope: Scope) -> dict[tuple[str, str], int]:
        """Return companies by (band before, band now)."""
        return listing.band_matrix(self._snapshot(), scope)

    def score_histogram(self, filter: CompanyFilter) -> list[tuple[int, int]]:
        """Return (lower edge, companies) in steps of 5 points."""
        return listing.score_histogram(self._snapshot(), filter)

    def band_trend(self, scope: Scope) -> list[tuple[datetime, dict[str, int]]]:
        """Return the companies per band of every kept run up to the current one, oldest first."""
        current = self._snapshot().record
        where, values = conditions(CompanyFilter(scope=scope))
        points = []
        for record in reversed(list_runs(self._home)):
            if record.as_of <= current.as_of:
                rows = kept_snapshot(self._home, record.run_id).rows(
                    f"SELECT band, count(*) AS n FROM listing WHERE {where} GROUP BY band", values
                )
                points.append((record.as_of, {row["band"]: row["n"] for row in rows}))
        return points

    def funnel(self) -> list[tuple[str, int]]:
        """Return the funnel of the monitored universe: Chinese name and companies of each step."""
        return [(name, count) for name, count in self._snapshot().record.figures["funnel"]]

    def _row(self, identifier: str, scope: Scope) -> dict[str, Any] | None:
        where, values = conditions(CompanyFilter(scope=scope, rated_only=False))
        rows = self._snapshot().rows(
            f"SELECT * FROM listing WHERE {where} AND identifier = ?", [*values, identifier]
        )
        return rows[0] if rows else None

    def get_company(self, identifier: str, scope: Scope) -> Dossier | None:
        """Return everything about a company; None when unknown or outside the scope."""
        row = self._row(identifier, scope)
        return dossier(self._snapshot(), self._contracts, row) if row else None

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

    def coverage_matrix(self) -> data.Matrix:
        """Return categories, cities and the share of each category's tables connected there."""
        return data.coverage_matrix(self._snapshot())

    def unresolved(self, limit: int = 200) -> list[tuple[str, str, str, int, str]]:
        """Return subjects of facts that no company could be found for."""
        return data.unresolved(self._snapshot(), limit)

    def batches(self, table: str = "", offset: int = 0, limit: int = 50) -> tuple[list[BatchInfo], int]:
        """Return landed batches, newest first, and how many there are."""
        found = [batch for batch in list_batches(self._home) if not table or batch.table == table]
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

    def reject_summary(self) -> list[tuple[str, str, str, int]]:
        """Return (table, column, example reason, rows) of all refused cells."""
        return data.reject_summary(self._home, list_batches(self._home), self._contracts)

    def catalogue(self, kind: Literal["label", "indicator"]) -> list[CatalogueEntry]:
        """Return the labels or indicators published with the run."""
        entries: dict[str, Any] = self._snapshot().catalogue[f"{kind}s"]
        hits: dict[str, int] = self._snapshot().record.figures[f"{kind}_companies"]
        return [_catalogue_entry(code, kind, entry, hits) for code, entry in entries.items()]

    def catalogue_entry(self, code: str) -> CatalogueEntry | None:
        """Return one label or indicator."""
        kinds: Sequence[Literal["label", "indicator"]] = ("indicator", "label")
        return next((e for kind in kinds for e in self.catalogue(kind) if e.code == code), None)


def run_info(record: RunRecord) -> RunInfo:
    """Return what readers see of a run's record."""
    return RunInfo(
        run_id=record.run_id,
        as_of=record.as_of,
        started_at=record.started_at,
        finished_at=record.finished_at,
        previous_run_id=record.previous_run_id,
        batches=len(record.batches),
        catalogue_digest=record.catalogue_digest,
        figures=dict(record.figures),
    )


def _catalogue_entry(
    code: str, kind: Literal["label", "indicator"], entry: dict[str, Any], hits: dict[str, int]
) -> CatalogueEntry:
    group = entry["family"] if kind == "label" else entry["dimension"]
    group_name = entry["family_zh"] if kind == "label" else entry["dimension_zh"]
    return CatalogueEntry(
        code=code,
        kind=kind,
        name=entry["zh"],
        group=group,
        group_name=group_name,
        active=not entry["waits_for"],
        waits_for=entry["waits_for"] or "",
        weight=entry.get("weight"),
        severity=entry.get("severity"),
        rule_text=entry["rule_text"],
        hits=hits.get(code, 0),
        details=entry,
    )
