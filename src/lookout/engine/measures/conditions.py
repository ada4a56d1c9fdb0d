"""Which rows of a table count for a measure, as SQL conditions for one day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlglot import exp

from lookout.contracts.constants import ConstantValue
from lookout.engine.measures.form import Measure
from lookout.engine.measures.parse import parse
from lookout.engine.measures.schema import TableInfo
from lookout.hub.marts.binding import bind_expression, day_literal, guard_divisions, months_before

LATEST_ON = "latest_on"


class Conditions:
    """Binds the expressions and windows of one table to one day."""

    def __init__(self, table: TableInfo, as_of_day: date, values: Mapping[str, ConstantValue]) -> None:
        self.table = table
        self.as_of_day = as_of_day
        self.values = values

    def bound(self, text: str) -> exp.Expr:
        """Return an expression with its day and constants put in and its divisions guarded."""
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
        return window if measure.where is None else exp.and_(window, self.bound(measure.where), copy=False)
