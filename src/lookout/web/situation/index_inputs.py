"""What every region holds at an instant, read from the published run and from the desk.

Everybody reads the same index of a region, so it is computed without regard to a person; what is kept sealed is not
in it at all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from lookout.hub.reading import CompanyFilter, FactQuestion, RunInfo
from lookout.hub.reading.difference import DifferenceFilter
from lookout.kernel.regions import regions, tree_prefix
from lookout.web import published
from lookout.web.cases.figures import standings
from lookout.web.cases.models import Case
from lookout.web.cases.states import CaseState
from lookout.web.cases.words import Figure
from lookout.web.clues.models import Clue
from lookout.web.clues.services import place_of
from lookout.web.clues.states import CLOSED, OPEN, ClueState
from lookout.web.clues.words import Secrecy
from lookout.web.dispatch.deadlines import RUNNING
from lookout.web.dispatch.models import Deadline, DispatchOrder, EffectCheck, Measure
from lookout.web.situation.index_rules import IndexRules, residents
from lookout.web.situation.places import WARNED
from lookout.web.situation.region_index import Entity, Holding, mass

PARTICIPANTS = "C01"
ALL = 1_000_000
CHUNK = 500  # values in one question
VOID_STATES = frozenset({"refused", "duplicate"})


@dataclass(frozen=True)
class Holdings:
    """What each region (prefix) holds, its companies that carry risk, and since when new warnings are counted."""

    run: RunInfo
    by_region: dict[str, Holding]
    entities: dict[str, list[Entity]]
    since: datetime | None


def top_prefix() -> str:
    """Return the prefix of the whole: the province of this installation."""
    return tree_prefix(next(iter(regions())))


def holdings(run: RunInfo, rules: IndexRules, now: datetime) -> Holdings:
    """Return what every region with monitored companies holds."""
    monitored = _monitored()
    entities = _entities(rules, now)
    warned, since, days = _new_warned(run, rules)
    voices = _voices(run, rules)
    late, open_clues = _clues(now)
    unpaid, raised = _money(now)
    found = {
        prefix: Holding(
            mass=sum(mass(one, rules) for one in entities[prefix]),
            monitored=count,
            new_warned=warned[prefix] if warned is not None else None,
            window_days=days,
            voices=voices[prefix],
            residents=residents().by_prefix.get(prefix),
            late=late[prefix],
            open_clues=open_clues[prefix],
            unpaid=unpaid[prefix],
            raised=raised[prefix],
        )
        for prefix, count in sorted(monitored.items())
    }
    return Holdings(run, found, entities, since)


def levels(region: str) -> Iterator[str]:
    """Yield the prefixes a division counts for: the whole, its city, its district."""
    top = top_prefix()
    yield top
    if region.startswith(top):
        prefix = tree_prefix(region)
        yield from (prefix[:length] for length in (4, 6) if len(prefix) >= length)


def _monitored() -> Counter[str]:
    reader, counts = published.reader(), Counter[str]()
    counts[top_prefix()] = sum(count for _c, _n, count in reader.count_by(CompanyFilter(), "band"))
    for code, _name, count in reader.count_by(CompanyFilter(), "district"):
        for prefix in levels(code):
            counts[prefix] += count if prefix != top_prefix() else 0
    return counts


# ---- companies that carry risk -------------------------------------------------------------------
def _entities(rules: IndexRules, now: datetime) -> dict[str, list[Entity]]:
    listed = published.reader().exposures(CompanyFilter(), (PARTICIPANTS,), above=int(rules.start))
    identifiers = [one.identifier for one in listed]
    credits, told = _credits(identifiers, rules, now), _participants(identifiers)
    found: dict[str, list[Entity]] = defaultdict(list)
    for one in listed:
        known = [value for value in (one.values[PARTICIPANTS], told.get(one.identifier)) if value is not None]
        entity = Entity(
            identifier=one.identifier,
            name=one.name,
            district=one.region,
            kind=one.organization_type,
            score=float(one.score),
            previous_score=None if one.previous_score is None else float(one.previous_score),
            participants=max(known, default=None),
            credit=credits.get(one.identifier, rules.credits["none"]),
        )
        for prefix in levels(one.region):
            found[prefix].append(entity)
    return found


def _open_clues_of(companies: Iterable[str]) -> list[Clue]:
    wanted = Clue.objects.exclude(secrecy=Secrecy.SEALED).exclude(state=ClueState.MERGED).exclude(company="")
    kept = set(companies)
    return [one for one in wanted.order_by("opened_at", "pk") if one.company in kept]


def _participants(companies: Iterable[str]) -> dict[str, float]:
    """Return the most people any clue about a company speaks of."""
    found: dict[str, float] = {}
    for clue in _open_clues_of(companies):
        if clue.participants is not None:
            found[clue.company] = max(found.get(clue.company, 0.0), float(clue.participants))
    return found


def _credits(companies: Iterable[str], rules: IndexRules, now: datetime) -> dict[str, float]:
    """Return how far handling has gone: of open clues the furthest, else of the newest that was closed."""
    by_company: dict[str, list[Clue]] = defaultdict(list)
    for clue in _open_clues_of(companies):
        by_company[clue.company].append(clue)
    clues = [clue.pk for listed in by_company.values() for clue in listed]
    accepted = set(_in_chunks(clues, DispatchOrder.objects.filter(accepted_at__isnull=False), "clue"))
    approved = Q(needs_approval=False) | Q(approved_at__isnull=False)
    measures = set(_in_chunks(clues, Measure.objects.filter(approved, refused_at=None), "order__clue"))
    effects = _newest_effects(clues)

    def step(clue: Clue) -> str:
        if clue.pk in measures:
            return "measures"
        return "accepted" if clue.pk in accepted else "none"

    found = {}
    for company, listed in by_company.items():
        running = [clue for clue in listed if ClueState(clue.state) in OPEN]
        if running:
            found[company] = max(rules.credits[step(clue)] for clue in running)
            continue
        closed = [clue for clue in listed if ClueState(clue.state) in CLOSED and clue.closed_at]
        if closed:
            newest = max(closed, key=lambda clue: (clue.closed_at or now, clue.pk))
            effect = effects.get(newest.pk)
            if effect is None:
                found[company] = rules.credits[step(newest)]
            else:
                helped = effect >= rules.effective_from
                found[company] = rules.credits["effective" if helped else "none"]
    return found


def _in_chunks(clues: list[int], rows: QuerySet[Any], path: str) -> Iterator[int]:
    """Yield the clues that rows lead to, asking for so many at once as every database takes."""
    for start in range(0, len(clues), CHUNK):
        yield from rows.filter(**{f"{path}__in": clues[start : start + CHUNK]}).values_list(path, flat=True)


def _newest_effects(clues: list[int]) -> dict[int, float]:
    found: dict[int, float] = {}
    for start in range(0, len(clues), CHUNK):
        checks = EffectCheck.objects.filter(clue__in=clues[start : start + CHUNK], effect__isnull=False)
        for clue, effect in checks.order_by("computed_at", "pk").values_list("clue_id", "effect"):
            found[clue] = float(effect or 0)
    return found


# ---- what is new ---------------------------------------------------------------------------------
def _new_warned(run: RunInfo, rules: IndexRules) -> tuple[Counter[str] | None, datetime | None, int]:
    """Return companies red or orange now and not at the beginning of the window, since when, and over how many days.

    The beginning is the newest kept run before the window, or the oldest kept; None when none is old enough.
    """
    window = timedelta(days=rules.window_days)
    reader = published.reader()
    earlier = [one for one in reader.runs() if one.as_of < run.as_of]
    before = [one for one in earlier if one.as_of <= run.as_of - window]
    base = max(before, key=lambda one: one.as_of, default=None) or min(
        earlier, key=lambda one: one.as_of, default=None
    )
    days = (run.as_of - base.as_of).days if base else 0
    if base is None or days < rules.least_window_days:
        return None, None, rules.window_days
    counts: Counter[str] = Counter()
    for kind in ("entered", "raised"):
        asked = DifferenceFilter(kind=kind)
        page = reader.difference(base.run_id, run.run_id, asked, limit=ALL)
        for row in page.rows:
            if row.band_now in WARNED and row.band_before not in WARNED:
                counts.update(levels(row.region))
    return counts, base.as_of, days


def _voices(run: RunInfo, rules: IndexRules) -> Counter[str]:
    """Return complaints of illegal fund-raising that stand, and clusters of negative posts, of the window."""
    end = run.as_of.date()
    start = end - timedelta(days=rules.window_days - 1)
    reader, counts = published.reader(), Counter[str]()
    complaints = FactQuestion(
        "complaint_ticket",
        by=("company_district", "state", "result"),
        where=(("complaint_type", ("illegal_fundraising",)),),
        start=start,
        end=end,
    )
    for line in reader.count_facts(complaints):
        region, state, result = line.keys
        if state not in VOID_STATES and result != "unfounded":
            for prefix in levels(region):
                counts[prefix] += line.rows
    posts = FactQuestion(
        "opinion_post",
        by=("company_district", "event_cluster"),
        where=(("sentiment", ("negative",)),),
        start=start,
        end=end,
    )
    clusters: dict[str, set[str]] = defaultdict(set)
    for line in reader.count_facts(posts):
        region, cluster = line.keys
        for prefix in levels(region):
            if cluster:
                clusters[prefix].add(cluster)
            else:
                counts[prefix] += line.rows  # a post of no cluster stands for itself
    for prefix, found in clusters.items():
        counts[prefix] += len(found)
    return counts


# ---- what waits ----------------------------------------------------------------------------------
def _clues(now: datetime) -> tuple[Counter[str], Counter[str]]:
    """Return the overdue and all open clues by region; each lies in one place."""
    late_ones = set(Deadline.objects.filter(RUNNING, due_at__lt=now).values_list("clue", flat=True))
    late, every = Counter[str](), Counter[str]()
    listed = Clue.objects.filter(state__in=OPEN).exclude(secrecy=Secrecy.SEALED)
    for clue in listed.only("region_business", "region_registered"):
        for prefix in levels(place_of(clue)):
            every[prefix] += 1
            late[prefix] += clue.pk in late_ones
    return late, every


def _money(now: datetime) -> tuple[dict[str, float], dict[str, float]]:
    """Return what is unpaid and what was raised in the open cases of which both are known, in yuan."""
    unpaid: dict[str, float] = defaultdict(float)
    raised: dict[str, float] = defaultdict(float)
    cases = Case.objects.exclude(state=CaseState.CLOSED)
    for one in standings(cases, now.date()):
        owed, taken = one.figures.get(Figure.UNPAID), one.figures.get(Figure.ABSORBED)
        if owed is None or not taken:
            continue
        for prefix in levels(one.case.lead_region):
            unpaid[prefix] += float(owed)
            raised[prefix] += float(taken)
    return unpaid, raised
