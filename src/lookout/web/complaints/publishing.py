"""Confirmed notices for the public, and what the public writes below them."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.audit.services import record
from lookout.web.complaints.models import Comment, PublicNotice
from lookout.web.complaints.services import PUBLIC
from lookout.web.complaints.words import CommentState
from lookout.web.ui.masking import mask_text


def draft(
    by: User,
    *,
    company: str,
    company_name: str,
    region: str,
    title: str,
    text: str,
    basis: str,
    now: datetime,
) -> PublicNotice:
    """Write a notice; nobody outside reads it before another person has confirmed it."""
    with transaction.atomic():
        made = PublicNotice.objects.create(
            company=company,
            company_name=company_name,
            region=region,
            title=title,
            text=text,
            basis=basis,
            drafted_by=by,
            drafted_at=now,
        )
        record(by, "notice_draft", made, after={"basis": basis}, company=company, region=region)
    return made


def confirm(by: User, notice: PublicNotice, *, now: datetime) -> None:
    """Let everybody read a notice."""
    with transaction.atomic():
        current = PublicNotice.objects.select_for_update().get(pk=notice.pk)
        if current.confirmed_at is not None or current.withdrawn_at is not None:
            raise DataError("这份公示已经确认或撤下")
        if current.drafted_by_id == by.pk:
            raise DataError("起草人不能自己确认，请另一位同事核对后确认")
        current.confirmed_by, current.confirmed_at = by, now
        current.save()
        record(by, "notice_confirm", current, company=current.company, region=current.region)


def withdraw(by: User, notice: PublicNotice, *, reason: str, now: datetime) -> None:
    """Take a notice down; it stays in the record."""
    if not reason.strip():
        raise DataError("请写明撤下的理由")
    with transaction.atomic():
        current = PublicNotice.objects.select_for_update().get(pk=notice.pk)
        if current.withdrawn_at is not None:
            raise DataError("这份公示已经撤下")
        current.withdrawn_at, current.withdrawn_reason = now, reason.strip()
        current.save()
        record(by, "notice_withdraw", current, reason=reason, company=current.company, region=current.region)


def comment(notice: PublicNotice, text: str, *, form_key: str, now: datetime) -> Comment:
    """Take a comment in; it waits for a person. The same form sent twice is one comment.

    Telephone and identity numbers are hidden before anything is kept.
    """
    if not notice.is_public:
        raise DataError("这份公示已经撤下，不能再评论")
    known = Comment.objects.filter(form_key=form_key).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            made = Comment.objects.create(
                notice=notice, text=mask_text(text.strip())[:500], form_key=form_key, at=now
            )
            record(
                None,
                "comment_receive",
                made,
                company=notice.company,
                region=notice.region,
                actor_name=PUBLIC,
            )
    except IntegrityError:
        return Comment.objects.get(form_key=form_key)
    return made


def moderate(by: User, comment: Comment, *, is_shown: bool, reason: str, now: datetime) -> None:
    """Let a comment through, or keep it back."""
    if not is_shown and not reason.strip():
        raise DataError("请写明不公开的理由")
    state = CommentState.SHOWN if is_shown else CommentState.HIDDEN
    with transaction.atomic():
        current = Comment.objects.select_for_update().select_related("notice").get(pk=comment.pk)
        before = current.state
        current.state, current.reason = state, reason.strip()[:200]
        current.moderated_by, current.moderated_at = by, now
        current.save()
        record(
            by,
            "comment_moderate",
            current,
            before={"state": before},
            after={"state": state},
            reason=reason,
            company=current.notice.company,
            region=current.notice.region,
        )
