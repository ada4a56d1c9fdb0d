"""Check the SQL of a mart: one SELECT of portable functions over the declared tables only."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lookout.contracts import Table
from lookout.contracts.constants import constants
from lookout.hub.marts.binding import DAY_FUNCTIONS, DIALECT
from lookout.hub.marts.form import Mart
from lookout.kernel.errors import Problem

# Functions whose translation from DuckDB to Spark keeps the meaning; everything else is refused.
_FUNCTIONS: tuple[type[exp.Expr], ...] = (
    exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg, exp.StddevSamp, exp.Case, exp.If, exp.Coalesce, exp.Nullif,
    exp.Greatest, exp.Least, exp.Abs, exp.Round, exp.Cast, exp.Length, exp.Substring, exp.RegexpLike,
    exp.RegexpReplace, exp.Replace, exp.Trim, exp.Upper, exp.Lower, exp.Year, exp.Month, exp.DateDiff,
    exp.And, exp.Or, exp.Pow, exp.Ln, exp.RowNumber, exp.Lag, exp.Exists, exp.StrPosition, exp.Floor,
)  # fmt: skip
_ORDER = "row_number() OVER (PARTITION BY company_key ORDER BY period DESC, batch_no DESC, line DESC)"
_EXAMPLE = "SELECT company_key, count(*) AS rows_seen, max(changed_on) AS evidence_on FROM company_change GROUP BY company_key"


def _named_tables(statement: exp.Expr) -> set[str]:
    own = {cte.alias_or_name for cte in statement.find_all(exp.CTE)}
    return {table.name for table in statement.find_all(exp.Table)} - own


def _picks_from(window: exp.Expr, tables: Mapping[str, Table]) -> Table | None:
    """Return the contract table whose rows a window ranks, when it reads that one alone."""
    select = window.find_ancestor(exp.Select)
    source = select.args.get("from_") if select is not None else None
    if source is None or select is None or select.args.get("joins"):
        return None
    return tables.get(source.this.name)


def _is_decided(window: exp.Window, tables: Mapping[str, Table]) -> bool:
    order = window.args.get("order")
    ordered = [part.this.name for part in order.expressions] if order else []
    if ordered[-2:] == ["batch_no", "line"]:
        return True
    table = _picks_from(window, tables)
    if table is None:
        return False
    # A view shows the newest version only: no two of its rows have the same key.
    key = {"company_key" if name.startswith("subject_") else name for name in table.version_key}
    return key <= {*ordered, *(part.name for part in window.args.get("partition_by", ()))}


def _undecided(statement: exp.Expr, tables: Mapping[str, Table], where: str) -> list[Problem]:
    """A window that picks one row must not leave the choice between equal rows to the engine."""
    return [
        Problem(
            where,
            "row_number() 的排序须含该表的全部键，或以批次和行号结尾，否则相同的行取哪一行不确定",
            _ORDER,
        )
        for window in statement.find_all(exp.Window)
        if isinstance(window.this, exp.RowNumber) and not _is_decided(window, tables)
    ]


def statement_problems(mart: Mart, where: str, tables: Mapping[str, Table]) -> list[Problem]:
    """Return every problem of a mart's SQL that can be seen without a store."""
    try:
        statements = sqlglot.parse(mart.sql, read=DIALECT)
    except SqlglotError as error:
        return [Problem(where, f"不是有效的 SQL：{str(error).splitlines()[0]}", _EXAMPLE)]
    statement = statements[0]
    if len(statements) != 1 or not isinstance(statement, exp.Select | exp.Union):
        return [Problem(where, "须恰为一个 SELECT", _EXAMPLE)]
    problems = []
    used = _named_tables(statement)
    for name in sorted(used - set(mart.reads)):
        problems.append(
            Problem(where, f"读了未在 from 声明的表“{name}”", f"from: [{', '.join(sorted(used))}]")
        )
    for name in sorted(set(mart.reads) - used):
        problems.append(Problem(where, f"from 声明了“{name}”，SQL 却没有读它"))
    for function in statement.find_all(exp.Func):
        if isinstance(function, exp.Anonymous) and function.name.lower() in DAY_FUNCTIONS:
            continue
        if not isinstance(function, _FUNCTIONS):
            problems.append(Problem(where, f"不允许使用函数 {function.sql()[:60]}", _EXAMPLE))
    problems += _undecided(statement, tables, where)
    made = [part.alias_or_name for part in statement.selects]
    if made != ["company_key", *mart.columns]:
        problems.append(Problem(where, f"结果列 {made} 应依次为 company_key 和 columns 声明的列", _EXAMPLE))
    known = constants().kinds()
    for column in statement.find_all(exp.Column):
        if column.name.isupper() and column.name not in known:
            problems.append(Problem(where, f"没有名为“{column.name}”的常量", next(iter(known))))
    return problems
