"""Reads behind the situation; every count is one a list gives under the filter it links to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, Min, Q
from django.utils.http import urlencode

from lookout.hub.reading.model import CompanyFilter
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.clues.models import Clue
from lookout.web.clues.selectors import ClueFilter, find_clues
from lookout.web.clues.words import Outcome, Source
from lookout.web.companies.access import within_scope
from lookout.web.dispatch.deadlines import RUNNING
from lookout.web.dispatch.models import Deadline, EffectCheck, Measure
from lookout.web.dispatch.rules import measure_rules
from lookout.web.situation.places import WARNED, Place, list_places
from lookout.web.ui.words import word, written_day

TREND_BANDS = ("red", "orange", "yellow")


@dataclass(frozen=True)
class Part:
    """One line of a structure: its share of the largest line in percent, and the query of its list."""

    name: str
    count: int
    query: str
    length: int = 0


@dataclass(frozen=True)
class Late:
    """What is overdue with one agency: clues, and since when the longest."""

    agency: int
    name: str
    clues: int
    since: datetime
    query: str


@dataclass(frozen=True)
class Effect:
    """How far handling helped where it ended in one outcome; `mean` 0 to 1, None when not computed yet."""

    name: str
    clues: int
    checks: int
    mean: float | None
    query: str


@dataclass(frozen=True)
class Situation:
    """Everything the page shows of one region."""

    bands: dict[str, int]
    clues: dict[str, int]
    places: list[Place]
    trend: dict[str, Any]
    trend_rows: list[tuple[datetime, dict[str, int]]]
    types: list[Part]
    sources: list[Part]
    outcomes: list[Part]
    measures: list[Part]
    late: list[Late]
    effects: list[Effect]


def situation(user: User, region: str, figure: str, now: datetime) -> Situation:
    """Collect how things stand in a region ('' is all the person sees)."""
    reader = published.reader()
    asked = within_scope(user, CompanyFilter(region=region))
    here = ClueFilter(region=region)
    trend = reader.band_trend((region,) if region else scope_of(user))
    bands = {code: count for code, _name, count in reader.count_by(asked, "band")}
    return Situation(
        bands={band: bands.get(band, 0) for band in TREND_BANDS},
        clues=_clue_counts(user, here, now),
        places=list_places(user, region, figure, now),
        trend=_chart(trend),
        trend_rows=list(reversed(trend)),
        types=_types(asked, region),
        sources=_grouped(user, here, "source", Source.choices),
        outcomes=_grouped(user, here, "outcome", Outcome.choices),
        measures=_measures(user, here),
        late=_late(user, here, now),
        effects=_effects(user, here),
    )


def _clue_counts(user: User, here: ClueFilter, now: datetime) -> dict[str, int]:
    wanted = {
        "open": replace(here, state="open"),
        "late": replace(here, late_at=now),
        "closed": replace(here, state="closed"),
        "reopened": replace(here, reopened=True),
    }
    counts = {name: find_clues(user, one).count() for name, one in wanted.items()}
    once = Q(reopened_times__gt=0) | ~Q(outcome="")
    return {**counts, "ever_closed": find_clues(user, here).filter(once).count()}


def _chart(trend: list[tuple[datetime, dict[str, int]]]) -> dict[str, Any]:
    lines = [
        {"band": band, "name": word("band", band), "values": [counts.get(band, 0) for _at, counts in trend]}
        for band in TREND_BANDS
    ]
    return {"kind": "bands", "days": [written_day(as_of) for as_of, _counts in trend], "lines": lines}


def _parts(lines: list[tuple[str, int, list[tuple[str, str]]]], region: str) -> list[Part]:
    most = max((count for _name, count, _query in lines), default=0) or 1
    where = [("region", region)] if region else []
    return [
        Part(name, count, urlencode([*query, *where]), round(count * 100 / most))
        for name, count, query in lines
    ]


def _types(asked: CompanyFilter, region: str) -> list[Part]:
    bands = [("band", band) for band in WARNED]
    counted = published.reader().count_by(replace(asked, bands=WARNED), "organization_type")
    counted = sorted(counted, key=lambda one: (-one[2], one[0]))
    return _parts([(name, count, [("type", code), *bands]) for code, name, count in counted], region)


def _grouped(user: User, here: ClueFilter, field: str, choices: list[tuple[str, Any]]) -> list[Part]:
    counted = find_clues(user, here).order_by().values_list(field).annotate(number=Count("pk"))
    counts: dict[str, int] = dict(counted)
    lines = [(str(name), counts[code], [(field, code)]) for code, name in choices if counts.get(code)]
    return _parts(sorted(lines, key=lambda line: -line[1]), here.region)


def _measures(user: User, here: ClueFilter) -> list[Part]:
    """Return clues by the kind of result; one clue may have several measures, and counts once for each group."""
    kinds: dict[str, list[str]] = {}
    for rule in measure_rules().values():
        kinds.setdefault(rule.group, []).append(rule.code)
    counts_ = Q(needs_approval=False) | Q(approved_at__isnull=False)
    taken = Measure.objects.filter(counts_, order__clue__in=find_clues(user, here)).order_by()
    clues: dict[str, set[int]] = {}
    for clue, kind in taken.values_list("order__clue_id", "kind").distinct():
        clues.setdefault(kind, set()).add(clue)
    lines = []
    for group, codes in kinds.items():
        found = set().union(*(clues.get(code, set()) for code in codes))
        if found:
            lines.append((group, len(found), [("measure", code) for code in codes]))
    return _parts(sorted(lines, key=lambda line: -line[1]), here.region)


def _late(user: User, here: ClueFilter, now: datetime) -> list[Late]:
    overdue = Deadline.objects.filter(RUNNING, due_at__lt=now, clue__in=find_clues(user, here)).order_by()
    counted = overdue.values("owner", "owner__name").annotate(
        clues=Count("clue", distinct=True), since=Min("due_at")
    )
    where: dict[str, str] = {"region": here.region} if here.region else {}
    return [
        Late(
            row["owner"],
            row["owner__name"],
            row["clues"],
            row["since"],
            urlencode({"late": "1", "agency": str(row["owner"]), **where}),
        )
        for row in counted.order_by("-clues", "since", "owner")
    ]


def _effects(user: User, here: ClueFilter) -> list[Effect]:
    found = find_clues(user, here).exclude(outcome="")
    closed: dict[str, int] = dict(found.order_by().values_list("outcome").annotate(number=Count("pk")))
    checks = EffectCheck.objects.filter(clue__in=Clue.objects.filter(pk__in=found.values("pk")))
    computed = checks.filter(effect__isnull=False).order_by().values("clue__outcome")
    means = {row["clue__outcome"]: row for row in computed.annotate(mean=Avg("effect"), number=Count("pk"))}
    where = {"region": here.region} if here.region else {}
    effects = []
    for code, name in Outcome.choices:
        if number := closed.get(code):
            row = means.get(code)
            mean = float(row["mean"]) if row else None
            query = urlencode({"outcome": code, **where})
            effects.append(Effect(str(name), number, row["number"] if row else 0, mean, query))
    return effects
