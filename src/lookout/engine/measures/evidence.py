"""From a number back to its raw rows: the evidence queries of a measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from lookout.contracts.constants import ConstantValue
from lookout.engine.measures.conditions import LATEST_ON, Conditions
from lookout.engine.measures.form import Measure
from lookout.engine.measures.schema import TableInfo
from lookout.hub.marts import Mart
from lookout.hub.marts.binding import day_literal, to_sql


@dataclass(frozen=True)
class EvidenceQuery:
    """The rows of one table that stand behind a measure of one company, newest first."""

    table: str
    sql: str


def _query(conditions: Conditions, measure: Measure, company_key: int) -> EvidenceQuery:
    table = conditions.table
    mine = exp.EQ(this=exp.column("company_key"), expression=exp.Literal.number(company_key))
    rows = conditions.rows(measure)
    happened = exp.column(table.occurred_on or "")
    if measure.window == "latest":
        newest = exp.select(exp.Max(this=happened.copy())).from_(exp.to_table(table.name))
        newest = newest.where(mine.copy(), happened.copy() <= day_literal(conditions.as_of_day))
        for column in list(rows.find_all(exp.Column)):
            if column.name == LATEST_ON:
                column.replace(newest.subquery())
    query = exp.select("*").from_(exp.to_table(table.name)).where(mine, rows)
    query = query.order_by(exp.Ordered(this=happened, desc=True, nulls_first=False), "batch_no", "line")
    return EvidenceQuery(table.name, to_sql(query))


def evidence_sql(
    measure: Measure,
    *,
    company_key: int,
    as_of_day: date,
    constants: Mapping[str, ConstantValue],
    schema: Mapping[str, TableInfo],
    marts: Mapping[str, Mart],
) -> list[EvidenceQuery]:
    """Return the queries for the very rows that a measure counts; a mart declares its own, often several."""
    if not schema[measure.table].is_mart:
        conditions = Conditions(schema[measure.table], as_of_day, constants)
        return [_query(conditions, measure, int(company_key))]
    found = []
    for evidence in marts[measure.table].evidence:
        declared = Measure.model_validate({**evidence.model_dump(by_alias=True), "value": "count(*)"})
        conditions = Conditions(schema[evidence.table], as_of_day, constants)
        found.append(_query(conditions, declared, int(company_key)))
    return found
