"""New cases, money and people by region and month, beside the year before; computed from events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lookout.web.cases.figures import Standing, standings
from lookout.web.cases.models import Case
from lookout.web.cases.totals import Period, by_part
from lookout.web.cases.words import Figure

MONTHS = range(1, 13)
# What can be counted; the others are sums of a figure of the new cases.
CASES = "cases"
MEASURES = (CASES, Figure.ABSORBED.value, Figure.PARTICIPANTS.value)


@dataclass(frozen=True)
class Line:
    """One region: a value for each month (None: not begun yet), their sum, and that of the same days a year before."""

    region: str
    months: tuple[Decimal | None, ...]
    total: Decimal
    before: Decimal

    @property
    def change(self) -> Decimal | None:
        """Return the change against the year before as a share, None when there was nothing."""
        return (self.total - self.before) / self.before if self.before else None


@dataclass(frozen=True)
class Table:
    """The lines of the parts and their sum."""

    lines: tuple[Line, ...]
    total: Line
    period: Period


def table(region: str, year: int, measure: str, today: date) -> Table:
    """Return the table of a year up to today; figures are those known of the cases on its last day."""
    period = Period(date(year, 1, 1), min(date(year, 12, 31), today))
    now = _filed(region, period)
    before = _filed(region, period.a_year_before)
    parts, earlier = by_part(now, region), by_part(before, region)
    lines = tuple(
        _line(part, parts.get(part, []), earlier.get(part, []), measure, period)
        for part in sorted({*parts, *earlier})
    )
    return Table(lines, _line(region, now, before, measure, period), period)


def _filed(region: str, period: Period) -> list[Standing]:
    """Return the cases filed in a period, as they stood at its end."""
    found = Case.objects.filter(
        lead_region__startswith=region, filed_on__gte=period.start, filed_on__lte=period.end
    )
    return standings(found.select_related("agency", "clue"), period.end)


def _line(region: str, now: list[Standing], before: list[Standing], measure: str, period: Period) -> Line:
    months: Mapping[int, list[Standing]] = {
        month: [one for one in now if one.case.filed_on.month == month] for month in MONTHS
    }
    values = tuple(_sum(months[month], measure) if month <= period.end.month else None for month in MONTHS)
    return Line(region, values, _sum(now, measure), _sum(before, measure))


def _sum(listed: list[Standing], measure: str) -> Decimal:
    if measure == CASES:
        return Decimal(len(listed))
    return sum((one.figures.get(Figure(measure), Decimal(0)) for one in listed), Decimal(0))


def month_of(year: int, month: int) -> Period:
    """Return the days of a month."""
    after = date(year + month // 12, month % 12 + 1, 1)
    return Period(date(year, month, 1), after - timedelta(days=1))
