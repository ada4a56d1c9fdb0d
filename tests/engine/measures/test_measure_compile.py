"""What a compiled pass computes, and that its evidence is the very rows it counted."""

from datetime import date, timedelta

import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookout.contracts.constants import constants_at
from lookout.engine.measures import Measure, compile_pass, evidence_sql, in_dialect, render, shipped_schema
from lookout.hub.marts import marts
from tests.hub.marts.small_store import AS_OF, SmallStore

SETTINGS = {"as_of_day": AS_OF, "constants": constants_at(AS_OF), "schema": shipped_schema()}


def measure(**entry):
    entry = {"from": "tax_arrears", "window": "365d", "value": "count(*)", **entry}
    return Measure.model_validate(entry)


def arrears(days, balance=100, cleared=None, **other):
    return {
        "noticed_on": AS_OF - timedelta(days=days),
        "balance_yuan": balance,
        "cleared_on": None if cleared is None else AS_OF - timedelta(days=cleared),
        **other,
    }


def run(store, one, **settings):
    sql = compile_pass(one.table, {"M": one}, **{**SETTINGS, **settings})
    answer = store.connection.execute(sql)
    names = [column[0] for column in answer.description]
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in answer.fetchall()}


ROWS = [
    arrears(0),
    arrears(30, 50),
    arrears(365, 7),
    arrears(400, 3, cleared=10),
    arrears(800, 1),
    arrears(-1, 9),
]


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ({}, 2),
        ({"window": "366d"}, 3),
        ({"window": "13m"}, 3),
        ({"window": "all"}, 5),
        ({"window": "open"}, 4),
        ({"window": "latest"}, 1),
        ({"window": "latest", "value": "sum(balance_yuan)"}, 100),
        ({"where": "balance_yuan >= 100"}, 1),
        ({"value": "sum(balance_yuan)"}, 150),
        ({"value": "avg(balance_yuan)"}, 75),
        ({"value": "max(balance_yuan) = 100"}, 1),
        ({"value": "count(*) filter (where balance_yuan < 60)"}, 1),
        ({"value": "sum(balance_yuan)", "per": "count(*)"}, 75),
        ({"value": "count(*)", "per": "count(*) filter (where balance_yuan > 1000)"}, None),
        ({"value": "max(1 / (balance_yuan - 100))"}, -0.02),
        ({"guard": "count(*) >= 3"}, None),
        ({"guard": "count(*) >= 2"}, 2),
        ({"value": "max(days_since(noticed_on))"}, 30),
        ({"value": "sum(balance_yuan) / BENCHMARK_RATE"}, 50),
    ],
)
def test_a_measure_counts_the_rows_of_its_window_and_condition(store, entry, value):
    store.put("tax_arrears", *ROWS)

    assert run(store, measure(**entry))[1]["M__value"] == value


def test_the_day_of_a_measure_is_that_of_its_newest_row(store):
    store.put("tax_arrears", *ROWS)

    dated = run(store, measure(where="balance_yuan < 100"))[1]["M__at"]
    confirmed = run(store, measure(dated_by="known_at"))[1]["M__at"]

    assert dated == AS_OF - timedelta(days=30)
    assert confirmed == date(2026, 11, 1)


def test_a_fact_of_no_company_is_in_no_pass(store):
    store.put("tax_arrears", arrears(1, company_key=None))

    assert run(store, measure()) == {}


def test_a_pass_can_be_restricted_to_some_companies(store):
    store.put("tax_arrears", arrears(1), arrears(1, company_key=2), arrears(1, company_key=3))

    assert set(run(store, measure(), company_keys=[2, 3, 9])) == {2, 3}


def test_a_mart_measure_is_null_where_its_guard_does_not_hold(store):
    store.connection.execute("CREATE TABLE headcount_trend AS SELECT * FROM (VALUES "
                             "(1, 5, 20, 0.75, DATE '2026-10-01'), (2, 1, 4, 0.75, DATE '2026-10-01')) "
                             "AS t(company_key, headcount, headcount_before, drop_ratio, evidence_on)")  # fmt: skip
    one = Measure(table="headcount_trend", value="drop_ratio", guard="headcount_before >= 10")

    found = run(store, one)

    assert {key: row["M__value"] for key, row in found.items()} == {1: 0.75, 2: None}
    assert found[1]["M__at"] == date(2026, 10, 1)


def test_the_rows_of_a_measure_can_be_counted(store):
    store.put("tax_arrears", *ROWS)

    assert run(store, measure(value="sum(balance_yuan)"), rows_of=["M"])[1]["M__rows"] == 2


