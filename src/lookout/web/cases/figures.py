"""What stood on a day: figures and states of cases, read from events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from lookout.web.cases.models import Case, CaseEvent, CaseFigure, CaseRegion
from lookout.web.cases.rules import case_rules
from lookout.web.cases.states import CaseState, CaseVerb
from lookout.web.cases.words import Figure

DIGITS_OF_PROVINCE = 2


@dataclass(frozen=True)
class Standing:
    """A case as of a day, from what had been entered by an instant."""

    case: Case
    state: str
    police_state: str
    figures: dict[Figure, Decimal] = field(default_factory=dict)
    regions: tuple[str, ...] = ()
    mass_event_days: tuple[date, ...] = ()
    determination: str = ""
    stability: str = ""
    days: dict[CaseVerb, date] = field(default_factory=dict)

    @property
    def crosses_province(self) -> bool:
        """Tell whether it reaches into another province."""
        home = self.case.lead_region[:DIGITS_OF_PROVINCE]
        return any(region[:DIGITS_OF_PROVINCE] != home for region in self.regions)

    @property
    def is_major(self) -> bool:
        """Tell whether it is a major case, by rule."""
        known = self.figures
        return case_rules().is_major(
            known.get(Figure.ABSORBED), known.get(Figure.PARTICIPANTS), crosses=self.crosses_province
        )

    @property
    def fine_range(self) -> tuple[Decimal, Decimal] | None:
        """Return the least and most fine in yuan, None while what was raised is not known."""
        return case_rules().fine_range(self.figures.get(Figure.ABSORBED))

    @property
    def repaid_share(self) -> Decimal | None:
        """Return which share of what was raised is repaid, None while either is not known."""
        absorbed, repaid = self.figures.get(Figure.ABSORBED), self.figures.get(Figure.REPAID)
        return repaid / absorbed if absorbed and repaid is not None else None

    @property
    def is_closed(self) -> bool:
        """Tell whether it was closed by then."""
        return self.state == CaseState.CLOSED


def standings(cases: Iterable[Case], day: date, *, known_at: datetime | None = None) -> list[Standing]:
    """Return how cases stood at the end of a day; those not yet filed then are left out.

    `known_at`: only what had been entered by then, None for everything.
    """
    listed = [case for case in cases if case.filed_on <= day]
    keys = [case.pk for case in listed]
    figures = _newest_figures(keys, day, known_at)
    events = _events(keys, day, known_at)
    regions: dict[int, list[str]] = defaultdict(list)
    for case, region in CaseRegion.objects.filter(case__in=keys).values_list("case_id", "region"):
        regions[case].append(region)
    return [
        _standing(case, events[case.pk], figures[case.pk], regions[case.pk])
        for case in listed
        if events[case.pk]
    ]


def standing_of(case: Case, day: date) -> Standing:
    """Return how one case stands on a day at or after its filing."""
    return standings([case], max(day, case.filed_on))[0]


def _standing(
    case: Case, events: list[CaseEvent], figures: dict[Figure, Decimal], regions: list[str]
) -> Standing:
    values = {event.verb: event.value for event in events}
    return Standing(
        case=case,
        state=events[-1].state,
        police_state=events[-1].police_state,
        figures=figures,
        regions=tuple(regions),
        mass_event_days=tuple(event.on for event in events if event.verb == CaseVerb.MASS_EVENT),
        determination=values.get(CaseVerb.DETERMINE, ""),
        stability=values.get(CaseVerb.STABILITY, ""),
        days={CaseVerb(event.verb): event.on for event in events},
    )


def _events(keys: list[int], day: date, known_at: datetime | None) -> dict[int, list[CaseEvent]]:
    found = CaseEvent.objects.filter(case__in=keys, on__lte=day)
    if known_at is not None:
        found = found.filter(entered_at__lte=known_at)
    by_case: dict[int, list[CaseEvent]] = defaultdict(list)
    for event in found.order_by("on", "pk"):
        by_case[event.case_id].append(event)
    return by_case


def _newest_figures(
    keys: list[int], day: date, known_at: datetime | None
) -> dict[int, dict[Figure, Decimal]]:
    """Return the newest figure of each kind: of the latest day, and of that day the one entered last."""
    found = CaseFigure.objects.filter(case__in=keys, on__lte=day)
    if known_at is not None:
        found = found.filter(entered_at__lte=known_at)
    by_case: dict[int, dict[Figure, Decimal]] = defaultdict(dict)
    for row in found.order_by("on", "pk").values_list("case_id", "figure", "value"):
        by_case[row[0]][Figure(row[1])] = row[2]
    return by_case
