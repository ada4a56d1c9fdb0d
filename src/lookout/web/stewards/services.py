"""Writes of the stewards: each judgement becomes a batch of the core, and an entry of the record of changes."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.utils import timezone

from lookout.hub.reading.queue import JudgementRow, QueueCase
from lookout.pipeline import live
from lookout.web.accounts.models import User
from lookout.web.audit.services import record_about


def judge(user: User, case: QueueCase, *, is_same: bool, reason: str) -> str:
    """Land a judgement on a case and return its number; the next run follows it."""
    verb = case.row.yes if is_same else case.row.no
    number = live.judge(
        settings.LOOKOUT_HOME,
        verb.value,
        case.row.left,
        case.row.right,
        by=user.username,
        reason=reason,
        at=timezone.now(),
        personal_key=settings.LOOKOUT.personal_key,
        score=case.explained.score,
    )
    what = {
        "verb": verb.value,
        "left": case.row.left[1],
        "right": case.row.right[1],
        "score": case.explained.score,
    }
    _record(user, "steward_judge", number, what, reason)
    return number


def undo(user: User, row: JudgementRow, *, reason: str) -> str:
    """Land the undoing of a judgement and return its number."""
    number = live.undo(
        settings.LOOKOUT_HOME,
        row.judgement.judgement_no,
        by=user.username,
        reason=reason,
        at=timezone.now(),
        personal_key=settings.LOOKOUT.personal_key,
    )
    _record(user, "steward_undo", number, {"undoes": row.judgement.judgement_no}, reason)
    return number


def _record(user: User, verb: str, number: str, after: Mapping[str, object], reason: str) -> None:
    record_about(
        user,
        verb,
        object_type="stewards.judgement",
        object_id=number,
        object_name=number,
        after=after,
        reason=reason,
    )
