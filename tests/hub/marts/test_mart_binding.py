"""Binding a day and the constants into SQL."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.contracts.constants import constants_at
from lookout.hub.marts import bind
from lookout.hub.marts.binding import alternation, months_before

DAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("as_of", DAY),
        ("days_ago(30)", date(2026, 3, 1)),
        ("months_ago(1)", date(2026, 2, 28)),
        ("months_ago(12)", date(2025, 3, 31)),
        ("days_since(days_ago(7))", 7),
        ("days_since(coalesce(NULL, as_of))", 0),
        ("regexp_like('某财富管理公司', RESTRICTED_737)", True),
        ("1 / 0", None),
        ("1 / NULL", None),
        ("1 / 4", 0.25),
        ("4 * LPR1Y", Decimal("12.00")),
    ],
)
def test_names_and_functions_of_the_catalogues_become_literals(text, value):
    sql = bind(f"SELECT {text} AS answer", DAY, constants_at(DAY))

    assert duckdb.execute(sql).fetchone() == (value,)


def test_a_constant_that_does_not_hold_yet_is_null():
    day = date(2018, 7, 1)

    sql = bind("SELECT 10 > 4 * LPR1Y AS a, regexp_like('金融', RESTRICTED_737) AS b", day, constants_at(day))

    assert duckdb.execute(sql).fetchone() == (None, None)


@given(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.integers(0, 600),
)
def test_months_before_steps_back_by_whole_months(day, months):
    earlier = months_before(day, months)

    assert (day.year - earlier.year) * 12 + day.month - earlier.month == months
    assert earlier.day <= day.day


@given(st.lists(st.text(min_size=1, max_size=5, alphabet="a+.*(|)保本"), min_size=1, max_size=4))
def test_a_term_list_finds_its_own_words_literally(terms):
    pattern = alternation(tuple(terms))

    answer = duckdb.execute("SELECT bool_and(regexp_matches(t, ?)) FROM unnest(?) AS w(t)", [pattern, terms])

    assert answer.fetchone() == (True,)


@given(
    st.one_of(st.none(), st.integers(-1000, 1000)),
    st.one_of(st.none(), st.integers(-1000, 1000)),
)
def test_a_guarded_division_is_null_exactly_when_it_has_no_answer(above, below):
    values = ["NULL" if number is None else str(number) for number in (above, below)]

    sql = bind(f"SELECT ({values[0]}) / ({values[1]}) AS answer", DAY, {})
    (answer,) = duckdb.execute(sql).fetchone()

    expected = None if above is None or not below else above / below
    assert answer == expected
