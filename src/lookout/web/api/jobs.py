"""What time must do for partners' systems."""

from __future__ import annotations

from datetime import datetime

from lookout.web.api import feed, hooks
from lookout.web.api.tallies import record_tallies
from lookout.web.api.writes import forget_calls


def follow_changes(now: datetime) -> int:
    """Put what changed at the end of the feed and write the notices of it; return how many records moved."""
    moved = feed.follow(now)
    hooks.plan(now)
    return moved


def send_notices(now: datetime) -> int:
    """Send the notices that are due."""
    return hooks.send(now)


def record_reads(now: datetime) -> int:
    """Put the reads of the hours that are over on record."""
    return record_tallies(now)


def forget(now: datetime) -> int:
    """Drop answers and notices nobody asks for any more."""
    return forget_calls(now) + hooks.forget_delivered(now)
