"""Rows whose code belongs to one company and whose name to another: kept, listed, counted for nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lookout.contracts import Table
from lookout.hub.linkage.anatomy import dissect
from lookout.hub.linkage.cache import FOLDER, Facts, Visible, digest_of, keep, named_tables
from lookout.hub.linkage.comparison import compare
from lookout.hub.linkage.judgements import Ruling
from lookout.hub.linkage.lexicon import Lexicon
from lookout.hub.resolution import normalise_name
from lookout.hub.store import Store
from lookout.kernel.identifiers import Scheme

# What the registry itself sends under a code is how we learn the code's names.
_REGISTRY = ("company", "resolution_judgement")
STATED_SCHEMA = pa.schema(
    [
        ("table_name", pa.string()),
        ("batch_no", pa.int32()),
        ("line", pa.int32()),
        ("known_at", pa.timestamp("us")),
        ("company_key", pa.int32()),  # whose code it is
        ("stated", pa.string()),  # the name as sent
        ("name", pa.string()),  # in its normal form
    ]
)
CONFLICT_SCHEMA = STATED_SCHEMA.append(pa.field("name_key", pa.int32()))  # whose name it is


def _unlike_own(store: Store, home: Path, facts: Facts, tables: Mapping[str, Table]) -> list[Path]:
    """Return the files of all rows whose name is no name of the company their code belongs to.

    There is one for each file of facts, made when that is first read. The register only grows: a row
    that is there for a name its company is known by only since is passed over when it is used.
    """
    place = {
        path: home / FOLDER / "stated" / f"{name}-{digest_of(path)}.parquet"
        for name in tables
        for path in facts.tables[name].rows
    }
    fresh = {
        name: missing
        for name in tables
        if (missing := [path for path in facts.tables[name].rows if not place[path].exists()])
    }
    if fresh:
        found = _examined(store, home, fresh, tables)
        for name, paths in fresh.items():
            mine = found.filter(pc.equal(found["table_name"], name))
            # A table's new files are read together; what they hold stands in the first.
            for number, path in enumerate(paths):
                keep(place[path], mine if number == 0 else mine.slice(0, 0))
    return list(place.values())


def _examined(
    store: Store, home: Path, fresh: Mapping[str, Sequence[str]], tables: Mapping[str, Table]
) -> pa.Table:
    store.table(
        "own_names", f"SELECT DISTINCT identifier, company_key FROM register WHERE scheme = '{Scheme.NAME}'"
    )
    for name, paths in fresh.items():
        store.read_parquet(f"stated_{name}", [home / path for path in paths])
    # Grouped by company and name first: nearly all rows carry a name their company is known by.
    pairs = " UNION ALL ".join(
        f"SELECT '{name}' AS table_name, company_key, \"{tables[name].subject.name}\" AS stated "
        f'FROM "stated_{name}" WHERE company_key IS NOT NULL AND "{tables[name].subject.name}" IS NOT NULL '
        f'GROUP BY company_key, "{tables[name].subject.name}"'
        for name in fresh
    )
    odd = store.query(
        f"SELECT p.table_name, p.company_key, p.stated FROM ({pairs}) AS p LEFT JOIN own_names AS r "
        f"ON r.identifier = p.stated AND r.company_key = p.company_key WHERE r.identifier IS NULL"
    )
    encoded = pc.dictionary_encode(odd["stated"]).combine_chunks()
    normal = pa.array([normalise_name(text) for text in encoded.dictionary.to_pylist()], pa.string())
    store.put("stated_odd", odd.append_column("name", normal.take(encoded.indices)))
    still = store.query(
        "SELECT o.* FROM stated_odd AS o LEFT JOIN own_names AS r "
        "ON r.identifier = o.name AND r.company_key = o.company_key WHERE r.identifier IS NULL"
    )
    store.put("stated_odd", still)
    rows = [STATED_SCHEMA.empty_table()]
    for name in sorted(set(still["table_name"].to_pylist())):
        found = store.query(
            f"""
            SELECT o.table_name, f.batch_no, f.line, f.known_at, f.company_key, o.stated, o.name
            FROM stated_odd AS o JOIN "stated_{name}" AS f
              ON f.company_key = o.company_key AND f."{tables[name].subject.name}" = o.stated
            WHERE o.table_name = '{name}' ORDER BY f.batch_no, f.line
            """
        )
        rows.append(found.cast(STATED_SCHEMA))
    return pa.concat_tables(rows)


def conflicts(
    store: Store, home: Path, facts: Facts, contracts: Mapping[str, Table], visible: Visible, lexicon: Lexicon,
    ruling: Ruling,
) -> pa.Table:  # fmt: skip
    """Return the visible rows whose name clearly means another company than their code (CONFLICT_SCHEMA).

    Only a name that is one other company's and resembles none of the code's own counts. A steward who
    says that the name means the code's company releases the rows.
    """
    tables = {
        name: table
        for name, table in named_tables(facts, contracts).items()
        if name not in _REGISTRY and table.subject.uscc
    }
    kept = [file for file in _unlike_own(store, home, facts, tables) if pq.read_metadata(file).num_rows]
    if not kept:
        return CONFLICT_SCHEMA.empty_table()
    store.read_parquet("stated_all", kept)
    found = store.query(
        f"""
        SELECT s.*, l.company_key AS name_key FROM stated_all AS s
        JOIN lookup AS l ON l.scheme = '{Scheme.NAME}' AND l.identifier = s.name
        WHERE l.company_key <> s.company_key AND {visible.condition("s")} AND NOT EXISTS (
            SELECT 1 FROM register AS r WHERE r.scheme = '{Scheme.NAME}' AND r.identifier = s.name
              AND r.company_key = s.company_key AND {visible.condition("r")})
        ORDER BY s.table_name, s.batch_no, s.line
        """
    ).cast(CONFLICT_SCHEMA)
    released = set(ruling.links.items()) | _alike(store, found, visible, lexicon)
    rows = zip(found["name"].to_pylist(), found["company_key"].to_pylist(), strict=True)
    return found.filter(pa.array([pair not in released for pair in rows], pa.bool_()))


def _alike(store: Store, found: pa.Table, visible: Visible, lexicon: Lexicon) -> set[tuple[str, int]]:
    """Return which stated names resemble a name of the code's own company."""
    store.put("conflict_found", found)
    pairs = store.query(
        f"SELECT DISTINCT f.name, f.company_key, r.identifier AS own FROM conflict_found AS f JOIN register AS r "
        f"ON r.company_key = f.company_key AND r.scheme = '{Scheme.NAME}' WHERE {visible.condition('r')} "
        f"ORDER BY f.name, f.company_key, own"
    )
    left = dissect(pairs["name"].to_pylist(), lexicon)
    right = dissect(pairs["own"].to_pylist(), lexicon)
    close = np.flatnonzero(compare(left, right, lexicon).score >= lexicon.weights.thresholds.queue)
    near = pairs.take(pa.array(close))
    return set(zip(near["name"].to_pylist(), near["company_key"].to_pylist(), strict=True))
