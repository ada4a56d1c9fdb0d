"""The life of a report; a pure table.

draft → review → signed → archived
   ↖ returned ↙      (draft, returned, review and signed can be withdrawn)
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReportState(TextChoices):
    """Where a report stands (状态)."""

    DRAFT = "draft", _("草稿")
    REVIEW = "review", _("待签发")
    RETURNED = "returned", _("退回修改")
    SIGNED = "signed", _("已签发")
    ARCHIVED = "archived", _("已归档")
    WITHDRAWN = "withdrawn", _("已作废")


class ReportVerb(TextChoices):
    """What can be done to a report (动作)."""

    EDIT = "edit", _("修改")
    SUBMIT = "submit", _("送审")
    RETURN = "return", _("退回")
    SIGN = "sign", _("签发")
    ARCHIVE = "archive", _("归档")
    WITHDRAW = "withdraw", _("作废")


_S, _V = ReportState, ReportVerb
TRANSITIONS: dict[tuple[ReportState, ReportVerb], ReportState] = {
    (_S.DRAFT, _V.EDIT): _S.DRAFT,
    (_S.DRAFT, _V.SUBMIT): _S.REVIEW,
    (_S.DRAFT, _V.WITHDRAW): _S.WITHDRAWN,
    (_S.RETURNED, _V.EDIT): _S.RETURNED,
    (_S.RETURNED, _V.SUBMIT): _S.REVIEW,
    (_S.RETURNED, _V.WITHDRAW): _S.WITHDRAWN,
    (_S.REVIEW, _V.RETURN): _S.RETURNED,
    (_S.REVIEW, _V.SIGN): _S.SIGNED,
    (_S.REVIEW, _V.WITHDRAW): _S.WITHDRAWN,
    (_S.SIGNED, _V.ARCHIVE): _S.ARCHIVED,
    (_S.SIGNED, _V.WITHDRAW): _S.WITHDRAWN,
}
# Its text may still change.
OPEN = (_S.DRAFT, _S.RETURNED)
# Others than the drafting office read it.
OUT = (_S.SIGNED, _S.ARCHIVED)


def after(state: ReportState, verb: ReportVerb) -> ReportState | None:
    """Return where a verb leads, None when it cannot be done in that state."""
    return TRANSITIONS.get((state, verb))
