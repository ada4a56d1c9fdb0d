"""Bitemporal reading of the folded facts: one view per table, showing what was known at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from lookout.contracts import Table
from lookout.hub.facts.fold import Facts
from lookout.hub.resolution import is_pointer, lookup_sql
from lookout.hub.store import Store


@dataclass(frozen=True)
class Visible:
    """Which facts a reading may see.

    `known_by`: Shanghai wall time; nothing learned later is seen. `batches`: pinned batch numbers,
    None for all. `only`: which company keys to read, as SQL behind the column (`= 7`,
    `IN (SELECT company_key FROM wanted)`), '' for all companies.
    `corrected_by`: also see facts learned until then, where an earlier version was already seen.
    """

    known_by: datetime
    batches: frozenset[int] | None = None
    only: str = ""
    corrected_by: datetime | None = None

    def condition(self, alias: str = "") -> str:
        """Return the SQL condition on `known_at` and `batch_no`."""
        dot = f"{alias}." if alias else ""
        text = f"{dot}known_at <= {_instant(self.known_by)}"
        if self.batches is not None:
            listed = ", ".join(str(number) for number in sorted(self.batches)) or "NULL"
            text += f" AND {dot}batch_no IN ({listed})"
        return text

    def versions(self, table: Table) -> str:
        """Return the query of the rows of facts with several versions that may be seen."""
        facts = f'"facts_{table.name}"'
        # Versions of one subject have one key, so the window may look at the wanted companies only;
        # elsewhere a newer version may carry another subject and must be compared first.
        near = ""
        if self.only and "subject_value" in table.version_key:
            near = f" AND (f.company_key {self.only} OR f.company_key IS NULL)"
        seen = f"SELECT f.* FROM {facts} AS f WHERE {self.condition('f')} AND f.is_versioned{near}"
        if self.corrected_by is None:
            return seen
        same = " AND ".join(f'e."{column}" IS NOT DISTINCT FROM f."{column}"' for column in table.version_key)
        later = (
            f"f.is_versioned AND f.known_at <= {_instant(self.corrected_by)} AND NOT ({self.condition('f')})"
        )
        return (
            f"{seen} UNION ALL SELECT f.* FROM {facts} AS f WHERE {later} "
            f"AND EXISTS (SELECT 1 FROM ({seen}) AS e WHERE {same})"
        )


def _instant(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.isoformat(sep=' ')}'"


def open_views(
    store: Store, home: Path, facts: Facts, contracts: Mapping[str, Table], visible: Visible
) -> None:
    """Make `register`, `lookup`, `company_universe` and a view per contract table, as seen at an instant.

    Each view has the table's store columns, company_key, known_at, batch_no and line; rows whose
    subject no company can be found for are left out (they are listed by `unresolved_sql`).
    """
    if not facts.register:
        raise ValueError("no facts have been folded")
    store.read_parquet("register", [home / facts.register])
    store.table("lookup", lookup_sql(visible.condition()))
    store.table(
        "company_universe",
        f"SELECT DISTINCT company_key, scheme AS identifier_scheme, identifier FROM register "
        f"WHERE NOT {is_pointer('scheme')} AND {visible.condition()}{_only(visible, 'company_key')}",
    )
    open_tables(store, home, facts, contracts, visible, contracts)


def open_tables(
    store: Store,
    home: Path,
    facts: Facts,
    contracts: Mapping[str, Table],
    visible: Visible,
    names: Iterable[str],
) -> None:
    """Make the views of some tables; the store must have `lookup`."""
    for name in names:
        if name in facts.tables:
            store.read_parquet(f"facts_{name}", [home / facts.tables[name]])
            store.view(name, view_sql(contracts[name], visible))
        else:
            store.view(name, _empty_sql(contracts[name]))


def _only(visible: Visible, column: str) -> str:
    return f" AND {column} {visible.only}" if visible.only else ""


def view_columns(table: Table) -> dict[str, str]:
    """Return the columns of a table's view with their store types."""
    return {
        **table.store_columns,
        "company_key": "INTEGER",
        "known_at": "TIMESTAMP",
        "batch_no": "INTEGER",
        "line": "INTEGER",
    }


def _empty_sql(table: Table) -> str:
    columns = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in view_columns(table).items())
    return f"SELECT {columns} WHERE 1 = 0"


def view_sql(table: Table, visible: Visible) -> str:
    """Return the query of a table's rows as seen: resolved, newest version only."""
    shown = [column for column in view_columns(table) if column != "company_key"]
    own = ", ".join(f'f."{column}"' for column in shown)
    seen = visible.condition("f")
    facts = f'"facts_{table.name}" AS f'
    by_pointer = "lookup AS l ON l.scheme = f.subject_scheme AND l.identifier = f.subject_value"
    # Newest first is decided before resolution: a correction may add the code an earlier version lacked.
    # A window's PARTITION BY takes NULLs in a key as equal, which a join would not.
    key = ", ".join(f'f."{column}"' for column in table.version_key)
    newest = (
        f"SELECT f.*, row_number() OVER (PARTITION BY {key} "
        f"ORDER BY f.known_at DESC, f.batch_no DESC, f.line DESC) AS age "
        f"FROM ({visible.versions(table)}) AS f"
    )
    only_keyed, only_pointed = _only(visible, "f.company_key"), _only(visible, "l.company_key")
    only_either = _only(visible, "coalesce(f.company_key, l.company_key)")
    return f"""
        SELECT {own}, f.company_key FROM {facts}
        WHERE f.company_key IS NOT NULL AND {seen} AND NOT f.is_versioned{only_keyed}
        UNION ALL
        SELECT {own}, l.company_key FROM {facts} JOIN {by_pointer}
        WHERE f.company_key IS NULL AND {seen} AND NOT f.is_versioned{only_pointed}
        UNION ALL
        SELECT {own}, coalesce(f.company_key, l.company_key) AS company_key
        FROM ({newest}) AS f LEFT JOIN {by_pointer}
        WHERE f.age = 1 AND coalesce(f.company_key, l.company_key) IS NOT NULL{only_either}"""


def unresolved(store: Store, facts: Facts, contracts: Mapping[str, Table], visible: Visible) -> pa.Table:
    """Return the subjects no company was found for: scheme, value, table, rows, why (ambiguous | unknown)."""
    parts = [
        f"SELECT subject_scheme AS scheme, subject_value AS value, '{name}' AS \"table\", count(*) AS rows "
        f'FROM "facts_{name}" AS f WHERE f.company_key IS NULL AND {visible.condition("f")} '
        f"GROUP BY subject_scheme, subject_value"
        for name in contracts
        if name in facts.tables
    ]
    return store.query(
        f"""
        SELECT u.scheme, u.value, u."table", u.rows,
               CASE WHEN a.identifier IS NULL THEN 'unknown' ELSE 'ambiguous' END AS why
        FROM ({" UNION ALL ".join(parts)}) AS u
        LEFT JOIN lookup AS l ON l.scheme = u.scheme AND l.identifier = u.value
        LEFT JOIN (SELECT DISTINCT scheme, identifier FROM register WHERE {visible.condition()}) AS a
          ON a.scheme = u.scheme AND a.identifier = u.value
        WHERE l.identifier IS NULL
        ORDER BY u.rows DESC, u.scheme, u.value, u."table"
        """
    )
