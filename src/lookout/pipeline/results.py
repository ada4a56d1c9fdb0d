"""The results of a run beside its ratings: warnings, words, counts and lists, made and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from lookout.contracts import Table
from lookout.engine import scoring
from lookout.engine.early_warning import WARNED, early_warnings
from lookout.hub import linkage
from lookout.hub.facts import RELATIONS, unresolved
from lookout.hub.facts.coverage import fresh_declarations
from lookout.hub.results import initials, listing_sql
from lookout.hub.store import Store
from lookout.pipeline.evaluation import Catalogues
from lookout.pipeline.figures import run_figures
from lookout.pipeline.health import health
from lookout.pipeline.plan import Plan
from lookout.pipeline.published import published_catalogue
from lookout.pipeline.wording import explanations


def make_warnings(store: Store, catalogues: Catalogues, profile: scoring.Profile) -> None:
    """Make `warning`: how each company in a warning band, now or before, moved, and why."""
    warned = ", ".join(f"'{band}'" for band in WARNED)
    current = store.query("SELECT company_key, band, score, states FROM rating")
    lines = store.query(
        "SELECT * FROM contribution WHERE (sub_score > 0 OR part = 'floor') AND company_key IN "
        f"(SELECT company_key FROM rating WHERE band IN ({warned}) "
        f"UNION SELECT company_key FROM previous WHERE band IN ({warned}))"
    )
    previous = store.query("SELECT company_key, band, score FROM previous")
    store.put(
        "warning", early_warnings(current, previous, lines, catalogue=catalogues.rating, profile=profile)
    )


def write_tables(store: Store, folder: Path, plan: Plan, catalogues: Catalogues) -> None:
    """Write what does not tell why a score changed, and prepare what the lists are joined from."""
    put_words(store, catalogues, catalogues.rating.profiles[plan.profile])
    store.write_parquet(
        "SELECT * FROM lookup ORDER BY company_key, scheme, identifier", folder / "lookup.parquet"
    )
    for name in RELATIONS:  # without a file of it there was nothing to move
        if store.query(f"SELECT 1 AS n FROM {name} LIMIT 1").num_rows:
            store.write_parquet(f"SELECT * FROM {name} ORDER BY ALL", folder / f"{name}.parquet")
    # Millions of rows: written as they are counted, and read again where few of them are asked for.
    store.write_parquet(record_count_sql(catalogues.contracts), folder / "record_count.parquet")
    store.read_parquet("record_count", [folder / "record_count.parquet"])
    store.write_parquet("SELECT * FROM label_hit ORDER BY company_key, code", folder / "label_hit.parquet")
    store.write_parquet("SELECT * FROM previous ORDER BY company_key", folder / "previous.parquet")
    for name, sql in linkage.PUBLISHED.items():
        store.write_parquet(sql, folder / f"{name}.parquet")
    store.put("unresolved", unresolved(store, plan.facts, catalogues.contracts, plan.question.visible))
    store.write_parquet("SELECT * FROM unresolved", folder / "unresolved.parquet")
    published = published_catalogue(catalogues, plan.question)
    (folder / "catalogue.json").write_text(json.dumps(published, ensure_ascii=False), "utf-8")


def write_lists(
    store: Store, folder: Path, plan: Plan, catalogues: Catalogues, funnel: list[tuple[str, int]]
) -> dict[str, Any]:
    """Write the lists, which tell why scores changed, and return the figures of the run."""
    parts = catalogues.rating.profiles[plan.profile].parts
    store.write_parquet(listing_sql([part.name for part in parts]), folder / "listing.parquet")
    store.write_parquet(early_warning_sql(), folder / "early_warning.parquet")
    fresh = fresh_declarations(plan.batches, catalogues.contracts, plan.as_of, plan.known_at)
    state = health(store, catalogues.contracts, plan.batches, fresh, plan.as_of)
    (folder / "health.json").write_text(json.dumps(state, ensure_ascii=False), "utf-8")
    return run_figures(store, folder, plan.batches, state, funnel, catalogues)


def early_warning_sql() -> str:
    """Return the query of the warnings with what moved their scores."""
    return (
        "SELECT w.*, d.* EXCLUDE (company_key) FROM warning AS w LEFT JOIN score_change AS d "
        "ON d.company_key = w.company_key ORDER BY w.company_key"
    )


def record_count_sql(tables: Mapping[str, Table]) -> str:
    """How many rows each table has of each company, so that a page opens only those tables."""
    parts = " UNION ALL ".join(
        f'SELECT company_key, {number} AS table_no, count(*) AS rows, max("{tables[name].occurred_on}") AS newest_on '
        f'FROM "{name}" GROUP BY company_key'
        for number, name in enumerate(sorted(tables))
    )
    # Sorted by a number and named afterwards: millions of short texts are slow to sort.
    names = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(sorted(tables)))
    return (
        f"SELECT company_key, CASE table_no {names} END AS table_name, rows, newest_on "
        f"FROM (SELECT * FROM ({parts}) AS counted ORDER BY company_key, table_no) AS sorted"
    )


def put_words(store: Store, catalogues: Catalogues, profile: scoring.Profile) -> None:
    """Make what a listing takes from texts: label polarity, pinyin initials, explanations."""
    labels = catalogues.labels
    store.put(
        "labels",
        pa.table({"code": list(labels), "polarity": [label.family.polarity for label in labels.values()]}),
    )
    named = store.query("SELECT company_key, name FROM company_profile ORDER BY company_key")
    letters = pa.array(initials(named["name"].to_pylist()), pa.string())
    store.put("name_initials", pa.table({"company_key": named["company_key"], "initials": letters}))
    store.put("explanation", explanations(store, catalogues.rating, profile))
