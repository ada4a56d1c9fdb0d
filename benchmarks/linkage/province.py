"""A million rows of the invented province as its sources write them, against who they really mean."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from benchmarks.linkage.chinese import Task
from lookout.demo import load_scenario
from lookout.demo.calendar import Calendar
from lookout.demo.cells import NEVER
from lookout.demo.dirt import called
from lookout.demo.naming import name_all
from lookout.demo.population import populate
from lookout.demo.simulate import CHUNK

SEED = 7


def province_task(companies: int, rows: int) -> Task:
    """Return the register of a province and rows that come without a code.

    A row under a former name counts as nobody's unless the register ever heard that name.
    """
    scenario = load_scenario(None)
    calendar = Calendar(scenario.as_of, scenario.history_months)
    dirt = scenario.dirt.model_copy(update={"without_code": 1.0})
    registered: list[str] = []
    owners: list[int] = []
    mentions: list[str] = []
    meant: list[int] = []
    for first in range(0, companies, CHUNK):
        count = min(CHUNK, companies - first)
        population = populate(scenario, calendar, SEED, first, count)
        name_all(scenario, population, SEED)
        rng = np.random.default_rng([SEED, first])
        names, former = population.names["name"].to_pylist(), population.names["former"].to_pylist()
        renamed = population.renamed < NEVER
        registered += names
        owners += range(first, first + count)
        known = np.flatnonzero(renamed)
        registered += [former[place] for place in known]
        owners += [int(place) + first for place in known]
        who = rng.integers(0, count, rows * count // companies)
        own = population.names["name"].take(pa.array(who))
        _, written = called(rng, dirt, population, who, population.codes["uscc"].take(pa.array(who)), own)
        texts = written.to_pylist()
        mentions += texts
        meant += [
            -1 if text == former[place] and not renamed[place] else int(place) + first
            for text, place in zip(texts, who.tolist(), strict=True)
        ]
    return Task(registered, owners, mentions, meant, [""] * len(mentions))
