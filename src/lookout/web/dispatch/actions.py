"""Every step a person can take on a clue, an order, or something that hangs on one: when it is offered and what it does.

The page offers what `may` allows, and the same test guards the address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import User
from lookout.web.attachments.services import store
from lookout.web.clues.models import Clue, Evidence
from lookout.web.dispatch import deadlines, forms, onsite, services
from lookout.web.dispatch.access import may_approve_measure, may_carry_out, may_review
from lookout.web.dispatch.action import Action
from lookout.web.dispatch.clue_actions import CLUE_ACTIONS, EVIDENCE_ACTIONS
from lookout.web.dispatch.models import Deadline, DispatchOrder, Extension, Measure, Supervision
from lookout.web.dispatch.rules import measure_rules
from lookout.web.dispatch.states import AT_WORK, OPEN, OrderState, OrderVerb
from lookout.web.dispatch.states import after as order_after

MOST_OF_A_PHOTO = 12 * 2**20


# ---- orders --------------------------------------------------------------------------------------
def _carry_out(verb: OrderVerb) -> Callable[[User, DispatchOrder], bool]:
    return lambda user, order: (
        order_after(OrderState(order.state), verb) is not None and may_carry_out(user, order)
    )


def _review(verb: OrderVerb) -> Callable[[User, DispatchOrder], bool]:
    return lambda user, order: (
        order_after(OrderState(order.state), verb) is not None and may_review(user, order)
    )


def _at_work(user: User, order: DispatchOrder) -> bool:
    return OrderState(order.state) in AT_WORK and may_carry_out(user, order)


def _visit(user: User, order: DispatchOrder, form: forms.VisitForm, now: datetime) -> None:
    data = form.cleaned_data
    photos = [store(one, by=user, at=now, most_bytes=MOST_OF_A_PHOTO) for one in data["photos"]]
    seen = onsite.VisitForm(
        at=form.arrived(),
        place=data["place"],
        officers=form.officers(),
        finding=data["finding"],
        checklist=form.answers(),
        note=data["note"],
        form_key=data["form_key"],
    )
    onsite.visit(user, order, seen, photos, now=now)


def _measure(user: User, order: DispatchOrder, form: forms.StepForm, now: datetime) -> None:
    data = form.cleaned_data
    onsite.take_measure(
        user,
        order,
        kind=data["kind"],
        note=data["note"],
        now=now,
        form_key=data["form_key"],
        amount=data["amount"],
        due_on=data["due_on"],
    )


def _report(user: User, order: DispatchOrder, form: forms.StepForm, now: datetime) -> None:
    data = form.cleaned_data
    services.report(
        user,
        order,
        version=data["version"],
        text=data["text"],
        proposed_outcome=data["proposed_outcome"],
        now=now,
    )


def _give_back(user: User, order: DispatchOrder, form: forms.StepForm, now: datetime) -> None:
    data = form.cleaned_data
    services.give_back(
        user, order, version=data["version"], reason=data["reason"], note=data["note"], now=now
    )


Reviewed = Callable[..., DispatchOrder]


def _reviewed(service: Reviewed) -> Callable[[User, DispatchOrder, Any, datetime], Any]:
    return lambda user, order, form, now: service(
        user, order, version=form.cleaned_data["version"], note=form.cleaned_data["note"], now=now
    )


ORDER_ACTIONS = (
    Action(
        "accept",
        _("签收"),
        forms.StepForm,
        _carry_out(OrderVerb.ACCEPT),
        lambda user, order, form, now: services.accept(
            user, order, version=form.cleaned_data["version"], now=now
        ),
        is_main=True,
    ),
    Action(
        "start",
        _("开始核查"),
        forms.StepForm,
        _carry_out(OrderVerb.START),
        lambda user, order, form, now: services.start(user, order, version=form.cleaned_data["version"]),
        is_main=True,
    ),
    Action("visit", _("登记现场核查"), forms.VisitForm, _at_work, _visit),
    Action("measure", _("采取措施"), forms.MeasureForm, _at_work, _measure),
    Action("report", _("反馈"), forms.ReportForm, _carry_out(OrderVerb.REPORT), _report),
    Action("give_back", _("退回"), forms.GiveBackForm, _carry_out(OrderVerb.GIVE_BACK), _give_back),
    Action(
        "approve",
        _("复核通过"),
        forms.NoteForm,
        _review(OrderVerb.APPROVE),
        _reviewed(services.approve),
        is_main=True,
    ),
    Action(
        "send_back",
        _("要求补充核查"),
        forms.NoteForm,
        _review(OrderVerb.SEND_BACK),
        _reviewed(services.send_back),
    ),
    Action(
        "supervise",
        _("督办"),
        forms.TextForm,
        lambda user, order: OrderState(order.state) in OPEN and may_review(user, order),
        lambda user, order, form, now: services.supervise(
            user, order, text=form.cleaned_data["text"], now=now
        ),
    ),
    Action(
        "withdraw",
        _("撤回"),
        forms.ReasonForm,
        _review(OrderVerb.WITHDRAW),
        lambda user, order, form, now: services.withdraw(
            user,
            order,
            version=form.cleaned_data["version"],
            reason=form.cleaned_data["reason"],
            now=now,
        ),
    ),
)


# ---- what hangs on an order ----------------------------------------------------------------------
def _may_decide_measure(user: User, measure: Measure) -> bool:
    waits = measure.needs_approval and measure.approved_at is None and measure.refused_at is None
    rule = measure_rules()[measure.kind]
    return (
        waits and user.pk != measure.taken_by_id and may_approve_measure(user, measure.order, rule.approval)
    )


def _may_finish_measure(user: User, measure: Measure) -> bool:
    approved = not measure.needs_approval or measure.approved_at is not None
    return approved and measure.done_at is None and may_carry_out(user, measure.order)


MEASURE_ACTIONS = (
    Action(
        "decide",
        _("批准或不批准"),
        forms.DecisionForm,
        _may_decide_measure,
        lambda user, measure, form, now: onsite.decide_measure(
            user,
            measure,
            approve=form.cleaned_data["decision"] == "yes",
            note=form.cleaned_data["note"],
            now=now,
        ),
    ),
    Action(
        "finish",
        _("登记完成"),
        forms.NoteForm,
        _may_finish_measure,
        lambda user, measure, form, now: onsite.finish_measure(
            user, measure, note=form.cleaned_data["note"], now=now
        ),
    ),
)


def _may_ask(user: User, deadline: Deadline) -> bool:
    runs = deadline.met_at is None and deadline.void_at is None and deadline.order is not None
    waiting = deadline.extensions.filter(decided_at=None).exists()
    return runs and not waiting and deadline.order is not None and may_carry_out(user, deadline.order)


DEADLINE_ACTIONS = (
    Action(
        "extend",
        _("申请延期"),
        forms.ExtensionForm,
        _may_ask,
        lambda user, deadline, form, now: deadlines.ask_extension(
            user,
            deadline,
            days=form.cleaned_data["days"],
            reason=form.cleaned_data["reason"],
            now=now,
        ),
    ),
)


def _may_decide_extension(user: User, asked: Extension) -> bool:
    order = asked.deadline.order
    return (
        asked.decided_at is None
        and user.pk != asked.asked_by_id
        and order is not None
        and may_review(user, order)
    )


EXTENSION_ACTIONS = (
    Action(
        "decide",
        _("批准或不批准"),
        forms.DecisionForm,
        _may_decide_extension,
        lambda user, asked, form, now: deadlines.decide_extension(
            user,
            asked,
            grant=form.cleaned_data["decision"] == "yes",
            note=form.cleaned_data["note"],
            now=now,
        ),
    ),
)
SUPERVISION_ACTIONS = (
    Action(
        "answer",
        _("回复督办"),
        forms.TextForm,
        lambda user, supervision: supervision.answered_at is None and may_carry_out(user, supervision.order),
        lambda user, supervision, form, now: services.answer_supervision(
            user, supervision, text=form.cleaned_data["text"], now=now
        ),
    ),
)


@dataclass(frozen=True)
class Kind:
    """One kind of thing steps are taken on: how it is found below a clue, and its steps."""

    name: str
    model: type[Any]
    path_to_clue: str
    actions: tuple[Action, ...]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("clue", Clue, "", CLUE_ACTIONS),
        Kind("evidence", Evidence, "clue", EVIDENCE_ACTIONS),
        Kind("order", DispatchOrder, "clue", ORDER_ACTIONS),
        Kind("measure", Measure, "order__clue", MEASURE_ACTIONS),
        Kind("deadline", Deadline, "clue", DEADLINE_ACTIONS),
        Kind("extension", Extension, "deadline__clue", EXTENSION_ACTIONS),
        Kind("supervision", Supervision, "order__clue", SUPERVISION_ACTIONS),
    )
}


def find_thing(kind: Kind, clue: Clue, number: int) -> Any:
    """Return a thing of a clue, None when the clue has no such thing."""
    if kind.model is Clue:
        return clue if clue.pk == number else None
    return kind.model.objects.filter(pk=number, **{kind.path_to_clue: clue}).first()


def find_action(kind: Kind, name: str) -> Action | None:
    """Return a step by its name."""
    return next((action for action in kind.actions if action.name == name), None)
