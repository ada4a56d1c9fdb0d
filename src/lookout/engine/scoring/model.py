"""The resolved rating catalogue: checked, linked and ready for columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

from lookout.engine.measures.form import Measure
from lookout.engine.scoring.curves import Curve
from lookout.engine.scoring.expression import Expression
from lookout.engine.scoring.form import CapForm, FloorForm, IndicatorForm, RulesForm, SignalForm

F = TypeVar("F", FloorForm, CapForm)


@dataclass(frozen=True)
class Source:
    """An input column: its measure, the tables behind it, its data category.

    Without a measure it is a population value, or (`waits`) nothing supplies it yet and the column
    may be left out.
    """

    column: str
    measure: Measure | None
    tables: tuple[str, ...]
    category: str | None
    phrase: str | None = None
    waits: bool = False
    is_needed: bool = True


@dataclass(frozen=True)
class Indicator:
    """One indicator; `inputs` is empty for a derived one and for one that waits.

    `tables` are those that must all be connected before silence means zero.
    """

    code: str
    form: IndicatorForm
    curve: Curve
    inputs: tuple[Source, ...]
    derive: Expression | None
    applies_to: frozenset[str] | None
    tables: tuple[str, ...]

    @property
    def waits(self) -> bool:
        """Whether no room supplies it yet."""
        return self.form.waits_for is not None

    @property
    def asks_connected(self) -> bool:
        """Whether silence of connected sources means something."""
        return self.form.missing == "zero_if_monitored" or self.form.absent_value is not None


@dataclass(frozen=True)
class Signal:
    """A named value without weight."""

    name: str
    form: SignalForm
    source: Source


@dataclass(frozen=True)
class Rule(Generic[F]):
    """A floor or cap; `sources` are the input columns whose categories bear it out."""

    code: str
    form: F
    when: Expression
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Part:
    """One part of a profile: weighted members, and how much of it is the worst signal."""

    name: str
    zh: str
    weight: float
    members: tuple[tuple[str, float], ...]
    worst_share: float


@dataclass(frozen=True)
class Profile:
    """How sub-scores add up: parts in order, weights summing to one."""

    name: str
    zh: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class RatingCatalogue:
    """Indicators in the order they are computed, rules, profiles, and the digest of their text."""

    indicators: Mapping[str, Indicator]
    order: tuple[str, ...]
    signals: Mapping[str, Signal]
    floors: tuple[Rule[FloorForm], ...]
    caps: tuple[Rule[CapForm], ...]
    profiles: Mapping[str, Profile]
    rules: RulesForm
    labels: tuple[str, ...]
    constants: tuple[str, ...]
    categories: tuple[str, ...]
    digest: str

    @property
    def sources(self) -> Mapping[str, Source]:
        """Every input column that some room or table supplies, by name."""
        found = [source for indicator in self.indicators.values() for source in indicator.inputs]
        found += [signal.source for signal in self.signals.values()]
        return MappingProxyType({source.column: source for source in found if not source.waits})

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables whose connectedness a rating asks for, sorted."""
        asking = [i for i in self.indicators.values() if i.asks_connected]
        return tuple(sorted({table for indicator in asking for table in indicator.tables}))
