"""Pages of the 数据底数: coverage by region and month, lateness, blindness, refused rows, each with its Excel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lookout.web import published
from lookout.web.accounts.access import (
    at_place,
    may_read_deliveries,
    person,
    require_deliveries,
    scope_of,
    sees_whole_province,
)
from lookout.web.accounts.roles import Place
from lookout.web.data import coverage as found
from lookout.web.ui.excel import Cell, excel_response
from lookout.web.ui.words import FRESHNESS_WORDS, written_moment


def _page(request: HttpRequest, template: str, context: Mapping[str, object]) -> HttpResponse:
    user = person(request)
    shared = {
        "run": published.reader().current(),
        "may_read": may_read_deliveries(user),
        "whole_province": sees_whole_province(user),
    }
    return render(request, template, {**shared, **context})


def _excel(
    request: HttpRequest, name: str, head: Sequence[str], rows: Iterable[list[Cell]], scoped: bool
) -> FileResponse:
    """Send a table of the screen with what it holds written beside it."""
    run, user = published.reader().current(), person(request)
    whole = not scoped or sees_whole_province(user)
    notes = [
        (_("数据截至"), written_moment(run.as_of) if run else ""),
        (_("范围"), _("全省") if whole else user.region),
        (_("导出人"), str(user)),
    ]
    return excel_response(name, list(head), rows, notes)


@require_safe
@at_place(Place.DATA)
def coverage(request: HttpRequest) -> HttpResponse:
    """Show what share of the companies each category covered in each region in one month."""
    months = published.reader().coverage_months()
    month = found.read_month(request.GET, months)
    page = found.coverage_page(person(request), month, months)
    return _page(request, "data/coverage.html", {"page": page, "month": month})


@require_safe
@at_place(Place.DATA)
def coverage_export(request: HttpRequest) -> FileResponse:
    """Send the heat table of a month as Excel."""
    reader = published.reader()
    month = found.read_month(request.GET, reader.coverage_months())
    head, rows = found.coverage_cells(reader.coverage(month, scope_of(person(request))))
    return _excel(request, f"coverage-{month}", head, rows, scoped=True)


@require_safe
@at_place(Place.DATA)
def coverage_cell(request: HttpRequest, category: str, region: str = "") -> HttpResponse:
    """Open one figure of the heat table: its tables, and the batches that cover them."""
    month = found.read_month(request.GET, published.reader().coverage_months())
    page = found.cell_page(person(request), category, region, month)
    if page is None:
        raise Http404
    return _page(request, "data/coverage_cell.html", {"page": page, "named": found.BATCHES_NAMED})


@require_safe
@at_place(Place.DATA)
def freshness(request: HttpRequest) -> HttpResponse:
    """Show how late each source is, and what is blind because of it."""
    rows, asked = found.list_freshness(), request.GET.get("state", "")
    state = asked if asked in FRESHNESS_WORDS else ""
    context = {
        "rows": [row for row in rows if state in ("", row.state)],
        "state": state,
        "states": found.count_states(rows),
        "blind": found.blind_by_table(published.reader().blind(scope_of(person(request)))),
    }
    return _page(request, "data/freshness.html", context)


@require_safe
@at_place(Place.DATA)
def freshness_export(request: HttpRequest) -> FileResponse:
    """Send the lateness of all sources, or of one state, as Excel."""
    asked = request.GET.get("state", "")
    rows = found.list_freshness(asked if asked in FRESHNESS_WORDS else "")
    head = [_(title) for title in found.FRESHNESS_HEAD]
    return _excel(request, "freshness", head, (found.freshness_cells(row) for row in rows), scoped=False)


@require_safe
@at_place(Place.DATA)
def blind(request: HttpRequest) -> HttpResponse:
    """Show which labels and indicators cannot see, for whom, since when and why."""
    entries = published.reader().blind(scope_of(person(request)))
    context = {
        "unseen": [entry for entry in entries if not entry.waits_for],
        "waiting": [entry for entry in entries if entry.waits_for],
        "total": sum(entry.is_total for entry in entries if not entry.waits_for),
    }
    return _page(request, "data/blind.html", context)


@require_safe
@at_place(Place.DATA)
def blind_export(request: HttpRequest) -> FileResponse:
    """Send the blind labels and indicators as Excel."""
    entries = published.reader().blind(scope_of(person(request)))
    head = [_("代码"), _("种类"), _("名称"), _("看不见的企业"), _("监测企业"), _("自何时起"), _("缺什么")]
    return _excel(request, "blind", head, (found.blind_cells(entry) for entry in entries), scoped=True)


@require_safe
@at_place(Place.DATA)
def rejects(request: HttpRequest) -> HttpResponse:
    """Show from whom rows were refused and why, with the months in which it happened."""
    require_deliveries(person(request))
    rows = published.reader().refused()
    context = {
        "rows": rows[: found.REASONS_SHOWN],
        "kinds": len(rows),
        "total": sum(row.rows for row in rows),
        "refused": sum(table.rejected for table in published.reader().tables()) if rows else 0,
        "sources": sorted({row.source_name for row in rows}),
    }
    return _page(request, "data/rejects.html", context)


@require_safe
@at_place(Place.DATA)
def rejects_export(request: HttpRequest) -> FileResponse:
    """Send all kinds of refusals as Excel."""
    require_deliveries(person(request))
    rows = published.reader().refused()
    head = [
        _("行数"),
        _("来源"),
        _("数据表"),
        _("字段"),
        _("原因和改法"),
        _("例子"),
        _("各月行数"),
        _("批次"),
    ]
    return _excel(request, "rejects", head, (found.refused_cells(row) for row in rows), scoped=False)
