"""Who sees which case and report: the one door to them."""

from __future__ import annotations

from django.db import models
from django.http import Http404

from lookout.kernel.regions import is_inside, tree_prefix
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Role
from lookout.web.cases.models import Case, CaseRegion, Report

# May enter what happens to a case of their region.
HANDLES = frozenset({Role.PROVINCE_ADMIN, Role.CITY_SUPERVISOR, Role.DISTRICT_HANDLER})
READS = HANDLES | {Role.ANALYST}
PROVINCE, CITY = 2, 4  # digits


def visible(user: User) -> models.QuerySet[Case]:
    """Return the cases a person may see: those led by or reaching into the own regions; the police what was transferred."""
    role = Role(user.role)
    if role is Role.POLICE_LIAISON:
        found = Case.objects.exclude(police_state="")
        return found.filter(lead_region__startswith=tree_prefix(user.region)) if user.region else found.none()
    if role not in READS:
        return Case.objects.none()
    scope = scope_of(user)
    if scope is None:
        return Case.objects.all()
    inside = models.Q(pk__in=())
    for prefix in scope:
        reached = CaseRegion.objects.filter(region__startswith=prefix).values("case")
        inside |= models.Q(lead_region__startswith=prefix) | models.Q(pk__in=reached)
    return Case.objects.filter(inside)


def access_case(user: User, number: str) -> Case:
    """Return a case by its number; unknown and foreign ones are both 404."""
    found = visible(user).select_related("agency", "clue").filter(number=number).first()
    if found is None:
        raise Http404
    return found


def answers_for(user: User, region: str) -> bool:
    """Tell whether a person handles cases of a region."""
    return Role(user.role) in HANDLES and bool(user.region) and is_inside(region, user.region)


def may_handle(user: User, case: Case) -> bool:
    """Tell whether a person may enter what happens to a case: the offices of its leading region."""
    return answers_for(user, case.lead_region)


def reads_totals(user: User) -> bool:
    """Tell whether a person reads reports, statistics and assessment."""
    return Role(user.role) in READS


def visible_reports(user: User) -> models.QuerySet[Report]:
    """Return the reports of the agencies of the own regions; the police read none."""
    if not reads_totals(user):
        return Report.objects.none()
    scope = scope_of(user)
    if scope is None:
        return Report.objects.all()
    inside = models.Q(pk__in=())
    for prefix in scope:
        inside |= models.Q(agency__region__startswith=prefix)
    return Report.objects.filter(inside)


def access_report(user: User, number: int) -> Report:
    """Return a report; unknown and foreign ones are both 404."""
    found = visible_reports(user).select_related("agency", "case").filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def may_submit(user: User, report: Report) -> bool:
    """Tell whether the report is the own agency's."""
    return Role(user.role) in HANDLES and user.agency_id == report.agency_id


def may_review(user: User, report: Report) -> bool:
    """Tell whether the person reviews for the city: a district's report, from above and not the own agency's."""
    below = len(report.agency.region) > CITY
    return below and len(user.region) == CITY and _is_above(user, report)


def may_accept(user: User, report: Report) -> bool:
    """Tell whether the person receives for the province."""
    return len(user.region) == PROVINCE and _is_above(user, report)


def _is_above(user: User, report: Report) -> bool:
    return answers_for(user, report.agency.region) and user.agency_id != report.agency_id


def narrowed(user: User, region: str) -> str:
    """Return the region prefix to count for: what was asked when it lies inside the own one, else the own.

    A person without region sees nothing, and the door of totals keeps them out.
    """
    own = tree_prefix(user.region) if user.region else "none"
    asked = tree_prefix(region) if region.isascii() and region.isdigit() and len(region) in (2, 4, 6) else ""
    return asked if asked and is_inside(asked, own) else own
