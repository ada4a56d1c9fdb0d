"""When a connection is due, and how long it waits after failing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lookout.sources.connectors.schedule import FIRST_WAIT, LONGEST_WAIT, parse_schedule, wait_after


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("schedule", "last", "now", "due"),
    [
        ("always", "2026-11-22T08:00", "2026-11-22T08:01", True),
        ("hourly", "2026-11-22T08:01", "2026-11-22T08:59", False),
        ("hourly", "2026-11-22T08:59", "2026-11-22T09:00", True),
        ("daily 06:30", "2026-11-21T06:31", "2026-11-22T06:29", False),
        ("daily 06:30", "2026-11-21T06:31", "2026-11-22T06:30", True),
        ("monthly 05 06:30", "2026-10-05T07:00", "2026-11-05T06:29", False),
        ("monthly 05 06:30", "2026-10-05T07:00", "2026-11-05T06:30", True),
        # The 31st of a short month is its last day.
        ("monthly 31 00:00", "2026-01-31T01:00", "2026-02-28T00:00", True),
        ("monthly 31 00:00", "2026-02-28T01:00", "2026-03-30T23:59", False),
    ],
)
def test_due_once_a_slot_has_come_since_the_last_success(schedule: str, last: str, now: str, due: bool):
    assert parse_schedule(schedule).is_due(at(last), at(now)) is due


@pytest.mark.parametrize(
    "text", ["", "daily", "daily 24:00", "daily 06:60", "monthly 00 06:30", "monthly 32 06:30", "weekly"]
)
def test_a_schedule_that_never_comes_is_refused(text: str):
    with pytest.raises(ValueError, match="“"):
        parse_schedule(text)


def test_waits_double_up_to_a_limit_and_spread_by_name():
    waits = [wait_after("tax", attempts) for attempts in range(1, 30)]

    assert waits[0] <= FIRST_WAIT * 1.2
    assert waits[4] > waits[0] * 8
    assert max(waits) <= LONGEST_WAIT * 1.2
    assert wait_after("tax", 3) == wait_after("tax", 3) != wait_after("courts", 3)
    assert min(waits) > timedelta(0)
