"""Strength, state and sentence of a hit."""

from datetime import date, timedelta

import duckdb
import pytest

from lookout.contracts.constants import constants_at
from lookout.engine.labels import LabelState, catalogue, evaluate, reason_text, state_of
from tests.hub.marts.small_store import AS_OF


def hits(code, value, at, as_of_day=AS_OF):
    connection = duckdb.connect()
    connection.execute(f'CREATE TABLE p (company_key INTEGER, "{code}__value" DOUBLE, "{code}__at" DATE)')
    connection.execute("INSERT INTO p VALUES (1, ?, ?)", [value, at])
    label = catalogue()[code]
    sql = evaluate(
        {code: label},
        passes={label.measure.table: "p"},
        as_of_day=as_of_day,
        constants=constants_at(as_of_day),
    )
    return connection.execute(sql).fetchall()


@pytest.mark.parametrize(("age", "strength"), [(0, 1.0), (365, 0.5), (730, 0.25), (100, 0.827039)])
def test_the_strength_of_a_hit_halves_with_every_half_life(age, strength):
    day = AS_OF - timedelta(days=age)

    assert hits("REG001", 3, day) == [(1, "REG001", 3.0, day, strength)]


def test_a_hit_without_a_dated_row_is_of_the_day_itself():
    assert hits("REG001", 3, None) == [(1, "REG001", 3.0, AS_OF, 1.0)]


@pytest.mark.parametrize("value", [None, 1])
def test_a_value_below_the_threshold_or_unknown_is_no_hit(value):
    assert hits("REG001", value, AS_OF) == []


@pytest.mark.parametrize(("day", "expected"), [(date(2019, 8, 19), 0), (date(2019, 8, 20), 1), (AS_OF, 1)])
def test_four_times_lpr_is_no_measure_before_there_was_one(day, expected):
    assert len(hits("OPN032", 17, day, day)) == expected


@pytest.mark.parametrize(
    ("is_hit", "value", "has_rows", "is_connected", "state"),
    [
        (True, 3.0, True, True, LabelState.HIT),
        (False, 1.0, True, False, LabelState.MISS),
        (False, None, True, True, LabelState.MISSING),
        (False, None, False, True, LabelState.MISS),
        (False, None, False, False, LabelState.MISSING),
    ],
)
def test_a_miss_has_been_looked_at_and_missing_has_not(is_hit, value, has_rows, is_connected, state):
    assert state_of(is_hit=is_hit, value=value, has_rows=has_rows, is_connected=is_connected) is state


@pytest.mark.parametrize(
    ("code", "value", "sentence"),
    [
        ("REG001", 3.0, "近一年经营范围变更3次"),
        ("OPR011", 0.625, "参保人数三个月下降62.5%"),
        ("LIT010", 12_345_678.0, "未结被执行金额1,234.57万元"),
        ("REG014", 5.5, "近一年注册资本增至原来的5.5倍"),
    ],
)
def test_a_hit_says_its_figure_in_a_sentence(code, value, sentence):
    assert reason_text(catalogue()[code], value) == sentence


def test_no_labels_make_no_hits():
    sql = evaluate({}, passes={}, as_of_day=AS_OF, constants={})

    assert duckdb.connect().execute(sql).fetchall() == []
