"""One chunk of the province and the tools with which every topic writes its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lookout.contracts import contracts
from lookout.demo.calendar import Calendar
from lookout.demo.cells import NEVER, Column, Floats, Ints, Mask, either, generator, numbered
from lookout.demo.deliveries import AtEnd, Deliveries
from lookout.demo.dirt import NAMED, called
from lookout.demo.identities import Persons
from lookout.demo.life import STOPPED
from lookout.demo.population import PERSONS_PER_COMPANY, Population
from lookout.demo.scenario import ConfounderKind, Scenario, SchemeKind

Matrix = npt.NDArray[np.float64]
# What a firm of each size makes of a rate given for a small one.
SIZE_FACTOR = np.array([0.5, 1.0, 3.0, 9.0, 40.0])
# Business by calendar month: the new year's holidays are quiet, the year's end is busy.
_SEASON = np.array([0.95, 0.75, 1.0, 1.0, 1.0, 1.02, 0.98, 0.97, 1.05, 1.0, 1.08, 1.15])


@dataclass
class Chunk:
    """Companies, calendar and deliveries, with one random generator per topic."""

    scenario: Scenario
    calendar: Calendar
    population: Population
    deliveries: Deliveries
    persons: Persons
    seed: int

    def rng(self, topic: str) -> np.random.Generator:
        """Return the generator of a topic in this chunk."""
        return generator(self.seed, topic, int(self.population.numbers[0]))

    def schemes(self) -> list[tuple[SchemeKind, Ints]]:
        """Return each kind of scheme with the companies of it."""
        return [(kind, self.population.of_kind(name)) for name, kind in self.scenario.schemes.items()]

    def confounders(self) -> list[tuple[ConfounderKind, Ints]]:
        """Return each kind of confounder with the companies of it."""
        return [(kind, self.population.of_kind(name)) for name, kind in self.scenario.confounders.items()]

    @cached_property
    def ends(self) -> Ints:
        """The day each company falls silent: closed, or a scheme collapsed; `NEVER` when neither."""
        population = self.population
        owner = np.where(population.shell_of >= 0, population.shell_of, np.arange(len(population)))
        course = population.course_of[owner]
        collapsed = np.where(course >= 0, _pick(population.course.collapsed_on, course), population.closed)
        return np.minimum(population.closed, collapsed)

    @cached_property
    def during(self) -> Matrix:
        """How far each company's episode has gone by month: 0 before it, up to 1 at its end, then 1."""
        population, starts = self.population, self.calendar.starts
        length = np.maximum(population.episode_end - population.episode_start, 1)[:, None]
        return np.asarray(np.clip((starts[None, 1:] - population.episode_start[:, None]) / length, 0, 1))

    @cached_property
    def activity(self) -> Matrix:
        """Business of each company by month relative to its usual: 0 when not yet or no longer there."""
        rng, population, calendar = self.rng("activity"), self.population, self.calendar
        count = len(population)
        trend = rng.normal(0.002, 0.008, count)[:, None] * np.arange(calendar.months)
        noise = rng.normal(0, 0.12, (count, calendar.months))
        level: Matrix = np.exp(trend + noise) * _SEASON[calendar.numbers - 1]
        for kind, mine in self.confounders():
            if kind.episode.activity != 1:
                level[mine] *= kind.episode.activity ** self.during[mine]
        starts = calendar.starts[None, :]
        level *= (population.established[:, None] < starts[:, 1:]) & (self.ends[:, None] >= starts[:, :-1])
        return level

    def draw(self, rng: np.random.Generator, rates: Matrix, who: Ints | None = None) -> tuple[Ints, Ints]:
        """Draw events from monthly rates, one row a company of `who`; return whose and on which day.

        Nothing happens to a company before it is registered, after it is closed, or after the last day.
        """
        population, calendar = self.population, self.calendar
        if who is None:
            who = np.arange(len(population))
        if rates.ndim == 1:
            rates = np.broadcast_to(rates[:, None], (len(rates), calendar.months))
        counts = rng.poisson(rates).ravel()
        cell = np.repeat(np.arange(counts.size), counts)
        whose, months = who[cell // calendar.months], cell % calendar.months
        last = np.minimum(population.closed[whose], calendar.end)
        days, possible = calendar.days_within(rng, months, population.established[whose] + 1, last)
        return whose[possible], days[possible]

    def episode_rates(self, kind: ConfounderKind, mine: Ints, monthly: float) -> Matrix:
        """Return rates that hold during the episodes of these companies and their seasons only."""
        starts = self.calendar.starts
        begin, end = self.population.episode_start[mine, None], self.population.episode_end[mine, None]
        overlap = np.minimum(starts[1:], end) - np.maximum(starts[:-1], begin)
        share = np.clip(overlap / (starts[1:] - starts[:-1]), 0, 1)
        if kind.episode.seasons:
            share = share * np.isin(self.calendar.numbers, kind.episode.seasons)
        return np.asarray(monthly * share)

    def in_course(self, who: Ints) -> Ints:
        """Return the rows of the courses of these schemes."""
        return self.population.course_of[who]

    def collapsed(self, who: Ints) -> Ints:
        """Return the days on which these schemes stopped paying."""
        return self.population.course.collapsed_on[self.in_course(who)]

    def person(self, who: Ints, place: Ints) -> Ints:
        """Return person numbers around a company: 0 is its leader, then other people of it."""
        near = self.population.numbers[who] * PERSONS_PER_COMPANY + place
        return np.where(place == 0, self.population.leader[who], near)

    def ids(self, table: str, prefix: str, count: int) -> pa.Array:
        """Return fresh codes for a table's rows."""
        return numbered(prefix, self.deliveries.ids(table, count), 9)

    def name_of(self, who: Ints, day: Ints) -> pa.Array:
        """Return the registered names of companies on a day."""
        names, rows, renamed = self.population.names, pa.array(who), self.population.renamed[who]
        before = (renamed < NEVER) & (day < renamed)
        return either(before, names["former"].take(rows), names["name"].take(rows))

    def emit(
        self,
        table: str,
        who: Ints,
        known: Ints,
        cells: Mapping[str, Column | AtEnd],
        closes: tuple[str, Ints] | None = None,
    ) -> None:
        """Deliver rows about companies, known from a day on; code and name of the company are filled in."""
        if not len(who):
            return
        population, subject = self.population, contracts()[table].subject
        codes, names = population.codes["uscc"].take(pa.array(who)), self.name_of(who, known)
        if table in NAMED:
            codes, names = called(self.rng(table), self.scenario.dirt, population, who, codes, names)
        own: dict[str, Column | AtEnd] = {}
        if subject.uscc:
            own[subject.uscc] = codes
        if subject.name:
            own[subject.name] = names
        self.deliveries.emit(table, population.city[who], known, {**own, **cells}, closes)


def _pick(values: Ints, places: Ints) -> Ints:
    """Take by index; index −1 gives whatever, to be masked by the caller."""
    return values[places] if len(values) else np.zeros(len(places), np.int64)


def is_running(stage: npt.NDArray[np.int8]) -> Mask:
    """Tell where a scheme has begun and not yet stopped."""
    return (stage > 0) & (stage < STOPPED)


def spread(rng: np.random.Generator, amounts: Floats, by: float = 0.3) -> Floats:
    """Scatter amounts around their size."""
    return amounts * rng.lognormal(0, by, amounts.shape)
