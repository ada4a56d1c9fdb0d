"""Periods end when the law and the calendar say."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.web.dispatch.rules import calendar, deadline_rules, measure_rules, read_deadlines, read_measures
from lookout.web.dispatch.working_days import UNITS, read_calendar


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "count", "unit", "end"),
    [
        ("2026-11-20T16:00", 2, "hours", "2026-11-20T18:00:00"),
        ("2026-11-20T16:00", 1, "working_days", "2026-11-23T23:59:59"),  # Friday to Monday
        (
            "2026-09-30T10:00",
            3,
            "working_days",
            "2026-10-10T23:59:59",
        ),  # over the holiday, Saturday is worked
        ("2026-02-13T10:00", 1, "working_days", "2026-02-14T23:59:59"),  # the Saturday before the festival
        ("2026-02-14T10:00", 1, "working_days", "2026-02-24T23:59:59"),  # over the festival
        ("2026-09-06T10:00", 30, "days", "2026-10-08T23:59:59"),  # the 30th day is a holiday
        ("2026-11-01T10:00", 30, "days", "2026-12-01T23:59:59"),
    ],
)
def test_a_period_ends_as_the_calendar_says(start: str, count: int, unit: str, end: str) -> None:
    assert calendar().end(_at(start), count, unit) == _at(end)  # type: ignore[arg-type]  # one of UNITS


@given(
    st.dates(date(2025, 1, 1), date(2026, 11, 1)),
    st.times(),
    st.integers(1, 60),
    st.sampled_from(UNITS),
)
def test_a_longer_period_never_ends_earlier_and_no_day_period_ends_on_a_day_off(
    day: date, hour: time, count: int, unit: str
) -> None:
    begin = datetime.combine(day, hour, SHANGHAI)

    end = calendar().end(begin, count, unit)  # type: ignore[arg-type]  # one of UNITS
    longer = calendar().end(begin, count + 1, unit)  # type: ignore[arg-type]  # one of UNITS

    assert begin < end <= longer
    assert unit == "hours" or calendar().is_working(end.date())


@given(st.dates(date(2025, 1, 1), date(2026, 11, 1)), st.integers(1, 40))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    last = calendar().add_working_days(day, count)

    between = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert sum(calendar().is_working(one) for one in between) == count


def test_all_problems_of_a_holiday_table_are_told_together() -> None:
    with pytest.raises(DataError) as told:
        read_calendar(
            {
                2026: {
                    "holidays": ["2026-13-01", "2026-10-07/2026-10-01"],
                    "make_up_days": ["2026-10-08", "2027-01-02"],
                    "off": [],
                }
            }
        )

    said = str(told.value)
    assert all(part in said for part in ("2026-13-01", "首尾颠倒", "不是周末", "不在这一年", "没有“off”"))


def test_the_catalogues_load_and_wrong_entries_are_named() -> None:
    assert set(deadline_rules()) == {"judge", "dispatch", "accept", "first_visit", "conclude", "review"}
    assert len(measure_rules()) >= 20
    with pytest.raises(DataError, match=r"accept：red 应为.*from 应为.*缺少 zh"):
        read_deadlines(
            {"accept": {"unit_by_band": {"red": [0, "hours"], "orange": [1, "days"], "yellow": [1, "days"]}}}
        )
    with pytest.raises(DataError, match=r"缺少 basis.*approval 应为"):
        read_measures({"x": {"zh": "某", "approval": "king", "group": "a", "needs_due": False}})
