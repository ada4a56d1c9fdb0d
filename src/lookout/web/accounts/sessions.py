"""Rules of a session: how long it lives, what it may reach before it is complete, and the privileged mode."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
PRIVILEGED_UNTIL = "privileged_until"
PRIVILEGED_FOR = timedelta(minutes=15)
# Writing the session at every click would double the cost of a page.
SEEN_EVERY = timedelta(minutes=1)


def begin(session: SessionBase, at: datetime) -> None:
    """Note when a person signed in."""
    session[SIGNED_IN_AT] = at.isoformat()
    session[SEEN_AT] = at.isoformat()


def why_over(session: SessionBase, at: datetime, *, idle: timedelta, signed_out_at: datetime | None) -> str:
    """Return why the session is over: idle · signed_out, '' while it lives; keep it alive when it does."""
    began, seen = _instant(session, SIGNED_IN_AT), _instant(session, SEEN_AT)
    if began is None or seen is None:
        begin(session, at)  # a session made by other means, such as a test's or a reset link's
        return ""
    if signed_out_at is not None and began < signed_out_at:
        return "signed_out"
    if at - seen > idle:
        return "idle"
    if at - seen > SEEN_EVERY:
        session[SEEN_AT] = at.isoformat()
    return ""


def enter_privileged(session: SessionBase, at: datetime) -> datetime:
    """Open the privileged mode and return when it ends by itself."""
    until = at + PRIVILEGED_FOR
    session[PRIVILEGED_UNTIL] = until.isoformat()
    return until


def leave_privileged(session: SessionBase) -> None:
    """Close the privileged mode."""
    session.pop(PRIVILEGED_UNTIL, None)


def privileged_until(session: SessionBase, at: datetime) -> datetime | None:
    """Return when the privileged mode ends, None when it is not open."""
    until = _instant(session, PRIVILEGED_UNTIL)
    return until if until is not None and at < until else None


def _instant(session: SessionBase, name: str) -> datetime | None:
    text = session.get(name)
    return datetime.fromisoformat(text) if text else None
