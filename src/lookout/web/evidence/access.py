"""Who sees which deposit: the one door to them."""

from __future__ import annotations

from django.db import models
from django.http import Http404

from lookout.web.accounts.access import places_of, scope_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place, Role
from lookout.web.attachments.models import Attachment
from lookout.web.evidence.models import Capture, Deposit
from lookout.web.evidence.subjects import all_subjects

# Watches the log, and opens nothing that is in it.
READS_THE_LOG_ONLY = frozenset({Role.AUDITOR})


def may_seal(user: User) -> bool:
    """Tell whether a person may seal things."""
    return Place.EVIDENCE in places_of(user) and Role(user.role) not in READS_THE_LOG_ONLY


def visible(user: User) -> models.QuerySet[Deposit]:
    """Return the deposits a person may see.

    What belongs to a record is seen by those who see the record; the rest by whoever sealed it and by the
    offices of the region it was sealed in.
    """
    if not may_seal(user):
        return Deposit.objects.none()
    free = ~models.Q(about_kind__in=[subject.kind for subject in all_subjects()])
    seen = free & models.Q(sealed_by=user)
    scope = scope_of(user)
    if scope is None:
        seen |= free
    for prefix in scope or ():
        seen |= free & models.Q(region__startswith=prefix)
    for subject in all_subjects():
        seen |= models.Q(about_kind=subject.kind, about_number__in=subject.numbers(user))
    return Deposit.objects.filter(seen)


def access_deposit(user: User, number: str) -> Deposit:
    """Return a deposit by its number; unknown and foreign ones are both 404."""
    found = visible(user).select_related("sealed_by", "attachment").filter(number=number).first()
    if found is None:
        raise Http404
    return found


def visible_captures(user: User) -> models.QuerySet[Capture]:
    """Return the captures a person asked for."""
    return Capture.objects.filter(asked_by=user) if may_seal(user) else Capture.objects.none()


def access_capture(user: User, pk: int) -> Capture:
    """Return a capture the person asked for; unknown and foreign ones are both 404."""
    found = visible_captures(user).select_related("deposit").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_read_attachment(user: User, attachment: Attachment) -> bool:
    """Answer for files that were sealed by themselves."""
    return visible(user).filter(attachment=attachment).exists()
