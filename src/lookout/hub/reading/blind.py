"""Labels and indicators that cannot see: for whom, since when, and for want of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lookout.contracts import Contracts
from lookout.hub.reading.coverage import CoverageReader, Scope
from lookout.hub.reading.freshness import Freshness, lapsed_on


@dataclass(frozen=True)
class WantedTable:
    """A table an entry needs and does not have everywhere: for how many companies, and since when for all."""

    table: str
    name: str
    uncovered: int
    since: datetime | None  # when its last batch lapsed; None when never delivered or delivered still
    never: bool


@dataclass(frozen=True)
class BlindEntry:
    """One label or indicator that cannot be judged for some companies.

    `companies`: covered by none of its tables, so that it cannot fire at all. `partly`: tables it also
    reads that are missing somewhere. `waits_for`: a part of the system that does not exist yet.
    """

    code: str
    kind: Literal["label", "indicator"]
    name: str
    waits_for: str
    companies: int
    of: int
    since: datetime | None
    wanted: tuple[WantedTable, ...]

    @property
    def is_total(self) -> bool:
        """Whether it can fire for nobody."""
        return self.companies == self.of


def blind_entries(
    catalogue: Mapping[str, Any],
    contracts: Contracts,
    coverage: CoverageReader,
    freshness: Sequence[Freshness],
    scope: Scope,
    companies: int,
) -> list[BlindEntry]:
    """Return the blind labels and indicators of a scope, the most blind first."""
    lapsed = lapsed_on(freshness, {name: table.freshness_days for name, table in contracts.items()})
    delivered = {row.table for row in freshness if row.last is not None}
    wanted_of: dict[str, WantedTable] = {}
    for name, table in contracts.items():
        uncovered = coverage.uncovered(name, scope)
        if uncovered:
            wanted_of[name] = WantedTable(name, table.zh, uncovered, lapsed.get(name), name not in delivered)
    found = []
    kinds: tuple[Literal["label", "indicator"], ...] = ("label", "indicator")
    for kind in kinds:
        for code, entry in catalogue[f"{kind}s"].items():
            tables = tuple(name for name in entry["tables"] if name in contracts)
            wanted = tuple(wanted_of[name] for name in tables if name in wanted_of)
            waits = str(entry["waits_for"] or "")
            if not waits and (not wanted or not tables):
                continue
            blind = companies if waits else coverage.blind_companies(tables, scope)
            if blind:
                since = (
                    max((w.since for w in wanted if w.since), default=None) if blind == companies else None
                )
                found.append(BlindEntry(code, kind, str(entry["zh"]), waits, blind, companies, since, wanted))
    return sorted(found, key=lambda one: (bool(one.waits_for), -one.companies, one.kind, one.code))
