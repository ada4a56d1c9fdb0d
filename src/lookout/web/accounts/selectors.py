"""Reads about people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse

from lookout.web.accounts.access import places_of
from lookout.web.accounts.demo_people import DEMO_PEOPLE, Login
from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.accounts.roles import Place, Role
from lookout.web.ui.places import FIRST_PAGES


def landing_address(user: User) -> str:
    """Return the address a person's day begins at: the first place of their role.

    Who only works on clues begins with what waits, and the auditor with what was done since.
    """
    first = places_of(user)[0]
    if Role(user.role) is Role.AUDITOR:
        return reverse("administration:record")
    return reverse("dispatch:work" if first is Place.CLUES else FIRST_PAGES[first.value])


def demo_logins() -> tuple[Login, ...]:
    """Return the logins shown beside the form: all in demo mode, otherwise none."""
    return DEMO_PEOPLE if settings.LOOKOUT_DEMO else ()


def list_agencies_in_use() -> models.QuerySet[Agency]:
    """Return the agencies that clues can be sent to."""
    return Agency.objects.filter(is_active=True).exclude(kind=AgencyKind.INSTITUTION)


def agency_by_number(number: int) -> Agency | None:
    """Return an agency, None when there is none."""
    return Agency.objects.filter(pk=number).first()
