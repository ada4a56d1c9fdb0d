"""The firms of one chunk of the province: kind, type, place, size, age, people; schemes and confounders among them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from lookout.demo.calendar import AVERAGE_MONTH, Calendar
from lookout.demo.cells import NEVER, Floats, Ints, Mask, between, day_number, generator, weighted
from lookout.demo.life import Course, joined, live
from lookout.demo.scenario import ConfounderKind, Scenario, SchemeKind
from lookout.demo.words import words
from lookout.kernel.regions import current_children

PERSONS_PER_COMPANY = 8
STAFF = ((1, 9), (10, 49), (50, 299), (300, 1999), (2000, 20000))
CAPITAL_WAN = ((5, 200), (50, 1000), (300, 5000), (2000, 50000), (20000, 1000000))
COMPANY_TYPES = ("limited", "joint_stock", "partnership", "sole", "individual", "cooperative", "foreign")
LIMITED, JOINT_STOCK, PARTNERSHIP, SOLE, INDIVIDUAL, COOPERATIVE, FOREIGN = range(7)
ORDINARY = -1
_PRECIOUS_FEW = {"bank", "local_asset_management_company", "regional_equity_market"}
_OLDEST = 375  # months; all cities of today had their code by then (云浮 was the last, in 1994)
# Licensed lenders are never corner shops.
_SMALLEST_LICENSED = 1


@dataclass
class Population:
    """Columns of a chunk, one entry a company. `kind` is −1 for ordinary firms, else its place in `kinds`."""

    numbers: Ints  # of the company in the province
    kinds: tuple[str, ...]
    kind: Ints
    shell_of: Ints  # index of the scheme a firm is a shell of, or −1
    business: Ints  # index into `types`
    types: tuple[str, ...]
    trade: Ints  # index into the trades of all types
    company_type: Ints
    size: Ints
    staff: Floats
    revenue: Floats  # yuan a month
    capital: Floats
    paid_in: Floats
    established: Ints
    closed: Ints
    renamed: Ints
    city: Ints  # six-digit codes
    region: Ints
    leader: Ints  # person numbers
    licensed: Mask
    course: Course
    course_of: Ints  # company → row of `course`, or −1
    members: Ints  # row of `course` → company
    episode_start: Ints
    episode_end: Ints
    names: dict[str, pa.Array] = field(default_factory=dict)
    codes: dict[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers)

    def of_kind(self, name: str) -> Ints:
        """Return the indices of the companies of one kind."""
        return np.flatnonzero(self.kind == self.kinds.index(name))

    def is_type(self, *codes: str) -> Mask:
        """Tell which companies have one of these organisation types."""
        return np.isin(self.business, [self.types.index(code) for code in codes])

    @property
    def is_scheme(self) -> Mask:
        """Tell which companies are schemes."""
        return self.course_of >= 0


def populate(scenario: Scenario, calendar: Calendar, seed: int, first: int, count: int) -> Population:
    """Return companies number `first` to `first + count − 1` of the province."""
    rng = generator(seed, "population", first)
    kinds = (*scenario.schemes, *scenario.confounders)
    entries: list[SchemeKind | ConfounderKind] = [*scenario.schemes.values(), *scenario.confounders.values()]
    shares = [entry.share for entry in entries]
    kind = weighted(rng, [1 - sum(shares), *shares], count) - 1
    types = tuple(words().types)
    business, size = np.zeros(count, np.int64), weighted(rng, scenario.population.sizes, count)
    _place(business, kind == ORDINARY, rng, types, scenario.population.types)
    months_old = np.minimum(rng.exponential(95, count), _OLDEST)
    forced = np.full(count, -1.0)  # chance of a licence a kind prescribes
    for number, entry in enumerate(entries):
        mine = kind == number
        _place(business, mine, rng, types, entry.types)
        chances = (5, 4, 1, 0.1, 0) if isinstance(entry, SchemeKind) else entry.sizes
        size[mine] = weighted(rng, chances, int(mine.sum()))
        licence = entry.concealment.has_licence if isinstance(entry, SchemeKind) else entry.has_licence
        if licence is not None:
            forced[mine] = licence
        if isinstance(entry, ConfounderKind):
            months_old[mine] = rng.uniform(entry.age_months.low, entry.age_months.high, int(mine.sum()))
    ordinary_licence = np.array([words().types[code].licence for code in types])[business]
    licensed = rng.random(count) < np.where(forced >= 0, forced, ordinary_licence)
    size = np.where(licensed, np.maximum(size, _SMALLEST_LICENSED), size)
    size = np.where(
        np.isin(business, [types.index(code) for code in _PRECIOUS_FEW]), np.maximum(size, 3), size
    )
    course, course_of, members = _courses(rng, scenario, kind, calendar)
    established = (calendar.end - months_old * AVERAGE_MONTH).astype(np.int64)
    for number, scheme in enumerate(scenario.schemes.values()):
        mine = np.flatnonzero(kind == number)
        age = rng.uniform(scheme.concealment.age_months.low, scheme.concealment.age_months.high, len(mine))
        established[mine] = course.started_on[course_of[mine]] - (age * AVERAGE_MONTH).astype(np.int64) - 5
    start, end = _episodes(rng, entries, kind, calendar)
    city, region = _places(rng, scenario, established)
    staff = np.floor(_by_size(rng, STAFF, size))
    capital = np.round(_by_size(rng, CAPITAL_WAN, size)) * 10_000
    numbers = np.arange(first, first + count, dtype=np.int64)
    population = Population(
        numbers=numbers, kinds=kinds, kind=kind, shell_of=np.full(count, -1), business=business, types=types,
        trade=_trades(rng, types, business, kind, entries), company_type=_company_types(rng, types, business, size),
        size=size, staff=staff, revenue=staff * between(rng, 8_000, 90_000, count), capital=capital,
        paid_in=np.round(capital * np.where(rng.random(count) < 0.35, 1.0, rng.beta(0.5, 1.0, count)), -2),
        established=established, closed=_closures(rng, scenario, calendar, kind, established),
        renamed=_renamings(rng, calendar, established),
        city=city, region=region, leader=numbers * PERSONS_PER_COMPANY, licensed=licensed,
        course=course, course_of=course_of, members=members, episode_start=start, episode_end=end,
    )  # fmt: skip
    _disguise(rng, scenario, population)
    return population


def _place(
    business: Ints, mine: Mask, rng: np.random.Generator, types: tuple[str, ...], weights: dict[str, float]
) -> None:
    indices = np.array([types.index(code) for code in weights])
    business[mine] = indices[weighted(rng, list(weights.values()), int(mine.sum()))]


def _by_size(rng: np.random.Generator, bounds: tuple[tuple[int, int], ...], size: Ints) -> Floats:
    low, high = np.array(bounds, float).T
    return np.asarray(np.exp(rng.uniform(np.log(low[size]), np.log(high[size] + 0.99))))


def _courses(
    rng: np.random.Generator, scenario: Scenario, kind: Ints, calendar: Calendar
) -> tuple[Course, Ints, Ints]:
    courses, members = [], []
    for number, scheme in enumerate(scenario.schemes.values()):
        mine = np.flatnonzero(kind == number)
        courses.append(live(rng, scheme, len(mine), calendar))
        members.append(mine)
    everyone = np.concatenate(members)
    course_of = np.full(len(kind), -1)
    course_of[everyone] = np.arange(len(everyone))
    return joined(courses), course_of, everyone


def _episodes(
    rng: np.random.Generator, entries: list[SchemeKind | ConfounderKind], kind: Ints, calendar: Calendar
) -> tuple[Ints, Ints]:
    start, end = np.full(len(kind), NEVER), np.full(len(kind), NEVER)
    for number, entry in enumerate(entries):
        if isinstance(entry, ConfounderKind):
            mine, episode = np.flatnonzero(kind == number), entry.episode
            begin = rng.uniform(
                episode.start_months_before_end.low, episode.start_months_before_end.high, len(mine)
            )
            lasts = rng.uniform(episode.lasts_months.low, episode.lasts_months.high, len(mine))
            start[mine] = (calendar.end - begin * AVERAGE_MONTH).astype(np.int64)
            end[mine] = start[mine] + np.maximum(lasts * AVERAGE_MONTH, 10).astype(np.int64)
    return start, end


def _places(rng: np.random.Generator, scenario: Scenario, established: Ints) -> tuple[Ints, Ints]:
    """Draw a city and a district whose code was already valid when the firm was registered."""
    weights = scenario.population.cities
    cities = np.array([int(code) for code in weights])[
        weighted(rng, list(weights.values()), len(established))
    ]
    region = cities.copy()
    for code in weights:
        mine = np.flatnonzero(cities == int(code))
        children = current_children(code)
        if not children:
            continue
        since = np.array([day_number(child.valid_from) for child in children])
        district = rng.integers(0, len(children), len(mine))
        exists = since[district] <= established[mine]
        region[mine] = np.where(
            exists, np.array([int(child.code) for child in children])[district], int(code)
        )
    return cities, region


def _trades(
    rng: np.random.Generator,
    types: tuple[str, ...],
    business: Ints,
    kind: Ints,
    entries: list[SchemeKind | ConfounderKind],
) -> Ints:
    trades = [words().types[code].trades for code in types]
    counts = np.array([len(entry) for entry in trades])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    trade: Ints = starts[business] + (rng.random(len(business)) * counts[business]).astype(np.int64)
    flat = [entry.word for group in trades for entry in group]
    for number, entry in enumerate(entries):
        if isinstance(entry, ConfounderKind) and entry.trade in flat:
            trade[kind == number] = flat.index(entry.trade)
    return trade


def _company_types(rng: np.random.Generator, types: tuple[str, ...], business: Ints, size: Ints) -> Ints:
    usual = weighted(rng, (70, 4, 1, 3, 18, 0, 4), len(business))
    is_general = business == types.index("general")
    plain = np.where(rng.random(len(business)) < 0.08, JOINT_STOCK, LIMITED)
    result = np.where(
        is_general & (size < 1), usual, np.where(is_general & (usual != INDIVIDUAL), usual, plain)
    )
    fund = business == types.index("private_fund")
    result = np.where(fund & (rng.random(len(business)) < 0.3), PARTNERSHIP, result)
    result = np.where(business == types.index("farmers_cooperative"), COOPERATIVE, result)
    return np.asarray(np.where(business == types.index("bank"), JOINT_STOCK, result))


def _closures(
    rng: np.random.Generator, scenario: Scenario, calendar: Calendar, kind: Ints, established: Ints
) -> Ints:
    months = rng.exponential(1 / max(scenario.noise.closures, 1e-9), len(kind))
    closed = calendar.start + (months * AVERAGE_MONTH).astype(np.int64)
    possible = (kind == ORDINARY) & (closed <= calendar.end) & (closed > established + 90)
    return np.where(possible, closed, NEVER)


def _renamings(rng: np.random.Generator, calendar: Calendar, established: Ints) -> Ints:
    """One firm in thirty has changed its name, some of them before the window."""
    day = rng.integers(calendar.start - 700, calendar.end, len(established))
    return np.where((rng.random(len(established)) < 0.033) & (day > established + 60), day, NEVER)


def _disguise(rng: np.random.Generator, scenario: Scenario, population: Population) -> None:
    """Give schemes large subscribed and little paid capital, and turn small ordinary firms into their shells."""
    for number, scheme in enumerate(scenario.schemes.values()):
        mine = np.flatnonzero(population.kind == number)
        population.capital[mine] = np.round(between(rng, 500, 10_000, len(mine)) / 100) * 1_000_000
        low = rng.random(len(mine)) < scheme.concealment.low_paid_in
        share = np.where(low, rng.uniform(0, 0.05, len(mine)), rng.uniform(0.1, 1, len(mine)))
        population.paid_in[mine] = np.round(population.capital[mine] * share, -2)
        population.staff[mine] = rng.integers(3, 15, len(mine))
        population.revenue[mine] = between(rng, 5_000, 120_000, len(mine))
        wanted = np.floor(
            rng.uniform(scheme.concealment.shells.low, scheme.concealment.shells.high + 1, len(mine))
        )
        free = np.flatnonzero(
            (population.kind == ORDINARY) & (population.shell_of < 0) & (population.size == 0)
            & (population.company_type == LIMITED)
        )  # fmt: skip
        owners = np.repeat(mine, wanted.astype(np.int64))[: len(free)]
        shells = rng.permutation(free)[: len(owners)]
        population.shell_of[shells] = owners
        population.region[shells], population.city[shells] = (
            population.region[owners],
            population.city[owners],
        )
        population.leader[shells] = np.where(
            rng.random(len(owners)) < 0.5, population.leader[owners], population.leader[owners] + 1
        )
        age = (rng.uniform(0, 18, len(owners)) * AVERAGE_MONTH).astype(np.int64)
        # A shell stands in a district that existed when the scheme was founded, so it must not be older.
        population.established[shells] = np.minimum(
            population.established[owners] + age, scenario_end(scenario) - 40
        )
        population.established[shells] = np.maximum(
            population.established[shells], population.established[owners]
        )
        population.closed[shells] = NEVER
        population.staff[shells], population.revenue[shells] = 0, 0
        population.paid_in[shells] = 0


def scenario_end(scenario: Scenario) -> int:
    """Return the last day of the history as a day number."""
    return Calendar(scenario.as_of, scenario.history_months).end
