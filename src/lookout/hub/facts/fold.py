"""The fold: merge newly landed batches into Parquet files per table, clustered by company.

Files are immutable: a fold writes the new rows of a table beside its older files, or the whole
table anew when the new rows have become many, and then swaps the manifest, so a fold that dies
changes nothing. All versions of a fact are kept: what was visible at an instant is decided when it
is read (`lookout.hub.facts.views`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from lookout.contracts import Table
from lookout.hub.facts.files import fact_columns, landed_columns, open_facts, read_columns
from lookout.hub.facts.healing import heal_register
from lookout.hub.facts.manifest import MANIFEST, Facts, TableFiles, swap_text
from lookout.hub.landing import Batch, batch_folder
from lookout.hub.resolution import REGISTER_SCHEMA, add_companies, add_pointers, is_pointer, normalise_name
from lookout.hub.store import Store
from lookout.kernel.identifiers import Scheme

# New rows stay in files of their own until they are a fifth of the table: each row is then rewritten
# a handful of times in its life, and a look-up opens a handful of files.
SHARE_TO_REWRITE = 5
MOST_FILES = 6
# Pages look up the rows of one company: a group is read whole for them, and every group costs a run a little.
ROW_GROUP = 20_480
Progress = Callable[[str, int, int], None]


def fold(
    store: Store, home: Path, batches: Sequence[Batch], contracts: Mapping[str, Table], progress: Progress
) -> Facts:
    """Merge the batches not yet folded and return the new generation (the old one when none is new).

    Batches withdrawn since are accounted for as well: what they alone made known shows to later readings
    through other batches only.
    """
    facts = Facts.read(home)
    new = [batch for batch in batches if batch.batch_no not in set(facts.batches)]
    withdrawn = {batch.batch_no for batch in batches if batch.withdrawn_at is not None}
    if not new and withdrawn <= set(facts.withdrawn):
        return facts
    generation = max(facts.generation + 1, *(batch.batch_no for batch in batches))
    _open_register(store, home, facts)
    by_table: dict[str, list[Batch]] = defaultdict(list)
    for batch in new:
        by_table[batch.table].append(batch)
    names = sorted(by_table)
    _stage(store, home, [contracts[name] for name in names], by_table)
    progress("登记企业", 0, len(names) + 1)
    if names:
        _extend_register(store, names)
    store.table(
        "codes",
        f"SELECT DISTINCT scheme, identifier, company_key FROM register WHERE NOT {is_pointer('scheme')}",
    )
    tables = dict(facts.tables)
    for number, name in enumerate(names, 1):
        progress(f"归并 {contracts[name].zh}", number, len(names) + 1)
        tables[name] = _merge(store, home, contracts[name], tables.get(name, TableFiles(())), generation)
    if withdrawn:
        heal_register(store, home, tables, contracts, withdrawn)
    register = f"facts/register/{generation:06d}.parquet"
    (home / register).parent.mkdir(parents=True, exist_ok=True)
    store.write_parquet("SELECT * FROM register ORDER BY company_key, scheme, identifier", home / register)
    folded = Facts(
        generation,
        tuple(sorted({*facts.batches, *(b.batch_no for b in new)})),
        register,
        tables,
        (*facts.folds, generation),
        tuple(sorted(withdrawn)),
    )
    swap_text(home / MANIFEST, folded.as_json())
    return folded


def _open_register(store: Store, home: Path, facts: Facts) -> None:
    if facts.register:
        store.read_parquet("register_file", [home / facts.register])
        store.table("register", "SELECT * FROM register_file")
    else:
        store.put("register", REGISTER_SCHEMA.empty_table())


def _stage(
    store: Store, home: Path, tables: Sequence[Table], by_table: Mapping[str, Sequence[Batch]]
) -> None:
    """Make `incoming_<table>` of each table's new rows, names in their normal form."""
    is_name = f"subject_scheme = '{Scheme.NAME}'"
    spelled: set[str] = set()
    for table in tables:
        files = [batch_folder(home, batch.batch_no) / "facts.parquet" for batch in by_table[table.name]]
        read_columns(store, f"landed_{table.name}", files, landed_columns(table))
        named = store.query(f'SELECT DISTINCT subject_value FROM "landed_{table.name}" WHERE {is_name}')
        spelled.update(named["subject_value"].to_pylist())
    ordered = sorted(spelled)
    normal = [normalise_name(name) for name in ordered]
    store.put(
        "spelled_names",
        pa.table({"spelled": pa.array(ordered, pa.string()), "normal": pa.array(normal, pa.string())}),
    )
    for table in tables:
        columns = ", ".join(
            'coalesce(n.normal, f.subject_value) AS "subject_value"'
            if column == "subject_value"
            else f'f."{column}"'
            for column in landed_columns(table)
        )
        store.view(
            f"incoming_{table.name}",
            f'SELECT {columns} FROM "landed_{table.name}" AS f '
            f"LEFT JOIN spelled_names AS n ON n.spelled = f.subject_value AND f.{is_name}",
        )


