"""Immutable files of linkage under HOME/linkage: what names are used, their anatomy, what they link to.

Each is a pure function of what its name is made from, so it is computed once and may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.contracts import Table
from lookout.hub.linkage.anatomy import ANATOMY_SCHEMA, dissect
from lookout.hub.linkage.lexicon import Lexicon
from lookout.hub.store import Store
from lookout.kernel.identifiers import Scheme

FOLDER = "linkage"


class Rows(Protocol):
    """The files of a table's facts."""

    @property
    def rows(self) -> tuple[str, ...]:
        """Paths under HOME."""


class Facts(Protocol):
    """What linkage needs to know of a generation of facts."""

    @property
    def register(self) -> str:
        """Path of the register under HOME."""

    @property
    def tables(self) -> Mapping[str, Rows]:
        """The files of each table."""


class Visible(Protocol):
    """What a reading may see."""

    def condition(self, alias: str = "") -> str:
        """Return the SQL condition on `known_at` and `batch_no`."""


def digest_of(parts: object) -> str:
    """Return a short digest of a JSON-like value."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def keep(file: Path, table: pa.Table) -> None:
    """Write a table whole or not at all; another process may be writing the same."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.tmp")
    pq.write_table(table, fresh, compression="zstd")
    fresh.replace(file)


def named_tables(facts: Facts, contracts: Mapping[str, Table]) -> dict[str, Table]:
    """Return the folded tables whose rows may come under a name."""
    return {
        name: contracts[name]
        for name in sorted(facts.tables)
        if name in contracts and contracts[name].subject.name
    }


def sightings(store: Store, home: Path, facts: Facts, contracts: Mapping[str, Table]) -> Path:
    """Return the file of all names facts came under: name, table_name, known_at, batch_no, rows."""
    tables = named_tables(facts, contracts)
    made_from = {name: list(facts.tables[name].rows) for name in tables}
    file = home / FOLDER / "names" / f"{digest_of(made_from)}.parquet"
    if file.exists():
        return file
    parts = []
    for name in tables:
        store.read_parquet(f"sighted_{name}", [home / path for path in facts.tables[name].rows])
        parts.append(
            f"SELECT subject_value AS name, '{name}' AS table_name, known_at, batch_no, count(*) AS rows "
            f"FROM \"sighted_{name}\" WHERE company_key IS NULL AND subject_scheme = '{Scheme.NAME}' "
            f"GROUP BY subject_value, known_at, batch_no"
        )
    empty = "SELECT '' AS name, '' AS table_name, TIMESTAMP '2000-01-01' AS known_at, 0 AS batch_no, 0 AS rows WHERE 1 = 0"
    keep(
        file,
        store.query(" UNION ALL ".join(parts or [empty]) + " ORDER BY name, table_name, known_at, batch_no"),
    )
    return file


def register_anatomy(store: Store, home: Path, facts: Facts, lexicon: Lexicon) -> Path:
    """Return the file with the anatomy of every name of the register; only new names are dissected."""
    folder = home / FOLDER / "anatomy"
    prefix = lexicon.digest[:12]
    file = folder / f"{prefix}-{digest_of(facts.register)}.parquet"
    if file.exists():
        return file
    names = store.query(
        f"SELECT DISTINCT identifier AS name FROM register WHERE scheme = '{Scheme.NAME}' ORDER BY name"
    )
    earlier = max(folder.glob(f"{prefix}-*.parquet"), key=lambda kept: kept.stat().st_mtime_ns, default=None)
    known = pq.read_table(earlier) if earlier is not None else ANATOMY_SCHEMA.empty_table()
    store.put("anatomy_known", known.select(["name"]))
    store.put("anatomy_wanted", names)
    fresh = store.query(
        "SELECT w.name FROM anatomy_wanted AS w LEFT JOIN anatomy_known AS k ON k.name = w.name "
        "WHERE k.name IS NULL ORDER BY w.name"
    )
    keep(file, pa.concat_tables([known, dissect(fresh["name"].to_pylist(), lexicon)]).sort_by("name"))
    return file


def seen_digest(store: Store, visible: Visible, views: Sequence[str]) -> str:
    """Return the digest of which rows of these views are seen, so that equal sights share one file."""
    seen = " UNION ALL ".join(
        f"SELECT '{view}' AS v, batch_no, count(*) AS n FROM {view} WHERE {visible.condition()} GROUP BY batch_no"
        for view in views
    )
    rows = store.query(f"SELECT v, batch_no, n FROM ({seen}) AS s ORDER BY v, batch_no")
    return digest_of([list(row.values()) for row in rows.to_pylist()])
