"""Compile all measures of one table into one aggregate pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlglot import exp

from lookout.contracts.constants import ConstantValue
from lookout.contracts.constants import constants as known_constants
from lookout.engine.measures.aggregates import KEY, PLAIN, Aggregates
from lookout.engine.measures.conditions import LATEST_ON, Conditions
from lookout.engine.measures.form import Measure
from lookout.engine.measures.parse import parse
from lookout.engine.measures.schema import Kind, TableInfo
from lookout.engine.measures.typing_rules import Scope, kind_of
from lookout.hub.marts.binding import day_literal, guard_divisions, to_sql
from lookout.hub.marts.form import EVIDENCE_ON

_DECIMALS = 6  # every value is rounded before it is compared
# Parallel engines add floats in any order, which shows where a mean lies half-way between two roundings.
_EXACT = f"DECIMAL(38,{_DECIMALS})"


class Compiler:
    """Turns the measures of one table into columns of its pass."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        self.table = conditions.table
        self.aggregates = Aggregates()

    def _expression(self, text: str, rows: exp.Expr | None) -> exp.Expr:
        root = exp.Paren(this=self.conditions.bound(text))
        if rows is None:
            return root
        for aggregate in root.find_all(exp.Avg, exp.Sum):
            if self._is_floating(aggregate.this):
                aggregate.set("this", exp.cast(aggregate.this, _EXACT))
        return self.aggregates.aggregated(root, rows)

    def _is_floating(self, node: exp.Expr) -> bool:
        """Tell whether adding up the values in another order may give another sum."""
        columns = self.table.columns
        found = (columns.get(column.name) for column in node.find_all(exp.Column))
        return any(info is not None and info.store_type == "DOUBLE" for info in found)

    def _as_number(self, text: str, node: exp.Expr) -> exp.Expr:
        scope = Scope(self.table.columns, known_constants().kinds(), not self.table.is_mart)
        if kind_of(parse(text), scope) is not Kind.BOOLEAN:
            return node
        return exp.Case().when(node, "1").when(exp.Not(this=node.copy()), "0")

    def value(self, measure: Measure, rows: exp.Expr | None) -> exp.Expr:
        """Return the measure's value as a rounded DOUBLE; NULL as `Measure` says."""
        value: exp.Expr = self._as_number(measure.value, self._expression(measure.value, rows))
        if measure.per is not None:
            value = guard_divisions(exp.Div(this=value, expression=self._expression(measure.per, rows)))
        value = exp.func("ROUND", exp.cast(value, "DOUBLE"), exp.Literal.number(_DECIMALS))
        if measure.guard is not None:
            value = exp.Case().when(self._expression(measure.guard, rows), value)
        return value

    def newest(self, measure: Measure, rows: exp.Expr) -> exp.Expr:
        """Return the day of the newest row that counts."""
        dated = measure.dated_by if measure.dated_by == "known_at" else self.table.occurred_on or ""
        return exp.cast(self.aggregates.add(exp.Max(this=exp.column(dated)), rows), "DATE")

    def columns(self, name: str, measure: Measure, *, with_rows: bool) -> list[exp.Expr]:
        """Return the columns of one measure over a contract table."""
        rows = self.conditions.rows(measure)
        found = [
            _named(self.value(measure, rows), f"{name}__value"),
            _named(self.newest(measure, rows), f"{name}__at"),
        ]
        if with_rows:
            found.append(_named(self.aggregates.add(exp.Count(this=exp.Star()), rows), f"{name}__rows"))
        return found


def _named(node: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(node, name, quoted=True)


def _limits(company_keys: Sequence[int] | None) -> list[exp.Expr]:
    limits: list[exp.Expr] = [exp.column(KEY).is_(exp.null()).not_()]
    if company_keys is not None:
        limits.append(exp.column(KEY).isin(*[exp.Literal.number(int(key)) for key in company_keys]))
    return limits


def _mart_pass(compiler: Compiler, measures: Mapping[str, Measure], limits: list[exp.Expr]) -> exp.Select:
    columns: list[exp.Expr] = [exp.column(KEY)]
    for name, measure in measures.items():
        columns.append(_named(compiler.value(measure, None), f"{name}__value"))
        columns.append(_named(exp.column(EVIDENCE_ON), f"{name}__at"))
    return exp.select(*columns).from_(exp.to_table(compiler.table.name)).where(*limits)


def _source(conditions: Conditions, measures: Mapping[str, Measure]) -> exp.Expr:
    """Return the table, with the company's newest day beside each row when a measure asks for it."""
    table = exp.to_table(conditions.table.name)
    if all(measure.window != "latest" for measure in measures.values()):
        return table
    happened = exp.column(conditions.table.occurred_on or "")
    # CASE and not FILTER: Spark has no FILTER on window functions.
    past = exp.Case().when(happened <= day_literal(conditions.as_of_day), happened.copy())
    newest = exp.Window(this=exp.Max(this=past), partition_by=[exp.column(KEY)])
    return exp.select("*", _named(newest, LATEST_ON)).from_(table).subquery("dated")


def _since(conditions: Conditions, measures: Mapping[str, Measure]) -> list[exp.Expr]:
    """Return the condition that a row is inside the longest window; none when one has no beginning."""
    starts = [conditions.first_day(measure) for measure in measures.values()]
    bounded = [start for start in starts if start is not None]
    if len(bounded) < len(starts):
        return []
    return [exp.column(conditions.table.occurred_on or "") > day_literal(min(bounded))]


def _table_pass(
    compiler: Compiler, measures: Mapping[str, Measure], limits: list[exp.Expr], rows_of: Collection[str]
) -> exp.Select:
    columns: list[exp.Expr] = [exp.column(KEY, table=PLAIN)]
    for name, measure in measures.items():
        columns += compiler.columns(name, measure, with_rows=name in rows_of)
    limits = limits + _since(compiler.conditions, measures)
    source = _source(compiler.conditions, measures)
    return compiler.aggregates.joined(exp.select(*columns), source, limits)


def compile_pass(
    table: str,
    measures: Mapping[str, Measure],
    *,
    as_of_day: date,
    constants: Mapping[str, ConstantValue],
    schema: Mapping[str, TableInfo],
    company_keys: Sequence[int] | None = None,
    rows_of: Collection[str] = (),
) -> str:
    """Return the one SELECT that computes all measures of a table, one row per company with rows in it
    (a table whose windows all have a beginning: with rows inside the longest of them).

    Columns: company_key; per measure "<id>__value" DOUBLE and "<id>__at" DATE, and "<id>__rows" for the
    ids in `rows_of`. `company_keys` restricts the pass to some companies. The text is DuckDB's dialect;
    `in_dialect` turns it into Spark's. The measures must have passed `check`.
    """
    compiler = Compiler(Conditions(schema[table], as_of_day, constants))
    wanted = {name: measures[name] for name in sorted(measures)}
    limits = _limits(company_keys)
    if compiler.table.is_mart:
        return to_sql(_mart_pass(compiler, wanted, limits))
    return to_sql(_table_pass(compiler, wanted, limits, rows_of))
