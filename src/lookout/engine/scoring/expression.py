"""Arithmetic and conditions of the catalogue, written as SQL expressions and evaluated on columns.

A value is a float64 column in which NaN is NULL; a truth value is 1, 0 or NaN with SQL's
three-valued logic, so an unknown never fires a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lookout.engine.scoring.curves import Floats

Lookup = Callable[[str], Floats]
Step = Callable[[Lookup], Floats]


class ExpressionError(ValueError):
    """An expression of the catalogue cannot be used; the text is a full Chinese sentence."""


def _null_aware(compare: Callable[[Floats, Floats], Floats]) -> Callable[[Floats, Floats], Floats]:
    def compared(a: Floats, b: Floats) -> Floats:
        return np.where(np.isnan(a) | np.isnan(b), np.nan, compare(a, b))

    return compared


def _divide(a: Floats, b: Floats) -> Floats:
    return np.divide(a, np.where(b == 0, np.nan, b))


def _and(a: Floats, b: Floats) -> Floats:
    return np.where((a == 0) | (b == 0), 0.0, np.where(np.isnan(a) | np.isnan(b), np.nan, 1.0))


def _or(a: Floats, b: Floats) -> Floats:
    return np.where((a == 1) | (b == 1), 1.0, np.where(np.isnan(a) | np.isnan(b), np.nan, 0.0))


_BINARY: dict[type[exp.Expr], Callable[[Floats, Floats], Floats]] = {
    exp.Add: np.add,
    exp.Sub: np.subtract,
    exp.Mul: np.multiply,
    exp.Div: _divide,
    exp.And: _and,
    exp.Or: _or,
    exp.EQ: _null_aware(np.equal),
    exp.NEQ: _null_aware(np.not_equal),
    exp.GT: _null_aware(np.greater),
    exp.GTE: _null_aware(np.greater_equal),
    exp.LT: _null_aware(np.less),
    exp.LTE: _null_aware(np.less_equal),
}

# Like the SQL engines, greatest and least skip NULLs.
_FOLDS: dict[type[exp.Expr], Callable[[Floats, Floats], Floats]] = {
    exp.Greatest: np.fmax,
    exp.Least: np.fmin,
    exp.Coalesce: lambda a, b: np.where(np.isnan(a), b, a),
}


def _binary(node: exp.Expr, operation: Callable[[Floats, Floats], Floats]) -> Step:
    left, right = _compile(node.args["this"]), _compile(node.args["expression"])
    return lambda names: np.asarray(operation(left(names), right(names)), dtype=np.float64)


def _fold(node: exp.Expr, operation: Callable[[Floats, Floats], Floats]) -> Step:
    steps = [_compile(part) for part in (node.args["this"], *node.expressions)]
    return lambda names: reduce(operation, [step(names) for step in steps])


def _case(node: exp.Case) -> Step:
    if node.this is not None:
        raise ExpressionError("CASE 须写成 CASE WHEN 条件 THEN 值 … END")
    branches = [(_compile(part.this), _compile(part.args["true"])) for part in node.args["ifs"]]
    default = node.args.get("default")
    otherwise = _compile(default) if default is not None else lambda _: np.float64(np.nan)

    def chosen(names: Lookup) -> Floats:
        found = otherwise(names)
        for condition, value in reversed(branches):
            found = np.where(condition(names) == 1, value(names), found)
        return np.asarray(found)

    return chosen


def _is_null(node: exp.Is) -> Step:
    if not isinstance(node.expression, exp.Null):
        raise ExpressionError("IS 只用于 IS NULL 和 IS NOT NULL")
    step = _compile(node.this)
    return lambda names: np.isnan(step(names)).astype(np.float64)


def _literal(node: exp.Literal) -> Step:
    if node.is_string:
        raise ExpressionError(f"只能用数字，不能用文字 {node.sql()}")
    value = np.asarray(float(node.this))
    return lambda _: value


def _compile(node: exp.Expr) -> Step:
    if isinstance(node, exp.Paren):
        return _compile(node.this)
    if isinstance(node, exp.Column) and not node.table:
        name = node.name
        return lambda names: names(name)
    if isinstance(node, exp.Literal):
        return _literal(node)
    if isinstance(node, exp.Neg):
        inner = _compile(node.this)
        return lambda names: np.negative(inner(names))
    if isinstance(node, exp.Not):
        inner = _compile(node.this)
        return lambda names: 1.0 - inner(names)
    if isinstance(node, exp.Is):
        return _is_null(node)
    if isinstance(node, exp.Case):
        return _case(node)
    if type(node) in _BINARY:
        return _binary(node, _BINARY[type(node)])
    if type(node) in _FOLDS:
        return _fold(node, _FOLDS[type(node)])
    raise ExpressionError(f"不能使用 {node.sql()}")


@dataclass(frozen=True)
class Expression:
    """A checked expression and the names it reads, sorted."""

    text: str
    names: tuple[str, ...]
    step: Step

    def __call__(self, names: Lookup) -> Floats:
        """Evaluate on columns; the answer broadcasts to their length."""
        with np.errstate(invalid="ignore", over="ignore"):
            return self.step(names)


def parse_expression(text: str, known: Iterable[str]) -> Expression:
    """Parse an expression over known names. Raises ExpressionError."""
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError as error:
        raise ExpressionError(f"不是有效的表达式：{text}") from error
    step = _compile(tree)
    names = sorted({column.name for column in tree.find_all(exp.Column)})
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ExpressionError(f"没有名为 {'、'.join(unknown)} 的指标、信号、标签或常量")
    return Expression(text, tuple(names), step)
