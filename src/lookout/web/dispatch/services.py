"""How clues are judged, sent, accepted, reported on and reviewed. Each step is recorded once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import Agency, User
from lookout.web.clues import services as clues
from lookout.web.clues.models import Clue
from lookout.web.clues.services import NotNowError, StaleObjectError
from lookout.web.clues.states import Verb
from lookout.web.clues.words import Outcome
from lookout.web.dispatch import deadlines
from lookout.web.dispatch.models import DispatchOrder, SentForm, Supervision
from lookout.web.dispatch.states import OPEN, OrderState, OrderVerb, after
from lookout.web.dispatch.telling import record_order, tell, tell_sender


def once(by: User, form_key: str, step: Callable[[], object], *, now: datetime) -> None:
    """Take a step together with the note that its form was sent; the same form again takes none.

    A form without a key takes the step each time.
    """
    with transaction.atomic():
        if not form_key:
            step()
            return
        _, is_first = SentForm.objects.get_or_create(key=f"{by.pk}:{form_key}", defaults={"at": now})
        if is_first:
            step()


# ---- judging and sending -------------------------------------------------------------------------
def triage(by: User, clue: Clue, *, version: int, now: datetime, **judgement: str) -> Clue:
    """Judge a clue and start the clock for sending it (see `clues.services.triage` for the judgement)."""
    with transaction.atomic():
        judged = clues.triage(by, clue, version=version, now=now, **judgement)
        deadlines.meet(now, event="judge", clue=judged)
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
            record_order(by, "order_send", order, after={"agency": agency, "is_lead": is_lead})
            tell(agency, "order", _("新线索：%(clue)s") % {"clue": current}, current, now)
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
    record_order(by, f"order_{verb.value}", current, before=before, after=changes, reason=reason)
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
        tell_sender(current, _("%(agency)s 退回了 %(clue)s"), now)
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
        tell_sender(current, _("%(agency)s 已反馈 %(clue)s，请复核"), now)
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
        tell(current.agency, "review", said, current.clue, now)
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
        tell(current.agency, "order", _("已撤回：%(clue)s") % {"clue": current.clue}, current.clue, now)
    return current


def supervise(by: User, order: DispatchOrder, *, text: str, now: datetime) -> Supervision:
    """Push an agency that is late, or whose matter is grave."""
    if not text.strip():
        raise DataError("请写明督办要求")
    if OrderState(order.state) not in OPEN:
        raise NotNowError("分派单已经了结，不用督办")
    with transaction.atomic():
        sent = Supervision.objects.create(order=order, text=text.strip(), sent_by=by, sent_at=now)
        record_order(by, "supervise", order, after={"text": sent.text})
        tell(order.agency, "supervision", _("督办：%(clue)s") % {"clue": order.clue}, order.clue, now)
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
        record_order(by, "supervision_answer", current.order, after={"answer": current.answer})
        tell_sender(current.order, _("%(agency)s 回复了督办：%(clue)s"), now)
