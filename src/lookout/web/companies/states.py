"""The life of a review of a rating; a pure table.

proposed → approved → lapsed | ended
    ↘ refused | withdrawn
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReviewState(TextChoices):
    """Where a review stands (状态)."""

    PROPOSED = "proposed", _("等复核")
    APPROVED = "approved", _("生效")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")
    LAPSED = "lapsed", _("已到期")
    ENDED = "ended", _("提前结束")


class ReviewVerb(TextChoices):
    """What can be done to a review (动作)."""

    APPROVE = "approve", _("同意")
    REFUSE = "refuse", _("不同意")
    WITHDRAW = "withdraw", _("撤回")
    LAPSE = "lapse", _("到期失效")
    END = "end", _("提前结束")


_S, _V = ReviewState, ReviewVerb
TRANSITIONS: dict[tuple[ReviewState, ReviewVerb], ReviewState] = {
    (_S.PROPOSED, _V.APPROVE): _S.APPROVED,
    (_S.PROPOSED, _V.REFUSE): _S.REFUSED,
    (_S.PROPOSED, _V.WITHDRAW): _S.WITHDRAWN,
    # Nobody decided in time: what was proposed is over as well.
    (_S.PROPOSED, _V.LAPSE): _S.LAPSED,
    (_S.APPROVED, _V.LAPSE): _S.LAPSED,
    (_S.APPROVED, _V.END): _S.ENDED,
}
# One of a company at a time.
LIVE = (_S.PROPOSED, _S.APPROVED)


def after(state: ReviewState, verb: ReviewVerb) -> ReviewState | None:
    """Return where a verb leads, None when it cannot be done in that state."""
    return TRANSITIONS.get((state, verb))
