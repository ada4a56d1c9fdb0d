"""Live events as rows of their tables: laid beside the folded facts of the companies they tell of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from lookout.contracts import Table
from lookout.hub.facts import fact_columns
from lookout.hub.landing import fact_schema
from lookout.hub.live.outbox import StoredEvent
from lookout.hub.quality import arrow_type
from lookout.hub.resolution import POINTERS, normalise_name
from lookout.hub.store import DuckDBStore, Store
from lookout.kernel.identifiers import Scheme

LIVE_BATCH = 0  # the batch number of rows that are in no batch yet; their line is the event's number
ASIDE_ROW_GROUP = 4096  # rows that one look-up by name reads at least
_TYPED_BY_COLUMN = ("known_at", "batch_no", "line")


def as_texts(facts: pa.Table) -> list[dict[str, str | None]]:
    """Return stored rows as text, the form in which the outbox keeps them."""
    names = [name for name in facts.column_names if name not in _TYPED_BY_COLUMN]
    texts = {name: [_text(value) for value in facts[name].to_pylist()] for name in names}
    return [dict(zip(names, row, strict=True)) for row in zip(*(texts[name] for name in names), strict=True)]


def _text(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def digest_of(fact: Mapping[str, str | None]) -> str:
    """Return the digest of a row: the same content has the same one, also when columns are added later."""
    said = {name: value for name, value in fact.items() if value is not None}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def landed_rows(table: Table, events: Sequence[StoredEvent]) -> pa.Table:
    """Return events as facts of a batch, each known since it was received."""
    schema = fact_schema(table)
    columns = []
    for field in schema:
        if field.name == "known_at":
            columns.append(pa.array([event.received_at for event in events], field.type))
        elif field.name == "batch_no":
            columns.append(pa.array([LIVE_BATCH] * len(events), field.type))
        elif field.name == "line":
            columns.append(pa.array([event.seq for event in events], field.type))
        else:
            texts = pa.array([event.fact.get(field.name) for event in events], pa.string())
            columns.append(texts.cast(field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def live_rows(table: Table, events: Sequence[StoredEvent]) -> pa.Table:
    """Return events as folded facts: names in their normal form, the company's key where a code was sent."""
    facts = landed_rows(table, events)
    values = [
        normalise_name(value) if scheme == Scheme.NAME and value else value
        for scheme, value in zip(
            facts["subject_scheme"].to_pylist(), facts["subject_value"].to_pylist(), strict=True
        )
    ]
    place = facts.schema.get_field_index("subject_value")
    facts = facts.set_column(place, "subject_value", pa.array(values, pa.string()))
    keys = [None if _is_pointer(event) else event.company_key for event in events]
    facts = facts.append_column("company_key", pa.array(keys, pa.int32()))
    facts = facts.append_column("is_versioned", pa.array([True] * len(events)))
    wanted = pa.schema([(name, arrow_type(kind)) for name, kind in fact_columns(table).items()])
    return facts.select(wanted.names).cast(wanted)


def _is_pointer(event: StoredEvent) -> bool:
    """Tell whether an event names its company by something that has to be looked up, as in a folded file."""
    return event.fact.get("subject_scheme") in POINTERS


@dataclass(frozen=True)
class Aside:
    """Rows of a table that lie apart from their companies, as views sorted by what they are found by.

    `named`: sent under a name or older code, by it; '' when there are none. `versioned`: with several
    versions, by the first column of the key; '' when none of them can tell of another company.
    """

    named: str
    versioned: str


def gather(
    store: Store,
    table: Table,
    facts: str | None,
    keys: Sequence[int],
    live: pa.Table | None,
    aside: Aside | None = None,
) -> None:
    """Make `facts_<table>`: all that decides what is known of some companies from one table.

    `facts` names the view of its folded facts, None when nothing of it was ever folded; the store must
    have `lookup` with the names of these companies. Rows sent under other subjects are taken along
    when they may be versions of the same facts. Without `aside` they are looked for in all facts.
    """
    columns = ", ".join(f'f."{column}"' for column in fact_columns(table) if column != "is_versioned")
    near, parts = f'"near_{table.name}"', []
    if live is not None:
        store.put(f"live_{table.name}", live)
        parts.append(f'SELECT {columns}, true AS is_versioned FROM "live_{table.name}" AS f')
    if facts is not None:
        aside = aside or Aside(facts, facts)
        own = f'SELECT f.* FROM "{facts}" AS f WHERE f.company_key IN ({_listed(keys)})'
        own += _pointed(store, aside.named) if aside.named else ""
        parts.append(f"SELECT {columns}, f.is_versioned FROM ({own}) AS f")
    if not parts:
        return
    store.table(f"near_{table.name}", " UNION ALL ".join(parts))
    far = "" if facts is None or aside is None else _elsewhere(store, table, facts, keys, live, aside)
    # A row without versions in the files may have one among the events: all are compared then.
    flag = "is_versioned" if live is None else "true AS is_versioned"
    shown = ", ".join(f'"{column}"' for column in fact_columns(table) if column != "is_versioned")
    store.view(f"facts_{table.name}", f"SELECT {shown}, {flag} FROM (SELECT * FROM {near}{far}) AS f")


