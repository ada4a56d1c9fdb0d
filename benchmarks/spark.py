"""A province on Spark (`local[2]`) against the embedded engine: the same snapshot, and what it costs."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.workplace import Teller, home_folder, ingest, wall_clock
from lookout.demo import load_scenario, simulate
from lookout.hub.facts import Facts
from lookout.hub.snapshots import snapshot_folder
from lookout.kernel.clock import end_of_day
from lookout.pipeline import run

NATION = 300_000_000
ENGINES = {"duckdb": "duckdb", "spark": "spark:local[2]"}
# Written without an order of their own; the rest is compared row by row.
UNORDERED = {"connection", "prior", "expected"}


@dataclass(frozen=True)
class Measured:
    """One province on both engines. `processor` counts all cores, the JVM and its workers included."""

    companies: int
    facts: int
    unlike: tuple[str, ...]
    seconds: Mapping[str, float]
    processor: Mapping[str, float]
    results: int  # bytes of the snapshot

    def figures(self, suffix: str = "") -> dict[str, float]:
        """Return the flat figures."""
        found: dict[str, float] = {
            "companies": self.companies,
            "facts": self.facts,
            "equal": not self.unlike,
            "files_unlike": len(self.unlike),
            "snapshot_bytes": self.results,
            "ratio": round(self.seconds["spark"] / self.seconds["duckdb"], 2),
        }
        for engine in ENGINES:
            found[f"seconds_{engine}"] = self.seconds[engine]
            found[f"processor_seconds_{engine}"] = self.processor[engine]
        return {f"{name}{suffix}": value for name, value in found.items()}


def main(arguments: list[str]) -> dict[str, float]:
    """Simulate, ingest, rate the same home on both engines, compare; several sizes also give the growth."""
    options = _options(arguments)
    tell = Teller()
    measured = []
    for companies in sorted(options.companies):
        with (
            home_folder(options.home / str(companies) if options.home else None) as home,
            _fresh() as process,
        ):
            measured.append(process.submit(measure, home, companies, options.seed, tell).result())
            # A large size may take an hour: what is known by then is told.
            print(f"           {measured[-1].figures()}", file=sys.stderr, flush=True)
    found = measured[-1].figures()
    for one in measured[:-1]:
        found |= one.figures(f"_{one.companies}")
    return found | growth(measured)


def _fresh() -> ProcessPoolExecutor:
    """A process of its own for each size: each pays for the start of its JVM, and finds nothing warm."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def measure(home: Path, companies: int, seed: int, tell: Teller) -> Measured:
    """Rate one province on both engines from the same batches, fold included."""
    scenario = load_scenario(None)
    land = home / "landed"
    tell(f"simulate {companies}")
    simulate(land / "province", companies=companies, seed=seed, scenario=scenario)
    ingest(land, land / "province", tell)
    seconds, processor, snapshots = {}, {}, {}
    for name, engine in ENGINES.items():
        tell(f"{companies} on {engine}")
        place = home / name
        shutil.copytree(land, place, ignore=shutil.ignore_patterns("province"))
        begun, used = time.perf_counter(), processor_seconds()
        info = run(
            place,
            end_of_day(scenario.as_of),
            clock=wall_clock,
            engine=engine,
            memory_limit="3GiB",
            spill=place / "spill",
            progress=tell,
        )
        seconds[name] = round(time.perf_counter() - begun, 1)
        processor[name] = round(processor_seconds() - used, 1)
        snapshots[name] = snapshot_folder(place, info.run_id)
    unlike = tuple(unequal_files(snapshots["duckdb"], snapshots["spark"]))
    for name in unlike:
        tell(f"differs: {name}")
    size = sum(file.stat().st_size for file in snapshots["spark"].glob("*"))
    return Measured(companies, fact_count(home / "duckdb"), unlike, seconds, processor, size)


def growth(measured: Sequence[Measured]) -> dict[str, float]:
    """Return, by engine, the straight line through all sizes in seconds of one core, and 300 M's core hours.

    `core_seconds_fixed` is what the statements cost whatever the size, `core_seconds_per_million` what each
    million companies adds; least squares. From three sizes on `core_residual` is how far the measured
    size furthest from the line is off it, as a share of what was measured: how straight the growth is.
    """
    if len(measured) < 2:
        return {}
    found: dict[str, float] = {}
    sizes = np.array([one.companies for one in measured], np.float64)
    for engine, suffix in (("spark", ""), ("duckdb", "_duckdb")):
        spent = np.array([one.processor[engine] for one in measured])
        each, fixed = np.polyfit(sizes, spent, 1)
        found[f"core_seconds_fixed{suffix}"] = round(float(fixed), 1)
        found[f"core_seconds_per_million{suffix}"] = round(float(each) * 1e6, 1)
        found[f"core_hours_nation{suffix}"] = round(float(fixed + each * NATION) / 3600, 1)
        if len(measured) > 2:
            off = np.abs(fixed + each * sizes - spent) / spent
            found[f"core_residual{suffix}"] = round(float(off.max()), 3)
    return found


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks spark", description=__doc__)
    parser.add_argument(
        "--companies", type=int, nargs="+", default=[20_000], help="several sizes: the growth"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--home", type=Path, help="keep everything here instead of a temporary folder")
    return parser.parse_args(arguments)


def processor_seconds() -> float:
    """Return the processor time of this process and all it started: Spark computes in a JVM beside it."""
    ticks: dict[int, tuple[int, int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        ticks[int(file.parent.name)] = (int(fields[1]), sum(int(field) for field in fields[11:15]))
    family = {os.getpid()}
    for _ in range(len(ticks)):
        children = {number for number, (parent, _) in ticks.items() if parent in family} - family
        if not children:
            break
        family |= children
    return sum(ticks[number][1] for number in family if number in ticks) / os.sysconf("SC_CLK_TCK")


def fact_count(home: Path) -> int:
    """Return the rows of all folded tables of a home."""
    tables = Facts.read(home).tables.values()
    return sum(pq.read_metadata(home / file).num_rows for files in tables for file in files.rows)


def unequal_files(one: Path, other: Path) -> list[str]:
    """Return the names of the Parquet files of two snapshots that do not hold the same rows."""
    names = sorted({file.stem for folder in (one, other) for file in folder.glob("*.parquet")})
    return [name for name in names if not _equal(one / f"{name}.parquet", other / f"{name}.parquet")]


def _equal(one: Path, other: Path) -> bool:
    if not (one.exists() and other.exists()):
        return False
    left, right = pq.read_table(one), pq.read_table(other)
    if left.column_names != right.column_names:
        return False
    if one.stem in UNORDERED:
        keys = [(name, "ascending") for name in left.column_names]
        left, right = left.sort_by(keys), right.sort_by(keys)
    return all(left[name].to_pylist() == right[name].to_pylist() for name in left.column_names)
