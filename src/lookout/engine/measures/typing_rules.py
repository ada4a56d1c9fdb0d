"""The allow-list of SQL nodes and functions, and the kind that each of them yields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from lookout.engine.measures.schema import ColumnInfo, Kind
from lookout.hub.marts.binding import AS_OF, DAY_FUNCTIONS

NUMBERS = (Kind.NUMBER,)
TEXTS = (Kind.TEXT,)
BOOLEANS = (Kind.BOOLEAN,)
DAYS = (Kind.DATE, Kind.TIMESTAMP)


@dataclass
class Scope:
    """What an expression may name, and the problems found in it so far."""

    columns: Mapping[str, ColumnInfo]
    constants: Mapping[str, str]
    aggregates: bool  # whether the expression must aggregate rows
    problems: list[str] = field(default_factory=list)
    inside_aggregate: bool = False

    def refuse(self, what: str) -> Kind:
        """Note a problem; the expression then counts as NULL so that one mistake is reported once."""
        self.problems.append(what)
        return Kind.NULL


def _operand(node: exp.Expr, scope: Scope, wanted: tuple[Kind, ...], what: str) -> Kind:
    kind = kind_of(node, scope)
    if kind is not Kind.NULL and kind not in wanted:
        scope.refuse(f"{what}不能用于 {kind}（{node.sql()}），应为 {'或'.join(wanted)}")
    return kind


def _column(node: exp.Column, scope: Scope) -> Kind:
    if node.table:
        return scope.refuse(f"不得引用其他表（{node.sql()}）；只能写本表的列名")
    if node.name == AS_OF:
        return Kind.DATE
    if node.name in scope.constants:
        return Kind.NUMBER if scope.constants[node.name] == "series" else Kind.TEXT
    if node.name not in scope.columns:
        near = "、".join(sorted(scope.columns)[:40])
        return scope.refuse(f"没有名为“{node.name}”的列或常量；可用的列：{near}")
    if scope.aggregates and not scope.inside_aggregate:
        return scope.refuse(f"列“{node.name}”须放在聚合函数里，如 max({node.name})")
    return scope.columns[node.name].kind


def _codes(column: exp.Expr, literals: list[exp.Expr], scope: Scope) -> None:
    info = scope.columns.get(column.name) if isinstance(column, exp.Column) else None
    if info is None or info.codes is None:
        return
    for literal in literals:
        if isinstance(literal, exp.Literal) and literal.is_string and literal.name not in info.codes:
            known = "、".join(info.codes)
            scope.refuse(f"“{literal.name}”不是列“{column.name}”的代码；可用的代码：{known}")


def _same_kind(nodes: list[exp.Expr], scope: Scope, what: str) -> Kind:
    kinds = {node: kind_of(node, scope) for node in nodes}
    known = {kind for kind in kinds.values() if kind is not Kind.NULL}
    # A day and an instant compare in both engines; everything else must be of one kind.
    if len(known) > 1 and not known <= set(DAYS):
        listed = "、".join(f"{node.sql()} 是 {kind}" for node, kind in kinds.items())
        scope.refuse(f"{what}的两边类型不同：{listed}")
    return next(iter(sorted(known)), Kind.NULL)


def _compare(node: exp.Binary, scope: Scope) -> Kind:
    _same_kind([node.left, node.right], scope, "比较")
    _codes(node.left, [node.right], scope)
    _codes(node.right, [node.left], scope)
    return Kind.BOOLEAN


def _arithmetic(node: exp.Binary, scope: Scope) -> Kind:
    for side in (node.left, node.right):
        _operand(side, scope, NUMBERS, "算术")
    return Kind.NUMBER


def _logic(node: exp.Binary, scope: Scope) -> Kind:
    for side in (node.left, node.right):
        _operand(side, scope, BOOLEANS, "AND/OR")
    return Kind.BOOLEAN


def _not(node: exp.Not, scope: Scope) -> Kind:
    _operand(node.this, scope, BOOLEANS, "NOT")
    return Kind.BOOLEAN


def _is(node: exp.Is, scope: Scope) -> Kind:
    kind_of(node.this, scope)
    if not isinstance(node.expression, exp.Null | exp.Boolean):
        scope.refuse("IS 之后只能是 NULL、TRUE 或 FALSE")
    return Kind.BOOLEAN


def _in(node: exp.In, scope: Scope) -> Kind:
    if not node.expressions or node.args.get("query") or node.args.get("unnest") or node.args.get("field"):
        return scope.refuse("IN 之后只能是值的列表，不能是子查询")
    _same_kind([node.this, *node.expressions], scope, "IN")
    _codes(node.this, node.expressions, scope)
    return Kind.BOOLEAN


def _between(node: exp.Between, scope: Scope) -> Kind:
    _same_kind([node.this, node.args["low"], node.args["high"]], scope, "BETWEEN")
    return Kind.BOOLEAN


def _text_test(node: exp.Expr, scope: Scope) -> Kind:
    _operand(node.this, scope, TEXTS, "文本匹配")
    pattern = node.expression
    is_constant = isinstance(pattern, exp.Column) and scope.constants.get(pattern.name) == "terms"
    if not (isinstance(pattern, exp.Literal) and pattern.is_string) and not is_constant:
        scope.refuse("匹配的式样须为文字或词表常量，如 regexp_like(title, GUARANTEE_TERMS)")
    return Kind.BOOLEAN


def _case(node: exp.Case, scope: Scope) -> Kind:
    if node.this is not None:
        return scope.refuse("CASE 之后直接写 WHEN 条件")
    branches = list(node.args["ifs"])
    for branch in branches:
        _operand(branch.this, scope, BOOLEANS, "WHEN")
    results = [branch.args["true"] for branch in branches]
    if node.args.get("default") is not None:
        results.append(node.args["default"])
    return _same_kind(results, scope, "CASE 各分支")


def _listed(node: exp.Expr, scope: Scope) -> Kind:
    return _same_kind([node.this, *node.expressions], scope, type(node).__name__.upper())


def _nullif(node: exp.Nullif, scope: Scope) -> Kind:
    return _same_kind([node.this, node.expression], scope, "NULLIF")


def _number_function(node: exp.Expr, scope: Scope) -> Kind:
    _operand(node.this, scope, NUMBERS, type(node).__name__)
    return Kind.NUMBER


def _length(node: exp.Length, scope: Scope) -> Kind:
    _operand(node.this, scope, TEXTS, "LENGTH")
    return Kind.NUMBER


def _substring(node: exp.Substring, scope: Scope) -> Kind:
    _operand(node.this, scope, TEXTS, "SUBSTRING")
    for part in (node.args.get("start"), node.args.get("length")):
        if part is not None:
            _operand(part, scope, NUMBERS, "SUBSTRING")
    return Kind.TEXT


def _year(node: exp.Year, scope: Scope) -> Kind:
    _operand(node.this, scope, DAYS, "YEAR")
    return Kind.NUMBER


def _literal(node: exp.Literal, _scope: Scope) -> Kind:
    return Kind.TEXT if node.is_string else Kind.NUMBER


def _aggregate(node: exp.AggFunc, scope: Scope) -> Kind:
    if not scope.aggregates:
        return scope.refuse(f"这里不能用聚合（{node.sql()}）")
    if scope.inside_aggregate:
        return scope.refuse(f"聚合不能套聚合（{node.sql()}）")
    scope.inside_aggregate = True
    try:
        return _aggregated(node, scope)
    finally:
        scope.inside_aggregate = False


def _aggregated(node: exp.AggFunc, scope: Scope) -> Kind:
    argument = node.this
    if isinstance(node, exp.Count):
        if isinstance(argument, exp.Distinct):
            for part in argument.expressions:
                kind_of(part, scope)
        elif not isinstance(argument, exp.Star):
            kind_of(argument, scope)
        return Kind.NUMBER
    if isinstance(node, exp.Sum | exp.Avg):
        _operand(argument, scope, NUMBERS, type(node).__name__.upper())
        return Kind.NUMBER
    return kind_of(argument, scope)


def _filter(node: exp.Filter, scope: Scope) -> Kind:
    kind = kind_of(node.this, scope)
    scope.inside_aggregate = True
    try:
        _operand(node.expression.this, scope, BOOLEANS, "FILTER")
    finally:
        scope.inside_aggregate = False
    return kind


def _day_function(node: exp.Anonymous, scope: Scope) -> Kind:
    name = node.name.lower()
    if name not in DAY_FUNCTIONS or len(node.expressions) != 1:
        return scope.refuse(f"不允许使用函数 {node.name}")
    argument = node.expressions[0]
    if name == "days_since":
        _operand(argument, scope, DAYS, "days_since")
        return Kind.NUMBER
    if not (isinstance(argument, exp.Literal) and argument.is_int):
        return scope.refuse(f"{name} 的参数须为整数，如 {name}(30)")
    return Kind.DATE


_RULES: dict[type[exp.Expr], Callable[..., Kind]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Boolean: lambda _node, _scope: Kind.BOOLEAN,
    exp.Null: lambda _node, _scope: Kind.NULL,
    exp.Paren: lambda node, scope: kind_of(node.this, scope),
    exp.Neg: _number_function,
    exp.Abs: _number_function,
    exp.Round: _number_function,
    exp.Length: _length,
    exp.Substring: _substring,
    exp.Ln: _number_function,
    exp.Year: _year,
    exp.Not: _not,
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Like: _text_test,
    exp.RegexpLike: _text_test,
    exp.Case: _case,
    exp.Coalesce: _listed,
    exp.Greatest: _listed,
    exp.Least: _listed,
    exp.Nullif: _nullif,
    exp.Filter: _filter,
    exp.Anonymous: _day_function,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Pow), _arithmetic),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _compare),
    **dict.fromkeys((exp.And, exp.Or), _logic),
    **dict.fromkeys((exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg), _aggregate),
}


def kind_of(node: exp.Expr, scope: Scope) -> Kind:
    """Return the kind of an expression; what is not on the allow-list is refused and noted in the scope."""
    rule = _RULES.get(type(node))
    if rule is None:
        return scope.refuse(f"不允许使用 {type(node).__name__}（{node.sql()[:60]}）")
    return rule(node, scope)
