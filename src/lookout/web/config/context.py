"""What every template may use: places, the current run, theme and language."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from lookout.hub.reading.model import RunInfo
from lookout.web import published
from lookout.web.accounts.access import places_of
from lookout.web.accounts.bar import bar_of
from lookout.web.accounts.models import User
from lookout.web.jobs.services import lateness
from lookout.web.notices.services import unread_count
from lookout.web.ui.words import moment

STALE_AFTER = timedelta(days=3)
THEMES = ("light", "dark")


def stale_days(run: RunInfo | None) -> int:
    """Return for how many days the newest result is overdue, 0 when it is fresh or absent."""
    if run is None:
        return 0
    age = timezone.now() - moment(run.as_of)
    return age.days if age > STALE_AFTER else 0


def desk(request: HttpRequest) -> dict[str, Any]:
    """Return the shared context; the run is read only by pages that show it."""
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme", "")
    match = getattr(request, "resolver_match", None)
    here = match.app_name if match else ""
    return {
        "places": places_of(user) if isinstance(user, User) else (),
        "bar": SimpleLazyObject(lambda: bar_of(user, here)) if isinstance(user, User) else None,
        "unread": SimpleLazyObject(lambda: unread_count(user)) if isinstance(user, User) else 0,
        "jobs_late": SimpleLazyObject(lambda: lateness(timezone.now())),
        "here": here,
        "theme": theme if theme in THEMES else "",
        "is_demo": settings.LOOKOUT_DEMO,
        "current_run": SimpleLazyObject(lambda: published.reader().current()),
        "stale_days": SimpleLazyObject(lambda: stale_days(published.reader().current())),
    }
