"""The facts of a few companies in small files of their own, so that they can be observed again cheaply."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from lookout.contracts import Table
from lookout.hub.facts import Facts, TableFiles, fact_columns, open_facts
from lookout.hub.store import Store

WANTED = "wanted"
_OWN = ("company_key", "subject_scheme", "subject_value", "known_at", "batch_no", "line", "is_versioned")


def named_columns(texts: Iterable[str], tables: Mapping[str, Table]) -> dict[str, set[str]]:
    """Return the contract tables that SQL texts read, with those of their columns that the texts name.

    A text quotes every name, so the names in it are found without parsing.
    """
    found: dict[str, set[str]] = {}
    for text in texts:
        names = set(re.findall(r'"(\w+)"', text))
        for table in names & set(tables):
            found.setdefault(table, set()).update(names & set(fact_columns(tables[table])))
    return found


def extract(
    store: Store,
    home: Path,
    facts: Facts,
    tables: Mapping[str, Table],
    columns: Mapping[str, set[str]],
    keys: pa.Array,
    folder: Path,
) -> Facts:
    """Write the rows that can be about some companies to small files; return the facts that name those.

    Taken are the rows of the companies and of those that stood in them, the rows that a name or an older
    code resolves to them, and every other version of these, whomever it is about. Columns that
    `columns` does not name are NULL. The store must have the `lookup`, `merged` and `inherited` of the reading.
    """
    store.put("asked_for", pa.table({"company_key": keys}))
    store.table(
        "behind",
        "SELECT company_key FROM asked_for UNION SELECT m.company_key FROM merged AS m "
        "JOIN asked_for AS a ON a.company_key = m.into_key UNION SELECT i.company_key FROM inherited AS i "
        "JOIN asked_for AS a ON a.company_key = i.into_key",
    )
    store.table(
        "pointing",
        "SELECT DISTINCT l.scheme, l.identifier FROM lookup AS l JOIN behind AS b ON b.company_key = l.company_key",
    )
    small = {}
    for name in sorted(columns):
        if name not in facts.tables:
            continue
        open_facts(store, f"whole_{name}", home, facts.tables[name], tables[name])
        if not _has_subject(tables[name]):
            store.table(f"touched_{name}", _touched_sql(tables[name]))
        file = folder / f"{name}.parquet"
        store.write_parquet(_rows_sql(tables[name], columns[name]), file)
        # Files are named from the home; these lie elsewhere, so they are named from the root.
        small[name] = TableFiles((str(file.resolve()),))
    return replace(facts, tables=small)


def _rows_sql(table: Table, named: set[str]) -> str:
    kept = {*named, *_OWN, *table.version_key, table.occurred_on}
    shown = ", ".join(
        f'f."{column}"' if column in kept else f'CAST(NULL AS {kind}) AS "{column}"'
        for column, kind in fact_columns(table).items()
    )
    if _has_subject(table):
        return " UNION ALL ".join(_theirs(table, shown, ""))
    # The versions of one fact may carry different subjects: all of them are compared.
    same = " AND ".join(f't."{column}" IS NOT DISTINCT FROM f."{column}"' for column in table.version_key)
    versions = (
        f'SELECT {shown} FROM "whole_{table.name}" AS f JOIN "touched_{table.name}" AS t ON {same} '
        f"WHERE f.is_versioned"
    )
    return " UNION ALL ".join([*_theirs(table, shown, "AND NOT f.is_versioned"), versions])


def _touched_sql(table: Table) -> str:
    """Return the query of the keys under which some version is about the companies."""
    keys = ", ".join(f'f."{column}"' for column in table.version_key)
    theirs = " UNION ALL ".join(_theirs(table, keys, "AND f.is_versioned"))
    return f"SELECT DISTINCT * FROM ({theirs}) AS f"


def _theirs(table: Table, shown: str, condition: str) -> list[str]:
    """Return the queries of the rows that carry the companies' codes, and of those that carry their names."""
    whole = f'SELECT {shown} FROM "whole_{table.name}" AS f'
    return [
        f"{whole} WHERE f.company_key IN (SELECT company_key FROM behind) {condition}",
        f"{whole} JOIN pointing AS p ON p.scheme = f.subject_scheme AND p.identifier = f.subject_value "
        f"WHERE f.company_key IS NULL {condition}",
    ]


def _has_subject(table: Table) -> bool:
    return "subject_value" in table.version_key
