"""Collect the aggregates of many measures, each once, and lay them out so that an engine does little work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

PLAIN = "plain"
COUNTED = "counted"
KEY = "company_key"


@dataclass
class DistinctCounts:
    """The distinct counts of one expression, by the condition on their rows."""

    item: exp.Expr
    conditions: dict[str, tuple[str, exp.Expr]] = field(default_factory=dict)


class Aggregates:
    """The aggregates of one pass.

    Distinct counts are not left to the engine: it would keep one hash table per count. Rows are grouped
    once by company and item with one flag per condition, and the flags are added up. The rows have a
    name of their own then, so that an engine reads them once for all groupings.
    """

    def __init__(self) -> None:
        self._plain: dict[str, tuple[str, exp.Expr]] = {}
        self._distinct: dict[str, DistinctCounts] = {}

    def add(self, aggregate: exp.Expr, rows: exp.Expr) -> exp.Expr:
        """Register an aggregate over the rows of a condition; return the column that will hold it."""
        item = _distinct_item(aggregate)
        if item is None:
            chosen = _over(aggregate, rows)
            name, _ = self._plain.setdefault(chosen.sql(), (f"a{len(self._plain)}", chosen))
            return exp.column(name, table=PLAIN)
        counts = self._distinct.setdefault(item.sql(), DistinctCounts(item))
        number = list(self._distinct).index(item.sql())
        name, _ = counts.conditions.setdefault(rows.sql(), (f"c{len(counts.conditions)}", rows.copy()))
        return exp.func("COALESCE", exp.column(name, table=_relation(number)), exp.Literal.number(0))

    def aggregated(self, root: exp.Expr, rows: exp.Expr) -> exp.Expr:
        """Return an expression in which every aggregate is replaced by its column."""
        for aggregate in list(root.find_all(exp.AggFunc)):
            parent = aggregate.parent
            if isinstance(parent, exp.Filter):
                own = exp.and_(rows, parent.expression.this)
                parent.replace(self.add(aggregate, own))
            else:
                aggregate.replace(self.add(aggregate, rows))
        return root

    def joined(self, outer: exp.Select, source: exp.Expr, limits: Sequence[exp.Expr]) -> exp.Select:
        """Return `outer` reading the computed columns, one row per company with rows within the limits."""
        columns = [exp.alias_(node, name, quoted=True) for name, node in self._plain.values()]
        if not self._distinct:
            return outer.from_(_grouped(columns, source, limits).subquery(PLAIN, copy=False), copy=False)
        counted = exp.to_table(COUNTED)
        query = outer.with_(COUNTED, as_=exp.select("*").from_(source).where(*limits), copy=False)
        query = query.from_(_grouped(columns, counted, ()).subquery(PLAIN, copy=False), copy=False)
        for number, counts in enumerate(self._distinct.values()):
            mine, theirs = exp.column(KEY, table=PLAIN), exp.column(KEY, table=_relation(number))
            query = query.join(
                _summed(counts, counted).subquery(_relation(number), copy=False),
                on=exp.EQ(this=mine, expression=theirs),
                join_type="left",
                copy=False,
            )
        return query


def _grouped(columns: Sequence[exp.Expr], source: exp.Expr, limits: Sequence[exp.Expr]) -> exp.Select:
    grouped = exp.select(KEY, *columns).from_(source.copy(), copy=False)
    return grouped.where(*limits, copy=False).group_by(KEY, copy=False)


def _over(aggregate: exp.Expr, rows: exp.Expr) -> exp.Expr:
    """Return the aggregate over the rows of a condition.

    CASE and not FILTER: an engine would copy the columns of all aggregates for each filtered one.
    """
    chosen = aggregate.copy()
    of = exp.Literal.number(1) if isinstance(chosen.this, exp.Star) else chosen.this.copy()
    chosen.set("this", exp.Case().when(rows.copy(), of))
    return chosen


def _relation(number: int) -> str:
    return f"distinct_{number}"


def _distinct_item(aggregate: exp.Expr) -> exp.Expr | None:
    argument = aggregate.this if isinstance(aggregate, exp.Count) else None
    if isinstance(argument, exp.Distinct) and len(argument.expressions) == 1:
        item: exp.Expr = argument.expressions[0]
        return item
    return None


def _summed(counts: DistinctCounts, source: exp.Expr) -> exp.Select:
    flags, sums = [], []
    for name, condition in counts.conditions.values():
        flag = exp.Max(this=exp.Case().when(condition.copy(), "1").else_("0"))
        flags.append(exp.alias_(flag, name, quoted=True))
        sums.append(exp.alias_(exp.Sum(this=exp.column(name)), name, quoted=True))
    wanted = exp.or_(*[condition.copy() for _, condition in counts.conditions.values()])
    known = exp.Not(this=exp.Is(this=exp.Paren(this=counts.item.copy()), expression=exp.Null()))
    items = exp.select(KEY, *flags).from_(source.copy()).where(wanted, known)
    items = items.group_by(KEY, counts.item.copy())
    return exp.select(KEY, *sums).from_(items.subquery("items")).group_by(KEY)
