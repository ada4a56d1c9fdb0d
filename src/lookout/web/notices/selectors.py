"""Reads of a person's notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.http import Http404

from lookout.web.notices.models import ByMail, MailChoice, Notice

if TYPE_CHECKING:
    from lookout.web.accounts.models import User


def list_notices(user: User) -> models.QuerySet[Notice]:
    """Return a person's own notices, newest first."""
    return Notice.objects.filter(person=user).order_by("-created_at", "-pk")


def access_notice(user: User, number: int) -> Notice:
    """Return one of a person's own notices; unknown and others' are 404."""
    found = Notice.objects.filter(pk=number, person=user).first()
    if found is None:
        raise Http404
    return found


def mail_choice_of(user: User) -> str:
    """Return how a person wants notices by mail."""
    choice = MailChoice.objects.filter(person=user).first()
    return choice.by_mail if choice else ByMail.DIGEST.value
