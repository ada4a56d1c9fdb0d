"""What agencies do with clues: send, accept, visit, measure, report, review, close. Each recorded once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import Agency, User
from lookout.web.attachments.models import Attachment
from lookout.web.audit.services import record
from lookout.web.clues import services as clues
from lookout.web.clues.models import Clue
from lookout.web.clues.services import NotNowError, StaleObjectError, place_of
from lookout.web.clues.states import Verb
from lookout.web.clues.words import Outcome
from lookout.web.dispatch import deadlines
from lookout.web.dispatch.models import DispatchOrder, EffectCheck, Measure, Supervision, Visit
from lookout.web.dispatch.rules import measure_rules
from lookout.web.dispatch.states import AT_WORK, OPEN, OrderState, OrderVerb, after
from lookout.web.notices.services import notify, people_of

CHECK_DAYS = (30, 90, 180)


# ---- judging and sending -------------------------------------------------------------------------
def triage(by: User, clue: Clue, *, version: int, now: datetime, **judgement: str) -> Clue:
    """Judge a clue and start the clock for sending it (see `clues.services.triage` for the judgement)."""
    with transaction.atomic():
        judged = clues.triage(by, clue, version=version, now=now, **judgement)
        deadlines.void(now, clue=judged)
        deadlines.start(judged, "dispatch", now, owner=deadlines.deciding_agency(judged))
    return judged


def dispatch(
    by: User,
    clue: Clue,
    agency: Agency,
    *,
    now: datetime,
    version: int | None = None,
    is_lead: bool = True,
    instruction: str = "",
) -> DispatchOrder:
    """Send a clue to an agency, as the lead or to join in; its deadlines start now."""
    if not agency.is_active:
        raise DataError(f"{agency} 已停用，不能分派")
    lead = clue.orders.filter(is_lead=True, state__in=OPEN).first()
    if is_lead and lead is not None:
        raise DataError(f"{lead.agency} 正在主办这条线索；请先撤回，或改为协办")
    if not is_lead and lead is None:
        raise DataError("请先分派主办单位，再请协办")
    try:
        with transaction.atomic():
            owner: dict[str, Any] = {"owner": agency} if is_lead else {}
            current = clues.advance(by, clue, Verb.DISPATCH, version=version, **owner)
            current.agencies.add(agency)
            order = DispatchOrder.objects.create(
                clue=current,
                agency=agency,
                from_agency=by.agency,
                is_lead=is_lead,
                instruction=instruction,
                sent_by=by,
                sent_at=now,
            )
            if is_lead:
                deadlines.meet(now, event="dispatch", clue=current)
            for event in ("accept", "first_visit", "conclude"):
                deadlines.start(current, event, now, owner=agency, order=order)
            _record(by, "order_send", order, after={"agency": agency, "is_lead": is_lead})
            _tell(agency, "order", _("新线索：%(clue)s") % {"clue": current}, current, now)
    except IntegrityError:
        raise DataError(f"{agency} 已有一张未了结的分派单，不用重复分派") from None
    return order


def _advance(
    by: User,
    order: DispatchOrder,
    verb: OrderVerb,
    *,
    version: int | None,
    reason: str = "",
    **values: Any,
) -> DispatchOrder:
    """Take one step of an order's life; call inside a transaction."""
    current = DispatchOrder.objects.select_for_update().select_related("clue", "agency").get(pk=order.pk)
    if version is not None and current.version != version:
        raise StaleObjectError("别人刚刚办过这张分派单，您的操作没有保存；请刷新后看过再办")
    state = OrderState(current.state)
    target = after(state, verb)
    if target is None:
        raise NotNowError(f"分派单现在是“{state.label}”，不能{verb.label}；请刷新后再看")
    changes = {**values, "state": target}
    before = {name: getattr(current, name) for name in changes}
    for name, value in changes.items():
        setattr(current, name, value)
    current.version += 1
    current.save()
    _record(by, f"order_{verb.value}", current, before=before, after=changes, reason=reason)
    return current


# ---- what the agency does ------------------------------------------------------------------------
def accept(by: User, order: DispatchOrder, *, version: int, now: datetime) -> DispatchOrder:
    """Sign for an order."""
    with transaction.atomic():
        current = _advance(by, order, OrderVerb.ACCEPT, version=version, accepted_by=by, accepted_at=now)
        deadlines.meet(now, event="accept", order=current)
    return current


