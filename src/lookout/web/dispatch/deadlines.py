"""Start, meet, move and void deadlines."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import models, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.audit.services import record
from lookout.web.clues.models import Clue
from lookout.web.clues.services import place_of
from lookout.web.dispatch.models import Deadline, DispatchOrder, Extension, Measure
from lookout.web.dispatch.rules import calendar, deadline_rules, measure_rules
from lookout.web.dispatch.telling import tell, tell_sender

RUNNING = models.Q(met_at__isnull=True, void_at__isnull=True)


def deciding_agency(clue: Clue) -> Agency:
    """Return the lead department that answers for a clue: the nearest above its place, in the end the province's.

    Raises DataError when the installation has no lead department at all.
    """
    place = place_of(clue)
    leads = Agency.objects.filter(kind=AgencyKind.LEAD, is_active=True).order_by("pk")
    above = [agency for agency in leads if len(agency.region) <= 4 and place.startswith(agency.region)]
    found = max(above, key=lambda agency: len(agency.region), default=None) or min(
        leads, key=lambda agency: (len(agency.region), agency.pk), default=None
    )
    if found is None:
        raise DataError("还没有任何牵头部门，时限没有人负责；请系统管理员先在“管理—单位”里新增")
    return found


def start_judging(sender: object, *, clue: Clue, now: datetime, **_more: object) -> None:
    """Start the clock for judging a clue; without any lead department nobody can be held to it yet.

    Takes what the signal `clues.services.to_be_judged` sends.
    """
    if Agency.objects.filter(kind=AgencyKind.LEAD, is_active=True).exists():
        start(clue, "judge", now, owner=deciding_agency(clue))


def start(
    clue: Clue, event: str, at: datetime, *, owner: Agency, order: DispatchOrder | None = None
) -> Deadline:
    """Start the clock of an event by the catalogue."""
    rule = deadline_rules()[event]
    return Deadline.objects.create(
        clue=clue,
        order=order,
        owner=owner,
        event=event,
        started_at=at,
        due_at=rule.due(calendar(), at, clue.band),
        basis=rule.basis,
    )


def start_measure(measure: Measure, at: datetime) -> None:
    """Start the clock of a measure that counts and has a day by which it must be carried out."""
    if measure.due_on is None:
        return
    order = measure.order
    Deadline.objects.create(
        clue=order.clue,
        order=order,
        measure=measure,
        owner=order.agency,
        event=measure.kind,
        started_at=at,
        due_at=end_of_day(measure.due_on),
        basis=measure.basis[:100],
    )


def meet_measure(measure: Measure, at: datetime) -> None:
    """Note that a measure was carried out."""
    Deadline.objects.filter(RUNNING, measure=measure).update(met_at=at)


def deadline_title(deadline: Deadline) -> str:
    """Return what is due."""
    if deadline.measure_id is not None:
        return _("落实%(measure)s") % {"measure": measure_rules()[deadline.event].title}
    rule = deadline_rules().get(deadline.event)
    return rule.title if rule else deadline.event


def end_of_day(day: date) -> datetime:
    """Return the last instant of a day here."""
    return datetime.combine(day, time.max, SHANGHAI)


def meet(at: datetime, *, event: str, order: DispatchOrder | None = None, clue: Clue | None = None) -> None:
    """Note that something was done; a clock that does not run is left alone."""
    found = Deadline.objects.filter(RUNNING, event=event)
    found = found.filter(order=order) if order is not None else found.filter(clue=clue, order=None)
    found.update(met_at=at)


def void(
    at: datetime, *, order: DispatchOrder | None = None, clue: Clue | None = None, but_measures: bool = False
) -> None:
    """Stop all running clocks of an order, or of a clue with all its orders.

    `but_measures`: what was ordered must be carried out all the same.
    """
    found = Deadline.objects.filter(RUNNING)
    if but_measures:
        found = found.filter(measure=None)
    (found.filter(order=order) if order is not None else found.filter(clue=clue)).update(void_at=at)


def ask_extension(by: User, deadline: Deadline, *, days: int, reason: str, now: datetime) -> Extension:
    """Ask for more time."""
    if not reason.strip():
        raise DataError("请写明延期的理由")
    if not 1 <= days <= 90:
        raise DataError("延长天数应在 1 到 90 之间")
    if deadline.met_at or deadline.void_at:
        raise DataError("这个时限已经了结，不用延期")
    if deadline.extensions.filter(decided_at=None).exists():
        raise DataError("已有一次延期申请在等批准，请不要重复提交")
    most = measure_rules()[deadline.event].most_days if deadline.measure_id else None
    if most is not None and (days > most or deadline.extensions.filter(is_granted=True).exists()):
        raise DataError(f"这项措施只能延长一次，最多 {most} 日（{deadline.basis}）")
    with transaction.atomic():
        asked = Extension.objects.create(
            deadline=deadline, days=days, reason=reason.strip(), asked_by=by, asked_at=now
        )
        _record(
            by,
            "extension_ask",
            deadline,
            after={"event": deadline_title(deadline), "days": days},
            reason=reason,
        )
        if deadline.order is not None:
            tell_sender(deadline.order, _("%(agency)s 申请延期：%(clue)s"), now)
    return asked


def decide_extension(by: User, asked: Extension, *, grant: bool, note: str, now: datetime) -> None:
    """Grant or refuse more time; who asked cannot decide."""
    if by.pk == asked.asked_by_id:
        raise DataError("申请人不能批准自己的延期")
    with transaction.atomic():
        current = Extension.objects.select_for_update().get(pk=asked.pk)
        if current.decided_at is not None:
            raise DataError("这次延期申请已经有人批过")
        current.decided_by, current.decided_at, current.is_granted, current.note = by, now, grant, note
        current.save()
        deadline = Deadline.objects.select_for_update().get(pk=current.deadline_id)
        before = deadline.due_at
        if grant:
            deadline.due_at = before + timedelta(days=current.days)
            deadline.reminded_at = deadline.escalated_at = None
            deadline.save()
            if deadline.measure_id:
                Measure.objects.filter(pk=deadline.measure_id).update(due_on=localdate(deadline.due_at))
        said = (_("已批准延期：%(clue)s") if grant else _("未批准延期：%(clue)s")) % {"clue": deadline.clue}
        tell(deadline.owner, "extension", said, deadline.clue, now)
        _record(
            by,
            "extension_grant" if grant else "extension_refuse",
            deadline,
            before={"due_at": before},
            after={"due_at": deadline.due_at},
            reason=note,
        )


def _record(by: User, verb: str, deadline: Deadline, **values: object) -> None:
    clue = deadline.clue
    record(by, verb, clue, company=clue.company, region=place_of(clue), **values)  # type: ignore[arg-type]  # named values of record()
