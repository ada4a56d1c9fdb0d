"""Figures that several kinds of reports count the same way: companies, clues, sums, shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse

from lookout.hub.reading.model import CompanyFilter, CompanyRow
from lookout.kernel.clock import SHANGHAI
from lookout.web import published
from lookout.web.clues.models import Clue
from lookout.web.companies.access import within_scope
from lookout.web.reports.figures import MOST_ROWS, Figure, Request, frozen_rows
from lookout.web.ui import words

COMPANY_COLUMNS = ("企业", "统一社会信用代码", "地区", "等级", "得分", "变化", "主要原因")
CLUE_COLUMNS = ("线索编号", "企业", "等级", "状态", "建立时间", "主办单位")
RATING = "企业风险评级"
LEDGER = "线索台账"


def day_span(start: date, end: date) -> tuple[datetime, datetime]:
    """Return the first instant of the first day and the first instant after the last, in Shanghai."""
    first = datetime.combine(start, time.min, SHANGHAI)
    return first, datetime.combine(end, time.min, SHANGHAI) + timedelta(days=1)


def period_words(start: date, end: date) -> str:
    """Return a stretch of days as officers write it: a day, a month, a quarter, a year, or from–to."""
    if start == end:
        return f"{start.year}年{start.month}月{start.day}日"
    after = end + timedelta(days=1)
    if start.day == 1 and after.day == 1:
        months = (after.year - start.year) * 12 + after.month - start.month
        if months == 1:
            return f"{start.year}年{start.month}月"
        if months == 3 and start.month % 3 == 1:
            return f"{start.year}年第{'一二三四'[start.month // 3]}季度"
        if months == 12 and start.month == 1:
            return f"{start.year}年"
    last = f"{end.month}月{end.day}日" if end.year == start.year else f"{end.year}年{end.month}月{end.day}日"
    return f"{start.year}年{start.month}月{start.day}日至{last}"


def run_words(request: Request) -> str:
    """Return the instant of the run a report reads, '' without one."""
    run = published.reader().current()
    return words.written_moment(run.as_of) if run is not None else ""


def company_cells(row: CompanyRow) -> tuple[str, ...]:
    """Return one company as frozen rows show it."""
    return (
        row.name,
        row.identifier,
        row.region_name,
        words.word("band", row.band or ""),
        words.written_score(row.score),
        words.word("change", row.change),
        "；".join(row.top_reasons),
    )


def count_companies(
    request: Request, key: str, asked: CompanyFilter, query: Sequence[tuple[str, str]] = ()
) -> Figure:
    """Count the companies a filter matches among those the person sees, with the first of them as rows."""
    reader = published.reader()
    page = reader.list_companies(within_scope(request.user, asked), sort="-score", limit=MOST_ROWS)
    return Figure(
        key=key,
        value=page.total,
        words=f"{page.total:,}",
        unit="户",
        period=run_words(request),
        source=RATING,
        run_id=request.run_id,
        link=f"{reverse('companies:list')}?{urlencode(query)}" if query else reverse("companies:list"),
        rows=frozen_rows((company_cells(row) for row in page.rows), COMPANY_COLUMNS),
    )


def clue_cells(clue: Clue) -> tuple[str, ...]:
    """Return one clue as frozen rows show it."""
    return (
        clue.number,
        clue.company_name,
        str(clue.get_band_display() or ""),
        str(clue.get_state_display()),
        words.written_moment(clue.opened_at),
        str(clue.owner or ""),
    )


def count_clues(
    request: Request, key: str, found: models.QuerySet[Clue], query: Sequence[tuple[str, str]] = ()
) -> Figure:
    """Count clues; `found` must already be what the person may see."""
    rows = found.select_related("owner").order_by("-opened_at", "-pk")[:MOST_ROWS]
    total = found.count()
    return Figure(
        key=key,
        value=total,
        words=f"{total:,}",
        unit="件",
        period=period_words(request.start, request.end),
        source=LEDGER,
        link=f"{reverse('clues:list')}?{urlencode(query)}" if query else reverse("clues:list"),
        rows=frozen_rows((clue_cells(clue) for clue in rows), CLUE_COLUMNS),
    )


def plain_figure(
    key: str,
    value: Decimal | int | str | None,
    *,
    unit: str = "",
    source: str,
    period: str = "",
    run_id: str = "",
    link: str = "",
    columns: Sequence[str] = (),
    rows: Iterable[Sequence[Any]] | None = None,
    shown: str = "",
) -> Figure:
    """Make a figure from a value and plain rows; what is not known is printed as a dash."""
    text = shown or ("—" if value is None else f"{value:,}" if not isinstance(value, str) else value)
    kept = None
    if rows is not None:
        kept = frozen_rows(([words.written_value(cell) for cell in row] for row in rows), columns)
    return Figure(key, value, text, unit, period, source, run_id, link, kept)
