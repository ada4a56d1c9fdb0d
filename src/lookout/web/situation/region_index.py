"""The regional index of public financial risk (区域涉众金融风险指数): a pure formula over what a region holds.

Four parts: how dense the risk stands (density), how much is new (flow), how much the public says (public), and how
much waits (backlog). Each part becomes 0 to 100 against the median region of a fixed base period, 50 at the median.
A part that nothing is known about is left out, and the others count for the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import log2, log10
from statistics import median

from lookout.kernel.errors import DataError
from lookout.web.situation.index_rules import PARTS, IndexRules

PER_COMPANIES = 10_000
PER_RESIDENTS = 100_000
CENT = Decimal("0.01")
LEAST_OVERLAP_MONTHS = 12


@dataclass(frozen=True)
class Entity:
    """One company that carries risk. `participants` None: not known; `credit` 0 to 1 is what its handling takes away.

    `district` is a division code of six digits or '', `kind` its type of organisation.
    """

    identifier: str
    name: str
    district: str
    kind: str
    score: float
    previous_score: float | None = None
    participants: float | None = None
    credit: float = 0.0


@dataclass(frozen=True)
class Holding:
    """What a region holds at an instant. None: not known.

    `monitored`: companies of the target list, the only denominator of companies, so that adding clean firms outside
    it changes nothing. `new_warned`: companies newly red or orange in `window_days`. `voices`: complaints of illegal
    fund-raising and clusters of negative posts in the window. `late`, `open_clues`: clues overdue, and all open.
    `unpaid`, `raised`: yuan of the open cases whose both are known.
    """

    mass: float
    monitored: int
    new_warned: int | None = None
    window_days: int = 90
    voices: int | None = None
    residents: int | None = None
    late: int = 0
    open_clues: int = 0
    unpaid: float = 0.0
    raised: float = 0.0


@dataclass(frozen=True)
class Index:
    """The index of one region and month before smoothing: the parts as measured, as scaled, and their points.

    `points` add up to `value` exactly; `known` is the weight of the parts that something is known about, 0 to 1.
    """

    value: Decimal
    measured: Mapping[str, float]
    scaled: Mapping[str, float]
    points: Mapping[str, Decimal]
    known: float


def mass(entity: Entity, rules: IndexRules, *, score: float | None = None) -> float:
    """Return the risk a company carries: by score, by how many people take part, less what handling took away."""
    above = max((entity.score if score is None else score) - rules.start, 0.0) / (100 - rules.start)
    people = 1 + log10(1 + max(entity.participants or 0.0, 0.0))
    return float(people * above**rules.exponent * (1 - entity.credit))


def measure(holding: Holding, rules: IndexRules) -> dict[str, float]:
    """Return the parts as measured; those that nothing is known about are absent."""
    found: dict[str, float] = {}
    if holding.monitored:
        found["density"] = PER_COMPANIES * holding.mass / holding.monitored
        if holding.new_warned is not None and holding.window_days >= rules.least_window_days:
            per_window = holding.new_warned * rules.window_days / holding.window_days
            found["flow"] = PER_COMPANIES * per_window / holding.monitored
    if holding.residents and holding.voices is not None:
        found["public"] = PER_RESIDENTS * holding.voices / holding.residents
    late = holding.late / holding.open_clues if holding.open_clues else 0.0
    unpaid = min(holding.unpaid / holding.raised, 1.0) if holding.raised else 0.0
    found["backlog"] = late + unpaid
    return found


def shrunk(value: float, part: str, holding: Holding, rules: IndexRules) -> float:
    """Return a part drawn towards the median by how few companies the region has."""
    size = holding.monitored
    whole = size + rules.shrink
    return (size * value + rules.shrink * rules.medians[part]) / whole if whole else value


def scale(value: float, middle: float) -> float:
    """Return a measured part as 0 to 100: 0 for none, 50 at the base median, never quite 100."""
    return float(100 * (1 - 2.0 ** (-value / middle)))


def unscale(index: float) -> float:
    """Return how many base medians an index stands for; the inverse of `scale`."""
    if not 0 <= index < 100:
        raise DataError(f"指数应在 0 到 100 之间（不含 100），现在是 {index}")
    return -log2(1 - index / 100)


def region_index(holding: Holding, rules: IndexRules) -> Index:
    """Return the index of a region before smoothing."""
    measured = measure(holding, rules)
    scaled = {
        part: scale(shrunk(value, part, holding, rules), rules.medians[part])
        for part, value in measured.items()
    }
    known = sum(rules.weights[part] for part in scaled)
    exact = {part: rules.weights[part] * value / known for part, value in scaled.items()} if known else {}
    value = _cents(sum(exact.values()))
    return Index(value, measured, scaled, shared_out(value, exact), known)


def smooth(previous: Decimal | None, value: Decimal, rules: IndexRules) -> Decimal:
    """Return the printed index: the month's value and the month before's, weighted."""
    if previous is None:
        return value
    share = Decimal(str(rules.smoothing))
    return (share * value + (1 - share) * previous).quantize(CENT, ROUND_HALF_UP)


def shared_out(total: Decimal, parts: Mapping[str, float]) -> dict[str, Decimal]:
    """Share a total in hundredths among parts in proportion; the parts add up to it exactly (largest remainder)."""
    whole = sum(parts.values())
    if not whole:
        return dict.fromkeys(parts, Decimal("0.00"))
    cents = int(total / CENT)
    exact = {name: cents * value / whole for name, value in parts.items()}
    given = {name: int(value) for name, value in exact.items()}
    # Ties go to the name that comes first, so that the same data give the same table.
    order = sorted(exact, key=lambda name: (given[name] - exact[name], name))
    for name in order[: cents - sum(given.values())]:
        given[name] += 1
    return {name: count * CENT for name, count in given.items()}


def contributions(
    index: Index, entities: Iterable[Entity], rules: IndexRules, key: Callable[[Entity], str]
) -> dict[str, Decimal]:
    """Return the points of the density part by a key of its companies, adding up to the part exactly."""
    sums: dict[str, float] = defaultdict(float)
    for entity in entities:
        sums[key(entity)] += mass(entity, rules)
    carrying = {name: value for name, value in sums.items() if value > 0}
    return shared_out(index.points.get("density", Decimal(0)), carrying) if carrying else {}


@dataclass(frozen=True)
class Driver:
    """A company that moves the index: its mass now, and by how much that changed since the run before."""

    entity: Entity
    mass: float
    change: float


def drivers(entities: Iterable[Entity], rules: IndexRules, most: int) -> list[Driver]:
    """Return the companies that moved the density most since the run before, those that raised it and lowered it."""
    found = []
    for entity in entities:
        now = mass(entity, rules)
        before = mass(entity, rules, score=entity.previous_score or 0.0)
        found.append(Driver(entity, now, now - before))
    found.sort(key=lambda one: (-abs(one.change), -one.mass, one.entity.identifier))
    return found[:most]


def base_medians(holdings: Sequence[Holding], rules: IndexRules) -> dict[str, float]:
    """Return the medians a base would have over these regions; parts that fewer than half of them know are absent."""
    measured = [measure(holding, rules) for holding in holdings]
    found = {}
    for part in PARTS:
        values = [one[part] for one in measured if part in one]
        if values and 2 * len(values) >= len(measured):
            found[part] = median(values)
    return found


def chain_link(old: Mapping[str, Decimal], new: Mapping[str, Decimal]) -> Decimal:
    """Return the factor that brings a series on a new base to the level of the old one: month → index.

    Raises DataError with fewer than LEAST_OVERLAP_MONTHS months in both.
    """
    both = sorted(old.keys() & new.keys())
    if len(both) < LEAST_OVERLAP_MONTHS:
        raise DataError(
            f"换基至少要有 {LEAST_OVERLAP_MONTHS} 个月两种基期的指数都在，现在只有 {len(both)} 个月"
        )
    after = sum((new[month] for month in both), Decimal(0))
    if not after:
        raise DataError("新基期的指数都是 0，无法衔接")
    return sum((old[month] for month in both), Decimal(0)) / after


def _cents(value: float) -> Decimal:
    return Decimal(str(value)).quantize(CENT, ROUND_HALF_UP)
