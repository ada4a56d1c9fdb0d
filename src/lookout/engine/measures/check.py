"""Check a measure before it is trusted: allowed nodes only, columns that exist, types that can be compared."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError

from lookout.contracts.constants import constants
from lookout.engine.measures.form import Measure
from lookout.engine.measures.parse import parse
from lookout.engine.measures.schema import ColumnInfo, Kind, TableInfo
from lookout.engine.measures.typing_rules import Scope, kind_of
from lookout.kernel.errors import Problem

_EXAMPLES = {
    "where": "item = 'scope'",
    "value": "count(*)",
    "per": "count(*)",
    "guard": "count(*) >= 5",
    "hit": "value >= 2",
}
_MART_EXAMPLES = {"value": "headcount_change", "guard": "headcount_before >= 10"}


def check_expression(
    text: str,
    where: str,
    columns: Mapping[str, ColumnInfo],
    *,
    expected: tuple[Kind, ...],
    aggregates: bool,
    example: str,
) -> list[Problem]:
    """Return every problem of one expression; `where` names file, entry and field."""
    try:
        node = parse(text)
    except SqlglotError as error:
        first_line = str(error).splitlines()[0]
        return [Problem(where, f"“{text}”不是有效的 SQL 条件：{first_line}", example)]
    scope = Scope(columns, constants().kinds(), aggregates)
    kind = kind_of(node, scope)
    problems = [Problem(where, f"“{text}”：{what}", example) for what in scope.problems]
    if not problems and kind not in expected:
        wanted = "或".join(expected)
        problems.append(Problem(where, f"“{text}”的结果是 {kind}，应为 {wanted}", example))
    if not problems and aggregates and node.find(exp.AggFunc) is None:
        problems.append(Problem(where, f"“{text}”没有聚合；明细表的取值须汇总到企业", example))
    return problems


def check_hit(text: str, where: str) -> list[Problem]:
    """Return every problem of a label's `hit`: a condition over `value` and constants."""
    columns = {"value": ColumnInfo("DOUBLE", "取值")}
    return check_expression(
        text, where, columns, expected=(Kind.BOOLEAN,), aggregates=False, example=_EXAMPLES["hit"]
    )


def _window_problems(measure: Measure, where: str, table: TableInfo) -> list[Problem]:
    if table.is_mart:
        wrong = [name for name in ("window", "where") if getattr(measure, name) is not None]
        wrong += ["per"] if measure.per is not None else []
        return [
            Problem(f"{where}.{name}", f"集市“{table.name}”每企业一行，不得给出 {name}") for name in wrong
        ]
    if measure.window is None:
        return [Problem(f"{where}.window", f"明细表“{table.name}”须给出时间窗", "window: 365d")]
    if measure.window == "open" and table.valid_to is None:
        what = f"表“{table.name}”没有失效日期，不能用 open"
        return [Problem(f"{where}.window", what, "window: latest")]
    return []


def check(measure: Measure, where: str, schema: Mapping[str, TableInfo]) -> list[Problem]:
    """Return every problem of a measure against the schema; an empty list means it may be compiled."""
    table = schema.get(measure.table)
    if table is None:
        what = f"没有名为“{measure.table}”的表或集市"
        return [Problem(f"{where}.from", what, f"from: {next(iter(schema))}")]
    problems = _window_problems(measure, where, table)
    numeric = (Kind.NUMBER, Kind.BOOLEAN)
    fields: list[tuple[str, str | None, tuple[Kind, ...], bool]] = [
        ("where", measure.where, (Kind.BOOLEAN,), False),
        ("value", measure.value, numeric, not table.is_mart),
        ("per", measure.per, (Kind.NUMBER,), not table.is_mart),
        ("guard", measure.guard, (Kind.BOOLEAN,), not table.is_mart),
    ]
    examples = _EXAMPLES | _MART_EXAMPLES if table.is_mart else _EXAMPLES
    for field, text, expected, aggregates in fields:
        if text is not None:
            problems += check_expression(
                text,
                f"{where}.{field}",
                table.columns,
                expected=expected,
                aggregates=aggregates,
                example=f"{field}: {examples[field]}",
            )
    return problems
