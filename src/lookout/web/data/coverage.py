"""What the pages of the 数据底数 show: the heat table, lateness, blindness, refused rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lookout.hub.reading import (
    BlindEntry,
    Coverage,
    CoverageCell,
    Freshness,
    RefusedReason,
    TableCoverage,
)
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.ui import words
from lookout.web.ui.excel import Cell

BATCHES_NAMED = 12
REASONS_SHOWN = 200


@dataclass(frozen=True)
class CoveragePage:
    """The heat table of one month with its trend; `lowest` are the weakest categories, at most three."""

    coverage: Coverage
    months: list[str]
    whole: CoverageCell
    trend: list[tuple[str, CoverageCell]]
    lowest: list[tuple[str, float]]


@dataclass(frozen=True)
class CellPage:
    """What is behind one cell: its tables with batches, and its months."""

    category: str
    category_name: str
    region: str
    region_name: str
    month: str
    cell: CoverageCell
    tables: list[TableCoverage]
    trend: list[tuple[str, CoverageCell]]


def read_month(query: QueryDict, months: Sequence[str]) -> str:
    """Return the month an address asks for; the newest for anything else."""
    asked = query.get("month", "")
    return asked if asked in months else months[0]


def coverage_page(user: User, month: str, months: list[str]) -> CoveragePage:
    """Collect the heat table inside the person's regions."""
    reader, scope = published.reader(), scope_of(user)
    found = reader.coverage(month, scope)
    covered = sum(row.whole.covered for row in found.rows)
    whole = CoverageCell(covered, sum(row.whole.expected for row in found.rows))
    known = [(row.name, row.whole.share) for row in found.rows if row.whole.share is not None]
    lowest = sorted(((name, share) for name, share in known if share < 1), key=lambda pair: pair[1])
    return CoveragePage(found, months, whole, reader.coverage_trend(scope), lowest[:3])


def cell_page(user: User, category: str, region: str, month: str) -> CellPage | None:
    """Collect what is behind one cell; None for a category or a region outside the person's table."""
    reader, scope = published.reader(), scope_of(user)
    found = reader.coverage(month, scope)
    row = next((row for row in found.rows if row.category == category), None)
    places = [prefix for prefix, _name, _companies in found.regions]
    if row is None or (region and region not in places):
        return None
    place = places.index(region) if region else None
    return CellPage(
        category=category,
        category_name=row.name,
        region=region,
        region_name=found.regions[place][1] if place is not None else "",
        month=month,
        cell=row.cells[place] if place is not None else row.whole,
        tables=reader.coverage_behind(month, category, region, scope),
        trend=reader.coverage_trend(scope, category, region),
    )


def coverage_cells(found: Coverage) -> tuple[list[str], list[list[Cell]]]:
    """Return head and rows of the Excel that equals the heat table."""
    head = [_("数据类别"), _("全部"), *(name for _prefix, name, _companies in found.regions)]
    rows = [[Cell(row.name), _share(row.whole), *(_share(cell) for cell in row.cells)] for row in found.rows]
    return head, rows


def _share(cell: CoverageCell) -> Cell:
    if cell.share is None:
        return Cell("")
    return Cell(words.written_share(cell.share), round(cell.share * 100) / 100, "0%")


def list_freshness(state: str = "") -> list[Freshness]:
    """Return every table of every source, latest first; one state only when asked."""
    return [row for row in published.reader().freshness() if state in ("", row.state)]


def count_states(rows: Sequence[Freshness]) -> dict[str, int]:
    """Return how many pairs of source and table are in each state."""
    states = [str(row.state) for row in rows]
    return {state: states.count(state) for state in words.FRESHNESS_WORDS}


def blind_by_table(entries: Sequence[BlindEntry]) -> dict[str, list[BlindEntry]]:
    """Return table → labels and indicators that miss it."""
    found: dict[str, list[BlindEntry]] = {}
    for entry in entries:
        for wanted in entry.wanted:
            found.setdefault(wanted.table, []).append(entry)
    return found


FRESHNESS_HEAD = (
    gettext_noop("状态"),
    gettext_noop("来源"),
    gettext_noop("数据表"),
    gettext_noop("最近收到"),
    gettext_noop("时限（天）"),
    gettext_noop("通常间隔（天）"),
    gettext_noop("应到"),
    gettext_noop("迟到（天）"),
    gettext_noop("批次数"),
)


def freshness_cells(row: Freshness) -> list[Cell]:
    """Return one line of the lateness table for Excel."""
    usual = Cell("") if row.usual_days is None else Cell(str(row.usual_days), row.usual_days)
    return [
        Cell(words.word("freshness", row.state)),
        Cell(row.source_name),
        Cell(row.name),
        Cell(words.written_day(row.last)),
        Cell(str(row.limit_days), row.limit_days),
        usual,
        Cell(words.written_day(row.expected)),
        Cell(str(row.days_late) if row.days_late else "", row.days_late or None),
        Cell(str(row.batches), row.batches),
    ]


def blind_cells(entry: BlindEntry) -> list[Cell]:
    """Return one blind label or indicator for Excel."""
    return [
        Cell(entry.code),
        Cell(words.word("entry_kind", entry.kind)),
        Cell(entry.name),
        Cell(f"{entry.companies:,}", entry.companies, "#,##0"),
        Cell(f"{entry.of:,}", entry.of, "#,##0"),
        Cell(words.written_day(entry.since)),
        Cell(
            words.word("room", entry.waits_for)
            if entry.waits_for
            else "；".join(w.name for w in entry.wanted)
        ),
    ]


def refused_cells(reason: RefusedReason) -> list[Cell]:
    """Return one kind of refusal for Excel."""
    return [
        Cell(f"{reason.rows:,}", reason.rows, "#,##0"),
        Cell(reason.source_name),
        Cell(reason.table_name),
        Cell(reason.column_name),
        Cell(reason.reason),
        Cell(reason.example),
        Cell("；".join(f"{month} {rows}" for month, rows in reason.months)),
        Cell("、".join(str(number) for number in reason.batches)),
    ]