def _pointed(store: Store, named: str) -> str:
    """Return the query, with a leading UNION ALL, of rows that came under names of the companies."""
    names = store.query("SELECT DISTINCT identifier FROM lookup")["identifier"].to_pylist()
    if not names:
        return ""
    # Names written out let the store skip what cannot hold them.
    return (
        f' UNION ALL SELECT f.* FROM "{named}" AS f JOIN lookup AS l ON l.scheme = f.subject_scheme '
        f"AND l.identifier = f.subject_value WHERE f.company_key IS NULL AND f.subject_value IN ({_texts(names)})"
    )


def _elsewhere(
    store: Store, table: Table, facts: str, keys: Sequence[int], live: pa.Table | None, aside: Aside
) -> str:
    """Make `far_<table>`: versions of the gathered facts that were sent about other subjects."""
    if "subject_value" in table.version_key:
        return ""
    near = f'"near_{table.name}"'
    parts = []
    if aside.versioned:
        parts.append(
            _versions(store, table, aside.versioned, f"SELECT * FROM {near} WHERE is_versioned", keys)
        )
    if live is not None:
        parts.append(_versions(store, table, facts, f'SELECT * FROM "live_{table.name}"', keys))
    found = [part for part in parts if part]
    if not found:
        return ""
    store.table(f"far_{table.name}", " UNION ".join(found))
    return f' UNION ALL SELECT * FROM "far_{table.name}"'


def _versions(store: Store, table: Table, source: str, of: str, keys: Sequence[int]) -> str:
    """Return the query of rows of other subjects in a source that share a key with some; '' when none can."""
    first = table.version_key[0]
    firsts = store.query(f'SELECT DISTINCT CAST("{first}" AS VARCHAR) AS k FROM ({of}) AS n')["k"].to_pylist()
    if not firsts:
        return ""
    same = " AND ".join(f'n."{column}" IS NOT DISTINCT FROM f."{column}"' for column in table.version_key)
    columns = ", ".join(f'f."{column}"' for column in fact_columns(table) if column != "is_versioned")
    known = [text for text in firsts if text is not None]
    among = f'f."{first}" IN ({_texts(known)})' if known else "1 = 0"
    if len(known) < len(firsts):
        among = f'({among} OR f."{first}" IS NULL)'
    far = (
        f"{among} AND (f.company_key IS NULL OR f.company_key NOT IN ({_listed(keys)})) "
        "AND NOT EXISTS (SELECT 1 FROM lookup AS l WHERE f.company_key IS NULL "
        "AND l.scheme = f.subject_scheme AND l.identifier = f.subject_value)"
    )
    # Few facts ever change their subject: looking whether any did reads four columns, fetching them reads all.
    if not store.query(f'SELECT 1 AS n FROM "{source}" AS f WHERE {far} LIMIT 1').num_rows:
        return ""
    return (
        f'SELECT {columns}, true AS is_versioned FROM "{source}" AS f WHERE {far} '
        f"AND EXISTS (SELECT 1 FROM ({of}) AS n WHERE {same})"
    )


def set_aside_rows(store: DuckDBStore, table: Table, facts: str, folder: Path) -> Aside:
    """Write the rows of a table that lie apart from their companies to files of their own, sorted.

    A look-up then reads a few thousand rows instead of all of them. The files belong to the session.
    """
    named = _sorted_copy(store, facts, "company_key IS NULL", "subject_value", folder / f"named_{table.name}")
    versioned = ""
    if "subject_value" not in table.version_key:
        versioned = _sorted_copy(
            store, facts, "is_versioned", table.version_key[0], folder / f"versioned_{table.name}"
        )
    return Aside(named, versioned)


def _sorted_copy(store: DuckDBStore, facts: str, condition: str, column: str, file: Path) -> str:
    if not store.query(f'SELECT 1 AS n FROM "{facts}" WHERE {condition} LIMIT 1').num_rows:
        return ""
    target = file.with_suffix(".parquet")
    store.write_parquet(
        f'SELECT * FROM "{facts}" WHERE {condition} ORDER BY "{column}"', target, row_group=ASIDE_ROW_GROUP
    )
    store.read_parquet(file.name, [target])
    return file.name


def _listed(keys: Sequence[int]) -> str:
    return ", ".join(str(int(key)) for key in keys) or "NULL"


def _texts(values: Sequence[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
