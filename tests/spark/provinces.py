"""One small province, rated on both engines from the same raw files, with every table of the two runs kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookout.contracts import contracts
from lookout.demo import load_scenario, simulate
from lookout.hub.snapshots import RunRecord, find_run, snapshot_folder
from lookout.hub.store import DuckDBStore
from lookout.hub.store.spark_store import SparkStore
from lookout.kernel.clock import SHANGHAI, end_of_day
from lookout.pipeline import ingest, run
from lookout.sources import read_deliveries, sources
from tests.hub.hubs import PERSONAL_KEY

Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Rated:
    """One engine's run: its record, its snapshot, and the tables made on the way."""

    record: RunRecord
    snapshot: Path
    tables: Tables


def land(home: Path, raw: Path, at: datetime) -> None:
    """Land all deliveries of a folder."""
    listed = read_deliveries(raw, contracts(), sources())
    assert listed.problem is None
    report = ingest(home, listed.good, personal_key=PERSONAL_KEY, ingested_at=at, progress=lambda *_: None)
    assert not report.problems


def clock() -> datetime:
    return datetime(2030, 1, 1, tzinfo=SHANGHAI)


def remember(patch: pytest.MonkeyPatch, kind: type, read: Callable[..., pa.Table]) -> list[Tables]:
    """Let each store of an engine keep what `table` made, by name; the newest of a name counts.

    What a session beside a store makes is the store's.
    """
    stores: list[tuple[object, Tables]] = []
    kept: list[Tables] = []
    table, beside = kind.table, kind.beside

    def tables_of(store: object) -> Tables:
        for known, tables in stores:
            if known is store:
                return tables
        kept.append({})
        stores.append((store, kept[-1]))
        return kept[-1]

    def make(self: object, name: str, sql: str) -> None:
        table(self, name, sql)
        tables_of(self)[name] = read(self, name)

    def open_beside(self: object) -> object:
        other = beside(self)
        stores.append((other, tables_of(self)))
        return other

    patch.setattr(kind, "table", make)
    patch.setattr(kind, "beside", open_beside)
    return kept


def of_spark(store: SparkStore, name: str) -> pa.Table:
    newest = max(store._folder.glob(f"*-{name}"))
    return pq.read_table(newest)


def of_duckdb(store: DuckDBStore, name: str) -> pa.Table:
    return store.query(f'SELECT * FROM "{name}"')


def rated(home: Path, day: date, engine: str, kind: type, read: Callable[..., pa.Table]) -> Rated:
    """Run a home on an engine."""
    with pytest.MonkeyPatch.context() as patch:
        kept = remember(patch, kind, read)
        info = run(
            home, end_of_day(day), clock=clock, engine=engine, spill=home / "spill", memory_limit="3GiB"
        )
    # The fold and the comparison with the run before have stores of their own; only the main one rates.
    tables = next(made for made in kept if "company_universe" in made)
    record = find_run(home, info.run_id)
    assert record is not None
    return Rated(record, snapshot_folder(home, info.run_id), tables)


def both_engines(folder: Path, companies: int) -> tuple[Rated, Rated]:
    """Rate a province twice, a month apart; the second run, which also compares, on each engine."""
    scenario = load_scenario(None)
    raw, home = folder / "raw", folder / "duckdb"
    simulate(raw, companies=companies, seed=7, scenario=scenario)
    last = scenario.as_of
    land(home, raw, end_of_day(last))
    run(home, end_of_day(last.replace(day=1) - timedelta(days=1)), clock=clock)
    shutil.copytree(home, folder / "spark")
    return (
        rated(home, last, "duckdb", DuckDBStore, of_duckdb),
        rated(folder / "spark", last, "spark", SparkStore, of_spark),
    )
