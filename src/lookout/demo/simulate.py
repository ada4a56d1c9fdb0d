"""The synthetic province as a whole: chunk by chunk into a delivery folder, and the truth beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv

from lookout.demo import (
    adverts,
    authorities,
    complaints,
    courts,
    followup,
    funds,
    holdings,
    offsite,
    opinions,
    presence,
    registry,
    returns,
    standing,
)
from lookout.demo.calendar import Calendar
from lookout.demo.cells import NEVER, Ints, dates, text, when
from lookout.demo.chunk import Chunk
from lookout.demo.deliveries import Deliveries
from lookout.demo.identities import Persons
from lookout.demo.naming import name_all
from lookout.demo.population import populate
from lookout.demo.scenario import Scenario
from lookout.kernel.errors import DataError

CHUNK = 50_000
TOPICS = (
    registry, holdings, returns, standing, complaints, opinions, adverts, courts, authorities, followup, presence, funds, offsite,
)  # fmt: skip
TRUTH = "truth.csv"


@dataclass(frozen=True)
class SimulationReport:
    """What was written: files and rows, dirt by kind, companies by kind."""

    out: Path
    companies: int
    files: int
    rows: dict[str, int]
    dirt: dict[str, int]
    kinds: dict[str, int]

    @property
    def total_rows(self) -> int:
        """All rows of all tables, doubled and spoilt ones included."""
        return sum(self.rows.values())


def simulate(
    out: Path,
    *,
    companies: int,
    seed: int,
    scenario: Scenario,
    progress: Callable[[int, int], None] | None = None,
) -> SimulationReport:
    """Write a delivery folder of an invented province, and `truth.csv` beside its `delivery.yaml`.

    The same arguments give the same bytes. `progress` is told the companies done and their total.
    Raises DataError when the folder is not empty or the number of companies is not positive.
    """
    if companies < 1:
        raise DataError(f"企业数应为正整数，而不是 {companies}")
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise DataError(f"输出文件夹 {out} 不是空的；请换一个新文件夹，或先清空它")
    calendar = Calendar(scenario.as_of, scenario.history_months)
    deliveries = Deliveries(out, scenario, calendar, seed=seed, companies=companies)
    kinds: Counter[str] = Counter()
    with (out / TRUTH).open("wb") as truth:
        for chunk in _chunks(deliveries, calendar, companies, seed, scenario):
            for topic in TOPICS:
                topic.write(chunk)
            _write_truth(truth, chunk, kinds)
            if progress is not None:
                progress(int(chunk.population.numbers[-1]) + 1, companies)
    files = deliveries.finish()
    return SimulationReport(
        out,
        companies,
        files,
        dict(sorted(deliveries.rows.items())),
        dict(deliveries.dirt),
        dict(sorted(kinds.items())),
    )


def _chunks(
    deliveries: Deliveries, calendar: Calendar, companies: int, seed: int, scenario: Scenario
) -> Iterator[Chunk]:
    for first in range(0, companies, CHUNK):
        population = populate(scenario, calendar, seed, first, min(CHUNK, companies - first))
        name_all(scenario, population, seed)
        yield Chunk(scenario, calendar, population, deliveries, Persons(seed), seed)


def _write_truth(file: BinaryIO, chunk: Chunk, kinds: Counter[str]) -> None:
    """Append who is what: `group` is scheme, shell, confounder or ordinary."""
    population, scenario = chunk.population, chunk.scenario
    count = len(population)
    is_shell = population.shell_of >= 0
    kind = np.where(
        population.kind >= 0, np.array([*population.kinds, ""], object)[population.kind], "ordinary"
    )
    kind = np.where(is_shell, "shell", kind)
    group = np.where(population.is_scheme, "scheme", np.where(population.kind >= 0, "confounder", kind))
    classes = {name: entry.activity_class for name, entry in scenario.schemes.items()}
    course = np.maximum(population.course_of, 0)

    def day(days: Ints) -> pa.Array:
        known = days[course] if len(days) else np.full(count, NEVER)
        return when(population.is_scheme, dates(np.where(population.is_scheme, known, NEVER)))

    confirmed = np.full(count, NEVER)
    confirmed[population.members] = authorities.confirmed_on(chunk)
    owners = population.codes["uscc"].take(pa.array(np.maximum(population.shell_of, 0)))
    table = pa.table(
        {
            "uscc": population.codes["uscc"],
            "name": population.names["name"],
            "group": text(group.tolist()),
            "kind": text(kind.tolist()),
            "activity_class": text([classes.get(name, "") for name in kind.tolist()]),
            "started_on": day(population.course.started_on),
            "delayed_on": day(population.course.delayed_on),
            "collapsed_on": day(population.course.collapsed_on),
            "confirmed_on": dates(confirmed),
            "shell_of": when(is_shell, owners),
        }
    )
    first = int(population.numbers[0]) == 0
    csv.write_csv(table, file, csv.WriteOptions(include_header=first, quoting_style="needed"))
    kinds.update(kind.tolist())
