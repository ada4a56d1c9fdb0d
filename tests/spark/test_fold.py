"""The fold on Spark: two deliveries, corrections among them, become the same files of facts."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lookout.contracts import contracts
from lookout.hub.facts import Facts, fold
from lookout.hub.landing import list_batches
from lookout.hub.store import open_store
from tests.hub.facts.test_facts import ALPHA, BETA, complaint, registry
from tests.hub.hubs import deliver, wall

pytestmark = pytest.mark.spark
pytest.importorskip("pyspark", reason="the extra `spark` is not installed")

NAME = "广州众人通融资信息服务有限公司"


def land_first(home: Path) -> None:
    at = wall(2026, 9, 1)
    deliver(home, "company", [registry(ALPHA, NAME), registry(BETA, "温州乙有限公司")], at)
    tickets = [complaint(f"T{n}", NAME, date(2026, 8, 20), region="440106") for n in range(40)]
    deliver(home, "complaint_ticket", tickets, at)


def land_second(home: Path) -> None:
    corrected = complaint("T3", NAME, date(2026, 8, 20), region="440106", result="unfounded")
    fresh = complaint("U1", "谁也不认识的公司", date(2026, 9, 20), region="440106")
    deliver(home, "complaint_ticket", [corrected, fresh], wall(2026, 10, 1))


def folded(home: Path, engine: str) -> Facts:
    store = open_store(engine, spill=home / "spill", memory_limit="3GiB")
    try:
        return fold(store, home, list_batches(home), contracts(), lambda *_: None)
    finally:
        store.close()


def test_both_engines_fold_the_same_rows_into_the_same_files(tmp_path: Path) -> None:
    homes = {"duckdb": tmp_path / "duckdb", "spark": tmp_path / "spark"}
    land_first(homes["duckdb"])
    shutil.copytree(homes["duckdb"], homes["spark"])
    for engine, home in homes.items():
        folded(home, engine)
    land_second(homes["duckdb"])
    shutil.copytree(homes["duckdb"] / "batches", homes["spark"] / "batches", dirs_exist_ok=True)

    one, other = (folded(home, engine) for engine, home in homes.items())

    assert one == other
    files = sorted(
        str(f.relative_to(homes["duckdb"])) for f in (homes["duckdb"] / "facts").glob("*/*.parquet")
    )
    assert len(files) >= 5
    for file in files:
        left, right = (pq.read_table(home / file) for home in homes.values())
        assert left.to_pylist() == right.to_pylist(), file
        assert left.schema.types == right.schema.types, file
