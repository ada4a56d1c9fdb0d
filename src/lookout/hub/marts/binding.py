"""Put the day and the constants into a SQL text: names and functions that only Lookout knows become literals."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import sqlglot
from sqlglot import exp

from lookout.contracts.constants import ConstantValue, constants

DIALECT = "duckdb"  # what catalogues are written in
AS_OF = "as_of"
DAY_FUNCTIONS = {"days_ago", "months_ago", "days_since"}


def months_before(day: date, months: int) -> date:
    """Return the same day `months` earlier, the last day of the month where that day does not exist."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def day_literal(day: date) -> exp.Expr:
    """Return a DATE literal."""
    return exp.cast(exp.Literal.string(day.isoformat()), "DATE")


def alternation(terms: tuple[str, ...]) -> str:
    """Return a regular expression that finds any of the terms, the same in RE2 and Java."""
    return "|".join(re.escape(term) for term in terms)


def constant_literal(value: ConstantValue | None, kind: str) -> exp.Expr:
    """Return a constant as SQL: a number, a pattern for a term list, a typed NULL when there is none."""
    if value is None:
        return exp.cast(exp.Null(), "DOUBLE" if kind == "series" else "TEXT")
    if isinstance(value, Decimal):
        return exp.Literal.number(str(value))
    return exp.Literal.string(alternation(value))


def _whole_number(node: exp.Anonymous) -> int:
    return int(node.expressions[0].name)


def _day_function(node: exp.Anonymous, as_of_day: date) -> exp.Expr:
    name = node.name.lower()
    if name == "days_ago":
        return day_literal(as_of_day - timedelta(days=_whole_number(node)))
    if name == "months_ago":
        return day_literal(months_before(as_of_day, _whole_number(node)))
    return exp.DateDiff(
        this=day_literal(as_of_day), expression=node.expressions[0].copy(), unit=exp.Var(this="DAY")
    )


def bind_expression(node: exp.Expr, as_of_day: date, values: Mapping[str, ConstantValue]) -> exp.Expr:
    """Make SQL of `as_of`, `days_ago(n)`, `months_ago(n)`, `days_since(day)` and constants; the node is changed."""
    kinds = constants().kinds()

    def replace(part: exp.Expr) -> exp.Expr:
        if isinstance(part, exp.Column) and not part.table:
            if part.name == AS_OF:
                return day_literal(as_of_day)
            if part.name in kinds:
                return constant_literal(values.get(part.name), kinds[part.name])
        if isinstance(part, exp.Anonymous) and part.name.lower() in DAY_FUNCTIONS:
            return _day_function(part, as_of_day)
        return part

    # Innermost first, so that days_since(coalesce(x, as_of)) finds its argument already bound.
    for part in reversed(list(node.walk(bfs=False))):
        new = replace(part)
        if new is not part:
            if part is node:
                return new
            part.replace(new)
    return node


def guard_divisions(node: exp.Expr) -> exp.Expr:
    """Make `a / b` NULL when b is 0: DuckDB gives inf and Spark an error otherwise; the node is changed.

    Both sides become DOUBLE, since the engines divide decimals differently.
    """
    for part in reversed(list(node.walk(bfs=False))):
        if not isinstance(part, exp.Div):
            continue
        divisor = exp.func("NULLIF", exp.cast(part.expression.copy(), "DOUBLE"), exp.Literal.number(0))
        safe = exp.Paren(this=exp.Div(this=exp.cast(part.this.copy(), "DOUBLE"), expression=divisor))
        if part is node:
            return safe
        part.replace(safe)
    return node


def to_sql(node: exp.Expr) -> str:
    """Return the text in the catalogue dialect with every name quoted (`before`, `state`, `key` are columns).

    The node is used up: copying the large ones costs as much as writing them.
    """
    return node.sql(DIALECT, identify=True, copy=False)


def bind(sql: str, as_of_day: date, values: Mapping[str, ConstantValue]) -> str:
    """Bind a whole statement of a catalogue to a day and its constants; divisions are guarded."""
    statement = sqlglot.parse_one(sql, read=DIALECT)
    return to_sql(guard_divisions(bind_expression(statement, as_of_day, values)))


def in_dialect(sql: str, dialect: str) -> str:
    """Return a statement in the dialect of a store: 'duckdb' or 'spark'."""
    return sql if dialect == DIALECT else sqlglot.transpile(sql, read=DIALECT, write=dialect)[0]
