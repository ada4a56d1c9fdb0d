"""Reads of the management pages."""

from __future__ import annotations

from dataclasses import dataclass

from axes.models import AccessAttempt
from django.conf import settings
from django.db import models
from django.utils import timezone

from lookout.web.accounts import second_factor
from lookout.web.accounts.models import Agency, User


@dataclass(frozen=True)
class PeopleFilter:
    """Whom to list; empty fields do not narrow. `state`: open · closed · ''."""

    text: str = ""
    role: str = ""
    state: str = ""


def list_people(wanted: PeopleFilter) -> models.QuerySet[User]:
    """Return the accounts that match, by agency and name."""
    found = User.objects.select_related("agency").order_by("agency__region", "agency__code", "username")
    if wanted.text:
        found = found.filter(
            models.Q(username__icontains=wanted.text)
            | models.Q(first_name__contains=wanted.text)
            | models.Q(agency__name__contains=wanted.text)
        )
    if wanted.role:
        found = found.filter(role=wanted.role)
    if wanted.state:
        found = found.filter(is_active=wanted.state == "open")
    return found


def is_locked(user: User) -> bool:
    """Tell whether wrong passwords have locked the account on some machine."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(
        username=user.username,
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
        attempt_time__gte=since,
    )
    return bool(attempts.exists())


def has_second_factor(user: User) -> bool:
    """Tell whether an authenticator is bound."""
    return second_factor.is_enrolled(user)


def list_agencies() -> models.QuerySet[Agency]:
    """Return all agencies, by region and kind."""
    return Agency.objects.all()