rows_of_arrears = st.lists(
    st.tuples(st.integers(-5, 900), st.integers(0, 5), st.one_of(st.none(), st.integers(-5, 900))),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows_of_arrears,
    st.sampled_from(["365d", "12m", "open", "latest", "all"]),
    st.sampled_from([None, "balance_yuan > 2"]),
)
def test_the_evidence_is_the_very_rows_that_were_counted(store, rows, window, where):
    store.connection.execute("DELETE FROM tax_arrears")
    store.put("tax_arrears", *[arrears(*row) for row in rows], arrears(3, company_key=2))
    one = measure(window=window, where=where)

    (query,) = evidence_sql(one, company_key=1, marts=marts(), **SETTINGS)
    evidence = store.connection.execute(query.sql).fetchall()

    counted = run(store, one).get(1, {"M__value": 0})["M__value"]
    assert len(evidence) == counted


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5))
def test_a_division_is_null_or_finite_and_never_raises(store: SmallStore, rows):
    store.connection.execute("DELETE FROM property_registration")
    day = AS_OF - timedelta(days=1)
    store.put(
        "property_registration", *[{"registered_on": day, "value_yuan": a, "area_m2": b} for a, b in rows]
    )
    one = Measure(table="property_registration", window="30d", value="sum(value_yuan)", per="sum(area_m2)")

    value = run(store, one)[1]["M__value"]

    area = sum(b for _, b in rows)
    assert value == (round(sum(a for a, _ in rows) / area, 6) if area else None)


def test_a_mart_shows_the_contract_rows_it_declares():
    one = Measure(table="exposure_ratios", value="guarantee_ratio")

    tables = [query.table for query in evidence_sql(one, company_key=7, marts=marts(), **SETTINGS)]

    assert tables == ["financing_guarantee", "financing_loan", "justice_case", "company_annual_report"]


@pytest.mark.parametrize("window", ["365d", "24m", "open", "latest", "all"])
def test_a_pass_can_be_said_to_spark(window):
    one = measure(window=window, value="sum(balance_yuan) filter (where balance_yuan > 1)", per="count(*)")

    text = in_dialect(compile_pass("tax_arrears", {"M": one}, **SETTINGS), "spark")

    assert sqlglot.parse_one(text, read="spark").named_selects == ["company_key", "M__value", "M__at"]


def test_a_measure_can_be_said_in_words():
    one = Measure.model_validate(
        {"from": "company_change", "window": "365d", "where": "item = 'scope'", "value": "count(*)"}
    )

    assert render(one, shipped_schema()) == "工商变更（近365天，变更事项为“经营范围”）：条数"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from(["甲", "乙", "丙", None]), st.integers(0, 500)),
        max_size=15,
    )
)
def test_distinct_counts_made_in_two_steps_equal_those_of_the_engine(store, rows):
    store.connection.execute("DELETE FROM tax_arrears")
    store.put("tax_arrears", *[arrears(days, company_key=key, tax_type=kind) for key, kind, days in rows])
    one = measure(
        value="count(distinct tax_type) filter (where noticed_on > days_ago(90))",
        per="count(distinct tax_type)",
    )

    found = {key: row["M__value"] for key, row in run(store, one).items()}

    native = store.connection.execute(
        "SELECT company_key, round(count(DISTINCT tax_type) FILTER (noticed_on > ?) "
        "/ nullif(count(DISTINCT tax_type), 0), 6) FROM tax_arrears WHERE noticed_on > ? GROUP BY company_key",
        [AS_OF - timedelta(days=90), AS_OF - timedelta(days=365)],
    )
    assert found == dict(native.fetchall())


def test_the_rows_of_a_table_are_read_once_however_many_things_are_counted_in_them():
    counts = {
        "A": measure(value="count(distinct tax_type)", per="count(*)"),
        "B": measure(window="90d", value="count(distinct balance_yuan)"),
    }

    assert compile_pass("tax_arrears", counts, **SETTINGS).count('"tax_arrears"') == 1


@pytest.mark.parametrize("aggregate", ["count(*)", "count(cleared_on)", "sum(balance_yuan)", "min(balance_yuan)",
                                       "max(balance_yuan)", "avg(balance_yuan)"])  # fmt: skip
def test_an_aggregate_of_some_rows_equals_the_one_the_engine_filters(store, aggregate):
    store.connection.execute("DELETE FROM tax_arrears")
    store.put("tax_arrears", *ROWS, *[{**row, "company_key": 2} for row in ROWS[2:4]])
    one = measure(value=f"{aggregate} filter (where balance_yuan < 60)", where="noticed_on > days_ago(370)")

    found = {key: row["M__value"] for key, row in run(store, one).items()}

    native = store.connection.execute(
        f"SELECT company_key, round(CAST({aggregate} FILTER (balance_yuan < 60 AND noticed_on <= ?) AS DOUBLE), 6) "
        "FROM tax_arrears WHERE noticed_on > ? GROUP BY company_key",
        [AS_OF, AS_OF - timedelta(days=365)],
    )
    assert found == dict(native.fetchall())


@pytest.mark.parametrize("value", ["sum(review_score)", "avg(review_score)"])
@given(order=st.permutations([1e15, 0.1, -1e15, 0.2, 0.3]))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_rows_does_not_change_a_sum_of_floats(store: SmallStore, value, order):
    store.connection.execute("DELETE FROM opinion_post")
    store.put("opinion_post", *({"published_on": AS_OF, "review_score": score} for score in order))
    one = measure(**{"from": "opinion_post", "value": value})
    assert run(store, one)[1]["M__value"] == pytest.approx(0.6 if "sum" in value else 0.12, abs=1e-9)
