"""The life of a complaint; a pure table.

received → accepted → verifying → answered → closed
    ↘ refused | duplicate       (both can be taken back)
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ComplaintState(TextChoices):
    """Where a complaint stands (状态)."""

    RECEIVED = "received", _("已收到")
    ACCEPTED = "accepted", _("已受理")
    VERIFYING = "verifying", _("正在核实")
    ANSWERED = "answered", _("已答复")
    CLOSED = "closed", _("已办结")
    REFUSED = "refused", _("不予受理")
    DUPLICATE = "duplicate", _("已并案")


class ComplaintVerb(TextChoices):
    """What can be done to a complaint (动作)."""

    ACCEPT = "accept", _("受理")
    REFUSE = "refuse", _("不予受理")
    VERIFY = "verify", _("开始核实")
    ANSWER = "answer", _("答复")
    CLOSE = "close", _("办结")
    REOPEN = "reopen", _("重新核实")
    JOIN = "join", _("并案")
    PART = "part", _("拆出")


_S, _V = ComplaintState, ComplaintVerb
TRANSITIONS: dict[tuple[ComplaintState, ComplaintVerb], ComplaintState] = {
    (_S.RECEIVED, _V.ACCEPT): _S.ACCEPTED,
    (_S.RECEIVED, _V.REFUSE): _S.REFUSED,
    (_S.RECEIVED, _V.JOIN): _S.DUPLICATE,
    (_S.ACCEPTED, _V.VERIFY): _S.VERIFYING,
    (_S.ACCEPTED, _V.ANSWER): _S.ANSWERED,
    (_S.ACCEPTED, _V.REFUSE): _S.REFUSED,
    (_S.ACCEPTED, _V.JOIN): _S.DUPLICATE,
    (_S.VERIFYING, _V.ANSWER): _S.ANSWERED,
    (_S.VERIFYING, _V.JOIN): _S.DUPLICATE,
    (_S.ANSWERED, _V.CLOSE): _S.CLOSED,
    (_S.ANSWERED, _V.REOPEN): _S.VERIFYING,
    (_S.CLOSED, _V.REOPEN): _S.VERIFYING,
    (_S.REFUSED, _V.ACCEPT): _S.ACCEPTED,
    (_S.DUPLICATE, _V.PART): _S.RECEIVED,
}
# Somebody still has to do something about it.
OPEN = (_S.RECEIVED, _S.ACCEPTED, _S.VERIFYING, _S.ANSWERED)
# An officer has read it and found it worth following: what it says counts in full.
TAKEN_UP = (_S.ACCEPTED, _S.VERIFYING, _S.ANSWERED, _S.CLOSED)
# It has a finding.
FOUND = (_S.ANSWERED, _S.CLOSED)
# It says nothing about the company.
VOID = (_S.REFUSED, _S.DUPLICATE)


def after(state: ComplaintState, verb: ComplaintVerb) -> ComplaintState | None:
    """Return where a verb leads, None when it cannot be done in that state."""
    return TRANSITIONS.get((state, verb))
