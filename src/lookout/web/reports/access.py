"""Who sees which report, and who may do what to it: the one door to them."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404

from lookout.web.accounts.access import places_of
from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.accounts.roles import Place, Role
from lookout.web.reports.models import Report, ReportFile, ReportTemplate, Schedule
from lookout.web.reports.states import OUT, ReportState
from lookout.web.reports.words import FileForm, Secrecy

# May make reports.
DRAFTS = frozenset({Role.PROVINCE_ADMIN, Role.ANALYST, Role.CITY_SUPERVISOR, Role.DISTRICT_HANDLER})
# Answer for what leaves the office.
SIGNS = frozenset({Role.PROVINCE_ADMIN, Role.CITY_SUPERVISOR, Role.DISTRICT_HANDLER})
# Draw templates, which hold for the whole house.
DRAWS = frozenset({Role.PROVINCE_ADMIN, Role.ANALYST})


def may_draft(user: User) -> bool:
    """Tell whether a person may make reports: it takes an office to issue them."""
    return Place.REPORTS in places_of(user) and Role(user.role) in DRAFTS and user.agency_id is not None


def may_draw(user: User) -> bool:
    """Tell whether a person may change templates: those who answer for the whole province."""
    return may_draft(user) and Role(user.role) in DRAWS and len(user.region) == 2


def visible(user: User) -> QuerySet[Report]:
    """Return the reports a person may see.

    The drafting office's own, of which restricted ones only by who drafts and who signs; those that wait for a
    signature of an office above; and, once signed, those that were sent to the own office or are public. A report that
    was withdrawn leaves everybody but the drafting office.
    """
    if Place.REPORTS not in places_of(user):
        return Report.objects.none()
    free = ~Q(secrecy=Secrecy.RESTRICTED)
    mine = Q(drafted_by=user) | Q(signed_by=user) | Q(submitted_by=user)
    own = Q(agency=user.agency_id) if user.agency_id else Q(pk__in=())
    seen = mine | (own & (Q() if Role(user.role) in SIGNS else free))
    sent = Report.distribution.through.objects.filter(agency=user.agency_id).values("report_id")
    if user.agency_id:
        seen |= Q(state__in=OUT) & Q(pk__in=sent)
    seen |= Q(state__in=OUT, secrecy=Secrecy.PUBLIC)
    if Role(user.role) in SIGNS and user.region:
        seen |= Q(state=ReportState.REVIEW, region__startswith=user.region)
    return Report.objects.filter(seen)


def access_report(user: User, number: str) -> Report:
    """Return a report by its number; unknown and foreign ones are both 404."""
    related = ("agency", "drafted_by", "signed_by", "submitted_by", "archived_by", "template", "schedule")
    found = visible(user).select_related(*related).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def access_file(user: User, number: str, form: str, edition: int) -> ReportFile:
    """Return one file of a report; a reader outside the drafting office gets only what was signed."""
    report = access_report(user, number)
    found = report.files.filter(form=form, edition=edition).first()
    if found is None or (not reads_drafts(user, report) and not is_final(report, found)):
        raise Http404
    return found


def reads_drafts(user: User, report: Report) -> bool:
    """Tell whether a person sees how a report came about: its editions, returns and changed numbers."""
    waits = report.state == ReportState.REVIEW and may_sign(user, report)
    return (
        user.agency_id == report.agency_id or user.pk in {report.drafted_by_id, report.signed_by_id} or waits
    )


def is_final(report: Report, kept: ReportFile) -> bool:
    """Tell whether a file is the signed one: the last edition of a report that went out."""
    if report.state not in OUT:
        return False
    last = report.files.filter(form=FileForm.WORD).order_by("-edition").values_list("edition", flat=True)
    return kept.edition == last[0]


def may_edit(user: User, report: Report) -> bool:
    """Tell whether a person may change, submit, archive and withdraw: people of the drafting office."""
    return may_draft(user) and user.agency_id == report.agency_id


def may_sign(user: User, report: Report) -> bool:
    """Tell whether a person may sign or return: one who signs at or above the drafting office, and did not submit it."""
    if (
        Role(user.role) not in SIGNS
        or Place.REPORTS not in places_of(user)
        or user.pk == report.submitted_by_id
    ):
        return False
    return user.agency_id == report.agency_id or bool(user.region and report.region.startswith(user.region))


def signers(report: Report) -> QuerySet[User]:
    """Return who may sign a report, to be told that it waits."""
    roles = [role.value for role in SIGNS]
    above = [report.region[:length] for length in (2, 4, 6) if length <= len(report.region)]
    found = User.objects.filter(is_active=True, role__in=roles)
    found = found.filter(Q(agency=report.agency_id) | Q(region__in=above))
    return found.exclude(pk=report.submitted_by_id or 0).order_by("pk")


def offices() -> QuerySet[Agency]:
    """Return the offices a report may be sent to; reporting institutions are not among them."""
    return (
        Agency.objects.filter(is_active=True).exclude(kind=AgencyKind.INSTITUTION).order_by("region", "code")
    )


def access_template(user: User, pk: int) -> ReportTemplate:
    """Return a version of a template; unknown ones, and people who draw none, are 404."""
    found = ReportTemplate.objects.filter(pk=pk).first() if may_draft(user) else None
    if found is None:
        raise Http404
    return found


def schedules(user: User) -> QuerySet[Schedule]:
    """Return the schedules of a person's office."""
    if not may_draft(user):
        return Schedule.objects.none()
    return Schedule.objects.filter(owner__agency=user.agency_id).select_related("owner")


def access_schedule(user: User, pk: int) -> Schedule:
    """Return a schedule of the own office; unknown and foreign ones are both 404."""
    found = schedules(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
