"""Bitemporal reading of the folded facts: one view per table, showing what was known at an instant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa

from lookout.contracts import Table
from lookout.hub import linkage
from lookout.hub.facts import moves, newest
from lookout.hub.facts.files import open_facts
from lookout.hub.facts.manifest import Facts
from lookout.hub.facts.moves import Moves, found_moves
from lookout.hub.facts.newest import view_columns
from lookout.hub.facts.visible import Visible
from lookout.hub.resolution import is_pointer, lookup_sql
from lookout.hub.store import Store
from lookout.kernel.region_history import abolished_by

_REGIONS = pa.schema([("code", pa.string()), ("successor", pa.string())])
_CONFLICTS = pa.schema(
    [("table", pa.string()), ("scheme", pa.string()), ("value", pa.string()), ("is_versioned", pa.bool_())]
)


def open_views(
    store: Store,
    home: Path,
    facts: Facts,
    contracts: Mapping[str, Table],
    visible: Visible,
    *,
    keep_resolved: bool = False,
    named: Mapping[str, Collection[str]] | None = None,
) -> None:
    """Make `register`, `lookup`, `company_universe`, `region_now` and a view per contract table, as seen.

    Each view has the table's store columns, company_key, known_at, batch_no and line; rows whose
    subject no company can be found for are left out (they are listed by `unresolved`). For `region_now`
    see `put_region_now`, for `keep_resolved` and `named` see `open_tables`.
    """
    if not facts.register:
        raise ValueError("no facts have been folded")
    put_region_now(store, visible.happened_by or visible.known_by.date())
    store.read_parquet("register", [home / facts.register])
    store.table("lookup", lookup_sql(visible.condition()))
    linkage.apply(store, home, facts, contracts, visible)
    moves.point_to_merged(store)
    store.table(
        "company_universe",
        f"SELECT DISTINCT company_key, scheme AS identifier_scheme, identifier FROM register AS r "
        f"WHERE NOT {is_pointer('scheme')} AND {visible.condition()}{visible.of('company_key')} "
        f"AND NOT EXISTS (SELECT 1 FROM {moves.MERGED} AS m WHERE m.company_key = r.company_key)",
    )
    if moves.MERGERS in contracts:
        open_tables(store, home, facts, contracts, replace(visible, only=""), [moves.MERGERS])
        moves.find_inherited(store)
    open_tables(store, home, facts, contracts, visible, contracts, keep_resolved=keep_resolved, named=named)


def put_region_now(store: Store, day: date) -> None:
    """Make `region_now`: by abolished code, the division that has its place on a day."""
    abolished = abolished_by(day)
    rows = pa.table({"code": list(abolished), "successor": list(abolished.values())})
    store.put("region_now", rows.cast(_REGIONS))


def open_tables(
    store: Store,
    home: Path,
    facts: Facts,
    contracts: Mapping[str, Table],
    visible: Visible,
    names: Iterable[str],
    *,
    keep_resolved: bool = False,
    named: Mapping[str, Collection[str]] | None = None,
) -> None:
    """Make the views of some tables; the store must have `lookup`.

    Where it has `merged`, `inherited` and `conflicted` as well, they count. `keep_resolved`: rows that
    take a comparison of versions or a look-up of the name are worked out once and kept in
    `resolved_<table>`, not anew at each reading of the view. `named`: by table its columns that will be
    read; the views have no others, beside keys, provenance and the day. None: all columns.
    """
    found = found_moves(store)
    for name in names:
        table = contracts[name]
        if name not in facts.tables:
            store.view(name, _empty_sql(table))
            continue
        open_facts(store, f"facts_{name}", home, facts.tables[name], table)
        own = None if named is None else named.get(name, ())
        see_table(store, table, visible, keep_resolved=keep_resolved, found=found, named=own)


def see_table(
    store: Store,
    table: Table,
    visible: Visible,
    *,
    keep_resolved: bool = False,
    found: Moves | None = None,
    named: Collection[str] | None = None,
) -> None:
    """Make the view of one table over the store's `facts_<table>` and `lookup` (see `open_tables`).

    `found`: what `found_moves` says of the store, if at hand.
    """
    found = found or found_moves(store)
    is_contested = newest.contest(store, table, visible, found)
    parts = newest.view_parts(table, visible, found, is_contested=is_contested, named=named)
    if keep_resolved:
        store.table(f"resolved_{table.name}", " UNION ALL ".join(parts[1:]))
        parts = [parts[0], f'SELECT * FROM "resolved_{table.name}"']
    store.view(table.name, " UNION ALL ".join(parts))


def _empty_sql(table: Table) -> str:
    columns = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in view_columns(table).items())
    return f"SELECT {columns} WHERE 1 = 0"


def unresolved(store: Store, facts: Facts, contracts: Mapping[str, Table], visible: Visible) -> pa.Table:
    """Return the subjects no company was found for: scheme, value, table, rows, why.

    Why is `ambiguous` (several companies), `unknown` (none) or `conflict` (the code means one company
    and the name another). Rows are those that count: of a fact with several versions only the newest.
    """
    versioned = _put_conflicts(store, contracts, visible)
    named = _named_tables(store, [name for name in contracts if name in facts.tables])
    parts = ['SELECT scheme, value, "table", rows FROM conflicting_subject']
    for name in contracts:
        if name in named or name in versioned:
            found = {"is_named": name in named, "is_conflicting": name in versioned}
            parts.append(newest.pointed_sql(contracts[name], visible, **found))
    return store.query(
        f"""
        WITH nobody AS (
          SELECT p.scheme, p.value, p."table", CAST(sum(p.rows) AS BIGINT) AS rows
          FROM ({" UNION ALL ".join(parts)}) AS p
          LEFT JOIN lookup AS l ON l.scheme = p.scheme AND l.identifier = p.value WHERE l.identifier IS NULL
          GROUP BY p.scheme, p.value, p."table"
        ),
        known AS (
          SELECT DISTINCT r.scheme, r.identifier FROM register AS r
          JOIN (SELECT DISTINCT scheme, value FROM nobody) AS n ON n.scheme = r.scheme AND n.value = r.identifier
          WHERE {visible.condition("r")}
        )
        SELECT u.scheme, u.value, u."table", u.rows,
               CASE WHEN NOT {is_pointer("u.scheme")} THEN 'conflict'
                    WHEN a.identifier IS NULL THEN 'unknown' ELSE 'ambiguous' END AS why
        FROM nobody AS u LEFT JOIN known AS a ON a.scheme = u.scheme AND a.identifier = u.value
        ORDER BY u.rows DESC, u.scheme, u.value, u."table"
        """
    )


def _put_conflicts(store: Store, contracts: Mapping[str, Table], visible: Visible) -> set[str]:
    """Make `conflicting_subject` of the rows in conflict with one version; return the tables with others."""
    conflicting = found_moves(store).conflicting
    parts = [newest.conflict_sql(contracts[name], visible) for name in contracts if name in conflicting]
    rows = _CONFLICTS.empty_table()
    if parts:
        rows = store.query(" UNION ALL ".join(parts))
    store.put("conflicting_row", rows)
    store.table(
        "conflicting_subject",
        'SELECT scheme, value, "table", count(*) AS rows FROM conflicting_row WHERE NOT is_versioned '
        'GROUP BY scheme, value, "table"',
    )
    versioned = store.query('SELECT DISTINCT "table" AS name FROM conflicting_row WHERE is_versioned')
    return set(versioned["name"].to_pylist())


def _named_tables(store: Store, names: Iterable[str]) -> set[str]:
    """Return the tables of which some row came without a code."""
    without = " UNION ALL ".join(
        f"SELECT '{name}' AS name FROM "
        f'(SELECT 1 AS n FROM "facts_{name}" WHERE company_key IS NULL LIMIT 1) AS f'
        for name in names
    )
    return set(store.query(without)["name"].to_pylist())
