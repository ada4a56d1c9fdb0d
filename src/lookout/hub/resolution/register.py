"""The register of identifiers: which company key each code or name has stood for, since when.

Codes (USCC, or a desensitised source's ids) make a company; older codes and names only point to one.
A name or older code that points to several companies is ambiguous: it resolves to none, and is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from lookout.hub.resolution.names import normalise_name
from lookout.hub.store import Store
from lookout.kernel.identifiers import Scheme

REGISTER_SCHEMA = pa.schema(
    [
        ("scheme", pa.string()),
        ("identifier", pa.string()),
        ("company_key", pa.int32()),
        ("known_at", pa.timestamp("us")),
        ("batch_no", pa.int32()),
    ]
)
POINTERS = (Scheme.REGISTRATION_NO, Scheme.ORGANIZATION_CODE, Scheme.NAME)
_POINTER_LIST = ", ".join(f"'{scheme}'" for scheme in POINTERS)


def is_pointer(column: str) -> str:
    """Return the SQL condition that a scheme only points to a company."""
    return f"{column} IN ({_POINTER_LIST})"


def add_companies(store: Store, subjects: str) -> None:
    """Give a key to every new code among `subjects` (scheme, identifier, known_at, batch_no, line).

    Works on the store's table `register`. Keys follow the first batch and line that name a code, so
    they depend neither on the engine's order of rows nor on how batches are cut into folds. Each
    batch that names a code earlier than the register knew adds a row: what is visible at an instant,
    or from pinned batches, is then right whichever came first.
    """
    store.table(
        "sightings",
        f"""
        SELECT scheme, identifier, known_at, batch_no, min(line) AS line FROM ({subjects}) AS s
        WHERE NOT {is_pointer("scheme")} GROUP BY scheme, identifier, known_at, batch_no
        """,
    )
    store.table(
        "new_companies",
        """
        SELECT scheme, identifier, batch_no, line FROM (
          SELECT s.*, row_number() OVER (PARTITION BY scheme, identifier ORDER BY batch_no, line) AS place
          FROM sightings AS s
          WHERE NOT EXISTS (SELECT 1 FROM register AS r
                            WHERE r.scheme = s.scheme AND r.identifier = s.identifier)
        ) AS first WHERE place = 1
        """,
    )
    store.table(
        "keyed",
        """
        SELECT scheme, identifier,
               CAST((SELECT coalesce(max(company_key), 0) FROM register)
                    + row_number() OVER (ORDER BY batch_no, line, scheme, identifier) AS INTEGER) AS company_key
        FROM new_companies
        UNION ALL SELECT DISTINCT scheme, identifier, company_key FROM register
        """,
    )
    # Only sightings earlier, in one of the two clocks, than all before them can ever matter.
    store.execute(
        """
        INSERT INTO register
        SELECT s.scheme, s.identifier, k.company_key, s.known_at, s.batch_no
        FROM sightings AS s JOIN keyed AS k ON k.scheme = s.scheme AND k.identifier = s.identifier
        WHERE NOT EXISTS (
            SELECT 1 FROM register AS r WHERE r.scheme = s.scheme AND r.identifier = s.identifier
              AND r.known_at <= s.known_at AND r.batch_no <= s.batch_no)
          AND NOT EXISTS (
            SELECT 1 FROM sightings AS e WHERE e.scheme = s.scheme AND e.identifier = s.identifier
              AND e.known_at <= s.known_at AND e.batch_no < s.batch_no)
        """
    )


def add_pointers(store: Store, registry_rows: pa.Table) -> None:
    """Add names, former names and older codes of newly landed registry rows to `register`.

    `registry_rows` has company_key, uscc, registration_no, name, former_names, known_at, batch_no.
    """
    keys = registry_rows["company_key"].to_pylist()
    known = registry_rows["known_at"].to_pylist()
    batches = registry_rows["batch_no"].to_pylist()
    found: dict[tuple[str, str, int], list[tuple[datetime, int]]] = {}

    def add(scheme: str, identifier: str, row: int) -> None:
        seen = found.setdefault((scheme, identifier, keys[row]), []) if identifier else []
        # Rows come by batch: a later one matters only when it was known earlier.
        if identifier and all(known[row] < before for before, _ in seen):
            seen.append((known[row], batches[row]))

    columns = {
        name: registry_rows[name].to_pylist() for name in ("uscc", "registration_no", "name", "former_names")
    }
    for row in range(registry_rows.num_rows):
        add(Scheme.NAME, normalise_name(columns["name"][row] or ""), row)
        for former in (columns["former_names"][row] or "").split(";"):
            add(Scheme.NAME, normalise_name(former), row)
        add(Scheme.REGISTRATION_NO, columns["registration_no"][row] or "", row)
        add(Scheme.ORGANIZATION_CODE, (columns["uscc"][row] or "")[8:17], row)
    rows = [(*place, *seen) for place, sightings in found.items() for seen in sightings]
    store.put("new_pointers", _register_table(rows))
    store.execute(
        """
        INSERT INTO register
        SELECT p.* FROM new_pointers AS p
        WHERE NOT EXISTS (SELECT 1 FROM register AS r WHERE r.scheme = p.scheme
                          AND r.identifier = p.identifier AND r.company_key = p.company_key
                          AND r.known_at <= p.known_at AND r.batch_no <= p.batch_no)
        """
    )


def _register_table(rows: Sequence[tuple[str, str, int, datetime, int]]) -> pa.Table:
    columns: list[list[object]] = [list(column) for column in zip(*rows, strict=True)] or [[]] * 5
    arrays = [pa.array(column, field.type) for column, field in zip(columns, REGISTER_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=REGISTER_SCHEMA)


def lookup_sql(visible: str) -> str:
    """Return the query of pointers that name exactly one company among the visible register rows.

    Its least key is then its greatest: to count the different ones costs three times as much.
    """
    return f"""
        SELECT scheme, identifier, min(company_key) AS company_key
        FROM register WHERE {is_pointer("scheme")} AND {visible}
        GROUP BY scheme, identifier HAVING min(company_key) = max(company_key)
        """