def give_back(
    by: User, order: DispatchOrder, *, version: int, reason: str, note: str, now: datetime
) -> DispatchOrder:
    """Return an order that is not this agency's; a lead's clue goes back to be sent elsewhere."""
    if not note.strip():
        raise DataError("请写明退回的具体情况，如应由哪里管辖")
    with transaction.atomic():
        current = _advance(
            by, order, OrderVerb.GIVE_BACK, version=version, return_reason=reason, return_note=note.strip()
        )
        deadlines.void(now, order=current)
        if current.is_lead:
            _back_to_triaged(by, current.clue, now)
        _tell_sender(current, _("%(agency)s 退回了 %(clue)s"), now)
    return current


def _back_to_triaged(by: User, clue: Clue, now: datetime) -> None:
    """Leave a clue without a lead to be sent again, with its own clock; those who joined in are let go."""
    for joined in clue.orders.filter(is_lead=False, state__in=OPEN):
        _advance(by, joined, OrderVerb.WITHDRAW, version=None)
        deadlines.void(now, order=joined)
    judged = clues.advance(by, clue, Verb.RECALL, owner=None)
    deadlines.start(judged, "dispatch", now, owner=deadlines.deciding_agency(judged))


def start(by: User, order: DispatchOrder, *, version: int) -> DispatchOrder:
    """Begin to look into it."""
    with transaction.atomic():
        return _advance(by, order, OrderVerb.START, version=version)


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
        _record(by, "visit", current, after=seen)
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
        _record(
            by, "measure_take", current, after={"kind": kind, "due_on": due_on, "amount": amount}, reason=note
        )
        if taken.needs_approval:
            _tell_sender(current, _("%(agency)s 请求批准措施：%(clue)s"), now)
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
        _record(by, verb, current.order, after={"kind": current.kind}, reason=note)


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
        _record(by, "measure_finish", current.order, after={"kind": current.kind}, reason=note)


def report(
    by: User, order: DispatchOrder, *, version: int, text: str, proposed_outcome: str, now: datetime
) -> DispatchOrder:
    """Report back what was found. An agency must have been there, unless the clue can be settled from papers."""
    if not text.strip():
        raise DataError("请写明核查情况")
    if proposed_outcome not in Outcome.values:
        raise DataError("请选定建议结果")
    with transaction.atomic():
        waiting = order.measures.filter(needs_approval=True, approved_at=None, refused_at=None)
        if waiting.exists():
            raise DataError("还有措施在等批准，请批准或不批准之后再反馈")
        if order.is_lead and proposed_outcome != Outcome.EXCLUDED and not order.visits.exists():
            raise DataError("还没有登记现场核查；除排除外，反馈前应到现场看过")
        current = _advance(
            by,
            order,
            OrderVerb.REPORT,
            version=version,
            report=text.strip(),
            proposed_outcome=proposed_outcome,
            reported_by=by,
            reported_at=now,
        )
        for event in ("conclude", "first_visit"):
            deadlines.meet(now, event=event, order=current)
        reviewer = current.from_agency or deadlines.deciding_agency(current.clue)
        deadlines.start(current.clue, "review", now, owner=reviewer, order=current)
        _tell_sender(current, _("%(agency)s 已反馈 %(clue)s，请复核"), now)
    return current


# ---- what the sender does ------------------------------------------------------------------------
def approve(by: User, order: DispatchOrder, *, version: int, note: str, now: datetime) -> DispatchOrder:
    """Agree with a report."""
    return _review(by, order, OrderVerb.APPROVE, version, note, now)


def send_back(by: User, order: DispatchOrder, *, version: int, note: str, now: datetime) -> DispatchOrder:
    """Ask for more; the clock for the result starts again."""
    if not note.strip():
        raise DataError("请写明要补充核查什么")
    with transaction.atomic():
        current = _review(by, order, OrderVerb.SEND_BACK, version, note, now)
        deadlines.start(current.clue, "conclude", now, owner=current.agency, order=current)
    return current


def _review(
    by: User, order: DispatchOrder, verb: OrderVerb, version: int, note: str, now: datetime
) -> DispatchOrder:
    if by.pk == order.reported_by_id:
        raise DataError("反馈人不能复核自己的反馈")
    with transaction.atomic():
        current = _advance(
            by, order, verb, version=version, reviewed_by=by, reviewed_at=now, review_note=note
        )
        deadlines.meet(now, event="review", order=current)
        said = (_("复核通过：%(clue)s") if verb is OrderVerb.APPROVE else _("请补充核查：%(clue)s")) % {
            "clue": current.clue
        }
        _tell(current.agency, "review", said, current.clue, now)
    return current


