"""One test body on both engines: every label, indicator, mart and score of a province, to the last digit."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookout.pipeline.evaluation import shipped
from tests.project.trees import ROOT
from tests.spark.provinces import Rated, both_engines

pytestmark = pytest.mark.spark
pytest.importorskip("pyspark", reason="the extra `spark` is not installed")

COMPANIES = 300
PAGE = ROOT / "docs" / "explanation" / "sizing.md"


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rated, Rated]:
    return both_engines(tmp_path_factory.mktemp("province"), COMPANIES)


def plain(value: Any) -> Any:
    """A number as the number it is: engines name the types of counts and sums differently."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value + 0.0  # no minus zero
    return value


def rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows with their columns in order of name."""
    names = sorted(table.column_names)
    columns = [[plain(value) for value in table[name].to_pylist()] for name in names]
    return list(zip(*columns, strict=True))


def differences(one: pa.Table, other: pa.Table, *, ordered: bool) -> list[str]:
    """Say how two tables differ; nothing when they hold the same rows."""
    if sorted(one.column_names) != sorted(other.column_names):
        return [f"columns {sorted(set(one.column_names) ^ set(other.column_names))}"]
    left, right = rows(one), rows(other)
    if not ordered:
        left, right = sorted(left, key=repr), sorted(right, key=repr)
    if left == right:
        return []
    if len(left) != len(right):
        return [f"{len(left)} rows and {len(right)}"]
    names = sorted(one.column_names)
    unlike = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    columns = sorted({n for a, b in unlike for n, x, y in zip(names, a, b, strict=True) if x != y})
    return [f"{len(unlike)} rows in {columns}, such as {unlike[0]}"]


def gaps(kind: str) -> list[str]:
    """The gaps of a kind that the page admits: lines such as `- mart: name — why`."""
    lines = PAGE.read_text("utf-8").splitlines()
    found = [
        line.removeprefix(f"- {kind}: ").partition(" ")[0] for line in lines if line.startswith(f"- {kind}: ")
    ]
    return sorted(found)


def test_every_mart_is_the_same_on_both_engines(engines: tuple[Rated, Rated]) -> None:
    duckdb, spark = engines
    marts = list(shipped().marts)

    unlike = {n: differences(duckdb.tables[n], spark.tables[n], ordered=False) for n in marts}

    assert {n: found for n, found in unlike.items() if found and n not in gaps("mart")} == {}
    assert sorted(n for n, found in unlike.items() if found) == gaps("mart")


def test_every_measure_of_labels_and_indicators_is_the_same(engines: tuple[Rated, Rated]) -> None:
    duckdb, spark = engines
    passes = {f"pass_{table}": measures for table, measures in shipped().passes().items()}

    unlike = {}
    for name, measures in passes.items():
        one, other = duckdb.tables[name], spark.tables[name]
        for measure in measures:
            columns = ["company_key", f"{measure}__value", f"{measure}__at"]
            found = differences(one.select(columns), other.select(columns), ordered=False)
            if found:
                unlike[measure] = found

    active = {code for code, label in shipped().labels.items() if label.measure is not None}
    assert active <= {measure for measures in passes.values() for measure in measures}
    assert {m: found for m, found in unlike.items() if m not in gaps("measure")} == {}
    assert sorted(unlike) == gaps("measure")


def test_label_hits_are_the_same(engines: tuple[Rated, Rated]) -> None:
    duckdb, spark = engines

    assert differences(duckdb.tables["label_hit"], spark.tables["label_hit"], ordered=False) == []
    assert duckdb.tables["label_hit"].num_rows > 0


def files(rated: Rated) -> dict[str, Path]:
    return {file.name: file for file in sorted(rated.snapshot.glob("*.parquet"))}


# What a run writes without an order of its own: its rows are looked up, never read in turn.
UNORDERED = {"connection.parquet", "prior.parquet", "expected.parquet"}


def test_the_snapshots_hold_the_same_rows_in_the_same_order(engines: tuple[Rated, Rated]) -> None:
    duckdb, spark = (files(rated) for rated in engines)

    assert list(duckdb) == list(spark)
    unlike = {
        name: differences(
            pq.read_table(duckdb[name]), pq.read_table(spark[name]), ordered=name not in UNORDERED
        )
        for name in duckdb
    }
    assert {name: found for name, found in unlike.items() if found} == {}
    for wanted in ("rating", "contribution", "silent_line", "label_hit", "listing", "early_warning"):
        assert pq.read_metadata(duckdb[f"{wanted}.parquet"]).num_rows > 0


def test_snapshots_have_columns_of_the_same_types(engines: tuple[Rated, Rated]) -> None:
    duckdb, spark = (files(rated) for rated in engines)

    unlike = {
        (name, field.name): (str(field.type), str(other.field(field.name).type))
        for name in duckdb
        for other in [pq.read_schema(spark[name])]
        for field in pq.read_schema(duckdb[name])
        if value_type(field.type) != value_type(other.field(field.name).type)
    }

    assert unlike == {}


def value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def test_the_record_names_the_engine_and_says_the_same_otherwise(engines: tuple[Rated, Rated]) -> None:
    duckdb, spark = (rated.record for rated in engines)

    assert (duckdb.engine, spark.engine) == ("duckdb", "spark")
    assert duckdb.run_id == spark.run_id
    assert json.dumps(duckdb.figures, sort_keys=True) == json.dumps(spark.figures, sort_keys=True)
    assert (duckdb.batches, duckdb.facts, duckdb.catalogue_digest) == (
        spark.batches,
        spark.facts,
        spark.catalogue_digest,
    )
