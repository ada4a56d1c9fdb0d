"""What one run is made from: its instant, the batches it may read, the run before it, and its name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from lookout.engine import scoring
from lookout.hub.facts import Facts, Visible, known_batches, withdrawn_numbers
from lookout.hub.landing import Batch, list_batches
from lookout.hub.snapshots import RunRecord, find_run, previous_run
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import DataError
from lookout.pipeline.evaluation import Catalogues, Question


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


def make_plan(
    home: Path,
    facts: Facts,
    as_of: datetime | None,
    rerun_of: str,
    catalogues: Catalogues,
    now: datetime,
) -> Plan:
    """Decide what a run reads. Raises DataError when there is nothing to rate or nothing to make again."""
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


def name_run(plan: Plan, catalogues: Catalogues) -> str:
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
