"""Sums over cases: of a region and period, by its parts, and case by case; computed from events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from lookout.kernel.regions import tree_prefix
from lookout.web.cases.figures import Standing, standings
from lookout.web.cases.models import Case
from lookout.web.cases.states import CaseVerb
from lookout.web.cases.words import SUMMED, Figure

DISTRICT = 6  # digits


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included."""

    start: date
    end: date

    def __contains__(self, day: object) -> bool:
        """Tell whether a day lies in it."""
        return isinstance(day, date) and self.start <= day <= self.end

    @property
    def a_year_before(self) -> Period:
        """Return the same days of the year before; of 29 February the 28th."""
        return Period(year_before(self.start), year_before(self.end))


def year_before(day: date) -> date:
    """Return the same day of the year before."""
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year - 1, day=last)


@dataclass(frozen=True)
class Totals:
    """Sums over cases. `figures` are those of the cases in hand at the end of the period; money in yuan.

    In hand: filed by the end and not closed before the beginning.
    """

    new_cases: int
    new_major: int
    in_hand: int
    open_at_end: int
    closed: int
    transferred: int
    mass_events: int
    figures: Mapping[Figure, Decimal]

    def plain(self) -> dict[str, int | str]:
        """Return it as JSON knows it, money as texts."""
        counts = {name: getattr(self, name) for name in COUNTS}
        return {**counts, **{figure.value: str(value) for figure, value in self.figures.items()}}


COUNTS = ("new_cases", "new_major", "in_hand", "open_at_end", "closed", "transferred", "mass_events")


def in_hand(region: str, period: Period, *, known_at: datetime | None = None) -> list[Standing]:
    """Return the cases of a region (a prefix) that were in hand in a period, as they stood at its end."""
    cases = (
        Case.objects.filter(lead_region__startswith=region, filed_on__lte=period.end)
        .select_related("agency", "clue")
        .order_by("filed_on", "pk")
    )
    found = standings(cases, period.end, known_at=known_at)
    return [one for one in found if not one.is_closed or one.days[CaseVerb.CLOSE] >= period.start]


def total(listed: Iterable[Standing], period: Period) -> Totals:
    """Add up cases."""
    cases = list(listed)
    new = [one for one in cases if one.case.filed_on in period]
    sums: dict[Figure, Decimal] = dict.fromkeys(SUMMED, Decimal(0))
    for one in cases:
        for figure in SUMMED:
            sums[figure] += one.figures.get(figure, Decimal(0))
    return Totals(
        new_cases=len(new),
        new_major=sum(one.is_major for one in new),
        in_hand=len(cases),
        open_at_end=sum(not one.is_closed for one in cases),
        closed=sum(one.is_closed for one in cases),
        transferred=sum(one.days.get(CaseVerb.TRANSFER) in period for one in cases),
        mass_events=sum(day in period for one in cases for day in one.mass_event_days),
        figures=sums,
    )


def part_of(lead_region: str, region: str) -> str:
    """Return the part of a region that a case belongs to: the city of a province, the district of a city."""
    width = len(tree_prefix(region)) + 2
    return lead_region[: min(width, DISTRICT)]


def by_part(listed: Iterable[Standing], region: str) -> dict[str, list[Standing]]:
    """Return the cases of a region by its parts; each case is in exactly one."""
    parts: dict[str, list[Standing]] = defaultdict(list)
    for one in listed:
        parts[part_of(one.case.lead_region, region)].append(one)
    return dict(sorted(parts.items()))
