"""The coverage of companies by deliveries: region × category × month, and the batches behind each figure.

A table covers a company at an instant when a batch of it, inside the table's freshness limit and not
withdrawn, declares a region and population that include the company (`hub.facts.coverage`). The
companies that should be covered are the monitored ones of today, for every month alike; of a table
that has only ever been declared for some types of organisation, those types.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from lookout.contracts import CATEGORIES, Contracts, Table
from lookout.hub.facts import is_withdrawn
from lookout.hub.facts.coverage import Declared, covers
from lookout.hub.landing import Batch
from lookout.hub.reading.freshness import UNSCHEDULED_DAYS
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.kernel.regions import current_children, region_name, regions, tree_prefix

Scope = tuple[str, ...] | None
MONTHS = 12
UNKNOWN_REGION = "unknown"  # companies whose region nobody has told; also those registered elsewhere


@dataclass(frozen=True)
class CoverageCell:
    """Companies of one region covered in one category: pairs of company and table, over all its tables."""

    covered: int
    expected: int

    @property
    def share(self) -> float | None:
        """0–1; None where nobody is expected."""
        return self.covered / self.expected if self.expected else None


@dataclass(frozen=True)
class CoverageRow:
    """One category: its cell per region, in the order of the regions, and the whole scope."""

    category: str
    name: str
    cells: tuple[CoverageCell, ...]
    whole: CoverageCell


@dataclass(frozen=True)
class Coverage:
    """The heat table of one month. `regions` are (prefix, name, companies)."""

    month: str  # 2026-10
    at: datetime  # the instant it was judged at: the end of the month, or of the run
    regions: tuple[tuple[str, str, int], ...]
    rows: tuple[CoverageRow, ...]
    companies: int


@dataclass(frozen=True)
class TableCoverage:
    """One table behind a cell: companies covered, companies expected, and the batches that cover them."""

    table: str
    name: str
    covered: int
    expected: int
    with_rows: int  # companies that have any row of it as of the run, covered or not
    batches: tuple[int, ...]


@dataclass(frozen=True)
class _Groups:
    """Companies alike in what deliveries declare: one place per group in every array."""

    keys: tuple[tuple[str, str, str], ...]  # region, organization type, identifier scheme
    companies: NDArray[np.int64]


class CoverageReader:
    """Answers about coverage as of one run. Arrays of groups are remembered per declaration."""

    def __init__(self, snapshot: OpenSnapshot, contracts: Contracts, batches: Mapping[int, Batch]) -> None:
        self._snapshot = snapshot
        self._contracts = contracts
        self._groups = snapshot.remember("groups", lambda: _groups(snapshot))
        self._inside: dict[Declared, NDArray[np.bool_]] = {}
        self._batches: dict[str, list[Batch]] = defaultdict(list)
        for batch in batches.values():
            if batch.delivered_at <= snapshot.record.as_of and batch.table in contracts:
                self._batches[batch.table].append(batch)

    def months(self) -> list[str]:
        """Return the last months up to the run's, newest first."""
        day = self._snapshot.record.as_of.date().replace(day=1)
        found = []
        for _ in range(MONTHS):
            found.append(f"{day:%Y-%m}")
            day = (day - timedelta(days=1)).replace(day=1)
        return found

    def _instant(self, month: str) -> datetime:
        """Return when a month is judged: its last second, or the run's instant within it."""
        first = datetime.fromisoformat(f"{month}-01")
        following = (first + timedelta(days=32)).replace(day=1)
        return min(following - timedelta(seconds=1), self._snapshot.record.as_of)

    def _fresh(self, table: Table, at: datetime) -> list[Batch]:
        limit = timedelta(days=table.freshness_days)
        return [
            batch
            for batch in self._batches[table.name]
            if at - limit <= batch.delivered_at <= at and not is_withdrawn(batch, at)
        ]

    def _array(self, declared: Declared) -> NDArray[np.bool_]:
        if declared not in self._inside:
            flags = [covers(declared, group) for group in self._groups.keys]
            self._inside[declared] = np.array(flags, dtype=np.bool_)
        return self._inside[declared]

    def _covered(self, batches: Sequence[Batch]) -> NDArray[np.bool_]:
        found = np.zeros(len(self._groups.keys), dtype=np.bool_)
        for declared in {_declared(batch) for batch in batches}:
            found |= self._array(declared)
        return found

    def _expected(self, table: Table) -> NDArray[np.bool_]:
        """Return who should be covered: everybody, or the types its deliveries have ever been declared for."""
        declared = [batch.organization_types for batch in self._batches[table.name]]
        if not declared or not all(declared):
            return np.ones(len(self._groups.keys), dtype=np.bool_)
        types = {kind for kinds in declared for kind in kinds}
        return np.array([group[1] in types for group in self._groups.keys], dtype=np.bool_)

    def _tables(self, category: str) -> list[Table]:
        return [t for t in self._contracts.values() if t.category == category and _is_due(t)]

    def _places(self, scope: Scope) -> list[tuple[str, str, NDArray[np.bool_]]]:
        """Return the regions of a scope's heat table: cities of the province, or districts of a city."""
        if scope is not None and not scope:
            return []
        top = tree_prefix(next(iter(regions()))) if scope is None else scope[0]
        children = [child.code for child in current_children(top.ljust(6, "0"))] if len(top) < 6 else []
        prefixes = [tree_prefix(code) for code in children] or [top]
        mine = self._in_scope(scope)
        found, left = [], mine.copy()
        for prefix in prefixes:
            inside = mine & np.array([key[0].startswith(prefix) for key in self._groups.keys], dtype=np.bool_)
            left &= ~inside
            found.append((prefix, _short_name(prefix), inside))
        if self._count(left):
            found.append((UNKNOWN_REGION, "其他或不详", left))
        return found

    def _in_scope(self, scope: Scope) -> NDArray[np.bool_]:
        if scope is None:
            return np.ones(len(self._groups.keys), dtype=np.bool_)
        prefixes = tuple(tree_prefix(prefix) for prefix in scope if prefix.isdigit())
        return np.array(
            [bool(prefixes) and key[0].startswith(prefixes) for key in self._groups.keys], dtype=np.bool_
        )

    def _count(self, flags: NDArray[np.bool_]) -> int:
        return int(self._groups.companies[flags].sum())

    def month(self, month: str, scope: Scope) -> Coverage:
        """Return the heat table of a month for a scope."""
        at, places, mine = self._instant(month), self._places(scope), self._in_scope(scope)
        rows = []
        for category, name in CATEGORIES.items():
            pairs = [(self._covered(self._fresh(t, at)), self._expected(t)) for t in self._tables(category)]
            cells = tuple(self._cell(pairs, inside) for _prefix, _name, inside in places)
            rows.append(CoverageRow(category, name, cells, self._cell(pairs, mine)))
        listed = tuple((prefix, name, self._count(inside)) for prefix, name, inside in places)
        return Coverage(month, at, listed, tuple(rows), self._count(mine))

    def _cell(
        self, pairs: Sequence[tuple[NDArray[np.bool_], NDArray[np.bool_]]], inside: NDArray[np.bool_]
    ) -> CoverageCell:
        covered = sum(self._count(have & due & inside) for have, due in pairs)
        return CoverageCell(covered, sum(self._count(due & inside) for _have, due in pairs))

    def trend(self, scope: Scope, category: str = "", region: str = "") -> list[tuple[str, CoverageCell]]:
        """Return (month, cell) of all categories or one, of a whole scope or one region of it; oldest first."""
        inside = self._inside_region(scope, region)
        tables = [t for t in self._contracts.values() if _is_due(t) and category in ("", t.category)]
        due = [(table, self._expected(table)) for table in tables]
        found = []
        for month in reversed(self.months()):
            at = self._instant(month)
            pairs = [(self._covered(self._fresh(table, at)), expected) for table, expected in due]
            found.append((month, self._cell(pairs, inside)))
        return found

    def _inside_region(self, scope: Scope, region: str) -> NDArray[np.bool_]:
        if not region:
            return self._in_scope(scope)
        places = {prefix: inside for prefix, _name, inside in self._places(scope)}
        return places.get(region, np.zeros(len(self._groups.keys), dtype=np.bool_))

    def behind(self, month: str, category: str, region: str, scope: Scope) -> list[TableCoverage]:
        """Return the tables behind a cell, each with its batches, newest first."""
        at, inside = self._instant(month), self._inside_region(scope, region)
        present = self._with_rows(scope, region)
        found = []
        for table in self._tables(category):
            fresh = self._fresh(table, at)
            behind = [b for b in fresh if bool((self._array(_declared(b)) & inside).any())]
            due = self._expected(table) & inside
            found.append(
                TableCoverage(
                    table=table.name,
                    name=table.zh,
                    covered=self._count(self._covered(fresh) & due),
                    expected=self._count(due),
                    with_rows=present.get(table.name, 0),
                    batches=tuple(sorted((b.batch_no for b in behind), reverse=True)),
                )
            )
        return found

    def _with_rows(self, scope: Scope, region: str) -> dict[str, int]:
        """Return table → monitored companies of a region that have any row of it."""
        prefixes = [p for p, _n, _i in self._places(scope) if p not in (region, UNKNOWN_REGION)]
        where, values = "is_rated", []
        if region == UNKNOWN_REGION:
            outside = " OR ".join(["starts_with(region, ?)"] * len(prefixes)) or "1 = 0"
            where, values = f"is_rated AND NOT coalesce({outside}, false)", prefixes
        elif region or scope:
            asked = [region] if region else list(scope or ())
            inside = " OR ".join(["starts_with(region, ?)"] * len(asked))
            where, values = f"is_rated AND ({inside})", asked
        sql = (
            "SELECT c.table_name, count(*) AS n FROM record_count AS c JOIN "
            f"(SELECT company_key FROM listing WHERE {where}) AS l ON l.company_key = c.company_key "
            "GROUP BY c.table_name"
        )
        rows = self._snapshot.remember(("with_rows", region, scope), lambda: self._snapshot.rows(sql, values))
        return {row["table_name"]: row["n"] for row in rows}

    def blind_companies(self, tables: Sequence[str], scope: Scope) -> int:
        """Return how many companies of a scope are covered now by none of the tables that should cover them."""
        at = self._snapshot.record.as_of
        mine, seen = self._in_scope(scope), np.zeros(len(self._groups.keys), dtype=np.bool_)
        for name in tables:
            seen |= self._covered(self._fresh(self._contracts[name], at))
        return self._count(mine & ~seen)

    def uncovered(self, table: str, scope: Scope) -> int:
        """Return how many of the companies a table should cover in a scope it does not cover now."""
        contract = self._contracts[table]
        fresh = self._fresh(contract, self._snapshot.record.as_of)
        return self._count(self._expected(contract) & ~self._covered(fresh) & self._in_scope(scope))


def _is_due(table: Table) -> bool:
    """Tell whether a table should arrive by a calendar for every company."""
    return not table.count_table and table.freshness_days < UNSCHEDULED_DAYS


def _declared(batch: Batch) -> Declared:
    return batch.regions, batch.organization_types, batch.identifier_scheme


def _groups(snapshot: OpenSnapshot) -> _Groups:
    rows = snapshot.rows(
        "SELECT coalesce(region, '') AS region, coalesce(organization_type, '') AS organization_type, "
        "identifier_scheme, count(*) AS n FROM listing WHERE is_rated GROUP BY ALL ORDER BY ALL"
    )
    keys = tuple((row["region"], row["organization_type"], row["identifier_scheme"]) for row in rows)
    return _Groups(keys, np.array([row["n"] for row in rows], dtype=np.int64))


def _short_name(prefix: str) -> str:
    """Return a division's own name, without those above it."""
    full = region_name(prefix.ljust(6, "0"))
    above = region_name(prefix[:-2].ljust(6, "0")) if len(prefix) > 2 else ""
    return full.removeprefix(above) or full
