"""Reports that make themselves: each period once, as drafts that wait for a person."""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lookout.kernel.errors import LookoutError
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Role
from lookout.web.audit.services import record
from lookout.web.notices.services import notify, people_of
from lookout.web.reports.drafting import Order, make
from lookout.web.reports.figures import Scope
from lookout.web.reports.kinds import kind_of
from lookout.web.reports.models import Report, Schedule
from lookout.web.reports.subjects import last_period, subject_name, today_of
from lookout.web.reports.words import Cycle

logger = logging.getLogger(__name__)
DAILY = "brief"
SCOPES: tuple[Scope, ...] = ("none", "company", "clue", "region", "sector")


def add_schedule(
    by: User, *, kind: str, cycle: str, scope: Scope, subject: str, from_hour: int, now: datetime
) -> Schedule:
    """Set up a report that makes itself from the next period on; the period that is over is made at once.

    Raises DataError for a subject the person cannot report on.
    """
    subject_name(by, kind_of(kind), scope, subject)
    with transaction.atomic():
        made = Schedule.objects.create(
            kind=kind,
            cycle=Cycle(cycle),
            scope=scope,
            subject=subject,
            owner=by,
            from_hour=from_hour,
            created_at=now,
        )
        record(by, "document_schedule", made, after={"cycle": cycle, "subject": subject}, region=by.region)
    return made


def switch(by: User, schedule: Schedule, *, is_active: bool) -> None:
    """Stop a schedule, or let it go on."""
    with transaction.atomic():
        was = schedule.is_active
        schedule.is_active, schedule.problem = is_active, ""
        schedule.save(update_fields=("is_active", "problem"))
        record(by, "document_schedule", schedule, before={"is_active": was}, after={"is_active": is_active})


def make_due(now: datetime) -> int:
    """Make what is due; return how many. One that fails says why, is tried again, and keeps no other back."""
    _keep_daily_brief(now)
    made = 0
    for schedule in Schedule.objects.filter(is_active=True).select_related("owner__agency"):
        start, end = last_period(schedule.cycle, today_of(now))
        if timezone.localtime(now).hour >= schedule.from_hour and _is_due(schedule, end):
            made += _make(schedule, start, end, now)
    return made


def _is_due(schedule: Schedule, end: date) -> bool:
    return schedule.made_until is None or schedule.made_until < end


def _make(schedule: Schedule, start: date, end: date, now: datetime) -> int:
    if not schedule.owner.is_active:
        return _say(schedule, str(_("拟稿人已停用；请停止后由在岗人员重新设置")))
    scope: Scope = next((one for one in SCOPES if one == schedule.scope), "none")
    order = Order(schedule.kind, scope, schedule.subject, start, end)
    try:
        with transaction.atomic():
            report = make(schedule.owner, order, now=now, schedule=schedule)
            Schedule.objects.filter(pk=schedule.pk).update(made_until=end, problem="")
            _tell(report, now)
    except IntegrityError:
        # Another worker made it in this moment.
        Schedule.objects.filter(pk=schedule.pk, made_until=None).update(made_until=end)
        return 0
    except (LookoutError, Http404, ObjectDoesNotExist) as problem:
        logger.warning("schedule %s could not be made", schedule.pk, exc_info=True)
        return _say(schedule, str(problem) or str(_("对象已不存在或不在辖区内")))
    return 1


def _say(schedule: Schedule, problem: str) -> int:
    Schedule.objects.filter(pk=schedule.pk).update(problem=problem[:300])
    return 0


def _tell(report: Report, now: datetime) -> None:
    said = _("定期报告已编好，请核对后送审：%(report)s") % {"report": report}
    people = {report.drafted_by, *people_of(report.agency)}
    notify(
        sorted(people, key=lambda one: one.pk),
        "report",
        said,
        reverse("reports:page", args=[report.number]),
        now=now,
    )


def _keep_daily_brief(now: datetime) -> None:
    """Set up the daily brief where nobody ever did: it is waiting in the morning without a word from anybody."""
    if Schedule.objects.filter(kind=DAILY).exists():
        return
    wanted = (Role.ANALYST, Role.PROVINCE_ADMIN)
    people = User.objects.filter(is_active=True, role__in=wanted, agency__isnull=False)
    found = sorted(people, key=lambda one: (len(one.region), wanted.index(Role(one.role)), one.pk))
    if found and len(found[0].region) == 2:
        add_schedule(found[0], kind=DAILY, cycle=Cycle.DAY, scope="none", subject="", from_hour=6, now=now)
