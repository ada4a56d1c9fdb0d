"""Divisions merged and divided by history: where a place is found on a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lookout.kernel.region_history import abolished_by, region_on
from lookout.kernel.regions import is_divided, region_name, regions, successors

TODAY = date(2026, 10, 31)


@pytest.mark.parametrize(
    ("code", "day", "found"),
    [
        ("440116", date(2014, 6, 1), "440116"),  # Luogang, while it was there
        ("440116", TODAY, "440112"),  # now Huangpu
        ("440107", TODAY, "440103"),
        ("440623", TODAY, "440606"),  # Shunde: county, then city, then the city's new code, then district
        ("440623", date(1994, 1, 1), "449001"),
        ("440681", date(2001, 1, 1), "440681"),
        ("440903", TODAY, "440904"),  # two became one
        ("440923", TODAY, "440904"),
        ("440106", TODAY, "440106"),
        ("330304", TODAY, "330304"),  # another province: nothing is known
        ("", TODAY, ""),
    ],
)
def test_a_place_is_found_under_the_code_of_the_day(code, day, found):
    assert region_on(code, day) == found


@pytest.mark.parametrize("code", ["440582", "440524", "440321"])
def test_a_divided_place_has_no_single_successor_and_its_name_says_so(code):
    now = region_on(code, TODAY)

    assert is_divided(code)
    assert len(successors()[now]) > 1
    assert "分设" in region_name(now)
    assert "分设" not in region_name(successors()[now][0])


def test_every_successor_is_known_and_took_over_when_the_old_code_ended():
    home = regions()
    for code, after in successors().items():
        ended = home[code].valid_to
        assert ended is not None, code
        for new in after:
            # Codes change in the yearly edition of the standard, so one may be up to two years late.
            start, end = home[new].valid_from, home[new].valid_to
            assert start <= ended + timedelta(days=750), (code, new)
            assert end is None or end > ended, (code, new)


def test_every_county_and_district_abolished_since_1995_is_found_today_or_was_divided():
    for code, region in regions().items():
        if region.valid_to is None or region.valid_to < date(1995, 1, 1):
            continue
        now = region_on(code, TODAY)
        assert regions()[now].exists_on(TODAY) or is_divided(code), code


def test_only_codes_out_of_use_are_replaced():
    for code, now in abolished_by(TODAY).items():
        assert not regions()[code].exists_on(TODAY)
        assert now != code
