"""Pages of companies: the list, its export, saved views, search, the company page, evidence."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookout.web import published
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.companies import dossier as pages
from lookout.web.companies import selectors
from lookout.web.companies.access import (
    access_company,
    access_evidence,
    access_saved_view,
    access_score,
    access_table_rows,
)
from lookout.web.companies.beside import beside
from lookout.web.companies.columns import COLUMNS, cell_of
from lookout.web.companies.filters import chips, read_query, write_query
from lookout.web.companies.forms import SavedViewForm
from lookout.web.companies.reviewing import reviews_in_force
from lookout.web.companies.services import record_look, save_view
from lookout.web.companies.watching import lists_of
from lookout.web.ui.excel import MOST_ROWS, excel_response
from lookout.web.ui.paging import Paging, read_offset
from lookout.web.ui.words import CHANGE_WORDS, written_moment


@require_safe
@at_place(Place.COMPANIES)
def company_list(request: HttpRequest) -> HttpResponse:
    """Show one page of the list with its filters."""
    user, run = person(request), published.reader().current()
    if run is None:
        return render(request, "nothing_published.html")
    asked, offset = selectors.resolve(user, read_query(request.GET)), read_offset(request.GET)
    page = selectors.list_page(user, asked, offset)
    types = selectors.count_by_type(user, asked.filter)
    labels = published.reader().catalogue("label")
    context = {
        "page": page,
        "asked": asked,
        "query": write_query(asked),
        "paging": Paging(offset, selectors.PAGE_SIZE, page.total),
        "columns": [COLUMNS[name] for name in asked.columns],
        "all_columns": COLUMNS.values(),
        "bands": selectors.band_facets(user, asked),
        "types": types,
        "labels": [label for label in labels if label.active],
        "regions": selectors.list_region_choices(user),
        "chips": chips(
            asked,
            {code: title for code, title, _count in types},
            {label.code: label.name for label in labels},
        ),
        "saved_views": selectors.list_saved_views(user),
        "unseen": selectors.unseen(user, page.rows, run.run_id),
        "changes": list(CHANGE_WORDS),
        "reviews": reviews_in_force([row.identifier for row in page.rows], timezone.localdate()),
        "watch_lists": lists_of(user),
    }
    return render(request, "companies/list.html", context)


@require_safe
@at_place(Place.COMPANIES)
def company_export(request: HttpRequest) -> HttpResponse | FileResponse:
    """Send the whole filtered list as Excel: the rows, columns and order of the screen."""
    user, run = person(request), published.reader().current()
    if run is None:
        return render(request, "nothing_published.html")
    asked = selectors.resolve(user, read_query(request.GET))
    columns = [COLUMNS[name] for name in asked.columns]
    if selectors.count_list(user, asked.filter) > MOST_ROWS:
        messages.error(request, _("名单超过 Excel 一张表的上限，请先缩小筛选范围再导出。"))
        return redirect(f"{reverse('companies:list')}?{write_query(asked)}")
    conditions = "；".join(chip.text for chip in chips(asked, {}, {})) or _("无")
    notes = [
        (_("数据截至"), written_moment(run.as_of)),
        (_("筛选条件"), conditions),
        (_("导出人"), str(user)),
        (_("导出时间"), written_moment(timezone.now())),
        (_("说明"), _("评分和等级是风险提示，不是定性结论。")),
    ]
    reviews = reviews_in_force(None, timezone.localdate())
    rows = (
        [cell_of(column, row, reviews) for column in columns] for row in selectors.list_all_rows(user, asked)
    )
    return excel_response("companies", [str(column.title) for column in columns], rows, notes)


@require_safe
@at_place(Place.COMPANIES)
def company_search(request: HttpRequest) -> HttpResponse:
    """Suggest companies while somebody types; without script, a page of the same."""
    text = request.GET.get("q", "")
    nothing = published.reader().current() is None
    rows = [] if nothing else selectors.find_companies(person(request), text)
    fragment = request.headers.get("HX-Request") == "true"
    template = "companies/_suggestions.html" if fragment else "companies/search.html"
    return render(request, template, {"rows": rows, "text": text})


@require_POST
@at_place(Place.COMPANIES)
def saved_view_create(request: HttpRequest) -> HttpResponse:
    """Keep the list on the screen under a name."""
    form = SavedViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("没有保存：请给视图起一个 40 字以内的名字。"))
        return redirect("companies:list")
    view = save_view(person(request), name=form.cleaned_data["name"], query=form.cleaned_data["query"])
    messages.success(request, _("已保存视图“%(name)s”。") % {"name": view.name})
    return redirect(f"{reverse('companies:list')}?{view.query}")


@require_POST
@at_place(Place.COMPANIES)
def saved_view_delete(request: HttpRequest, number: int) -> HttpResponse:
    """Forget a saved view."""
    view = access_saved_view(person(request), number)
    view.delete()
    messages.success(request, _("已删除视图“%(name)s”。") % {"name": view.name})
    return redirect("companies:list")


@require_safe
@at_place(Place.COMPANIES)
def company_page(request: HttpRequest, identifier: str) -> HttpResponse:
    """Show one company: the answer, the sum, the facts."""
    user, run = person(request), published.reader().current()
    if run is None:
        return render(request, "nothing_published.html")
    tab = request.GET.get("tab", "")
    # Only the tab of events shows them all, and only its own tab what the register says: the newest few events
    # are found much faster, and the register's row is a wide one.
    if tab == "timeline":
        found = access_company(user, identifier, events=pages.ALL_EVENTS, with_profile=False)
    else:
        found = access_company(
            user,
            identifier,
            events=pages.NEWEST_EVENTS,
            enough=pages.fill_the_short_list,
            with_profile=tab == "registry",
        )
    happenings = pages.list_happenings(found.timeline)
    context = {
        "dossier": found,
        "row": found.row,
        "run": run,
        "before": record_look(user, found.row, run_id=run.run_id, at=timezone.now()),
        "sum": pages.explain_sum(found.contributions),
        "dimensions": pages.dimension_rows(found),
        "recent": happenings[: pages.RECENT_EVENTS],
        "events": happenings,
        "label_groups": pages.group_labels(found.labels),
        "source_groups": pages.group_sources(found.sources),
        "unconnected": [source for source in found.sources if not source.connected],
        "spark": pages.history_line(found, wide=False),
        "curve": pages.history_line(found, wide=True),
        "tab": tab if tab in pages.TABS else pages.TABS[0],
        "delta": COLUMNS["delta"].cell(found.row),
        "beside": beside(user, found.row, timezone.localdate()),
    }
    return render(request, "companies/dossier.html", context)


@require_safe
@at_place(Place.COMPANIES)
def evidence_page(request: HttpRequest, identifier: str, code: str) -> HttpResponse:
    """Open a number: the rule in words and SQL, and the rows behind it."""
    user = person(request)
    row, lines = access_score(user, identifier)
    found = access_evidence(user, identifier, code)
    line = pages.find_line(lines, code)
    if found is None and line is None:
        raise Http404
    return _drawer(request, {"evidence": found, "line": line, "row": row, "code": code})


@require_safe
@at_place(Place.COMPANIES)
def table_page(request: HttpRequest, identifier: str, table: str) -> HttpResponse:
    """Show all raw rows of one table of a company."""
    user = person(request)
    group = access_table_rows(user, identifier, table)
    return _drawer(request, {"group": group, "row": access_score(user, identifier)[0]})


def _drawer(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    """Answer with the drawer alone for htmx, with a page of its own otherwise (links can be sent)."""
    fragment = request.headers.get("HX-Request") == "true"
    template = "companies/_evidence.html" if fragment else "companies/evidence.html"
    return render(request, template, context)
