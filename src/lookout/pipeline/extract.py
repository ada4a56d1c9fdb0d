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
LOOKUP = "lookup.parquet"
_OWN = ("company_key", "known_at", "batch_no", "line", "is_versioned")
_SUBJECT = ("subject_scheme", "subject_value")


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
    code resolves to them, and every other version of these, whomever it is about. What `columns` does not
    name and no later step compares is NULL. The store must have the `lookup`, `merged` and `inherited` of
    the reading; the pointers to the companies are written as well (LOOKUP).
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
        "SELECT l.scheme, l.identifier, l.company_key FROM lookup AS l "
        "JOIN behind AS b ON b.company_key = l.company_key",
    )
    store.write_parquet("SELECT * FROM pointing ORDER BY company_key, scheme, identifier", folder / LOOKUP)
    small = {}
    for name in sorted(columns):
        if name not in facts.tables:
            continue
        open_facts(store, f"whole_{name}", home, facts.tables[name], tables[name])
        if _has_subject(tables[name]):
            rows = _rows_of_subjects(tables[name], columns[name])
        else:
            _find_versions(store, tables[name])
            rows = _rows_and_versions(tables[name], columns[name])
        file = folder / f"{name}.parquet"
        store.write_parquet(" UNION ALL ".join(rows), file)
        # Files are named from the home; these lie elsewhere, so they are named from the root.
        small[name] = TableFiles((str(file.resolve()),))
    return replace(facts, tables=small)


def _rows_of_subjects(table: Table, named: set[str]) -> list[str]:
    """Return the queries of the rows, versions too, where all versions of a fact are of one subject."""
    other_keys = set(table.version_key) - set(_SUBJECT)
    by_code = _shown(table, {*named, *other_keys})
    by_name = _shown(table, {*named, *other_keys, *_SUBJECT})
    whole = f'"whole_{table.name}" AS f'
    return [
        f"SELECT {by_code} FROM {whole} WHERE f.company_key IN (SELECT company_key FROM behind)",
        f"SELECT {by_name} FROM {whole} JOIN pointing AS p ON p.scheme = f.subject_scheme "
        f"AND p.identifier = f.subject_value WHERE f.company_key IS NULL",
    ]


def _find_versions(store: Store, table: Table) -> None:
    """Make `versions_<table>`: the rows of the facts of which some version is about the companies.

    The versions of one fact may carry different subjects: all of them are compared. Found by their keys
    alone, so that the wide rows are read once.
    """
    keys = ", ".join(f'f."{column}"' for column in table.version_key)
    store.table(
        f"versioned_{table.name}",
        f"SELECT {keys}, f.company_key, f.batch_no, f.line, "
        f"CASE WHEN f.company_key IS NULL THEN f.subject_scheme END AS subject_scheme, "
        f"CASE WHEN f.company_key IS NULL THEN f.subject_value END AS subject_value "
        f'FROM "whole_{table.name}" AS f WHERE f.is_versioned',
    )
    same = " AND ".join(f't."{column}" IS NOT DISTINCT FROM f."{column}"' for column in table.version_key)
    versioned = f'"versioned_{table.name}" AS f'
    store.table(
        f"versions_{table.name}",
        f"SELECT {keys}, f.company_key, f.batch_no, f.line FROM {versioned} JOIN ("
        f"SELECT {keys} FROM {versioned} WHERE f.company_key IN (SELECT company_key FROM behind) "
        f"UNION SELECT {keys} FROM {versioned} JOIN pointing AS p ON p.scheme = f.subject_scheme "
        f"AND p.identifier = f.subject_value) AS t ON {same}",
    )


def _rows_and_versions(table: Table, named: set[str]) -> list[str]:
    """Return the queries of the rows without other versions, and of those that `_find_versions` found."""
    whole, found = f'"whole_{table.name}" AS f', f'"versions_{table.name}"'
    version = f"LEFT JOIN {found} AS t ON t.batch_no = f.batch_no AND t.line = f.line"
    by_code, by_name = (_shown(table, kept, keys_of="t") for kept in (named, {*named, *_SUBJECT}))
    return [
        # Most versions of a fact are of one company: by its key they are read together with its other rows.
        f"SELECT {by_code} FROM {whole} {version} WHERE f.company_key IN (SELECT company_key FROM behind "
        f"UNION SELECT company_key FROM {found}) AND (t.line IS NOT NULL OR "
        f"(NOT f.is_versioned AND f.company_key IN (SELECT company_key FROM behind)))",
        f"SELECT {by_name} FROM {whole} {version} LEFT JOIN pointing AS p ON p.scheme = f.subject_scheme "
        f"AND p.identifier = f.subject_value AND NOT f.is_versioned "
        f"WHERE f.company_key IS NULL AND (t.line IS NOT NULL OR p.identifier IS NOT NULL)",
    ]


def _shown(table: Table, kept: set[str], keys_of: str = "") -> str:
    """Return the columns of a fact, NULL where not `kept`; `keys_of`: the relation that has the keys of versions."""
    return ", ".join(
        f'f."{column}"'
        if column in {*kept, *_OWN, table.occurred_on}
        else f'{keys_of}."{column}"'
        if keys_of and column in table.version_key
        else f'CAST(NULL AS {kind}) AS "{column}"'
        for column, kind in fact_columns(table).items()
    )


def _has_subject(table: Table) -> bool:
    return "subject_value" in table.version_key