def withdraw(by: User, order: DispatchOrder, *, version: int, reason: str, now: datetime) -> DispatchOrder:
    """Take an order back from an agency."""
    if not reason.strip():
        raise DataError("请写明撤回的理由")
    with transaction.atomic():
        current = _advance(by, order, OrderVerb.WITHDRAW, version=version, reason=reason)
        deadlines.void(now, order=current)
        if current.is_lead:
            _back_to_triaged(by, current.clue, now)
        _tell(current.agency, "order", _("已撤回：%(clue)s") % {"clue": current.clue}, current.clue, now)
    return current


def supervise(by: User, order: DispatchOrder, *, text: str, now: datetime) -> Supervision:
    """Push an agency that is late, or whose matter is grave."""
    if not text.strip():
        raise DataError("请写明督办要求")
    if OrderState(order.state) not in OPEN:
        raise NotNowError("分派单已经了结，不用督办")
    with transaction.atomic():
        sent = Supervision.objects.create(order=order, text=text.strip(), sent_by=by, sent_at=now)
        _record(by, "supervise", order, after={"text": sent.text})
        _tell(order.agency, "supervision", _("督办：%(clue)s") % {"clue": order.clue}, order.clue, now)
    return sent


def answer_supervision(by: User, supervision: Supervision, *, text: str, now: datetime) -> None:
    """Answer a push."""
    if not text.strip():
        raise DataError("请写明回复")
    with transaction.atomic():
        current = Supervision.objects.select_for_update().get(pk=supervision.pk)
        if current.answered_at is not None:
            raise DataError("已经有人回复过这次督办")
        current.answer, current.answered_by, current.answered_at = text.strip(), by, now
        current.save()
        _record(by, "supervision_answer", current.order, after={"answer": current.answer})
        _tell_sender(current.order, _("%(agency)s 回复了督办：%(clue)s"), now)


# ---- the end, and after it -----------------------------------------------------------------------
def close_clue(
    by: User, clue: Clue, *, version: int, outcome: str, outcome_reason: str, now: datetime
) -> Clue:
    """Close a clue whose orders are all settled; its effect checks are due from now on."""
    with transaction.atomic():
        unsettled = clue.orders.filter(state__in=OPEN).select_related("agency").first()
        if unsettled is not None:
            state = OrderState(unsettled.state).label
            raise DataError(f"{unsettled.agency} 的分派单还是“{state}”，了结之后才能办结")
        closed = clues.close(
            by, clue, version=version, now=now, outcome=outcome, outcome_reason=outcome_reason
        )
        deadlines.void(now, clue=closed)
        plan_checks(closed, now)
        for agency in closed.agencies.all():
            _tell(agency, "closed", _("已办结：%(clue)s") % {"clue": closed}, closed, now)
    return closed


def plan_checks(clue: Clue, now: datetime) -> None:
    """Plan the effect checks of a closed clue; those whose day is over are left out."""
    if clue.closed_at is None:
        return
    day = timezone.localdate(clue.closed_at)
    EffectCheck.objects.bulk_create(
        EffectCheck(
            clue=clue,
            days=days,
            closed_at=clue.closed_at,
            due_on=day + timedelta(days=days),
            score_then=clue.score,
        )
        for days in CHECK_DAYS
        if day + timedelta(days=days) >= timezone.localdate(now)
    )


def reopen_clue(by: User, clue: Clue, *, version: int, reason: str, now: datetime) -> Clue:
    """Start a closed clue again by a person's decision; the checks of its earlier closing that wait are dropped."""
    with transaction.atomic():
        again = clues.reopen(by, clue, reason=reason, version=version)
        EffectCheck.objects.filter(clue=again, computed_at=None).delete()
        deadlines.start(again, "dispatch", now, owner=deadlines.deciding_agency(again))
    return again


# ---- telling -------------------------------------------------------------------------------------
def _tell(agency: Agency, kind: str, text: str, clue: Clue, now: datetime) -> None:
    notify(people_of(agency), kind, text, reverse("dispatch:clue", args=[clue.number]), now=now)


def _tell_sender(order: DispatchOrder, text: str, now: datetime) -> None:
    said = text % {"agency": order.agency, "clue": order.clue}
    if order.from_agency is not None:
        _tell(order.from_agency, "report", said, order.clue, now)
    else:
        link = reverse("dispatch:clue", args=[order.clue.number])
        notify([order.sent_by], "report", said, link, now=now)


def _record(by: User, verb: str, order: DispatchOrder, **values: Any) -> None:
    clue = order.clue
    record(
        by,
        verb,
        clue,
        company=clue.company,
        region=place_of(clue),
        **{**values, "after": {"order": order.pk, **values.get("after", {})}},
    )
