"""Companies that may be one: two codes under one name or one older code, compared by all that is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from lookout.hub.linkage.anatomy import dissect
from lookout.hub.linkage.cache import Facts, Visible
from lookout.hub.linkage.clusters import cluster
from lookout.hub.linkage.comparison import EXTRA_PARTS, compare
from lookout.hub.linkage.judgements import Ruling
from lookout.hub.linkage.lexicon import PARTS, Lexicon
from lookout.hub.resolution import is_pointer, normalise_name
from lookout.hub.store import Store
from lookout.kernel.identifiers import Scheme

TWIN_SCHEMA = pa.schema(
    [
        ("company_key", pa.int32()),
        ("other_key", pa.int32()),
        ("score", pa.int16()),
        *((part, pa.string()) for part in PARTS),
    ]
)
# How the registry's columns are compared.
_COLUMNS = {"address": "address", "phone": "phone", "representative": "legal_representative"}
# A pointer that many codes share is an agent's or a default value and says nothing.
_MOST_SHARING = 8


def twins(store: Store, home: Path, facts: Facts, visible: Visible, lexicon: Lexicon) -> pa.Table:
    """Return the pairs of companies that share a name or an older code, compared (TWIN_SCHEMA).

    The store must have `register`, and `lookup` of what it alone says at that instant.
    """
    if "company" not in facts.tables:
        return TWIN_SCHEMA.empty_table()
    # A pointer that names one company is in `lookup`: the others are few.
    store.table(
        "ambiguous_pointer",
        f"""
        SELECT DISTINCT r.scheme, r.identifier, r.company_key FROM register AS r
        LEFT JOIN lookup AS l ON l.scheme = r.scheme AND l.identifier = r.identifier
        WHERE l.identifier IS NULL AND {is_pointer("r.scheme")} AND {visible.condition("r")}
        """,
    )
    shared = store.query(
        f"""
        SELECT DISTINCT a.company_key, b.company_key AS other_key
        FROM ambiguous_pointer AS a
        JOIN ambiguous_pointer AS b ON b.scheme = a.scheme AND b.identifier = a.identifier
        JOIN (SELECT scheme, identifier FROM ambiguous_pointer GROUP BY scheme, identifier
              HAVING count(*) <= {_MOST_SHARING}) AS s
          ON s.scheme = a.scheme AND s.identifier = a.identifier
        WHERE a.company_key < b.company_key
        ORDER BY a.company_key, other_key
        """
    )
    if not shared.num_rows:
        return TWIN_SCHEMA.empty_table()
    described = _described(store, home, facts, visible, shared)
    sides = [_side(shared[column].to_pylist(), described, lexicon) for column in ("company_key", "other_key")]
    compared = compare(sides[0], sides[1], lexicon)
    columns = {"score": pa.array(compared.score), **{part: compared.words(part) for part in PARTS}}
    table = pa.table({"company_key": shared["company_key"], "other_key": shared["other_key"], **columns})
    return table.filter(pa.array(compared.score >= lexicon.weights.thresholds.queue)).cast(TWIN_SCHEMA)


def _described(
    store: Store, home: Path, facts: Facts, visible: Visible, shared: pa.Table
) -> dict[int, dict[str, str]]:
    """Return the newest registry row of each company concerned."""
    store.put("twin_pair", shared)
    store.read_parquet("twin_rows", [home / path for path in facts.tables["company"].rows])
    columns = ", ".join(f"f.{column} AS {part}" for part, column in _COLUMNS.items())
    rows = store.query(
        f"""
        SELECT company_key, name, address, phone, representative FROM (
            SELECT f.company_key, f.name, {columns}, row_number() OVER (
                PARTITION BY f.company_key ORDER BY f.known_at DESC, f.batch_no DESC, f.line DESC) AS age
            FROM twin_rows AS f WHERE {visible.condition("f")} AND f.company_key IN (
                SELECT company_key FROM twin_pair UNION SELECT other_key FROM twin_pair)
        ) AS newest WHERE age = 1
        """
    )
    return {row["company_key"]: row for row in rows.to_pylist()}


def _side(keys: list[int], described: Mapping[int, Mapping[str, str]], lexicon: Lexicon) -> pa.Table:
    rows = [described.get(key, {}) for key in keys]
    side = dissect([normalise_name(row.get("name") or "") for row in rows], lexicon)
    for part in EXTRA_PARTS:
        side = side.append_column(part, pa.array([row.get(part) or "" for row in rows], pa.string()))
    return side


def merged_twins(store: Store, found: pa.Table, ruling: Ruling, lexicon: Lexicon) -> dict[int, int]:
    """Return which companies stand in another: those that are clearly one, unless a steward said otherwise.

    A cluster never holds two valid USCCs; it stands in the company that has one, else in the oldest.
    """
    pairs = [
        (row["company_key"], row["other_key"], row["score"])
        for row in found.to_pylist()
        if (row["company_key"], row["other_key"]) not in ruling.apart
    ]
    if not pairs:
        return {}
    listed = ", ".join(str(key) for key in sorted({key for a, b, _ in pairs for key in (a, b)}))
    codes = store.query(
        f"SELECT company_key, min(identifier) AS code FROM register "
        f"WHERE scheme = '{Scheme.USCC}' AND company_key IN ({listed}) GROUP BY company_key"
    )
    coded = dict(zip(codes["company_key"].to_pylist(), codes["code"].to_pylist(), strict=True))
    groups = cluster(pairs, threshold=lexicon.weights.thresholds.link, codes=coded)
    heads: dict[int, int] = {}
    for member, group in sorted(groups.items()):
        if member in coded or group not in heads:
            heads[group] = member
    return {member: heads[group] for member, group in groups.items() if heads[group] != member}
