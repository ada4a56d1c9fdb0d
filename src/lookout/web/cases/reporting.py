"""Reports: owed when their period has ended, computed and frozen when submitted, reviewed, accepted or returned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.proof import canonical, sha256_hex
from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.audit.services import record
from lookout.web.cases import totals
from lookout.web.cases.columns import plain_line
from lookout.web.cases.figures import standing_of
from lookout.web.cases.models import Case, CaseEvent, Report
from lookout.web.cases.rules import case_rules
from lookout.web.cases.totals import Period
from lookout.web.cases.words import ReportKind, ReportState
from lookout.web.clues.services import NotNowError, StaleObjectError
from lookout.web.notices.services import notify, people_of

OWED = (ReportState.DUE, ReportState.RETURNED)
REMIND_BEFORE = {ReportKind.FLASH: timedelta(hours=6)}
A_DAY = timedelta(days=1)
LAST_SECOND = time(23, 59, 59)
MONTHS = {ReportKind.MONTHLY: 1, ReportKind.QUARTERLY: 3, ReportKind.YEARLY: 12}
PROVINCE, CITY = 2, 4  # digits


# ---- what is owed --------------------------------------------------------------------------------
def owe_flash(case: Case, event: CaseEvent, now: datetime) -> Report:
    """Let the case's agency owe a report about an event at once. Call it in the transaction of the event.

    The clock runs from the event: one entered days later is late already.
    """
    happened = min(now, datetime.combine(event.on, LAST_SECOND, SHANGHAI))
    return Report.objects.create(
        kind=ReportKind.FLASH,
        agency=case.agency,
        case=case,
        event=event,
        period_start=event.on,
        period_end=event.on,
        due_at=case_rules().due_at(ReportKind.FLASH, happened),
    )


def last_period(kind: ReportKind, today: date) -> Period:
    """Return the newest month, quarter or year that has ended."""
    length = MONTHS[kind]
    this = date(today.year, (today.month - 1) // length * length + 1, 1)
    end = this - A_DAY
    return Period(date(end.year, end.month - length + 1, 1), end)


def owe_periodic(now: datetime) -> int:
    """Let every lead department owe the reports of the periods that have ended; return how many are new.

    Doing it again adds nothing. An agency owes nothing for periods that ended before it had people here.
    """
    leads = Agency.objects.filter(kind=AgencyKind.LEAD, is_active=True, people__isnull=False)
    made = 0
    for agency in leads.annotate(since=models.Min("people__date_joined")):
        for kind in MONTHS:
            if timezone.localdate(agency.since) <= last_period(kind, timezone.localdate(now)).end:
                made += owe(agency, kind, now)[1]
    return made


def owe(agency: Agency, kind: ReportKind, now: datetime) -> tuple[Report, bool]:
    """Return an agency's report for the newest period that has ended, and whether it is new."""
    period = last_period(kind, timezone.localdate(now))
    ended = datetime.combine(period.end, LAST_SECOND, SHANGHAI)
    return Report.objects.get_or_create(
        kind=kind,
        agency=agency,
        period_start=period.start,
        case=None,
        defaults={"period_end": period.end, "due_at": case_rules().due_at(kind, ended)},
    )


def remind(now: datetime) -> int:
    """Tell agencies once of reports due within a day, and them and who is above once of late ones; return how many."""
    told = 0
    owed = Report.objects.filter(state__in=OWED, due_at__lte=now + A_DAY).select_related("agency")
    for report in owed:
        soon = now >= report.due_at - REMIND_BEFORE.get(ReportKind(report.kind), A_DAY)
        if now > report.due_at and report.pressed_at is None:
            said = _("报送已逾期：%(report)s") % {"report": report}
            _tell(report, [report.agency, *_above(report.agency)], "report_late", said, now)
            Report.objects.filter(pk=report.pk).update(pressed_at=now, reminded_at=report.reminded_at or now)
            told += 1
        elif now <= report.due_at and soon and report.reminded_at is None:
            said = _("报送快到期：%(report)s") % {"report": report}
            _tell(report, [report.agency], "report_due", said, now)
            Report.objects.filter(pk=report.pk).update(reminded_at=now)
            told += 1
    return told


def _above(agency: Agency) -> list[Agency]:
    """Return the lead department next above."""
    leads = Agency.objects.filter(kind=AgencyKind.LEAD, is_active=True).exclude(pk=agency.pk)
    higher = [
        one for one in leads if agency.region.startswith(one.region) and len(one.region) < len(agency.region)
    ]
    return [max(higher, key=lambda one: len(one.region))] if higher else []


def _tell(report: Report, agencies: list[Agency], kind: str, said: str, now: datetime) -> None:
    people = [person for agency in agencies for person in people_of(agency)]
    notify(people, kind, said, reverse("cases:report", args=[report.pk]), now=now, due=report.due_at)


