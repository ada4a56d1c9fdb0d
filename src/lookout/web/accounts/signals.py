"""Marks of signing in and out. Wrong passwords are counted by axes; only the lock they lead to is recorded here."""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from lookout.web.accounts import sessions
from lookout.web.accounts.models import User
from lookout.web.audit.services import record, record_about


@receiver(user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **_more: Any) -> None:
    """Begin the session."""
    sessions.begin(request.session, timezone.now())
    record(user, "sign_in", user)


@receiver(user_logged_out)
def signed_out(sender: Any, user: User | None, **_more: Any) -> None:
    """Note who left."""
    if user is not None:
        record(user, "sign_out", user)


@receiver(user_locked_out)
def locked_out(sender: Any, username: str, **_more: Any) -> None:
    """Note a lock-out; the name may be of nobody."""
    record_about(None, "locked_out", object_type="accounts.user", object_id=username, object_name=username)
