"""Who is meant: codes, names and moved companies, as the published run saw them and newer batches add to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from lookout.contracts import Contracts
from lookout.hub.facts import Facts, Visible, open_tables
from lookout.hub.facts.moves import (
    CONFLICTED,
    INHERITED,
    MERGED,
    MERGERS,
    Moves,
    find_inherited,
    found_moves,
)
from lookout.hub.live import StoredEvent
from lookout.hub.resolution import is_pointer, lookup_sql, normalise_name
from lookout.hub.snapshots import RunRecord
from lookout.hub.store import DuckDBStore
from lookout.kernel.identifiers import Scheme

_EMPTY = {
    MERGED: pa.schema([("company_key", pa.int32()), ("into_key", pa.int32())]),
    CONFLICTED: pa.schema(
        [
            ("table_name", pa.string()),
            ("batch_no", pa.int32()),
            ("line", pa.int32()),
            ("company_key", pa.int32()),
        ]
    ),
}


class Identities:
    """Finds companies in a store that `open_identities` has filled."""

    def __init__(self, store: DuckDBStore) -> None:
        self._store = store
        self.moves: Moves = found_moves(store)
        self._into: dict[str, dict[int, int]] = {}
        for name in (MERGED, INHERITED):
            rows = store.query(f"SELECT company_key, into_key FROM {name}").to_pylist()
            self._into[name] = {row["company_key"]: row["into_key"] for row in rows}

    def moved_to(self, keys: Iterable[int]) -> set[int]:
        """Return the companies whose facts, or some of them, stand with these."""
        wanted = set(keys)
        return {key for into in self._into.values() for key, end in into.items() if end in wanted}

    def owners(self, events: Sequence[StoredEvent]) -> dict[int, int]:
        """Return the company of each event by event number; an event no company is found for is absent."""
        subjects = {event.seq: _subject(event) for event in events}
        asked = sorted(set(subjects.values()))
        if not asked:
            return {}
        self._ask([scheme for scheme, _ in asked], [value for _, value in asked])
        found = self._store.query(
            "SELECT a.scheme, a.identifier, c.company_key FROM every_code AS c JOIN asked AS a "
            "ON c.scheme = a.scheme AND c.identifier = a.identifier "
            "UNION ALL SELECT a.scheme, a.identifier, l.company_key FROM every_lookup AS l JOIN asked AS a "
            "ON l.scheme = a.scheme AND l.identifier = a.identifier"
        ).to_pylist()
        keys = {(row["scheme"], row["identifier"]): row["company_key"] for row in found}
        into = self._into[MERGED]
        return {
            seq: into.get(keys[subject], keys[subject])
            for seq, subject in subjects.items()
            if subject in keys
        }

    def keys_of(self, identifiers: Sequence[str]) -> dict[str, int]:
        """Return the companies of USCCs or `<source>:<id>`; unknown ones are absent."""
        written = sorted(set(identifiers))
        schemes, values = [], []
        for one in written:
            source, colon, value = one.partition(":")
            schemes.append(f"opaque:{source}" if colon else str(Scheme.USCC))
            values.append(value if colon else one)
        self._ask(schemes, values)
        found = self._store.query(
            "SELECT a.scheme, a.identifier, c.company_key FROM every_code AS c JOIN asked AS a "
            "ON c.scheme = a.scheme AND c.identifier = a.identifier"
        ).to_pylist()
        keys = {(row["scheme"], row["identifier"]): row["company_key"] for row in found}
        places = zip(written, schemes, values, strict=True)
        return {one: keys[scheme, value] for one, scheme, value in places if (scheme, value) in keys}

    def _ask(self, schemes: Sequence[str], values: Sequence[str]) -> None:
        columns = {"scheme": pa.array(schemes, pa.string()), "identifier": pa.array(values, pa.string())}
        self._store.put("asked", pa.table(columns))


def _subject(event: StoredEvent) -> tuple[str, str]:
    scheme, value = event.fact.get("subject_scheme") or "", event.fact.get("subject_value") or ""
    return (scheme, normalise_name(value)) if scheme == Scheme.NAME else (scheme, value)


def open_identities(
    store: DuckDBStore,
    home: Path,
    folder: Path,
    facts: Facts,
    published: RunRecord,
    contracts: Contracts,
    visible: Visible,
) -> Identities:
    """Make `every_code`, `every_lookup`, `every_company_universe` and the relations of moved companies.

    Who is linked or merged is a matter of all companies together and stays as the published run (whose
    files lie in `folder`) found it; identifiers that newer batches name are looked up exactly.
    """
    store.read_parquet("register", [home / facts.register])
    for name, schema in _EMPTY.items():
        if (folder / f"{name}.parquet").exists():
            store.read_parquet(name, [folder / f"{name}.parquet"])
        else:
            store.put(name, schema.empty_table())
    store.table(
        "every_code",
        f"SELECT DISTINCT scheme, identifier, company_key FROM register "
        f"WHERE NOT {is_pointer('scheme')} AND {visible.condition()}",
    )
    store.table(
        "every_company_universe",
        "SELECT company_key, scheme AS identifier_scheme, identifier FROM every_code AS c "
        f"WHERE NOT EXISTS (SELECT 1 FROM {MERGED} AS m WHERE m.company_key = c.company_key)",
    )
    _open_lookup(store, folder, facts, published, visible)
    store.view("lookup", "SELECT * FROM every_lookup")
    open_tables(store, home, facts, contracts, visible, [MERGERS] if MERGERS in contracts else [])
    if MERGERS in contracts:
        find_inherited(store)
    else:
        store.put(INHERITED, _EMPTY[MERGED].empty_table())
    store.execute("DROP VIEW lookup")
    return Identities(store)


def _open_lookup(
    store: DuckDBStore, folder: Path, facts: Facts, published: RunRecord, visible: Visible
) -> None:
    store.read_parquet("run_lookup", [folder / "lookup.parquet"])
    seen = set(published.batches)
    newer = sorted(number for number in facts.batches if number not in seen)
    columns = "scheme, identifier, company_key"
    if not newer:
        store.table("every_lookup", f"SELECT {columns} FROM run_lookup")
        return
    named = f"SELECT scheme, identifier FROM register WHERE batch_no IN ({', '.join(map(str, newer))})"
    store.table("newly_named", f"SELECT DISTINCT scheme, identifier FROM ({named}) AS n")
    same = "SELECT 1 FROM newly_named AS n WHERE n.scheme = l.scheme AND n.identifier = l.identifier"
    store.table(
        "every_lookup",
        f"SELECT {columns} FROM run_lookup AS l WHERE NOT EXISTS ({same}) "
        f"UNION ALL SELECT {columns} FROM ({lookup_sql(visible.condition())}) AS l WHERE EXISTS ({same})",
    )
