"""The fold: merge newly landed batches into one Parquet file per table, clustered by company.

Files are immutable; each fold writes a new generation of the tables it touches and then swaps the
manifest, so a fold that dies changes nothing. All versions of a fact are kept: what was visible at
an instant is decided when it is read (`lookout.hub.facts.views`).
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.contracts import PROVENANCE, Table
from lookout.hub.landing import Batch
from lookout.hub.resolution import (
    REGISTER_SCHEMA,
    add_companies,
    add_pointers,
    is_pointer,
    normalise_subjects,
)
from lookout.hub.store import Store

MANIFEST = "facts/manifest.json"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Facts:
    """One generation of the folded facts: which batches are in, and the file of each table."""

    generation: int
    batches: tuple[int, ...]
    register: str  # path under HOME
    tables: Mapping[str, str]  # table → path under HOME

    @classmethod
    def read(cls, home: Path, manifest: str = MANIFEST) -> Facts:
        """Read a manifest; an installation without one has no facts yet."""
        file = home / manifest
        if not file.exists():
            return cls(0, (), "", {})
        content = json.loads(file.read_text("utf-8"))
        return cls(content["generation"], tuple(content["batches"]), content["register"], content["tables"])

    def as_json(self) -> str:
        """Return the manifest's text."""
        content = {
            "generation": self.generation,
            "batches": list(self.batches),
            "register": self.register,
            "tables": dict(self.tables),
        }
        return json.dumps(content, ensure_ascii=False, indent=1)


def fact_columns(table: Table) -> dict[str, str]:
    """Return the columns of a folded table with their store types."""
    return {**table.store_columns, **PROVENANCE, "is_versioned": "BOOLEAN"}


def fold(
    store: Store, home: Path, batches: Sequence[Batch], contracts: Mapping[str, Table], progress: Progress
) -> Facts:
    """Merge the batches not yet folded and return the new generation (the old one when none is new)."""
    facts = Facts.read(home)
    new = [batch for batch in batches if batch.batch_no not in set(facts.batches)]
    if not new:
        return facts
    generation = max(batch.batch_no for batch in batches)
    _open_register(store, home, facts)
    by_table: dict[str, list[Batch]] = defaultdict(list)
    for batch in new:
        by_table[batch.table].append(batch)
    for number, (name, delivered) in enumerate(sorted(by_table.items())):
        progress(f"读入 {contracts[name].zh}", number, 2 * len(by_table))
        _stage(store, home, name, delivered)
    _extend_register(store, sorted(by_table))
    tables = dict(facts.tables)
    for number, name in enumerate(sorted(by_table)):
        progress(f"归并 {contracts[name].zh}", len(by_table) + number, 2 * len(by_table))
        target = f"facts/{name}/{generation:06d}.parquet"
        _merge(store, contracts[name], home / tables[name] if name in tables else None, home / target)
        store.execute(f'DROP TABLE "incoming_{name}"')
        tables[name] = target
    register = f"facts/register/{generation:06d}.parquet"
    (home / register).parent.mkdir(parents=True, exist_ok=True)
    store.write_parquet("SELECT * FROM register ORDER BY company_key, scheme, identifier", home / register)
    folded = Facts(generation, tuple(sorted({*facts.batches, *(b.batch_no for b in new)})), register, tables)
    swap_text(home / MANIFEST, folded.as_json())
    return folded


def swap_text(file: Path, text: str) -> None:
    """Replace a small file so that a reader sees the old or the new text, never a torn one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.tmp")
    with fresh.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(file)


def _open_register(store: Store, home: Path, facts: Facts) -> None:
    if facts.register:
        store.read_parquet("register_file", [home / facts.register])
        store.table("register", "SELECT * FROM register_file")
    else:
        store.put("register", REGISTER_SCHEMA.empty_table())


def _stage(store: Store, home: Path, name: str, batches: Sequence[Batch]) -> None:
    """Put a table's new rows into `incoming_<table>`, names in their normal form."""
    parts = [
        normalise_subjects(pq.read_table(home / "batches" / f"{batch.batch_no:06d}" / "facts.parquet"))
        for batch in batches
    ]
    store.put(f"incoming_{name}", pa.concat_tables(parts))


def _extend_register(store: Store, names: Sequence[str]) -> None:
    subjects = " UNION ALL ".join(
        f"SELECT subject_scheme AS scheme, subject_value AS identifier, known_at, batch_no, min(line) AS line "
        f'FROM "incoming_{name}" WHERE NOT {is_pointer("subject_scheme")} '
        f"GROUP BY subject_scheme, subject_value, known_at, batch_no"
        for name in names
    )
    add_companies(store, subjects)
    if "company" in names:
        rows = store.query(
            """
            SELECT r.company_key, i.uscc, i.registration_no, i.name, i.former_names, i.known_at, i.batch_no
            FROM incoming_company AS i JOIN (SELECT DISTINCT scheme, identifier, company_key FROM register) AS r
              ON r.scheme = i.subject_scheme AND r.identifier = i.subject_value
            ORDER BY i.batch_no, i.line
            """
        )
        add_pointers(store, rows)


def _merge(store: Store, table: Table, old: Path | None, target: Path) -> None:
    """Write the old generation and the incoming rows to one file, marking facts with several versions."""
    incoming = f'"incoming_{table.name}"'
    columns = fact_columns(table)
    own = ", ".join(f'i."{c}"' for c in columns if c not in {"company_key", "is_versioned"})
    key = ", ".join(f'"{column}"' for column in table.version_key)
    same = " AND ".join(f'v."{column}" IS NOT DISTINCT FROM f."{column}"' for column in table.version_key)
    earlier = ""
    if old is not None:
        store.read_parquet("folded", [old])
        # Only old rows that may share a key need grouping; the most telling column of the key finds them.
        telling = "subject_value" if "subject_value" in table.version_key else table.version_key[0]
        near = f'"{telling}" IN (SELECT "{telling}" FROM {incoming})'
        earlier = f"UNION ALL SELECT {key} FROM folded WHERE {near}"
    store.table(
        "versioned_keys",
        f"SELECT {key} FROM (SELECT {key} FROM {incoming} {earlier}) GROUP BY {key} HAVING count(*) > 1",
    )
    versioned = f"EXISTS (SELECT 1 FROM versioned_keys AS v WHERE {same})"
    kept = ", ".join(f'f."{column}"' for column in columns if column != "is_versioned")
    union = (
        f"SELECT {kept}, f.is_versioned OR {versioned} AS is_versioned FROM folded AS f UNION ALL "
        if old is not None
        else ""
    )
    arrived = (
        f"SELECT {own}, r.company_key FROM {incoming} AS i LEFT JOIN (SELECT DISTINCT scheme, identifier, company_key "
        f"FROM register) AS r ON r.scheme = i.subject_scheme AND r.identifier = i.subject_value AND NOT {is_pointer('r.scheme')}"
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".tmp")
    store.write_parquet(
        f"SELECT * FROM ({union}SELECT {kept}, {versioned} AS is_versioned FROM ({arrived}) AS f) "
        f'ORDER BY company_key NULLS LAST, "{table.occurred_on}", batch_no, line',
        fresh,
    )
    fresh.replace(target)
