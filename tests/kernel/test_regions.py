"""Divisions: codes with their years, the tree, and cities without districts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.kernel.regions import (
    current_children,
    is_inside,
    problem_with_region,
    region_name,
    regions,
    tree_prefix,
)

TODAY = date(2026, 10, 31)


@pytest.mark.parametrize(
    ("code", "prefix", "inside"),
    [
        ("440305", "4403", True),
        ("440305", "440300", True),
        ("440305", "44", True),
        ("440305", "440000", True),
        ("440305", "", True),
        ("440305", "4401", False),
        ("441900", "4419", True),
        ("440100", "440106", False),
    ],
)
def test_a_region_lies_in_every_region_above_it(code, prefix, inside):
    assert is_inside(code, prefix) is inside


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("440106", ""),
        ("4401", "6 位数字"),
        ("44010a", "6 位数字"),
        ("990000", "前两位"),
        ("449999", "不在 GB/T 2260"),
        ("440102", "无效"),  # Dongshan district, dissolved in 2005
        ("330304", ""),  # outside the home province only the first two digits are known
    ],
)
def test_a_code_is_checked_on_the_day_it_is_used(code, said):
    problem = problem_with_region(code, TODAY)

    assert (problem == "") is (said == "")
    assert said in problem


def test_an_abolished_code_is_right_on_its_own_day():
    assert problem_with_region("440102", date(2004, 1, 1)) == ""


def test_a_city_without_districts_has_no_children():
    assert current_children("441900") == ()


def test_the_province_has_its_21_cities():
    assert len(current_children("440000")) == 21


def test_children_are_valid_today_and_inside_their_parent():
    for child in current_children("440100"):
        assert child.valid_to is None
        assert is_inside(child.code, "440100")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("440106", "广东省广州市天河区"),
        ("440100", "广东省广州市"),
        ("440000", "广东省"),
        ("330304", "浙江省"),
        ("", ""),
    ],
)
def test_names_are_written_in_full(code, name):
    assert region_name(code) == name


@given(st.sampled_from(sorted(regions())))
def test_a_tree_prefix_is_never_longer_than_the_code_and_idempotent(code):
    prefix = tree_prefix(code)

    assert code.startswith(prefix)
    assert tree_prefix(prefix) == prefix
    assert is_inside(code, code)
