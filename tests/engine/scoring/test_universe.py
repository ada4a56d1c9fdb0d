"""The funnel from every company to those watched closely."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from lookout.engine.measures.schema import shipped_schema
from lookout.engine.scoring.universe import load_universe, monitored_universe, universe_sql
from lookout.hub.store import DuckDBStore
from lookout.kernel.errors import CatalogueError

KINDS = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "INTEGER": pa.int32(),
}


def mart(name: str, rows: list[dict[str, object]]) -> pa.Table:
    columns = shipped_schema()[name].columns
    return pa.Table.from_pylist(
        rows, pa.schema([(c, KINDS.get(i.store_type, pa.float64())) for c, i in columns.items()])
    )


def test_each_level_lies_within_the_one_above() -> None:
    store = DuckDBStore(threads=1)
    shop, lender, dead = (
        {"company_key": 1, "status": "active", "is_financial": False},
        {"company_key": 2, "is_financial": True},
        {"company_key": 3, "is_financial": True, "status": "deregistered"},
    )
    named = {"company_key": 4, "is_financial": False, "status": "active"}
    store.put("company_profile", mart("company_profile", [shop, lender, dead, named]))
    sources: list[dict[str, object]] = [
        {"company_key": 2, "sources": 2},
        {"company_key": 3, "sources": 5, "cases": True},
        {"company_key": 4, "sources": 1, "clues": True},
    ]
    store.put("naming_sources", mart("naming_sources", sources))

    found = store.query(universe_sql(monitored_universe())).to_pylist()
    store.close()

    levels = [(row["in_all"], row["in_target"], row["in_key"]) for row in found]
    assert levels == [(True, False, False), (True, True, True), (True, False, False), (True, True, True)]


def test_a_condition_over_an_unknown_column_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "monitored_universe.yaml"
    file.write_text("levels:\n  all: {zh: 全量, reason: 全部, when: is_famous}\n", "utf-8")

    with pytest.raises(CatalogueError, match="is_famous"):
        load_universe(file)
