"""What linkage adds to resolution: names that clearly mean one company, what stewards judged, what conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.contracts import Table
from lookout.hub.linkage.anatomy import dissect
from lookout.hub.linkage.cache import (
    FOLDER,
    Facts,
    Visible,
    digest_of,
    keep,
    register_anatomy,
    seen_digest,
    sightings,
)
from lookout.hub.linkage.conflicts import conflicts
from lookout.hub.linkage.judgements import TABLE, Judgement, Ruling, judgement_of, merged_table, rule
from lookout.hub.linkage.lexicon import Lexicon, lexicon
from lookout.hub.linkage.matching import match
from lookout.hub.linkage.twins import merged_twins, twins
from lookout.hub.resolution import is_pointer, normalise_name
from lookout.hub.store import Store
from lookout.kernel.identifiers import Scheme

LINKED_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("company_key", pa.int32()),
        ("score", pa.int16()),
        ("how", pa.string()),  # automatic | judged | branch
    ]
)


def apply(store: Store, home: Path, facts: Facts, contracts: Mapping[str, Table], visible: Visible) -> None:
    """Complete `lookup`, and make the tables of `PUBLISHED`, as known at an instant.

    `linked`: which rows of `lookup` are inferred or judged, and with what score. `merged`: companies
    that stand in another. `conflicted`: rows whose code and name mean different companies. `twin`:
    pairs of companies that may be one. `link_candidate`: whom the unresolved names may mean. The
    store must have `register` and `lookup` as seen at that instant.
    """
    words = lexicon()
    ruling = rule(visible_judgements(store, home, facts, visible), _keys(store, visible))
    candidates = link_file(store, home, facts, contracts, visible, words)
    found = pq.read_table(candidates, filters=[("decision", "=", "link")])
    linked = _linked(found, _declared_branches(store, home, facts, visible, candidates), ruling)
    store.put("linked", linked)
    store.put("linked_separate", _separate_table(ruling))
    pairs = twins(store, home, facts, visible, words)
    store.put("twin", pairs)
    store.put("merged", merged_table({**merged_twins(store, pairs, ruling, words), **ruling.merged}))
    store.table("lookup_exact", "SELECT scheme, identifier, company_key FROM lookup")
    store.table(
        "lookup",
        f"""
        SELECT a.scheme, a.identifier, coalesce(m.into_key, a.company_key) AS company_key FROM (
            SELECT l.scheme, l.identifier, l.company_key FROM lookup_exact AS l
            WHERE l.scheme <> '{Scheme.NAME}' OR (
                NOT EXISTS (SELECT 1 FROM linked AS k WHERE k.name = l.identifier)
                AND NOT EXISTS (SELECT 1 FROM linked_separate AS s
                                WHERE s.name = l.identifier AND s.company_key = l.company_key))
            UNION ALL SELECT '{Scheme.NAME}' AS scheme, k.name AS identifier, k.company_key FROM linked AS k
        ) AS a LEFT JOIN merged AS m ON m.company_key = a.company_key
        """,
    )
    store.put("conflicted", conflicts(store, home, facts, contracts, visible, words, ruling))
    store.read_parquet("candidates", [candidates])
    store.table(
        "link_candidate",
        f"""
        SELECT c.*, n.rows FROM candidates AS c JOIN (
            SELECT name, CAST(sum(rows) AS BIGINT) AS rows FROM sighted WHERE {visible.condition()} GROUP BY name
        ) AS n ON n.name = c.name
        """,
    )


# What a run publishes of linkage, so that readers see who is who as it did.
PUBLISHED = {
    "linked": "SELECT * FROM linked ORDER BY name",
    "merged": "SELECT * FROM merged ORDER BY company_key",
    "conflicted": "SELECT * FROM conflicted ORDER BY table_name, batch_no, line",
    "twin": "SELECT * FROM twin ORDER BY company_key, other_key",
    "link_candidate": "SELECT * FROM link_candidate ORDER BY name, place",
}


def visible_judgements(store: Store, home: Path, facts: Facts, visible: Visible) -> list[Judgement]:
    """Return the judgements known at an instant."""
    if TABLE not in facts.tables:
        return []
    store.read_parquet("judgement_rows", [home / path for path in facts.tables[TABLE].rows])
    rows = store.query(f"SELECT * FROM judgement_rows WHERE {visible.condition()} ORDER BY batch_no, line")
    return [judgement_of(row) for row in rows.to_pylist()]


def _keys(store: Store, visible: Visible) -> Mapping[tuple[str, str], int]:
    """Return the company keys of codes; read only when there is something to rule on."""
    return _Keys(store, visible)


class _Keys(dict[tuple[str, str], int]):
    """Looks codes up in the register when they are asked for."""

    def __init__(self, store: Store, visible: Visible) -> None:
        super().__init__()
        self._store, self._visible = store, visible

    def get(self, subject: tuple[str, str], default: int | None = None) -> int | None:  # type: ignore[override]  # a look-up, never a write
        """Return the key of a code; None while no visible row has named it."""
        scheme, identifier = subject
        rows = self._store.query(
            f"SELECT min(company_key) AS k FROM register WHERE scheme = ? AND identifier = ? "
            f"AND NOT {is_pointer('scheme')} AND {self._visible.condition()}",
            [scheme, identifier],
        )
        key: int | None = rows["k"][0].as_py()
        return default if key is None else key


def link_file(
    store: Store, home: Path, facts: Facts, contracts: Mapping[str, Table], visible: Visible, words: Lexicon
) -> Path:
    """Return the file of candidates (LINK_SCHEMA) of every visible name the register does not resolve."""
    store.read_parquet("sighted", [sightings(store, home, facts, contracts)])
    seen = seen_digest(store, visible, ("register", "sighted"))
    file = home / FOLDER / "links" / f"{digest_of([words.digest, facts.register, seen])}.parquet"
    if file.exists():
        return file
    wanted = store.query(
        f"SELECT DISTINCT s.name FROM sighted AS s LEFT JOIN lookup AS l "
        f"ON l.scheme = '{Scheme.NAME}' AND l.identifier = s.name "
        f"WHERE l.identifier IS NULL AND {visible.condition('s')} ORDER BY s.name"
    )
    store.read_parquet("register_anatomy", [register_anatomy(store, home, facts, words)])
    registered = store.query(
        f"SELECT a.*, r.company_key FROM register_anatomy AS a JOIN (SELECT DISTINCT identifier, company_key "
        f"FROM register WHERE scheme = '{Scheme.NAME}' AND {visible.condition()}) AS r ON r.identifier = a.name "
        f"ORDER BY a.name, r.company_key"
    )
    keys = registered["company_key"].combine_chunks()
    left = dissect(wanted["name"].to_pylist(), words)
    keep(file, match(store, left, registered.drop_columns(["company_key"]), keys, words))
    return file


def _declared_branches(
    store: Store, home: Path, facts: Facts, visible: Visible, candidates: Path
) -> dict[str, int]:
    """Return the branch names that the registry itself declares, with the company they belong to.

    A branch is not its parent, but what is said of it counts for the parent that answers for it.
    """
    if "company_branch" not in facts.tables:
        return {}
    store.read_parquet("branch_rows", [home / path for path in facts.tables["company_branch"].rows])
    names = store.query(
        f"SELECT DISTINCT s.name FROM sighted AS s LEFT JOIN lookup AS l ON l.scheme = '{Scheme.NAME}' "
        f"AND l.identifier = s.name WHERE l.identifier IS NULL AND {visible.condition('s')}"
    )
    wanted = set(names["name"].to_pylist())
    if not wanted:
        return {}
    rows = store.query(
        f"SELECT branch_name, min(company_key) AS company_key FROM branch_rows "
        f"WHERE branch_name IS NOT NULL AND company_key IS NOT NULL AND {visible.condition()} "
        f"GROUP BY branch_name HAVING count(DISTINCT company_key) = 1"
    )
    declared: dict[str, int] = {}
    for row in rows.to_pylist():
        name = normalise_name(row["branch_name"])
        if name in wanted:
            declared[name] = row["company_key"]
    return declared


def _linked(found: pa.Table, branches: Mapping[str, int], ruling: Ruling) -> pa.Table:
    """Judgements first, then what the registry declares, then what is clear by its score."""
    rows: dict[str, tuple[int, int | None, str]] = {}
    scores = zip(
        found["name"].to_pylist(), found["company_key"].to_pylist(), found["score"].to_pylist(), strict=True
    )
    for name, key, score in scores:
        rows[name] = (key, score, "automatic")
    for name, key in branches.items():
        rows[name] = (key, None, "branch")
    for name, key in ruling.separate:
        if name in rows and rows[name][0] == key:
            del rows[name]
    for name, key in ruling.links.items():
        rows[name] = (key, None, "judged")
    ordered = sorted(rows.items())
    return pa.table(
        {
            "name": [name for name, _ in ordered],
            "company_key": [key for _, (key, _, _) in ordered],
            "score": [score for _, (_, score, _) in ordered],
            "how": [how for _, (_, _, how) in ordered],
        },
        schema=LINKED_SCHEMA,
    )


def _separate_table(ruling: Ruling) -> pa.Table:
    pairs = sorted(ruling.separate)
    schema = pa.schema([("name", pa.string()), ("company_key", pa.int32())])
    return pa.table({"name": [n for n, _ in pairs], "company_key": [k for _, k in pairs]}, schema=schema)
