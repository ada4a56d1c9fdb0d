"""Pages of statistics and assessment."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookout.kernel.regions import region_name
from lookout.web.accounts.access import person
from lookout.web.accounts.roles import Role
from lookout.web.audit.services import record
from lookout.web.cases import assessment, statistics
from lookout.web.cases.access import HANDLES, narrowed
from lookout.web.cases.forms import OutreachForm, PeriodForm
from lookout.web.cases.models import Outreach
from lookout.web.cases.report_views import for_totals
from lookout.web.cases.rules import Part, assessment_rules
from lookout.web.cases.totals import Period
from lookout.web.cases.words import Figure

MEASURE_WORDS = {statistics.CASES: "新立案件", **{one.value: str(one.label) for one in Figure}}
MISSED = "missed"


@require_safe
@for_totals
def statistics_page(request: HttpRequest) -> HttpResponse:
    """Show a year by region and month."""
    user, today = person(request), timezone.localdate()
    measure = request.GET.get("measure", statistics.CASES)
    if measure not in statistics.MEASURES:
        measure = statistics.CASES
    text = request.GET.get("year", "")
    year = (
        int(text) if text.isascii() and text.isdigit() and 2000 <= int(text[:5]) <= today.year else today.year
    )
    region = narrowed(user, request.GET.get("region", ""))
    table = statistics.table(region, year, measure, today)
    context = {
        "table": table,
        "lines": [(line, _links(line, year, table.period)) for line in (*table.lines, table.total)],
        "year": year,
        "years": range(today.year, today.year - 5, -1),
        "measure": measure,
        "measures": [(name, MEASURE_WORDS[name]) for name in statistics.MEASURES],
        "region": region,
        "region_title": region_name(region.ljust(6, "0")),
        "is_own": region == narrowed(user, ""),
        "reads_totals": True,
    }
    return render(request, "cases/statistics.html", context)


def _links(line: statistics.Line, year: int, period: Period) -> list[tuple[object, str]]:
    """Return each month's value with the query of the list that shows its cases, then the year's."""
    links: list[tuple[object, str]] = []
    for month, value in zip(statistics.MONTHS, line.months, strict=True):
        days = statistics.month_of(year, month)
        links.append((value, _query(line.region, days.start, min(days.end, period.end))))
    return [*links, (line.total, _query(line.region, period.start, period.end))]


def _query(region: str, begin: date, end: date) -> str:
    return f"region={region}&from={begin}&to={end}"


def _period(request: HttpRequest) -> Period:
    """Return the asked period; the running quarter when none or a wrong one was asked for."""
    form = PeriodForm(request.GET)
    if form.is_valid():
        return Period(form.cleaned_data["begin"], form.cleaned_data["end"])
    today = timezone.localdate()
    return Period(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), today)


@require_safe
@for_totals
def assessment_page(request: HttpRequest) -> HttpResponse:
    """Show the assessment of the own region and of those next below."""
    user, period = person(request), _period(request)
    region = narrowed(user, request.GET.get("region", ""))
    codes = assessment.assessed_regions(region)
    found = [assessment.assess(code, period) for code in dict.fromkeys([*codes, region])]
    context = {
        "found": found,
        "parts": [(part, assessment.TITLES[part], assessment_rules().weights[part]) for part in Part],
        "period": period,
        "region": region,
        "rules": assessment_rules(),
        "form": OutreachForm(initial={"on": timezone.localdate()}),
        "may_add": Role(user.role) in HANDLES and user.agency is not None,
        "reads_totals": True,
    }
    return render(request, "cases/assessment.html", context)


@require_safe
@for_totals
def assessment_rows(request: HttpRequest, part: str) -> HttpResponse:
    """Show the rows behind one part of a region."""
    user, period = person(request), _period(request)
    region = narrowed(user, request.GET.get("region", ""))
    if part == MISSED:
        rows, title = assessment.missed_rows(region, period), _("未由监测发现的重大案件")
    elif part in set(Part):
        rows, title = assessment.rows(Part(part), region, period), str(assessment.TITLES[Part(part)])
    else:
        raise Http404
    context = {
        "rows": sorted(rows, key=lambda row: row.is_good),
        "good": sum(row.is_good for row in rows),
        "title": title,
        "period": period,
        "region": region,
        "region_title": region_name(region.ljust(6, "0")),
        "reads_totals": True,
    }
    return render(request, "cases/assessment_rows.html", context)


@require_POST
@for_totals
def outreach_add(request: HttpRequest) -> HttpResponse:
    """Enter a piece of publicity and education of the own agency."""
    user, now = person(request), timezone.now()
    if Role(user.role) not in HANDLES or user.agency is None:
        raise PermissionDenied
    form = OutreachForm(request.POST)
    if form.is_valid() and form.cleaned_data["on"] <= timezone.localdate(now):
        with transaction.atomic():
            added = Outreach.objects.create(
                agency=user.agency, entered_at=now, entered_by=user, **form.cleaned_data
            )
            record(user, "outreach_add", added, after=form.cleaned_data, region=user.agency.region)
        messages.success(request, _("已登记宣传教育活动。"))
    else:
        messages.error(request, _("没有登记：请填写活动、不晚于今天的日期和受众人数。"))
    return redirect("cases:assessment")
