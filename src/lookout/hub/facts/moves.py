"""Companies whose facts stand with another one, and rows that stand with none.

`merged` (company_key, into_key) says that two keys are one company: all facts of the first are the
second's. `inherited` adds mergers of companies (合并): claims and debts pass to the company that
remains (Company Law of 2023, art. 221), so a company cannot shed its complaints and suits by being
absorbed. Only tables whose contract says `passes_to_successor` pass on; what the absorbed company
was or earned stays with it. `conflicted` are rows whose code and name mean different companies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from lookout.contracts import Table
from lookout.hub.store import Store
from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import Scheme

MERGERS = "company_merger"
RELATIONS = MERGED, INHERITED, CONFLICTED = "merged", "inherited", "conflicted"
_SCHEMA = pa.schema([("company_key", pa.int32()), ("into_key", pa.int32())])


@dataclass(frozen=True)
class Moves:
    """Which relations of a store have rows, and which tables have conflicting rows."""

    any_merged: bool = False
    any_inherited: bool = False
    conflicting: frozenset[str] = frozenset()

    def relation(self, table: Table) -> str:
        """Return the relation that holds for a table, '' when its facts all stand with their own company."""
        if table.passes_to_successor and self.any_inherited:
            return INHERITED
        return MERGED if self.any_merged else ""

    def no_conflict(self, table: Table, *, near: bool = False) -> str:
        """Return the SQL condition, with a leading AND, that a row `f` is not in conflict; '' when none is.

        `near`: and that its company has rows that are.
        """
        if table.name not in self.conflicting:
            return ""
        beside = f" AND {self.near_conflict(table)}" if near else ""
        return f"{beside} AND NOT {self.in_conflict(table)}"

    def no_conflict_near(self, table: Table) -> str:
        """Return the SQL condition, with a leading AND, that the company of a row `f` has none in conflict.

        Few companies have any: the key alone tells for nearly all rows, and is read anyway.
        """
        return f" AND NOT {self.near_conflict(table)}" if table.name in self.conflicting else ""

    @staticmethod
    def near_conflict(table: Table) -> str:
        """Return the SQL condition that the company of a row `f` has rows in conflict.

        IN and not EXISTS: an engine works a correlated condition out for every distinct row it may meet.
        """
        return f"f.company_key IN (SELECT company_key FROM {CONFLICTED} WHERE table_name = '{table.name}')"

    @staticmethod
    def in_conflict(table: Table) -> str:
        """Return the SQL condition that a row `f` is in conflict."""
        return (
            f"EXISTS (SELECT 1 FROM {CONFLICTED} AS x WHERE x.table_name = '{table.name}' "
            f"AND x.batch_no = f.batch_no AND x.line = f.line)"
        )


def found_moves(store: Store) -> Moves:
    """Return what the store's relations ask for; a run published before there were any has none."""
    return Moves(
        _has_rows(store, MERGED),
        _has_rows(store, INHERITED),
        frozenset(_names(store, f"SELECT DISTINCT table_name FROM {CONFLICTED}")),
    )


def point_to_merged(store: Store) -> None:
    """Let `lookup` point where `merged` leads."""
    if not _has_rows(store, MERGED):
        return
    store.table("lookup_unmerged", "SELECT scheme, identifier, company_key FROM lookup")
    store.table(
        "lookup",
        "SELECT l.scheme, l.identifier, coalesce(m.into_key, l.company_key) AS company_key "
        f"FROM lookup_unmerged AS l LEFT JOIN {MERGED} AS m ON m.company_key = l.company_key",
    )


def find_inherited(store: Store) -> None:
    """Make `inherited`: `merged`, and the mergers seen; empty when there is no merger.

    A successor that no batch names inherits nothing yet.
    """
    mergers = _pairs(
        store,
        f"SELECT g.company_key, min(s.company_key) AS into_key FROM {MERGERS} AS g JOIN register AS s "
        f"ON s.scheme = '{Scheme.USCC}' AND s.identifier = g.successor_uscc "
        "GROUP BY g.company_key, g.merged_on, g.batch_no, g.line ORDER BY g.merged_on, g.batch_no, g.line",
    )
    merged = _pairs(store, f"SELECT company_key, into_key FROM {MERGED}") if mergers else {}
    pairs = sorted(_settled({**merged, **mergers}).items())
    keys, into = [key for key, _ in pairs], [end for _, end in pairs]
    store.put(INHERITED, pa.table([pa.array(keys, pa.int32()), pa.array(into, pa.int32())], schema=_SCHEMA))


def _has_rows(store: Store, name: str) -> bool:
    return bool(_names(store, f"SELECT CAST(company_key AS VARCHAR) AS n FROM {name} LIMIT 1"))


def _names(store: Store, sql: str) -> list[str]:
    try:
        return list(store.query(sql).column(0).to_pylist())
    except DataError:  # the store has no such relation
        return []


def _pairs(store: Store, sql: str) -> dict[int, int]:
    rows = store.query(sql)
    return dict(zip(rows["company_key"].to_pylist(), rows["into_key"].to_pylist(), strict=True))


def _settled(pairs: Mapping[int, int]) -> dict[int, int]:
    """Follow chains to their end; a circle leads nowhere, so its members keep their facts."""
    found = {}
    for start in pairs:
        seen, end = {start}, pairs[start]
        while end in pairs and end not in seen:
            seen.add(end)
            end = pairs[end]
        if end not in seen:
            found[start] = end
    return found
