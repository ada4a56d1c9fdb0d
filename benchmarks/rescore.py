"""A full run over a whole province: seconds by stage, memory, and plain sums of the same columns beside it."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import time
from datetime import date, timedelta
from pathlib import Path

from benchmarks.workplace import Teller, home_folder, ingest, wall_clock
from lookout.contracts import ColumnType, contracts
from lookout.demo import load_scenario, simulate
from lookout.hub.facts import Facts
from lookout.hub.reading import RunInfo
from lookout.hub.snapshots import find_run
from lookout.hub.store import DuckDBStore, Store
from lookout.kernel.clock import end_of_day
from lookout.pipeline import run
from lookout.pipeline.evaluation import compiled, shipped
from lookout.pipeline.extract import named_columns
from lookout.pipeline.progress import Stages
from lookout.pipeline.run import fold_new

DAYS_BETWEEN = 7  # the demo's rhythm: the second run has a week's batches to explain
STAGES = {
    "归并新批次": "fold",
    "计算标签与指标": "observe",
    "确定监测范围": "population",
    "评级": "rate",
    "比较上次并形成预警": "compare",
    "写出快照": "publish",
}


def main(arguments: list[str]) -> dict[str, float]:
    """Make or take a province, fold it, run it twice, and measure the plain sums."""
    options = _options(arguments)
    tell = Teller()
    scenario = load_scenario(options.scenario)
    figures: dict[str, float] = {}
    with home_folder(options.work) as work:
        home = work / "home"
        if options.home is not None:
            _link(options.home, home)
        else:
            delivery = work / "deliveries"
            tell("simulate")
            simulate(delivery, companies=options.companies, seed=options.seed, scenario=scenario)
            ingest(home, delivery, tell)
        begun = time.perf_counter()
        facts = fold_new(home, options.memory_limit, work / "spill", Stages(tell))
        figures["fold_seconds"] = round(time.perf_counter() - begun, 1)
        tell("first run")
        first = _run(home, scenario.as_of - timedelta(days=DAYS_BETWEEN), options.memory_limit, work, tell)
        figures |= {f"first_{name}": value for name, value in first.items() if "seconds" in name}
        tell("second run")
        figures |= _run(home, scenario.as_of, options.memory_limit, work, tell)
        figures["peak_gib"] = _peak_gib()
        tell("reference")
        figures["reference_seconds"] = reference_seconds(home, facts, scenario.as_of, options.memory_limit)
        figures["ratio_to_reference"] = round(figures["seconds"] / figures["reference_seconds"], 2)
    return figures


def _run(home: Path, day: date, memory_limit: str, work: Path, tell: Teller) -> dict[str, float]:
    begun, worked = time.perf_counter(), time.process_time()
    info = run(
        home,
        end_of_day(day),
        clock=wall_clock,
        memory_limit=memory_limit,
        spill=work / "spill",
        progress=tell,
    )
    seconds = time.perf_counter() - begun
    figures = {"seconds": round(seconds, 1), "cpu_seconds": round(time.process_time() - worked, 1)}
    return figures | _of_run(home, info, seconds)


def _of_run(home: Path, info: RunInfo, seconds: float) -> dict[str, float]:
    record = find_run(home, info.run_id)
    if record is None:
        raise RuntimeError(f"run {info.run_id} was not kept")
    funnel = [count for _, count in record.figures["funnel"]]
    catalogues = shipped()
    by_stage = {f"{STAGES[name]}_seconds": took for name, took in record.stages if STAGES[name] != "fold"}
    return {
        **by_stage,
        "companies": funnel[0],
        "rated": funnel[1],
        "facts": record.figures["facts"],
        "labels": sum(label.measure is not None for label in catalogues.labels.values()),
        "indicators": len(catalogues.rating.indicators),
        "companies_per_second": round(funnel[0] / seconds),
    }


def reference_seconds(home: Path, facts: Facts, day: date, memory_limit: str) -> float:
    """Time plain aggregates by company over every column a run reads: sum, max or count by its kind."""
    catalogues = shipped()
    texts = compiled(catalogues, day)
    columns = named_columns([*texts.marts.values(), *texts.passes.values()], catalogues.contracts)
    store: Store = DuckDBStore(memory_limit=memory_limit)
    try:
        begun = time.perf_counter()
        for name in sorted(set(columns) & set(facts.tables)):
            store.read_parquet("plain", [home / file for file in facts.tables[name].rows])
            store.table("summed", _plain_sql(name, sorted(columns[name] & set(contracts()[name].columns))))
        return round(time.perf_counter() - begun, 1)
    finally:
        store.close()


def _plain_sql(name: str, columns: list[str]) -> str:
    summed = {ColumnType.MONEY, ColumnType.INTEGER, ColumnType.NUMBER}
    dated = {ColumnType.DATE, ColumnType.MONTH}
    shown = []
    for column in columns:
        kind = contracts()[name].columns[column].type
        function = "sum" if kind in summed else "max" if kind in dated else "count"
        shown.append(f', {function}("{column}") AS "{column}"')
    return f"SELECT company_key, count(*) AS n{''.join(shown)} FROM plain GROUP BY company_key"


def _link(ready: Path, home: Path) -> None:
    """Make a home of one's own over another's batches and facts, which stay as they are."""
    if home.exists():
        return
    home.mkdir(parents=True)
    for name in ("batches", "keys", "vault_keys"):
        if (ready / name).exists():
            (home / name).symlink_to(ready / name)
    if (ready / "facts").exists():
        shutil.copytree(ready / "facts", home / "facts", copy_function=_linked)


def _linked(source: str, target: str) -> None:
    if source.endswith(".parquet"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _peak_gib() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks rescore", description=__doc__)
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scenario", default="guangdong")
    parser.add_argument("--home", type=Path, help="a home with landed batches, which is only read")
    parser.add_argument("--work", type=Path, help="folder to work in and keep; default a temporary one")
    parser.add_argument("--memory-limit", default="5GB")
    return parser.parse_args(arguments)
