"""Compile all measures of one table into one aggregate pass, and one measure into its evidence query."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlglot import exp

from lookout.contracts.constants import ConstantValue
from lookout.contracts.constants import constants as known_constants
from lookout.engine.measures.form import Measure
from lookout.engine.measures.parse import parse
from lookout.engine.measures.schema import Kind, TableInfo
from lookout.engine.measures.typing_rules import Scope, kind_of
from lookout.hub.marts.binding import bind_expression, day_literal, guard_divisions, months_before, to_sql
from lookout.hub.marts.form import EVIDENCE_ON

LATEST_ON = "latest_on"
_DECIMALS = 6  # parallel engines add floats in any order; every value is rounded before it is compared


class Compiler:
    """Compiles expressions of one table for one day."""

    def __init__(self, table: TableInfo, as_of_day: date, values: Mapping[str, ConstantValue]) -> None:
        self.table = table
        self.as_of_day = as_of_day
        self.values = values

    def _bound(self, text: str) -> exp.Expr:
        return guard_divisions(bind_expression(parse(text), self.as_of_day, self.values))

    def first_day(self, measure: Measure) -> date | None:
        """Return the last day outside the window; None when the window reaches back for ever."""
        if measure.span is None:
            return None
        length, unit = measure.span
        if unit == "d":
            return self.as_of_day - timedelta(days=length)
        return months_before(self.as_of_day, length)

    def _window(self, measure: Measure) -> exp.Expr:
        happened = exp.column(self.table.occurred_on or "")
        as_of = day_literal(self.as_of_day)
        if measure.window == "latest":
            return exp.EQ(this=happened, expression=exp.column(LATEST_ON))
        if measure.window == "all":
            return exp.or_(happened <= as_of, happened.is_(exp.null()))
        if measure.window == "open":
            end = exp.column(self.table.valid_to or "")
            return exp.and_(happened <= as_of, exp.or_(end.is_(exp.null()), end > as_of))
        start = self.first_day(measure) or self.as_of_day
        return exp.and_(happened > day_literal(start), happened <= as_of)

    def rows(self, measure: Measure) -> exp.Expr:
        """Return the condition that a row counts for the measure: its window and its `where`."""
        window = self._window(measure)
        return window if measure.where is None else exp.and_(window, self._bound(measure.where))

    def _aggregated(self, text: str, rows: exp.Expr) -> exp.Expr:
        root = exp.Paren(this=self._bound(text))
        for aggregate in list(root.find_all(exp.AggFunc)):
            parent = aggregate.parent
            if isinstance(parent, exp.Filter):
                own = parent.expression.this
                parent.expression.set("this", exp.and_(rows, own))
            else:
                wrapped = exp.Filter(this=aggregate.copy(), expression=exp.Where(this=rows.copy()))
                aggregate.replace(wrapped)
        return root

    def _expression(self, text: str, rows: exp.Expr | None) -> exp.Expr:
        return exp.Paren(this=self._bound(text)) if rows is None else self._aggregated(text, rows)

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
        newest = exp.Filter(this=exp.Max(this=exp.column(dated)), expression=exp.Where(this=rows.copy()))
        return exp.cast(newest, "DATE")


def _named(node: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(node, name, quoted=True)


def _keys_filter(company_keys: Sequence[int] | None) -> exp.Expr | None:
    if company_keys is None:
        return None
    return exp.column("company_key").isin(*[exp.Literal.number(int(key)) for key in company_keys])


def _mart_pass(compiler: Compiler, measures: Mapping[str, Measure]) -> exp.Select:
    columns: list[exp.Expr] = [exp.column("company_key")]
    for name, measure in measures.items():
        columns.append(_named(compiler.value(measure, None), f"{name}__value"))
        columns.append(_named(exp.column(EVIDENCE_ON), f"{name}__at"))
    return exp.select(*columns).from_(exp.to_table(compiler.table.name))


def _source(compiler: Compiler, measures: Mapping[str, Measure]) -> exp.Expr:
    """Return the table, with the company's newest day beside each row when a measure asks for it."""
    table = exp.to_table(compiler.table.name)
    if all(measure.window != "latest" for measure in measures.values()):
        return table
    happened = exp.column(compiler.table.occurred_on or "")
    # CASE and not FILTER: Spark has no FILTER on window functions.
    past = exp.Case().when(happened <= day_literal(compiler.as_of_day), happened.copy())
    newest = exp.Window(this=exp.Max(this=past), partition_by=[exp.column("company_key")])
    return exp.select("*", _named(newest, LATEST_ON)).from_(table).subquery("dated")


def _table_pass(compiler: Compiler, measures: Mapping[str, Measure], rows_of: Collection[str]) -> exp.Select:
    columns: list[exp.Expr] = [exp.column("company_key")]
    for name, measure in measures.items():
        rows = compiler.rows(measure)
        columns.append(_named(compiler.value(measure, rows), f"{name}__value"))
        columns.append(_named(compiler.newest(measure, rows), f"{name}__at"))
        if name in rows_of:
            count = exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=rows.copy()))
            columns.append(_named(count, f"{name}__rows"))
    query = exp.select(*columns).from_(_source(compiler, measures)).group_by("company_key")
    starts = [compiler.first_day(measure) for measure in measures.values()]
    bounded = [start for start in starts if start is not None]
    if len(bounded) == len(starts):
        # Rows before every window can count for nothing; a company with such rows only has no row here.
        happened = exp.column(compiler.table.occurred_on or "")
        query = query.where(happened > day_literal(min(bounded)))
    return query


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
    """Return the one SELECT that computes all measures of a table, one row per company with rows in it.

    Columns: company_key; per measure "<id>__value" DOUBLE and "<id>__at" DATE, and "<id>__rows" for the
    ids in `rows_of`. `company_keys` restricts the pass to some companies. The text is DuckDB's dialect;
    `in_dialect` turns it into Spark's. The measures must have passed `check`.
    """
    compiler = Compiler(schema[table], as_of_day, constants)
    wanted = {name: measures[name] for name in sorted(measures)}
    query = _mart_pass(compiler, wanted) if compiler.table.is_mart else _table_pass(compiler, wanted, rows_of)
    query = query.where(exp.column("company_key").is_(exp.null()).not_())
    restriction = _keys_filter(company_keys)
    return to_sql(query if restriction is None else query.where(restriction))
