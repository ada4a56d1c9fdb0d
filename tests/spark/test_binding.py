"""Every statement of the catalogues binds on Spark over empty tables: the quick look before the long one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from lookout.contracts import contracts
from lookout.engine.measures import shipped_schema
from lookout.hub.store.spark_dialect import to_spark
from lookout.kernel.errors import DataError
from lookout.pipeline.evaluation import compiled, shipped

pytestmark = pytest.mark.spark
pytest.importorskip("pyspark", reason="the extra `spark` is not installed")

from lookout.hub.store.spark_store import SparkStore  # noqa: E402  needs the extra

DAY = date(2026, 10, 31)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkStore]:
    opened = SparkStore(spill=tmp_path_factory.mktemp("spill"), memory_limit="3GiB")
    for name, table in shipped_schema().items():
        columns = {"company_key": "INTEGER", **{c: info.store_type for c, info in table.columns.items()}}
        nothing = ", ".join(f'CAST(NULL AS {kind}) AS "{column}"' for column, kind in columns.items())
        opened.view(name, f"SELECT {nothing} WHERE 1 = 0")
    yield opened
    opened.close()


def refused(store: SparkStore, statements: dict[str, str]) -> dict[str, str]:
    found = {}
    for name, sql in statements.items():
        try:
            store.view(f"bound_{name}", sql)
        except DataError as error:
            found[name] = str(error)[:300]
    return found


def test_every_mart_binds(store: SparkStore) -> None:
    assert refused(store, dict(compiled(shipped(), DAY).marts)) == {}


def test_every_pass_binds(store: SparkStore) -> None:
    assert refused(store, dict(compiled(shipped(), DAY).passes)) == {}


def test_a_statement_that_is_wrong_is_shown(store: SparkStore, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="分析引擎拒绝了语句"):
        store.query("SELECT no_such_column FROM company")


def test_all_contract_tables_are_there(store: SparkStore) -> None:
    assert set(contracts()) <= set(shipped_schema())
    assert to_spark("SELECT 1 AS one") == "SELECT 1 AS one"
