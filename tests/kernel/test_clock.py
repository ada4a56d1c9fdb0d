"""Instants are Shanghai time, and a day as `as_of` sees all of that day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.kernel.clock import SHANGHAI, end_of_day, local_day, naive_local, parse_as_of


def test_a_day_means_its_last_instant():
    assert parse_as_of("2026-10-31") == datetime(2026, 10, 31, 23, 59, 59, 999999, SHANGHAI)


def test_an_instant_without_offset_is_shanghai_time():
    assert parse_as_of("2026-10-31T06:00:00") == datetime(2026, 10, 31, 6, tzinfo=SHANGHAI)


def test_an_instant_with_offset_is_converted():
    assert naive_local(parse_as_of("2026-10-31T23:30:00+00:00")) == datetime(2026, 11, 1, 7, 30)  # noqa: DTZ001 - the store keeps wall time


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "2026/10/31", "31.10.2026"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_as_of(text)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds are naive by contract
def test_the_local_day_is_that_of_utc_plus_eight(moment):
    assert local_day(moment) == (moment + timedelta(hours=8)).date()


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(-12, 14))
def test_the_end_of_a_day_belongs_to_that_day_wherever_it_is_read(day, offset):
    seen_elsewhere = end_of_day(day).astimezone(timezone(timedelta(hours=offset)))

    assert local_day(seen_elsewhere) == day
    assert naive_local(seen_elsewhere).date() == day
