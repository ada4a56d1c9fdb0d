"""A full run: fold, observe, rate, warn, publish. It happens whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from lookout.contracts import Table
from lookout.engine import scoring
from lookout.engine.early_warning import WARNED, early_warnings
from lookout.hub import linkage
from lookout.hub.facts import RELATIONS, Facts, Visible, fold, known_batches, unresolved, withdrawn_numbers
from lookout.hub.facts.coverage import fresh_declarations
from lookout.hub.landing import Batch, list_batches
from lookout.hub.reading import RunInfo, run_info
from lookout.hub.results import initials, listing_sql
from lookout.hub.snapshots import (
    RunRecord,
    discard_working,
    find_run,
    previous_run,
    publish,
    put_aside,
    snapshot_folder,
    working_folder,
)
from lookout.hub.store import EMBEDDED, Store, clear_spill, open_store
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import DataError
from lookout.pipeline.changes import NO_CHANGES, Comparison, score_changes
from lookout.pipeline.evaluation import Catalogues, Question, observe, shipped
from lookout.pipeline.figures import run_figures
from lookout.pipeline.health import health
from lookout.pipeline.inputs import STATE_SCHEMA, connect, floor_labels, input_sql
from lookout.pipeline.live import fold_events
from lookout.pipeline.locking import run_lock
from lookout.pipeline.population import monitor, population_values
from lookout.pipeline.progress import Progress, Stages, silent
from lookout.pipeline.published import published_catalogue
from lookout.pipeline.refold import facts_are_whole, refold_locked
from lookout.pipeline.wording import explanations


@dataclass(frozen=True)
class Plan:
    """What one run is made from: enough to make it again, bit for bit."""

    as_of: datetime  # Shanghai wall time
    batches: tuple[Batch, ...]
    facts: Facts
    previous: RunRecord | None
    all_batches: bool  # every folded batch known by then is in; else only the pinned ones are read
    profile: str = scoring.DEFAULT_PROFILE
    withdrawn: frozenset[int] = frozenset()  # batches that no longer count at that instant
    everything: tuple[Batch, ...] = ()  # all folded batches, of which the run before may have read others
    memory_limit: str = ""
    spill: Path | None = None
    known_at: datetime | None = None  # later than `as_of` in a hindsight; None: what was known by then

    @property
    def pinned(self) -> tuple[int, ...]:
        """The batch numbers the run may read."""
        return tuple(batch.batch_no for batch in self.batches)

    @property
    def question(self) -> Question:
        """What to evaluate."""
        pinned = None if self.all_batches else frozenset(self.pinned)
        if self.known_at is None:
            return Question(self.as_of, Visible(self.as_of, pinned, withdrawn=self.withdrawn))
        happened = self.as_of.date()
        visible = Visible(self.known_at, pinned, withdrawn=self.withdrawn, happened_by=happened)
        return Question(self.as_of, visible)


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
            plan = _plan(home, facts, as_of, rerun_of, catalogues, started)
            if known_at is not None:
                plan = with_hindsight(plan, naive_local(known_at))
            plan = replace(plan, memory_limit=memory_limit, spill=spill)
        store = open_store(engine, spill=spill, memory_limit=memory_limit)
        try:
            run_id = _run_id(plan, catalogues)
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


def _plan(
    home: Path,
    facts: Facts,
    as_of: datetime | None,
    rerun_of: str,
    catalogues: Catalogues,
    now: datetime,
) -> Plan:
    # A batch that landed while the fold ran is not in the facts: it waits for the next run.
    folded = set(facts.batches)
    batches = [batch for batch in list_batches(home) if batch.batch_no in folded]
    if not facts.batches:
        raise DataError("还没有任何数据；请先运行 lookout ingest 导入")
    if rerun_of:
        record = find_run(home, rerun_of)
        if record is None:
            raise DataError(f"没有保留运行“{rerun_of}”；可用 lookout runs 查看保留了哪些")
        if record.catalogue_digest != catalogues.digest:
            raise DataError(f"运行“{rerun_of}”之后目录已经改变，重做不会得到相同结果；请用 --as-of 另做一次")
        wanted = set(record.batches)
        pinned = tuple(batch for batch in batches if batch.batch_no in wanted)
        previous = find_run(home, record.previous_run_id) if record.previous_run_id else None
        if record.previous_run_id and previous is None:
            raise DataError(
                f"运行“{rerun_of}”的上一次运行 {record.previous_run_id} 已不再保留，重做不会得到相同结果；"
                "可把 LOOKOUT_KEEP_RUNS 调大"
            )
        return Plan(record.as_of, pinned, facts, previous, False, record.profile, everything=tuple(batches))
    if as_of is None:
        raise DataError("没有给出评定时点 --as-of")
    moment = naive_local(as_of)
    if moment.date() > now.date():
        # A published future would hide every later run of today: the pointer never moves back.
        raise DataError(f"评定时点 {moment:%Y-%m-%d} 在今天之后；请给出今天或以前的日期")
    known = known_batches(batches, moment)
    if not known:
        raise DataError(f"在 {moment:%Y-%m-%d %H:%M} 之前没有任何数据到达")
    return Plan(
        moment,
        known,
        facts,
        previous_run(home, moment),
        True,
        withdrawn=withdrawn_numbers(batches, moment),
        everything=tuple(batches),
    )


def with_hindsight(plan: Plan, known_at: datetime) -> Plan:
    """Return the plan with all that was known by a later instant; the same plan when it is not later."""
    if known_at <= plan.as_of:
        return plan
    return replace(
        plan,
        batches=known_batches(plan.everything, known_at),
        withdrawn=withdrawn_numbers(plan.everything, known_at),
        known_at=known_at,
    )


def _run_id(plan: Plan, catalogues: Catalogues) -> str:
    """Name a run by what it is made from: the same inputs have the same name."""
    made_from = [
        plan.as_of.isoformat(),
        plan.pinned,
        catalogues.digest,
        plan.profile,
        plan.previous.run_id if plan.previous else "",
        *([plan.known_at.isoformat()] if plan.known_at else []),
    ]
    digest = hashlib.sha256(json.dumps(made_from).encode()).hexdigest()
    return f"{plan.as_of:%Y%m%d}-{digest[:8]}"


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
    with stages.stage("比较上次并形成预警"):
        make_warnings(store, catalogues)
        _explain_changes(store, home, folder, plan, catalogues)
    with stages.stage("写出快照"):
        return _write(store, folder, plan, catalogues, funnel)


def _previous_state(store: Store, home: Path, previous: RunRecord | None) -> None:
    if previous is None:
        store.put("previous", STATE_SCHEMA.empty_table())
        return
    store.read_parquet("previous_rating", [snapshot_folder(home, previous.run_id) / "rating.parquet"])
    store.table("previous", "SELECT company_key, band, below_count, score FROM previous_rating")


def _rate(store: Store, folder: Path, plan: Plan, catalogues: Catalogues) -> None:
    profile = catalogues.rating.profiles[plan.profile]
    constants = plan.question.constants
    store.table("rating_input", input_sql(catalogues.rating))

    def rate_batch(inputs: pa.Table) -> Sequence[pa.Table]:
        rated = scoring.rate(
            inputs, catalogue=catalogues.rating, profile=profile, constants=constants, all_lines=True
        )
        return rated.rating, rated.contribution

    files = [folder / "rating.parquet", folder / "contribution.parquet"]
    store.map_batches("SELECT * FROM rating_input ORDER BY company_key", rate_batch, files)
    store.read_parquet("rating", files[:1])
    store.read_parquet("contribution", files[1:])


def make_warnings(store: Store, catalogues: Catalogues) -> None:
    """Make `warning`: how each company in a warning band, now or before, moved, and why."""
    warned = ", ".join(f"'{band}'" for band in WARNED)
    current = store.query("SELECT company_key, band, score FROM rating")
    lines = store.query(
        f"SELECT * FROM contribution WHERE company_key IN (SELECT company_key FROM rating WHERE band IN ({warned}) "
        f"UNION SELECT company_key FROM previous WHERE band IN ({warned}))"
    )
    previous = store.query("SELECT company_key, band, score FROM previous")
    store.put("warning", early_warnings(current, previous, lines, catalogue=catalogues.rating))


def _explain_changes(store: Store, home: Path, folder: Path, plan: Plan, catalogues: Catalogues) -> None:
    """Make `score_change` for the companies in a warning band, now or before."""
    if plan.previous is None:
        store.put("score_change", NO_CHANGES)
        return
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
        store,
        plan.memory_limit,
        plan.spill,
    )
    store.put("score_change", score_changes(comparison, moved["company_key"].combine_chunks()))


def _write(
    store: Store, folder: Path, plan: Plan, catalogues: Catalogues, funnel: list[tuple[str, int]]
) -> dict[str, Any]:
    profile = catalogues.rating.profiles[plan.profile]
    put_words(store, catalogues, profile)
    store.write_parquet(listing_sql([part.name for part in profile.parts]), folder / "listing.parquet")
    store.write_parquet(
        "SELECT * FROM lookup ORDER BY company_key, scheme, identifier", folder / "lookup.parquet"
    )
    for name in RELATIONS:  # without a file of it there was nothing to move
        if store.query(f"SELECT 1 AS n FROM {name} LIMIT 1").num_rows:
            store.write_parquet(f"SELECT * FROM {name} ORDER BY ALL", folder / f"{name}.parquet")
    store.table("record_count", record_count_sql(catalogues.contracts))
    store.write_parquet("SELECT * FROM record_count", folder / "record_count.parquet")
    store.write_parquet("SELECT * FROM label_hit ORDER BY company_key, code", folder / "label_hit.parquet")
    store.write_parquet("SELECT * FROM rating_input ORDER BY company_key", folder / "rating_input.parquet")
    store.write_parquet("SELECT * FROM previous ORDER BY company_key", folder / "previous.parquet")
    store.write_parquet(early_warning_sql(), folder / "early_warning.parquet")
    for name, sql in linkage.PUBLISHED.items():
        store.write_parquet(sql, folder / f"{name}.parquet")
    store.put("unresolved", unresolved(store, plan.facts, catalogues.contracts, plan.question.visible))
    store.write_parquet("SELECT * FROM unresolved", folder / "unresolved.parquet")
    fresh = fresh_declarations(plan.batches, catalogues.contracts, plan.as_of, plan.known_at)
    state = health(store, catalogues.contracts, plan.batches, fresh, plan.as_of)
    (folder / "health.json").write_text(json.dumps(state, ensure_ascii=False), "utf-8")
    published = published_catalogue(catalogues, plan.question)
    (folder / "catalogue.json").write_text(json.dumps(published, ensure_ascii=False), "utf-8")
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
