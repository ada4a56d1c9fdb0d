"""The life of a dispatch order; a pure table.

sent → accepted → verifying → reported → approved
  ↘ returned ↙                  ↘ sent_back → reported
any before approved → withdrawn
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrderState(TextChoices):
    """Where an order stands (状态)."""

    SENT = "sent", _("待签收")
    ACCEPTED = "accepted", _("已签收")
    RETURNED = "returned", _("已退回")
    VERIFYING = "verifying", _("核查中")
    REPORTED = "reported", _("已反馈，待复核")
    SENT_BACK = "sent_back", _("补充核查")
    APPROVED = "approved", _("复核通过")
    WITHDRAWN = "withdrawn", _("已撤回")


class OrderVerb(TextChoices):
    """What can be done to an order (动作)."""

    ACCEPT = "accept", _("签收")
    GIVE_BACK = "give_back", _("退回")
    START = "start", _("开始核查")
    REPORT = "report", _("反馈")
    APPROVE = "approve", _("复核通过")
    SEND_BACK = "send_back", _("要求补充核查")
    WITHDRAW = "withdraw", _("撤回")


class ReturnReason(TextChoices):
    """Why an agency gives an order back (退回理由)."""

    NOT_OURS = "not_ours", _("非本辖区")
    WRONG_SUBJECT = "wrong_subject", _("主体错误")
    DUPLICATE = "duplicate", _("重复")


class VisitFinding(TextChoices):
    """What was found on site (现场情况)."""

    OPERATING = "operating", _("正常经营")
    VACANT = "vacant", _("人去楼空")
    SOLICITING = "soliciting", _("正在揽客集资")
    REFUSED = "refused", _("拒绝检查")


_OPEN = (
    OrderState.SENT,
    OrderState.ACCEPTED,
    OrderState.VERIFYING,
    OrderState.REPORTED,
    OrderState.SENT_BACK,
)
TRANSITIONS: dict[tuple[OrderState, OrderVerb], OrderState] = {
    (OrderState.SENT, OrderVerb.ACCEPT): OrderState.ACCEPTED,
    (OrderState.SENT, OrderVerb.GIVE_BACK): OrderState.RETURNED,
    (OrderState.ACCEPTED, OrderVerb.GIVE_BACK): OrderState.RETURNED,
    (OrderState.ACCEPTED, OrderVerb.START): OrderState.VERIFYING,
    (OrderState.VERIFYING, OrderVerb.REPORT): OrderState.REPORTED,
    (OrderState.SENT_BACK, OrderVerb.REPORT): OrderState.REPORTED,
    (OrderState.REPORTED, OrderVerb.APPROVE): OrderState.APPROVED,
    (OrderState.REPORTED, OrderVerb.SEND_BACK): OrderState.SENT_BACK,
    **{(state, OrderVerb.WITHDRAW): OrderState.WITHDRAWN for state in _OPEN},
}
OPEN = _OPEN
# The agency that holds the order must act.
WITH_AGENCY = (OrderState.SENT, OrderState.ACCEPTED, OrderState.VERIFYING, OrderState.SENT_BACK)
# Visits and measures are entered while the agency looks into it.
AT_WORK = (OrderState.VERIFYING, OrderState.SENT_BACK)


def after(state: OrderState, verb: OrderVerb) -> OrderState | None:
    """Return where a verb leads, None when it cannot be done in that state."""
    return TRANSITIONS.get((state, verb))


def allowed(state: OrderState) -> tuple[OrderVerb, ...]:
    """Return what can be done in a state."""
    return tuple(verb for (at, verb) in TRANSITIONS if at is state)
