"""Pages of reports: what is owed and late, one report with its way up, onward files."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place, Role
from lookout.web.audit.services import record
from lookout.web.cases import reporting, selectors
from lookout.web.cases.access import HANDLES, access_report, reads_totals
from lookout.web.cases.columns import HEAD, as_json, as_xml, plain_cells
from lookout.web.cases.forms import ReportStepForm
from lookout.web.cases.models import Report
from lookout.web.cases.totals import COUNTS
from lookout.web.cases.words import SUMMED, ReportKind
from lookout.web.notices.services import mark_read
from lookout.web.ui.excel import excel_response

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]
FILES = {"json": ("application/json", as_json), "xml": ("application/xml", as_xml)}
COUNT_WORDS = {
    "new_cases": "新立案件",
    "new_major": "其中重大案件",
    "in_hand": "在办案件",
    "open_at_end": "期末未结",
    "closed": "本期结案",
    "transferred": "本期移送公安",
    "mass_events": "群体性事件",
}


def for_totals(view: View[Rest]) -> View[Rest]:
    """Let only people who read reports, statistics and assessment reach a view."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if not reads_totals(person(request)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return at_place(Place.CASES)(guarded)


@require_safe
@for_totals
def report_list(request: HttpRequest) -> HttpResponse:
    """List reports: to act on, late, or all."""
    user, now = person(request), timezone.now()
    view = request.GET.get("view", "mine" if Role(user.role) in HANDLES else "all")
    context = {
        "lines": selectors.list_reports(user, view, now),
        "view": view,
        "kinds": [(kind.value, kind.label) for kind in reporting.MONTHS],
        "may_owe": Role(user.role) in HANDLES and user.agency is not None,
        "reads_totals": True,
    }
    return render(request, "cases/reports.html", context)


@require_POST
@for_totals
def report_owe(request: HttpRequest) -> HttpResponse:
    """Begin the own agency's report for the newest period that has ended."""
    user = person(request)
    kind = request.POST.get("kind", "")
    if Role(user.role) not in HANDLES or user.agency is None:
        raise PermissionDenied
    if kind not in {one.value for one in reporting.MONTHS}:
        raise Http404
    report, _is_new = reporting.owe(user.agency, ReportKind(kind), timezone.now())
    return redirect("cases:report", report.pk)


@require_safe
@for_totals
def report_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show one report: as frozen, or as it would be now."""
    user, now = person(request), timezone.now()
    report = access_report(user, number)
    mark_read(user, now=now, link=request.path)
    return render(request, "cases/report.html", _context(request, report))


@require_POST
@for_totals
def report_step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Submit, review, accept or return a report."""
    user, now = person(request), timezone.now()
    report = access_report(user, number)
    if step not in selectors.report_steps(user, report):
        messages.error(request, _("现在不能这样办：别人可能刚刚办过，或不归您办。"))
        return redirect("cases:report", report.pk)
    form = ReportStepForm(request.POST)
    if form.is_valid():
        version, text = form.cleaned_data["version"], form.cleaned_data["text"]
        try:
            if step == "submit":
                reporting.submit(user, report, version=version, now=now, remark=text)
            elif step == "review":
                reporting.review(user, report, version=version, now=now)
            elif step == "accept":
                reporting.accept(user, report, version=version, now=now)
            else:
                reporting.give_back(user, report, version=version, now=now, reason=text)
        except DataError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("已完成。"))
            return redirect("cases:report", report.pk)
    context = _context(request, report)
    return render(request, "cases/report.html", {**context, "refused": form.errors}, status=422)


@require_safe
@for_totals
def report_file(request: HttpRequest, number: int, form: str) -> HttpResponseBase:
    """Write a submitted report as the onward file: Excel, XML or JSON; recorded."""
    user = person(request)
    report = access_report(user, number)
    if not report.digest or form not in {*FILES, "xlsx"}:
        raise Http404
    record(user, "export_report", report, after={"form": form}, region=report.agency.region)
    name = f"report-{report.kind}-{report.agency.code}-{report.period_start}"
    if form == "xlsx":
        notes = [("报送", str(report)), ("摘要值", report.digest)]
        lines = (plain_cells(line) for line in report.content["cases"])
        return excel_response(name, list(HEAD.values()), lines, notes)
    kind, write = FILES[form]
    answer = HttpResponse(write(report.content, report.digest), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def _context(request: HttpRequest, report: Report) -> dict[str, object]:
    user, now = person(request), timezone.now()
    content = report.content if report.digest else reporting.compute(report, now)
    sums, before = content.get("totals", {}), content.get("year_before", {})
    names = [(name, COUNT_WORDS[name]) for name in COUNTS]
    names += [(figure.value, str(figure.label)) for figure in SUMMED]
    return {
        "report": report,
        "is_late": selectors.is_late(report, now),
        "content": content,
        "rows": [(title, sums.get(name), before.get(name)) for name, title in names] if sums else [],
        "parts": list(content.get("parts", {}).items()),
        "steps": selectors.report_steps(user, report),
        "differences": list(reporting.differences(report)) if report.digest else [],
        "names": dict(names),
        "reads_totals": True,
    }
