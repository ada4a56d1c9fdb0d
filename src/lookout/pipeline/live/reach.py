"""What an event can change: its table, the marts over it, and what has to be read to make those again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from lookout.contracts.constants import constants_at
from lookout.engine import labels
from lookout.pipeline.evaluation import Catalogues

PROFILE = "company_profile"  # type and region decide whom a company is compared with
ALWAYS = (PROFILE, "naming_sources")  # who is monitored is asked of these


@dataclass(frozen=True)
class Reach:
    """Names of contract tables and marts. All else stands as the last run found it.

    `changed`: whose rows may differ from the run's. `needed`: what has to be read to make those.
    """

    changed: frozenset[str]
    needed: frozenset[str]

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing of the run can be kept, because the companies' place among all may move."""
        return PROFILE in self.changed


@lru_cache(maxsize=256)
def reach_of(catalogues: Catalogues, tables: frozenset[str]) -> Reach:
    """Return what rows of some contract tables can change. Marts of the whole population wait for the next run."""
    marts = catalogues.marts
    changed = set(tables)
    for name, mart in marts.items():
        if not mart.population and changed.intersection(mart.reads):
            changed.add(name)
    needed: set[str] = set()
    asked = [*ALWAYS, *changed]
    while asked:
        name = asked.pop()
        if name in needed:
            continue
        needed.add(name)
        if name in marts and not marts[name].population:
            asked += marts[name].reads
    return Reach(frozenset(changed), frozenset(needed))


@lru_cache(maxsize=4)
def whole_reach(catalogues: Catalogues) -> Reach:
    """Return the reach of a rating that takes nothing from the run but what depends on all companies."""
    everything = frozenset(catalogues.contracts) | frozenset(catalogues.marts)
    return Reach(everything, everything)


def _labels_by_table(catalogues: Catalogues) -> Mapping[str, Mapping[str, labels.Label]]:
    by_table: dict[str, dict[str, labels.Label]] = defaultdict(dict)
    for code, label in catalogues.labels.items():
        if label.measure is not None:
            by_table[label.measure.table][code] = label
    return by_table


def codes_of(catalogues: Catalogues, names: Iterable[str]) -> list[str]:
    """Return the codes of the labels that read some tables or marts, sorted."""
    by_table = _labels_by_table(catalogues)
    return sorted(code for name in names for code in by_table.get(name, ()))


@lru_cache(maxsize=4)
def hits_by_table(catalogues: Catalogues, day: date) -> Mapping[str, str]:
    """Return the query of label hits of each table or mart, and under '' the one that finds none."""
    constants = constants_at(day)
    nothing = labels.evaluate({}, passes={}, as_of_day=day, constants=constants)
    return {"": nothing} | {
        table: labels.evaluate(found, passes={table: f"pass_{table}"}, as_of_day=day, constants=constants)
        for table, found in _labels_by_table(catalogues).items()
    }
