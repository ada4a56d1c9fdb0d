"""Pages of the data: health of tables, coverage, batches, refused rows, unresolved names."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lookout.web import published
from lookout.web.accounts.access import (
    at_place,
    may_read_deliveries,
    person,
    places_of,
    require_deliveries,
)
from lookout.web.accounts.roles import Place
from lookout.web.data import selectors
from lookout.web.data.access import access_batch, access_refused_rows
from lookout.web.ui.excel import excel_response
from lookout.web.ui.paging import Paging, read_offset
from lookout.web.ui.words import written_moment


@require_safe
@at_place(Place.DATA)
def table_list(request: HttpRequest) -> HttpResponse:
    """Show which tables arrive, how fresh they are and how many rows were refused."""
    categories = selectors.list_categories()
    context = {
        "categories": categories,
        "summary": selectors.summarise(categories),
        "may_read": may_read_deliveries(person(request)),
    }
    return render(request, "data/tables.html", context)


@require_safe
@at_place(Place.DATA)
def batch_list(request: HttpRequest) -> HttpResponse:
    """Show the deliveries, newest first."""
    table, offset = request.GET.get("table", "")[:80], read_offset(request.GET)
    batches, total = selectors.list_batches(table, offset)
    context = {
        "batches": batches,
        "table": table,
        "paging": Paging(offset, selectors.BATCHES_PER_PAGE, total),
        "may_read": may_read_deliveries(person(request)),
    }
    return render(request, "data/batches.html", context)


@require_safe
@at_place(Place.DATA)
def batch_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show one delivery with its refused rows."""
    user = person(request)
    batch, may_read = access_batch(number), may_read_deliveries(user)
    context = {
        "batch": batch,
        "rejects": selectors.list_rejects(batch) if may_read else [],
        "may_read": may_read,
        "withdrawal": published.reader().withdrawal(number),
        "is_awaited": selectors.is_awaited(batch),
        "effects": selectors.list_effects(user, number) if Place.COMPANIES in places_of(user) else None,
    }
    return render(request, "data/batch.html", context)


@require_safe
@at_place(Place.DATA)
def batch_rejects(request: HttpRequest, number: int) -> FileResponse:
    """Send the refused rows of a delivery as Excel, to be mended by the sender."""
    batch = access_refused_rows(person(request), number)
    head = [_("行号"), _("字段"), _("原值"), _("原因和改法"), _("整行内容")]
    rows = (selectors.reject_cells(reject) for reject in selectors.list_rejects(batch, selectors.ALL_REJECTS))
    notes = [
        (_("文件"), batch.file),
        (_("数据表"), batch.table_name),
        (_("收到时间"), written_moment(batch.delivered_at)),
        (_("说明"), _("请只改正并重新报送这些行；其余行已入库，不必重报。")),
    ]
    return excel_response(f"rejects-{batch.batch_no}", head, rows, notes)


@require_safe
@at_place(Place.DATA)
def unresolved(request: HttpRequest) -> HttpResponse:
    """Show names and codes that could not be assigned to one company."""
    require_deliveries(person(request))
    rows = selectors.list_unresolved()
    context = {
        "rows": rows,
        "is_part": len(rows) == selectors.UNRESOLVED_SHOWN,
        "total": sum(row[3] for row in rows),
        "names": selectors.table_names(),
    }
    return render(request, "data/unresolved.html", context)
