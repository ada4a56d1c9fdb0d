"""DuckDB's SQL in Spark's words: what changes its meaning on the way is put right on the tree."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

# Beyond these digits neither engine keeps a double apart from its neighbours.
_MOST_PLACES = 15


@lru_cache(maxsize=1024)
def to_spark(sql: str, *, keeps_order: bool = True) -> str:
    """Return a DuckDB query as Spark's, giving the same answer where both can answer.

    `keeps_order`: False drops the order of the rows, which costs a shuffle, unless it decides by a
    limit which rows they are. What Spark cannot say at all is said by `docs/explanation/sizing.md`,
    list of gaps.
    """
    tree = parsed(sql)
    if not keeps_order and tree.args.get("limit") is None:
        tree.set("order", None)
    return tree_in_spark(tree).sql("spark")


def parsed(sql: str) -> exp.Expr:
    """Return the tree of one statement in DuckDB's dialect."""
    return sqlglot.parse_one(sql, read="duckdb")


def tree_in_spark(root: exp.Expr) -> exp.Expr:
    """Put a tree right in place, innermost parts first, and return it."""
    for part in reversed(list(root.walk(bfs=False))):
        rule = _RULES.get(type(part))
        new = rule(part) if rule is not None else None
        if new is None or new is part:
            continue
        if part is root:
            root = new
        else:
            part.replace(new)
    return root


def _division(node: exp.Div) -> exp.Expr:
    """DuckDB divides everything as doubles, Spark decimals as decimals."""
    return exp.Paren(this=exp.Div(this=_double(node.this), expression=_double(node.expression)))


def _average(node: exp.Avg) -> exp.Expr | None:
    """DuckDB averages decimals exactly and answers in double; Spark answers in a rounded decimal."""
    whole: exp.Expr = node
    while isinstance(whole.parent, exp.Filter | exp.Window) and whole.arg_key == "this":
        whole = whole.parent
    total, count = (_replaced(whole, node, kind) for kind in (exp.Sum, exp.Count))
    nothing = exp.func("NULLIF", count, exp.Literal.number(0))
    mean = exp.Paren(this=exp.Div(this=_double(total), expression=_double(nothing)))
    if whole is node:
        return mean
    whole.replace(mean)
    return None


def _replaced(whole: exp.Expr, average: exp.Avg, kind: type[exp.Expr]) -> exp.Expr:
    """Return a copy of FILTER and OVER around an average with another aggregate in its place."""
    made = kind(this=average.this.copy())
    if whole is average:
        return made
    copy = whole.copy()
    inner = copy
    while not isinstance(inner, exp.Avg):
        inner = inner.this
    inner.replace(made)
    return copy


def _round(node: exp.Round) -> exp.Expr | None:
    """DuckDB rounds a double by scaling it, Spark by its printed digits: only whole numbers agree."""
    places = node.args.get("decimals")
    if not isinstance(places, exp.Literal) or not places.is_int or _is_decimal(node.this):
        return None
    digits = int(places.name)
    if not 0 < digits <= _MOST_PLACES:
        return None
    scale = exp.Literal.number(f"1E{digits}")
    scaled = exp.Round(this=exp.Mul(this=_double(node.this), expression=scale))
    return exp.Paren(this=exp.Div(this=scaled, expression=scale.copy()))


def _median(node: exp.Median) -> exp.Expr:
    return exp.func("percentile", node.this.copy(), exp.Literal.number("0.5"))


def _quantile(node: exp.PercentileCont) -> exp.Expr:
    return exp.func("percentile", node.this.copy(), node.expression.copy())


def _type(node: exp.DataType) -> exp.Expr | None:
    """Spark has no integer of 128 bits; 38 digits are all that both engines hold."""
    if node.this in (exp.DataType.Type.INT128, exp.DataType.Type.UINT128):
        return exp.DataType.build("DECIMAL(38, 0)")
    return None


def _double(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DOUBLE:
        return node.copy()
    return exp.cast(node.copy(), "DOUBLE")


def _is_decimal(node: exp.Expr) -> bool:
    return isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DECIMAL


_RULES: dict[type[Any], Callable[[Any], exp.Expr | None]] = {
    exp.Div: _division,
    exp.Avg: _average,
    exp.Round: _round,
    exp.Median: _median,
    exp.PercentileCont: _quantile,
    exp.DataType: _type,
}
