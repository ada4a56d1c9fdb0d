"""Pages of reports: the list, a new one, one report with its steps and files, its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookout.kernel.errors import DataError, LookoutError
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place
from lookout.web.audit.services import record
from lookout.web.dispatch.forms import StepForm
from lookout.web.notices.services import mark_read
from lookout.web.reports import selectors
from lookout.web.reports.access import access_file, access_report, may_draft, may_draw, reads_drafts
from lookout.web.reports.actions import ACTIONS, BY_NAME, Action
from lookout.web.reports.drafting import Order, make
from lookout.web.reports.figures import MOST_ROWS
from lookout.web.reports.forms import HeadingForm, MakeForm
from lookout.web.reports.keeping import content_of, newest_word
from lookout.web.reports.kinds import kind_of, kinds
from lookout.web.reports.models import Report
from lookout.web.reports.pdf import available, to_pdf
from lookout.web.reports.sealing import MEDIA
from lookout.web.reports.states import OPEN, OUT, ReportState
from lookout.web.reports.subjects import last_period, sector_names, today_of
from lookout.web.reports.template_language import chart_key
from lookout.web.reports.words import FileForm
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50


@dataclass(frozen=True)
class Step:
    """A step on the page: its form, open when it was not accepted."""

    action: Action
    form: StepForm
    address: str
    is_open: bool


@require_safe
@at_place(Place.REPORTS)
def report_list(request: HttpRequest) -> HttpResponse:
    """List the reports a person may see."""
    user, query = person(request), request.GET
    names = ("kind", "state", "subject", "view")
    wanted = selectors.ReportFilter(
        query.get("q", "").strip(), **{name: query.get(name, "") for name in names}
    )
    found = selectors.list_reports(user, wanted)
    paging = Paging(read_offset(query), PAGE, found.count())
    context = {
        "reports": found[paging.offset : paging.offset + PAGE],
        "paging": paging,
        "wanted": wanted,
        "kinds": [(one.code, one.short) for one in kinds().values()],
        "short": {one.code: one.short for one in kinds().values()},
        "states": ReportState.choices,
        "facets": selectors.count_states(user),
        "waiting": selectors.count_waiting(user),
        "may_draft": may_draft(user),
    }
    return render(request, "reports/list.html", context)


@require_safe
@at_place(Place.REPORTS)
def report_new(request: HttpRequest) -> HttpResponse:
    """Choose a kind; with a subject given, the kinds that can be about it."""
    return render(request, "reports/new.html", _new_context(request))


def _new_context(request: HttpRequest, refused: str = "", chosen: str = "") -> dict[str, Any]:
    user = person(request)
    if not may_draft(user):
        raise PermissionDenied
    asked = {**request.GET.dict(), **request.POST.dict()}
    scope, subject = str(asked.get("scope", "")), str(asked.get("subject", ""))[:120]
    today = today_of(timezone.now())
    offered = [one for one in kinds().values() if not (scope and subject) or scope in one.scopes]
    return {
        "offered": [(one, *last_period(one.period, today)) for one in offered],
        "scope": scope,
        "subject": subject,
        "sectors": sorted(sector_names().items(), key=lambda one: one[1]),
        "refused": refused,
        "chosen": chosen,
        "may_draw": may_draw(user),
    }


@require_POST
@at_place(Place.REPORTS)
def report_make(request: HttpRequest) -> HttpResponse:
    """Make a report and open it."""
    user, now = person(request), timezone.now()
    form = MakeForm(request.POST)
    if not form.is_valid():
        said = "；".join(str(error) for errors in form.errors.values() for error in errors)
        return render(request, "reports/new.html", _new_context(request, said), status=422)
    data = form.cleaned_data
    kind = kind_of(data["kind"])
    first, last = last_period(kind.period, today_of(now))
    scope, subject = data["scope"] or kind.scopes[0], data["subject"].strip()
    order = Order(kind.code, scope, subject, data["start"] or first, data["end"] or last)
    try:
        if scope == "none" and subject:
            raise DataError(_("填了代码，请同时选择对象是企业、线索、地区还是行业"))
        report = make(user, order, now=now)
    except LookoutError as problem:
        context = _new_context(request, str(problem), kind.code)
        return render(request, "reports/new.html", context, status=422)
    messages.success(request, _("已编好，可以下载修改或直接送审。"))
    return redirect("reports:page", report.number)


@require_safe
@at_place(Place.REPORTS)
def report_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one report with what can be done now."""
    user = person(request)
    report = access_report(user, number)
    mark_read(user, now=timezone.now(), link=request.path)
    return render(request, "reports/page.html", _context(user, report))


