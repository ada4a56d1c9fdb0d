"""Pages of the difference between two runs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lookout.web import published
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.companies import difference, selectors
from lookout.web.ui.excel import MOST_ROWS, excel_response
from lookout.web.ui.paging import Paging, read_offset
from lookout.web.ui.words import written_moment


@require_safe
@at_place(Place.COMPANIES)
def page(request: HttpRequest) -> HttpResponse:
    """Show what differs between two runs."""
    user, offset = person(request), read_offset(request.GET)
    if published.reader().current() is None:
        return render(request, "nothing_published.html")
    asked = difference.read(user, request.GET)
    found = difference.page(asked, offset)
    context = {
        "asked": asked,
        "page": found,
        "paging": Paging(offset, difference.PAGE, found.total),
        "runs": published.reader().runs(),
        "regions": selectors.list_region_choices(user),
        "kinds": [
            (
                title,
                found.counts.get(kind, 0),
                kind == asked.filter.kind,
                difference.address(asked, kind=kind),
            )
            for kind, title in difference.KIND_WORDS.items()
        ],
        "all_address": difference.address(asked, kind=""),
        "whole": sum(found.counts.values()),
        "heads": [(title, is_number) for title, _cell, is_number in difference.COLUMNS],
        "lines": [
            (row, [(title, cell(row), is_number) for title, cell, is_number in difference.COLUMNS])
            for row in found.rows
        ],
        "query": difference.address(asked),
    }
    return render(request, "companies/difference.html", context)


@require_safe
@at_place(Place.COMPANIES)
def export(request: HttpRequest) -> HttpResponseBase:
    """Send the whole difference as Excel: the rows, columns and order of the screen."""
    user = person(request)
    asked = difference.read(user, request.GET)
    if difference.page(asked, 0, 1).total > MOST_ROWS:
        messages.error(request, _("名单超过 Excel 一张表的上限，请先缩小筛选范围再导出。"))
        return redirect(f"{reverse('companies:difference')}?{difference.address(asked)}")
    notes = [
        (_("原结果截至"), written_moment(asked.before.as_of) if asked.before else "—"),
        (_("现结果截至"), written_moment(asked.now.as_of) if asked.now else "—"),
        (_("分数变动不少于"), str(asked.filter.least)),
        (_("导出人"), str(user)),
        (_("导出时间"), written_moment(timezone.now())),
        (_("说明"), _("评分和等级是风险提示，不是定性结论。")),
    ]
    head = [str(title) for title, _cell, _number in difference.COLUMNS]
    rows = ([cell(row) for _title, cell, _number in difference.COLUMNS] for row in difference.all_rows(asked))
    return excel_response("difference", head, rows, notes)
