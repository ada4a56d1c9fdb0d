"""Rate a few companies again between full runs; the result is visible at once.

Population values come from the last full run, and a held band is only ever raised: lowering waits
for the next full run (DESIGN D6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from lookout.engine import scoring
from lookout.hub.facts import Facts, Visible
from lookout.hub.landing import list_batches
from lookout.hub.live import OVERLAID, add_overlay
from lookout.hub.results import listing_sql
from lookout.hub.snapshots import RunRecord, current_run_id, find_run, snapshot_folder
from lookout.hub.store import DuckDBStore, Store
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import DataError
from lookout.pipeline.changes import NO_CHANGES
from lookout.pipeline.evaluation import Catalogues, Question, observe, shipped
from lookout.pipeline.inputs import connect, floor_labels, input_sql
from lookout.pipeline.locking import run_lock
from lookout.pipeline.population import monitor
from lookout.pipeline.progress import Progress, Stages, silent
from lookout.pipeline.run import fold_new, make_warnings, put_words

RESCORED = "rescored"
ONLY_RESCORED = f"IN (SELECT company_key FROM {RESCORED})"


def rescore(
    home: Path,
    identifiers: Sequence[str],
    *,
    as_of: datetime,
    memory_limit: str = "",
    spill: Path | None = None,
    progress: Progress = silent,
) -> list[str]:
    """Rate the companies of these identifiers as of an instant; return the identifiers.

    Newly landed batches are folded first. Raises DataError, naming all of them, when an identifier
    is unknown or its company is not monitored.
    """
    with run_lock(home):
        run_id = current_run_id(home)
        record = find_run(home, run_id) if run_id else None
        if record is None:
            raise DataError("还没有完成过一次评定，无从单独重评；请先运行 lookout run")
        stages = Stages(progress)
        catalogues = shipped()
        if record.catalogue_digest != catalogues.digest:
            raise DataError("目录在上次全量评定之后已改变，单独重评会与其他企业不可比；请先运行 lookout run")
        with stages.stage("归并新批次"):
            facts = fold_new(home, memory_limit, spill, stages)
        store = DuckDBStore(spill=spill, memory_limit=memory_limit)
        try:
            with stages.stage("重评"):
                _rescore(store, home, facts, record, catalogues, identifiers, naive_local(as_of))
        finally:
            store.close()
    return list(identifiers)


def _rescore(
    store: DuckDBStore,
    home: Path,
    facts: Facts,
    record: RunRecord,
    catalogues: Catalogues,
    identifiers: Sequence[str],
    as_of: datetime,
) -> None:
    folder = snapshot_folder(home, record.run_id)
    keys = _keys(store, home, facts, identifiers)
    store.put(RESCORED, pa.table({"company_key": keys}))
    question = Question(as_of, Visible(as_of, only=ONLY_RESCORED), folder)
    observe(store, home, facts, question, catalogues, lambda step, done, total: None)
    monitor(store, question)
    left_out = store.query("SELECT count(*) AS n FROM monitored WHERE NOT is_rated").to_pylist()[0]["n"]
    if left_out:
        raise DataError(f"其中 {left_out} 家不在监测范围内，不评级；可用 lookout list 查看监测的企业")
    batches = [batch for batch in list_batches(home) if batch.delivered_at <= as_of]
    connect(store, catalogues, batches, question)
    for name in ("prior", "expected"):
        store.read_parquet(name, [folder / f"{name}.parquet"])
    store.read_parquet("published_rating", [folder / "rating.parquet"])
    store.table(
        "previous",
        f"SELECT company_key, band, below_count, score FROM published_rating "
        f"WHERE company_key {ONLY_RESCORED}",
    )
    floor_labels(store, catalogues.rating)
    store.table("rating_input", input_sql(catalogues.rating, ONLY_RESCORED))
    profile = catalogues.rating.profiles[record.profile]
    rated = scoring.rate(
        store.query("SELECT * FROM rating_input"),
        catalogue=catalogues.rating,
        profile=profile,
        constants=question.constants,
        may_lower=False,
        all_lines=True,
    )
    store.put("rating", rated.rating)
    store.put("contribution", rated.contribution)
    make_warnings(store, catalogues)
    store.put("score_change", NO_CHANGES)
    put_words(store, catalogues, profile)
    tables = {
        "listing": store.query(listing_sql([part.name for part in profile.parts])),
        "contribution": rated.contribution,
        "label_hit": store.query("SELECT * FROM label_hit"),
    }
    add_overlay(home, record.run_id, {name: tables[name] for name in OVERLAID}, keys)


def _keys(store: Store, home: Path, facts: Facts, identifiers: Sequence[str]) -> pa.Array:
    store.read_parquet("all_identifiers", [home / facts.register])
    wanted = pa.table({"identifier": pa.array([one.partition(":")[2] or one for one in identifiers])})
    store.put("asked", wanted)
    found = store.query(
        "SELECT r.identifier, r.company_key FROM all_identifiers AS r JOIN asked AS a ON a.identifier = r.identifier "
        "WHERE r.scheme = 'uscc' OR r.scheme LIKE 'opaque:%' ORDER BY r.company_key"
    )
    unknown = set(wanted["identifier"].to_pylist()) - set(found["identifier"].to_pylist())
    if unknown:
        raise DataError(f"没有这些代码的企业：{'、'.join(sorted(unknown))}；请核对统一社会信用代码")
    return found["company_key"].combine_chunks()
