"""Reads about people."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from lookout.web.accounts.access import places_of
from lookout.web.accounts.demo_people import DEMO_PEOPLE, Login
from lookout.web.accounts.models import User
from lookout.web.ui.places import FIRST_PAGES


def landing_address(user: User) -> str:
    """Return the address of the first place of a person's role."""
    return reverse(FIRST_PAGES[places_of(user)[0].value])


def demo_logins() -> tuple[Login, ...]:
    """Return the logins shown beside the form: all in demo mode, otherwise none."""
    return DEMO_PEOPLE if settings.LOOKOUT_DEMO else ()
