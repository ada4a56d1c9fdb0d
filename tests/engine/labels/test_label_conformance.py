"""Every active label has a hit, a miss and a missing-data case, made from its own entry."""

import duckdb
import pytest

from lookout.contracts.constants import constants_at
from lookout.engine.labels import LabelState, catalogue, evaluate, reason_text, state_of
from lookout.engine.measures import compile_pass, evidence_sql, in_dialect, render, shipped_schema
from lookout.hub.marts import marts
from tests.engine.labels.label_cases import LabelCases
from tests.hub.marts.small_store import AS_OF, SmallStore

ACTIVE = sorted(catalogue().measures())
SETTINGS = {"as_of_day": AS_OF, "constants": constants_at(AS_OF)}


@pytest.fixture(scope="module")
def connection():
    return duckdb.connect()


@pytest.fixture(scope="module")
def empty_connection():
    store = SmallStore()
    for name in marts():
        store.make(name)
    return store.connection


def states(connection, label, companies):
    """Return company → state and value, for companies with rows and one more without any."""
    measure = label.measure
    rows = LabelCases(label).arrow(companies)
    connection.register("arriving", rows)
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "{measure.table}" AS SELECT * FROM arriving')
    sql = compile_pass(measure.table, {label.code: measure}, schema=shipped_schema(), **SETTINGS)
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "passed" AS {sql}')
    passed = dict(connection.execute(f'SELECT company_key, "{label.code}__value" FROM passed').fetchall())
    text = evaluate({label.code: label}, passes={measure.table: "passed"}, **SETTINGS)
    hits = {row[0]: row for row in connection.execute(text).fetchall()}
    found = {}
    for key in [*range(1, companies + 1), *([companies + 1] if companies + 1 in passed else [])]:
        state = state_of(is_hit=key in hits, value=passed.get(key), has_rows=key in passed, is_connected=True)
        found[key] = (state, hits.get(key), passed.get(key))
    return found


def test_the_catalogue_is_whole():
    labels = catalogue()

    assert len(labels) == 243
    assert len(ACTIVE) >= 190
    assert {label.code for room in labels.waiting().values() for label in room} == set(labels) - set(ACTIVE)


@pytest.mark.parametrize("code", ACTIVE)
def test_an_active_label_has_a_hit_a_miss_and_a_missing_case(connection, code):
    label = catalogue()[code]

    for companies in (60, 400, 2500):
        found = states(connection, label, companies)
        seen = {state for state, _, _ in found.values()}
        if {LabelState.HIT, LabelState.MISS} <= seen:
            break

    assert {LabelState.HIT, LabelState.MISS} <= seen
    _, hit, value = next(entry for entry in found.values() if entry[0] is LabelState.HIT)
    assert hit[1] == code
    assert hit[2] == value
    assert hit[3] <= AS_OF
    assert 0 <= hit[4] <= 1
    assert "{" not in reason_text(label, value)
    assert state_of(is_hit=False, value=None, has_rows=False, is_connected=False) is LabelState.MISSING
    if shipped_schema()[label.measure.table].is_mart:
        # The last company of a mart has a row in which nothing is known.
        assert found[companies + 1][0] is LabelState.MISSING


@pytest.mark.parametrize("code", ACTIVE)
def test_a_label_binds_on_empty_tables_and_can_be_said_to_spark(empty_connection, code):
    label = catalogue()[code]
    table = label.measure.table

    sql = compile_pass(table, {code: label.measure}, schema=shipped_schema(), **SETTINGS)
    empty_connection.execute(f'CREATE OR REPLACE TABLE "passed" AS {sql}')
    hits = evaluate({code: label}, passes={table: "passed"}, **SETTINGS)

    assert empty_connection.execute(hits).fetchall() == []
    assert in_dialect(sql, "spark")
    assert in_dialect(hits, "spark")
    assert render(label.measure, shipped_schema())
    for query in evidence_sql(
        label.measure, company_key=1, schema=shipped_schema(), marts=marts(), **SETTINGS
    ):
        assert empty_connection.execute(query.sql).fetchall() == []
