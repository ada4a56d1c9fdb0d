"""What a store promises, asked of both engines with the same words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookout.hub.store import Store, open_store
from lookout.kernel.errors import ConfigError, DataError

ENGINES = ["duckdb", pytest.param("spark", marks=pytest.mark.spark)]
FIRMS = pa.table(
    {
        "company_key": pa.array([3, 1, 2], pa.int32()),
        "yuan": pa.array([Decimal("10.05"), None, Decimal("0.10")], pa.decimal128(18, 2)),
        "band": pa.array(["red", "red", None]).dictionary_encode(),
    }
)


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if request.param == "spark":
        pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    opened = open_store(request.param, spill=tmp_path_factory.mktemp("spill"), memory_limit="3GiB")
    opened.put("firm", FIRMS)
    yield opened
    opened.close()


def values(store: Store, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in store.query(sql).to_pylist()]


def test_an_arrow_table_comes_back_as_it_was(store: Store) -> None:
    assert values(store, "SELECT * FROM firm ORDER BY company_key") == [
        (1, None, "red"),
        (2, Decimal("0.10"), None),
        (3, Decimal("10.05"), "red"),
    ]


def test_a_table_keeps_what_it_was_made_of(store: Store) -> None:
    store.table("kept", "SELECT company_key FROM firm ORDER BY company_key")
    store.put("firm", FIRMS.slice(0, 1))

    assert values(store, "SELECT count(*) AS n FROM kept") == [(3,)]


def test_a_view_sees_a_table_made_anew(store: Store) -> None:
    store.table("base", "SELECT company_key FROM firm")
    store.view("seen", "SELECT count(*) AS n FROM base")
    store.table("base", "SELECT company_key FROM firm WHERE company_key > 1")

    assert values(store, "SELECT * FROM seen") == [(2,)]


def test_a_view_over_views_sees_a_table_made_anew(store: Store) -> None:
    store.table("base", "SELECT company_key FROM firm")
    store.view("near", "SELECT company_key AS k FROM base")
    store.view("far", "SELECT max(k) AS k FROM near")
    store.put("base", pa.table({"company_key": pa.array([9], pa.int32())}))

    assert values(store, "SELECT k FROM far") == [(9,)]


def test_a_name_may_come_to_mean_something_else(store: Store) -> None:
    store.view("seen", "SELECT company_key FROM firm")
    store.view("over", "SELECT company_key FROM seen")
    store.view("seen", "SELECT 1 AS other")  # `over` has nothing to stand on now

    assert values(store, "SELECT other FROM seen") == [(1,)]
    store.view("over", "SELECT other FROM seen")
    assert values(store, "SELECT other FROM over") == [(1,)]


def test_rows_can_be_added_to_a_table_and_a_table_dropped(store: Store) -> None:
    store.table("register", "SELECT company_key FROM firm")
    store.execute("INSERT INTO register SELECT company_key + 10 FROM register WHERE company_key = 1")

    assert values(store, "SELECT max(company_key) AS m, count(*) AS n FROM register") == [(11, 4)]
    store.execute('DROP TABLE "register"')
    with pytest.raises(DataError):
        store.query("SELECT * FROM register")


def test_null_sorts_last_and_a_written_file_keeps_the_order(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "sorted.parquet"

    assert store.write_parquet("SELECT * FROM firm ORDER BY yuan", file) == 3
    assert pq.read_table(file)["company_key"].to_pylist() == [2, 3, 1]


def test_a_file_without_rows_has_its_columns(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "nothing.parquet"

    assert store.write_parquet("SELECT * FROM firm WHERE company_key > 9", file) == 0
    store.read_parquet("nothing", [file])
    assert store.query("SELECT * FROM nothing").column_names == FIRMS.column_names


def twice(rows: pa.Table) -> Sequence[pa.Table]:
    keys = rows["company_key"].to_pylist()
    doubled = pa.table({"company_key": pa.array([key for key in keys for _ in range(2)], pa.int32())})
    return rows.select(["company_key"]), doubled


@pytest.mark.parametrize("rows", [100_000, 0])
def test_a_row_wise_function_writes_all_its_answers_in_order(store: Store, tmp_path: Path, rows: int) -> None:
    store.put("many", pa.table({"company_key": pa.array(range(rows), pa.int32())}))
    files = [tmp_path / "once.parquet", tmp_path / "twice.parquet"]

    store.map_batches("SELECT * FROM many ORDER BY company_key", twice, files)

    once, doubled = (pq.read_table(file)["company_key"].to_pylist() for file in files)
    assert once == list(range(rows))
    assert doubled == [key for key in range(rows) for _ in range(2)]


def test_sums_of_money_are_exact_and_an_overflow_is_an_error(store: Store) -> None:
    assert values(store, "SELECT sum(yuan) AS s FROM firm") == [(Decimal("10.15"),)]
    with pytest.raises(DataError):
        store.query("SELECT CAST(company_key * 1000000000 AS INTEGER) AS n FROM firm")


def test_parameters_stand_for_values(store: Store) -> None:
    assert store.query("SELECT company_key FROM firm WHERE company_key = ?", [2]).num_rows == 1


def test_an_unknown_engine_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="没有名为“oracle”的计算引擎"):
        open_store("oracle", spill=tmp_path)