def _context(user: User, report: Report, refused: tuple[str, StepForm] | None = None) -> dict[str, Any]:
    steps = []
    for action in ACTIONS:
        if not action.may(user, report):
            continue
        is_open = refused is not None and refused[0] == action.name
        form = refused[1] if refused is not None and is_open else _form(action, report)
        steps.append(Step(action, form, reverse("reports:step", args=[report.number, action.name]), is_open))
    files = list(report.files.select_related("made_by"))
    last = max(one.edition for one in files if one.form == FileForm.WORD)
    sees_drafts = reads_drafts(user, report)
    shown = files if sees_drafts else [one for one in files if one.edition == last]
    kind = kinds().get(report.kind)
    return {
        "report": report,
        "kind": kind,
        "steps": steps,
        "files": shown,
        "intact": selectors.check_files([one for one in shown if one.edition == last]),
        "content_intact": selectors.is_content_intact(report),
        "last": last,
        "newest": next(one for one in files if one.form == FileForm.WORD and one.edition == last),
        "pdf": next((one for one in files if one.form == FileForm.PDF), None),
        "sees_drafts": sees_drafts,
        "distribution": report.distribution.all(),
        "history": selectors.list_history(report) if sees_drafts else (),
        "is_open": report.state in OPEN,
        "is_out": report.state in OUT,
        "has_converter": available(),
        "waits_for_other": report.state == ReportState.REVIEW
        and not any(s.action.name == "sign" for s in steps),
    }


def _form(action: Action, report: Report, *given: Any) -> StepForm:
    initial = {"version": report.version}
    if issubclass(action.form, HeadingForm):
        return action.form(*given, report=report, initial=initial)
    return action.form(*given, initial=initial)


@require_POST
@at_place(Place.REPORTS)
def report_step(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Take one step; what was not accepted is shown again where it was written."""
    user = person(request)
    report, action = access_report(user, number), BY_NAME.get(name)
    if action is None:
        raise Http404
    address = reverse("reports:page", args=[number])
    if not action.may(user, report):
        messages.error(
            request, _("现在不能“%(action)s”：别人可能刚刚办过，或不归您办。") % {"action": action.title}
        )
        return redirect(address)
    form = _form(action, report, request.POST, request.FILES)
    if form.is_valid() and form.cleaned_data.get("version") is None:
        form.add_error(None, _("页面不完整，请刷新后再办"))
    if form.is_valid():
        try:
            action.run(user, report, form.cleaned_data, timezone.now())
        except LookoutError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("已完成：%(action)s。") % {"action": action.title})
            return redirect(address if action.name != "withdraw" else reverse("reports:list"))
    report = access_report(user, number)
    return render(request, "reports/page.html", _context(user, report, (name, form)), status=422)


@require_safe
@at_place(Place.REPORTS)
def report_file(request: HttpRequest, number: str, edition: int, form: str) -> HttpResponse:
    """Hand out one file of a report; recorded."""
    user = person(request)
    kept = access_file(user, number, form, edition)
    content = content_of(kept)
    record(user, "document_open", kept.report, after={"file": str(kept)}, region=kept.report.region)
    name = f"{kept.report.title}-{kept.report.number}-{edition}.{form}"
    return download(content, name, MEDIA[FileForm(form)])


@require_POST
@at_place(Place.REPORTS)
def report_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Make a PDF of the newest edition to look at; it is not kept. The signed one is a file of its own."""
    user = person(request)
    report = access_report(user, number)
    if not reads_drafts(user, report):
        raise Http404
    try:
        content = to_pdf(content_of(newest_word(report)))
    except LookoutError as problem:
        messages.error(request, str(problem))
        return redirect("reports:page", number)
    record(user, "document_open", report, after={"file": "pdf"}, region=report.region)
    return download(content, f"{report.title}-{report.number}-draft.pdf", MEDIA[FileForm.PDF])


def download(content: bytes, name: str, media_type: str) -> HttpResponse:
    """Return a file to be saved; nothing in it can run here."""
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@at_place(Place.REPORTS)
def figure_list(request: HttpRequest, number: str) -> HttpResponse:
    """Show every number of a report: figures, tables and charts as they were frozen."""
    report = access_report(person(request), number)
    content = selectors.content_of_report(report)
    context = {
        "report": report,
        "lines": selectors.list_figures(report, content),
        "tables": [(one, list(selectors.table_cells(one))) for one in content.tables.values()],
        "charts": [
            (one, list(zip(one.categories, *one.series.values(), strict=False)))
            for one in content.charts.values()
        ],
        "content_intact": selectors.is_content_intact(report),
    }
    return render(request, "reports/figures.html", context)


@require_safe
@at_place(Place.REPORTS)
def figure_page(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """Show one number: where it comes from, and the very rows behind it as they were frozen."""
    report = access_report(person(request), number)
    if key in {chart_key(one) for one in report.content["charts"]}:
        return redirect(f"{reverse('reports:figures', args=[number])}#{key}")
    line = selectors.find_figure(report, key)
    if line is None:
        raise Http404
    rows = list(line.figure.rows or ())
    columns = list(rows[0]) if rows else []
    total = line.figure.value if isinstance(line.figure.value, int) else None
    context = {
        "report": report,
        "line": line,
        "columns": columns,
        "rows": [[(column, row.get(column, "")) for column in columns] for row in rows],
        "cut": total is not None and total > len(rows) > 0 and len(rows) >= MOST_ROWS,
    }
    return render(request, "reports/figure.html", context)