def _extend_register(store: Store, names: Sequence[str]) -> None:
    subjects = " UNION ALL ".join(
        f"SELECT subject_scheme AS scheme, subject_value AS identifier, known_at, batch_no, min(line) AS line "
        f'FROM "landed_{name}" WHERE NOT {is_pointer("subject_scheme")} '
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


def _merge(store: Store, home: Path, table: Table, held: TableFiles, generation: int) -> TableFiles:
    """Write a table's incoming rows to files, marking facts with several versions."""
    if held.rows:
        open_facts(store, "folded", home, held, table)
    _find_versioned_keys(store, table, bool(held.rows))
    target = f"facts/{table.name}/{generation:06d}.parquet"
    (home / target).parent.mkdir(parents=True, exist_ok=True)
    counts = [_row_count(store, home / file) for file in held.rows]
    incoming = _count(store, f'"incoming_{table.name}"')
    if not counts or (sum(counts[1:]) + incoming) * SHARE_TO_REWRITE > counts[0]:
        _write(
            store,
            home / target,
            table,
            [_folded_sql(table), _arrived_sql(table)] if counts else [_arrived_sql(table)],
        )
        return TableFiles((target,))
    marks = _write_marks(store, home, table, held, generation)
    kept, merged = held.rows, [_arrived_sql(table)]
    if len(held.rows) == MOST_FILES:
        # The later files become one; the oldest, by far the largest, stays as it is.
        open_facts(store, "folded_later", home, TableFiles(held.rows[1:], marks), table)
        kept, merged = held.rows[:1], [*merged, _columns_of("folded_later", table)]
    _write(store, home / target, table, merged)
    return TableFiles((*kept, target), marks)


def _find_versioned_keys(store: Store, table: Table, has_old: bool) -> None:
    """Make `versioned_keys`: the keys of incoming rows that more than one row has."""
    incoming = f'"incoming_{table.name}"'
    key = ", ".join(f'"{column}"' for column in table.version_key)
    earlier = ""
    if has_old:
        # Only old rows that may share a key need grouping; the most telling column of the key finds them.
        telling = "subject_value" if "subject_value" in table.version_key else table.version_key[0]
        near = f'"{telling}" IN (SELECT "{telling}" FROM {incoming})'
        earlier = f"UNION ALL SELECT {key} FROM folded WHERE {near}"
    store.table(
        "versioned_keys",
        f"SELECT {key} FROM (SELECT {key} FROM {incoming} {earlier}) AS k GROUP BY {key} HAVING count(*) > 1",
    )


def _is_versioned(table: Table) -> str:
    same = " AND ".join(f'v."{column}" IS NOT DISTINCT FROM f."{column}"' for column in table.version_key)
    return f"EXISTS (SELECT 1 FROM versioned_keys AS v WHERE {same})"


def _columns_of(name: str, table: Table) -> str:
    columns = ", ".join(f'f."{column}"' for column in fact_columns(table))
    return f"SELECT {columns} FROM {name} AS f"


def _folded_sql(table: Table) -> str:
    kept = ", ".join(f'f."{column}"' for column in fact_columns(table) if column != "is_versioned")
    return f"SELECT {kept}, f.is_versioned OR {_is_versioned(table)} AS is_versioned FROM folded AS f"


def _arrived_sql(table: Table) -> str:
    columns = fact_columns(table)
    own = ", ".join(f'i."{column}"' for column in columns if column not in {"company_key", "is_versioned"})
    kept = ", ".join(f'f."{column}"' for column in columns if column != "is_versioned")
    return (
        f"SELECT {kept}, {_is_versioned(table)} AS is_versioned FROM (SELECT {own}, r.company_key "
        f'FROM "incoming_{table.name}" AS i LEFT JOIN codes AS r '
        f"ON r.scheme = i.subject_scheme AND r.identifier = i.subject_value) AS f"
    )


def _write(store: Store, target: Path, table: Table, parts: Sequence[str]) -> None:
    fresh = target.with_suffix(".tmp")
    # Rows sent under a name lie together by that name, so that a page finds those of one company in one place.
    subject = "CASE WHEN company_key IS NULL THEN subject_value END"
    store.write_parquet(
        f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS rows_of_all "
        f'ORDER BY company_key NULLS LAST, {subject}, "{table.occurred_on}", batch_no, line',
        fresh,
        row_group=ROW_GROUP,
    )
    fresh.replace(target)


def _write_marks(store: Store, home: Path, table: Table, held: TableFiles, generation: int) -> str:
    """Write which rows of the older files have several versions, as known now; '' when none has."""
    found = f"SELECT batch_no, line FROM folded AS f WHERE NOT is_versioned AND {_is_versioned(table)}"
    if held.marks:
        found = f"SELECT batch_no, line FROM folded_marks UNION ALL {found}"
    store.table("marks", found)
    if not _count(store, "marks"):
        return ""
    marks = f"facts/{table.name}/{generation:06d}.marks.parquet"
    store.write_parquet("SELECT * FROM marks ORDER BY batch_no, line", home / marks)
    return marks


def _row_count(store: Store, file: Path) -> int:
    store.read_parquet("counted", [file])
    return _count(store, "counted")


def _count(store: Store, name: str) -> int:
    return int(store.query(f"SELECT count(*) AS n FROM {name}")["n"][0].as_py())
