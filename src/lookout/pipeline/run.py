"""A full run: fold, observe, rate, warn, publish. It happens whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.engine import scoring
from lookout.hub.facts import Facts, fold
from lookout.hub.landing import list_batches
from lookout.hub.reading import RunInfo, run_info
from lookout.hub.snapshots import (
    RunRecord,
    discard_working,
    publish,
    put_aside,
    snapshot_folder,
    working_folder,
)
from lookout.hub.store import EMBEDDED, Store, clear_spill, open_store
from lookout.kernel.clock import naive_local
from lookout.pipeline.changes import NO_CHANGES, Comparison, score_changes, take
from lookout.pipeline.evaluation import Catalogues, observe, shipped
from lookout.pipeline.inputs import STATE_SCHEMA, connect, floor_labels, input_sql
from lookout.pipeline.live import fold_events
from lookout.pipeline.locking import run_lock
from lookout.pipeline.plan import Plan, make_plan, name_run, with_hindsight
from lookout.pipeline.population import monitor, population_values
from lookout.pipeline.progress import Progress, Stages, silent
from lookout.pipeline.proving import enter_missing, entered_or_told
from lookout.pipeline.refold import facts_are_whole, refold_locked
from lookout.pipeline.results import make_warnings, write_lists, write_tables


def run(
    home: Path,
    as_of: datetime | None,
    *,
    clock: Callable[[], datetime],
    rerun_of: str = "",
    known_at: datetime | None = None,
    keep: int = 5,
    memory_limit: str = "",
    spill: Path | None = None,
    engine: str = EMBEDDED,
    live: str = "",
    progress: Progress = silent,
) -> RunInfo:
    """Rate all monitored companies as of an instant and publish the result.

    `rerun_of` names a kept run to make again from its own batches and previous state (`as_of` is
    then that run's). `known_at`, when later than `as_of`, asks what would have been said with what
    was known by then: such a hindsight is put aside, never published. `engine` (see `open_store`)
    changes neither the result nor the run's name. `live` is the address of the live database, '' for
    the home's own: its events become batches first. Raises DataError when there is nothing to rate,
    TransientError when another run is going on; the last published run stands in either case.
    """
    with run_lock(home):
        started = naive_local(clock())
        stages = Stages(progress)
        catalogues = shipped()
        with stages.stage("归并新批次"):
            if not rerun_of:
                fold_events(home, now=clock(), live=live)
            facts = fold_new(home, memory_limit, spill, stages, engine)
            plan = make_plan(home, facts, as_of, rerun_of, catalogues, started)
            if known_at is not None:
                plan = with_hindsight(plan, naive_local(known_at))
            plan = replace(plan, memory_limit=memory_limit, spill=spill)
        store = open_store(engine, spill=spill, memory_limit=memory_limit)
        try:
            run_id = name_run(plan, catalogues)
            folder = working_folder(home, run_id)
            figures = _evaluate(store, home, folder, plan, catalogues, stages)
            record = RunRecord(
                run_id=run_id,
                as_of=plan.as_of,
                started_at=started,
                finished_at=naive_local(clock()),
                previous_run_id=plan.previous.run_id if plan.previous else None,
                batches=plan.pinned,
                generation=plan.facts.generation,
                facts=plan.facts.tables,
                register=plan.facts.register,
                catalogue_digest=catalogues.digest,
                profile=plan.profile,
                figures=figures,
                stages=tuple(stages.seconds),
                known_at=plan.known_at,
                engine=engine.partition(":")[0],
            )
            if record.known_at is None:
                publish(home, folder, record, keep=keep)
            else:
                put_aside(home, folder, record)
        finally:
            store.close()
            discard_working(home)
    entered_or_told(lambda: enter_missing(home, clock))
    return run_info(record)


def fold_new(
    home: Path, memory_limit: str, spill: Path | None, stages: Stages, engine: str = EMBEDDED
) -> Facts:
    """Fold the batches that landed since, in a session of its own: its memory is free again afterwards.

    What sessions that died have spilt is removed, and facts found damaged are made again from all batches.
    """
    if spill is not None:
        clear_spill(spill)
    if not facts_are_whole(home):
        refold_locked(home, memory_limit, spill, stages)
    store = open_store(engine, spill=spill, memory_limit=memory_limit)
    try:
        return fold(store, home, list_batches(home), shipped().contracts, stages.step)
    finally:
        store.close()


def _evaluate(
    store: Store, home: Path, folder: Path, plan: Plan, catalogues: Catalogues, stages: Stages
) -> dict[str, Any]:
    question = plan.question
    with stages.stage("计算标签与指标"):
        observe(store, home, plan.facts, question, catalogues, stages.step)
    for name, mart in catalogues.marts.items():
        if mart.population:
            store.write_parquet(
                f'SELECT * FROM "{name}" ORDER BY company_key', folder / f"mart_{name}.parquet"
            )
    with stages.stage("确定监测范围"):
        funnel = monitor(store, question)
        connect(store, catalogues, plan.batches, question)
        _previous_state(store, home, plan.previous)
        floor_labels(store, catalogues.rating)
        population_values(store, catalogues, question)
        for table in ("connection", "prior", "expected"):
            store.write_parquet(f"SELECT * FROM {table}", folder / f"{table}.parquet")
    with stages.stage("评级"):
        _rate(store, folder, plan, catalogues)
    # The causes of the changes are found in sessions of their own while this one writes what it has.
    with ThreadPoolExecutor(max_workers=1) as beside:
        with stages.stage("比较上次并形成预警"):
            make_warnings(store, catalogues, catalogues.rating.profiles[plan.profile])
            changes = beside.submit(_changes(store, home, folder, plan, catalogues))
        with stages.stage("写出快照"):
            write_tables(store, folder, plan, catalogues)
            store.put("score_change", changes.result())
            return write_lists(store, folder, plan, catalogues, funnel)


def _previous_state(store: Store, home: Path, previous: RunRecord | None) -> None:
    if previous is None:
        store.put("previous", STATE_SCHEMA.empty_table())
        return
    store.read_parquet("previous_rating", [snapshot_folder(home, previous.run_id) / "rating.parquet"])
    store.table("previous", "SELECT company_key, band, below_count, score FROM previous_rating")


def _rate(store: Store, folder: Path, plan: Plan, catalogues: Catalogues) -> None:
    profile = catalogues.rating.profiles[plan.profile]
    constants = plan.question.constants
    # Written where it stays: the rating reads it back instead of holding it in memory.
    written = folder / "rating_input.parquet"
    store.write_parquet(input_sql(catalogues.rating), written)
    store.read_parquet("rating_input", [written])

    def rate_batch(inputs: pa.Table) -> Sequence[pa.Table]:
        rated = scoring.rate(inputs, catalogue=catalogues.rating, profile=profile, constants=constants)
        return rated.rating, rated.contribution

    files = [folder / "rating.parquet", folder / "contribution.parquet"]
    store.map_batches("SELECT * FROM rating_input ORDER BY company_key", rate_batch, files)
    # What an indicator without a line says of a company: the lines are put together when they are read.
    pq.write_table(scoring.silent_lines(profile, catalogues.rating), folder / "silent_line.parquet")
    store.read_parquet("rating", files[:1])
    store.read_parquet("contribution", files[1:])


def _changes(
    store: Store, home: Path, folder: Path, plan: Plan, catalogues: Catalogues
) -> Callable[[], pa.Table]:
    """Return what makes `score_change` of the companies in a warning band, now or before."""
    if plan.previous is None:
        return lambda: NO_CHANGES
    moved = store.query(
        "SELECT w.company_key FROM warning AS w JOIN rating AS r ON r.company_key = w.company_key "
        "JOIN previous AS p ON p.company_key = w.company_key WHERE r.score <> p.score ORDER BY w.company_key"
    )
    comparison = Comparison(
        home,
        plan.facts,
        plan.everything,
        plan.as_of,
        plan.profile,
        plan.previous,
        folder,
        catalogues,
        plan.memory_limit,
        plan.spill,
    )
    return partial(score_changes, take(comparison, store, moved["company_key"].combine_chunks()))
