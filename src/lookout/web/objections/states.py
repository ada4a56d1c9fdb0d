"""The life of an objection; a pure table.

received → under_review → upheld → corrected
                ↘ dismissed
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ObjectionState(TextChoices):
    """Where an objection stands (状态)."""

    RECEIVED = "received", _("已收到")
    UNDER_REVIEW = "under_review", _("正在核对")
    UPHELD = "upheld", _("异议成立，正在更正")
    CORRECTED = "corrected", _("已更正")
    DISMISSED = "dismissed", _("异议不成立")


class ObjectionVerb(TextChoices):
    """What can be done to an objection (动作)."""

    TAKE = "take", _("开始核对")
    UPHOLD = "uphold", _("成立")
    DISMISS = "dismiss", _("不成立")
    CORRECT = "correct", _("已更正")


_S, _V = ObjectionState, ObjectionVerb
TRANSITIONS: dict[tuple[ObjectionState, ObjectionVerb], ObjectionState] = {
    (_S.RECEIVED, _V.TAKE): _S.UNDER_REVIEW,
    (_S.UNDER_REVIEW, _V.UPHOLD): _S.UPHELD,
    (_S.UNDER_REVIEW, _V.DISMISS): _S.DISMISSED,
    (_S.UPHELD, _V.CORRECT): _S.CORRECTED,
}
# The company still waits for an answer.
UNANSWERED = (_S.RECEIVED, _S.UNDER_REVIEW)
OPEN = (*UNANSWERED, _S.UPHELD)
# The company is told these words; they must be given.
ANSWERS = (_V.UPHOLD, _V.DISMISS, _V.CORRECT)


def after(state: ObjectionState, verb: ObjectionVerb) -> ObjectionState | None:
    """Return where a verb leads, None when it cannot be done in that state."""
    return TRANSITIONS.get((state, verb))
