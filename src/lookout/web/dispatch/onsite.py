"""What an agency does about a company: visits with two officers, measures with their legal basis. Each recorded once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment
from lookout.web.clues.services import NotNowError
from lookout.web.dispatch import deadlines
from lookout.web.dispatch.models import DispatchOrder, Measure, Visit
from lookout.web.dispatch.rules import measure_rules
from lookout.web.dispatch.states import AT_WORK, OrderState
from lookout.web.dispatch.telling import record_order, tell, tell_sender


@dataclass(frozen=True)
class VisitForm:
    """What the on-site form says. `officers` are name and card number, two or more."""

    at: datetime
    place: str
    officers: Sequence[Mapping[str, str]]
    finding: str
    checklist: Mapping[str, str]
    note: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    form_key: str = ""


def visit(
    by: User, order: DispatchOrder, form: VisitForm, photos: Iterable[Attachment], *, now: datetime
) -> Visit:
    """Enter a visit; the same form sent twice is one visit."""
    known = Visit.objects.filter(form_key=form.form_key).first()
    if known is not None:
        return known
    names = {(one.get("name", "").strip(), one.get("card", "").strip()) for one in form.officers}
    complete = {one for one in names if all(one)}
    if len(complete) < 2:
        raise DataError("现场核查应有两名以上执法人员，请写全姓名和执法证号（条例第二十一条）")
    if form.at > now:
        raise DataError("到场时间还没有到，请检查")
    if not form.place.strip():
        raise DataError("请写明到场地点")
    with transaction.atomic():
        current = _at_work(order)
        made = Visit.objects.create(
            order=current,
            at=form.at,
            place=form.place.strip(),
            latitude=form.latitude,
            longitude=form.longitude,
            officers=[{"name": name, "card": card} for name, card in sorted(complete)],
            finding=form.finding,
            checklist=dict(form.checklist),
            note=form.note,
            entered_by=by,
            entered_at=now,
            form_key=form.form_key,
        )
        files = list(photos)
        made.photos.set(files)
        deadlines.meet(form.at, event="first_visit", order=current)
        seen = {
            "at": form.at,
            "place": made.place,
            "finding": form.finding,
            "photos": [one.sha256 for one in files],
        }
        record_order(by, "visit", current, after=seen)
    return made


def _at_work(order: DispatchOrder) -> DispatchOrder:
    current = DispatchOrder.objects.select_for_update().select_related("clue", "agency").get(pk=order.pk)
    if OrderState(current.state) not in AT_WORK:
        raise NotNowError(f"分派单现在是“{OrderState(current.state).label}”，先开始核查才能登记")
    return current


def take_measure(
    by: User,
    order: DispatchOrder,
    *,
    kind: str,
    note: str,
    now: datetime,
    form_key: str,
    amount: Decimal | None = None,
    due_on: date | None = None,
) -> Measure:
    """Enter a measure with its legal basis from the catalogue; what needs approval waits for it."""
    known = Measure.objects.filter(form_key=form_key).first()
    if known is not None:
        return known
    rule = measure_rules().get(kind)
    if rule is None:
        raise DataError("请选定措施")
    today = timezone.localdate(now)
    if rule.needs_due and due_on is None:
        raise DataError(f"{rule.title}应写明完成期限")
    if due_on is not None and due_on < today:
        raise DataError("完成期限已经过了，请检查")
    if rule.most_days is not None and due_on is not None and due_on > today + timedelta(days=rule.most_days):
        raise DataError(f"{rule.title}最长 {rule.most_days} 日（{rule.basis}）；期满前可再办延长")
    if rule.needs_visit and not order.visits.exists():
        raise DataError(f"{rule.title}须有两名以上执法人员到场（{rule.basis}）；请先登记现场核查")
    with transaction.atomic():
        current = _at_work(order)
        taken = Measure.objects.create(
            order=current,
            kind=kind,
            basis=rule.basis,
            note=note,
            amount=amount,
            due_on=due_on,
            taken_by=by,
            taken_at=now,
            needs_approval=rule.approval != "none",
            form_key=form_key,
        )
        record_order(
            by, "measure_take", current, after={"kind": kind, "due_on": due_on, "amount": amount}, reason=note
        )
        if taken.needs_approval:
            tell_sender(current, _("%(agency)s 请求批准措施：%(clue)s"), now)
        else:
            deadlines.start_measure(taken, now)
    return taken


def decide_measure(by: User, measure: Measure, *, approve: bool, note: str, now: datetime) -> None:
    """Sign or refuse a measure; who takes it cannot sign it."""
    if by.pk == measure.taken_by_id:
        raise DataError("措施应由另一人批准")
    with transaction.atomic():
        current = Measure.objects.select_for_update().get(pk=measure.pk)
        if current.approved_at or current.refused_at or not current.needs_approval:
            raise DataError("这项措施不用批准，或已经有人批过")
        if not approve and not note.strip():
            raise DataError("请写明不批准的理由")
        current.approved_by, current.approval_note = by, note
        current.approved_at, current.refused_at = (now, None) if approve else (None, now)
        current.save()
        verb = "measure_approve" if approve else "measure_refuse"
        record_order(by, verb, current.order, after={"kind": current.kind}, reason=note)
        if approve:
            deadlines.start_measure(current, now)
        said = (_("措施已批准：%(clue)s") if approve else _("措施未批准：%(clue)s")) % {
            "clue": current.order.clue
        }
        tell(current.order.agency, "measure", said, current.order.clue, now)


def finish_measure(by: User, measure: Measure, *, note: str, now: datetime) -> None:
    """Note that a measure was carried out."""
    with transaction.atomic():
        current = Measure.objects.select_for_update().get(pk=measure.pk)
        if current.needs_approval and current.approved_at is None:
            raise DataError("这项措施还没有批准，不能登记完成")
        if current.done_at is not None:
            raise DataError("这项措施已经登记完成")
        current.done_at = now
        current.save()
        deadlines.meet_measure(current, now)
        record_order(by, "measure_finish", current.order, after={"kind": current.kind}, reason=note)