# ---- what it says --------------------------------------------------------------------------------
def compute(report: Report, known_at: datetime) -> dict[str, Any]:
    """Return what a report says, from the events of its period that had been entered by an instant."""
    head = {
        "kind": report.kind,
        "agency": report.agency.code,
        "agency_name": report.agency.name,
        "region": report.agency.region,
        "period_start": report.period_start.isoformat(),
        "period_end": report.period_end.isoformat(),
        "known_at": known_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
    }
    if report.case is not None:
        day = timezone.localdate(known_at)
        return {**head, **_flash(report), "cases": [plain_line(standing_of(report.case, day))]}
    period, region = Period(report.period_start, report.period_end), report.agency.region
    listed = totals.in_hand(region, period, known_at=known_at)
    parts = totals.by_part(listed, region) if len(region) < totals.DISTRICT else {}
    before = totals.in_hand(region, period.a_year_before, known_at=known_at)
    return {
        **head,
        "totals": totals.total(listed, period).plain(),
        "year_before": totals.total(before, period.a_year_before).plain(),
        "parts": {part: totals.total(ones, period).plain() for part, ones in parts.items()},
        "cases": [plain_line(one) for one in listed],
    }


def _flash(report: Report) -> dict[str, Any]:
    event = report.event
    if event is None:  # the database knows none without
        return {}
    return {"event": {"verb": event.verb, "on": event.on.isoformat(), "note": event.note}}


def differences(report: Report) -> Iterator[tuple[Report, str, str, str]]:
    """Yield the reports of parts whose frozen sums differ from this one: report, sum, theirs, ours.

    They differ when something was entered late or corrected after the part had reported.
    """
    parts = report.content.get("parts", {})
    below = Report.objects.filter(
        kind=report.kind, period_start=report.period_start, case=None, agency__region__in=list(parts)
    ).exclude(state__in=OWED)
    for one in below.select_related("agency"):
        ours, theirs = parts[one.agency.region], one.content.get("totals", {})
        for name, value in ours.items():
            if str(theirs.get(name)) != str(value):
                yield one, name, str(theirs.get(name, "")), str(value)


# ---- its way up ----------------------------------------------------------------------------------
def submit(by: User, report: Report, *, version: int, now: datetime, remark: str = "") -> Report:
    """Compute, freeze and send a report. A province's own is final with it."""
    with transaction.atomic():
        current = _lock(report, version, OWED)
        content = compute(current, now)
        is_top = len(current.agency.region) <= PROVINCE
        accepted: dict[str, Any] = {"accepted_at": now, "accepted_by": by} if is_top else {}
        return _change(
            by,
            current,
            "report_submit",
            content=content,
            digest=sha256_hex(canonical(content)),
            remark=remark,
            state=ReportState.ACCEPTED if is_top else ReportState.SUBMITTED,
            submitted_at=now,
            submitted_by=by,
            first_submitted_at=current.first_submitted_at or now,
            reviewed_at=None,
            reviewed_by=None,
            return_reason="",
            **accepted,
        )


def review(by: User, report: Report, *, version: int, now: datetime) -> Report:
    """Pass a district's report on to the province."""
    with transaction.atomic():
        current = _lock(report, version, (ReportState.SUBMITTED,))
        return _change(
            by, current, "report_review", state=ReportState.REVIEWED, reviewed_at=now, reviewed_by=by
        )


def accept(by: User, report: Report, *, version: int, now: datetime) -> Report:
    """Receive a report: a district's after its city has reviewed it, a city's as submitted."""
    through_city = len(report.agency.region) > CITY
    with transaction.atomic():
        current = _lock(report, version, (ReportState.REVIEWED if through_city else ReportState.SUBMITTED,))
        return _change(
            by, current, "report_accept", state=ReportState.ACCEPTED, accepted_at=now, accepted_by=by
        )


def give_back(by: User, report: Report, *, version: int, now: datetime, reason: str) -> Report:
    """Return a report with the reason; it is owed again, and its deadline stands."""
    if not reason.strip():
        raise DataError("请写明退回的理由")
    with transaction.atomic():
        current = _lock(report, version, (ReportState.SUBMITTED, ReportState.REVIEWED))
        changed = _change(
            by,
            current,
            "report_return",
            reason=reason,
            state=ReportState.RETURNED,
            return_reason=reason.strip(),
            returned_times=current.returned_times + 1,
        )
        said = _("报送被退回：%(report)s") % {"report": changed}
        _tell(changed, [changed.agency], "report_returned", said, now)
    return changed


def _lock(report: Report, version: int, states: tuple[ReportState, ...]) -> Report:
    current = (
        Report.objects.select_for_update(of=("self",))
        .select_related("agency", "case", "event")
        .get(pk=report.pk)
    )
    if current.version != version:
        raise StaleObjectError("别人刚刚办过这份报送，您的操作没有保存；请刷新后看过再办")
    if current.state not in states:
        raise NotNowError(f"报送现在是“{current.get_state_display()}”，不能这样办；请刷新后再看")
    return current


def _change(by: User, report: Report, verb: str, *, reason: str = "", **values: Any) -> Report:
    before = report.state
    for name, value in values.items():
        setattr(report, name, value)
    report.version += 1
    report.save()
    record(
        by,
        verb,
        report,
        before={"state": before},
        after={"state": report.state, "digest": report.digest},
        reason=reason,
        region=report.agency.region,
    )
    return report
