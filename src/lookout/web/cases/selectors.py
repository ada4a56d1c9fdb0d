"""Reads of cases and reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import models

from lookout.kernel.regions import tree_prefix
from lookout.web.accounts.models import User
from lookout.web.cases.access import may_accept, may_review, may_submit, visible, visible_reports
from lookout.web.cases.figures import Standing, standings
from lookout.web.cases.models import Case, CaseFigure, Report
from lookout.web.cases.reporting import OWED
from lookout.web.cases.states import CaseState
from lookout.web.cases.words import Figure, ReportState
from lookout.web.clues.models import Clue

OPEN = "open"


@dataclass(frozen=True)
class CaseFilter:
    """What to list; empty fields do not narrow. `region` is a prefix of the leading region."""

    text: str = ""
    state: str = ""
    industry: str = ""
    region: str = ""
    filed_from: date | None = None
    filed_to: date | None = None
    major: bool = False


def list_cases(user: User, wanted: CaseFilter, today: date) -> list[Case] | models.QuerySet[Case]:
    """Return the cases a person may see that match, newest first."""
    found = visible(user).select_related("agency", "clue")
    if wanted.text:
        text = models.Q(number__contains=wanted.text) | models.Q(name__contains=wanted.text)
        found = found.filter(text | models.Q(company_name__contains=wanted.text))
    if wanted.state == OPEN:
        found = found.exclude(state=CaseState.CLOSED)
    elif wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.industry:
        found = found.filter(industry=wanted.industry)
    if wanted.region:
        found = found.filter(lead_region__startswith=tree_prefix(wanted.region))
    if wanted.filed_from:
        found = found.filter(filed_on__gte=wanted.filed_from)
    if wanted.filed_to:
        found = found.filter(filed_on__lte=wanted.filed_to)
    if wanted.major:
        return [one.case for one in standings(found, today) if one.is_major]
    return found


def figure_history(case: Case) -> list[tuple[Figure, CaseFigure, list[CaseFigure]]]:
    """Return each known figure with its newest row and the earlier ones, newest first."""
    by_figure: dict[str, list[CaseFigure]] = {}
    for row in case.figures.select_related("entered_by").order_by("-on", "-pk"):
        by_figure.setdefault(row.figure, []).append(row)
    return [(one, by_figure[one][0], by_figure[one][1:]) for one in Figure if one in by_figure]


@dataclass(frozen=True)
class ReportLine:
    """A report as listed: whether it is late, and whether the reader has to act."""

    report: Report
    is_late: bool
    is_mine: bool


def list_reports(user: User, view: str, now: datetime) -> list[ReportLine]:
    """Return reports: `mine` to act on, `late` ones, or all of the last two years."""
    found = visible_reports(user).select_related("agency", "case")
    if view == "late":
        found = found.filter(
            models.Q(state__in=OWED, due_at__lt=now) | models.Q(first_submitted_at__gt=models.F("due_at"))
        )
    elif view == "mine":
        found = found.exclude(state=ReportState.ACCEPTED)
    lines = [ReportLine(one, is_late(one, now), is_mine(user, one)) for one in found[:2000]]
    return [one for one in lines if one.is_mine] if view == "mine" else lines


def is_late(report: Report, now: datetime) -> bool:
    """Tell whether a report came, or still has not come, after its time."""
    return (report.first_submitted_at or now) > report.due_at


def is_mine(user: User, report: Report) -> bool:
    """Tell whether the reader has to act on a report."""
    return bool(report_steps(user, report))


def report_steps(user: User, report: Report) -> list[str]:
    """Return what a person can do with a report now."""
    state, steps = ReportState(report.state), []
    if state in OWED and may_submit(user, report):
        steps.append("submit")
    through_city = len(report.agency.region) > 4
    if state is ReportState.SUBMITTED and through_city and may_review(user, report):
        steps += ["review", "return"]
    received = ReportState.REVIEWED if through_city else ReportState.SUBMITTED
    if state is received and may_accept(user, report):
        steps += ["accept", "return"]
    return steps


def standing_by_number(cases: list[Case], today: date) -> list[Standing]:
    """Return how listed cases stand, in the order of the list."""
    found = {one.case.pk: one for one in standings(cases, today)}
    return [found[case.pk] for case in cases if case.pk in found]


def case_of(clue: Clue) -> Case | None:
    """Return the case that was filed from a clue."""
    return Case.objects.filter(clue=clue).first()
