"""Rate a few companies again between full runs; the result is visible at once.

Population values come from the last full run, and a held band is only ever raised: lowering waits
for the next full run (DESIGN D6).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from lookout.engine import scoring
from lookout.hub.facts import Facts, Visible
from lookout.hub.landing import list_batches
from lookout.hub.live import LOOKUP, overlaid_keys, overlay_folder, overlay_sequence, put_overlay
from lookout.hub.results import listing_sql
from lookout.hub.snapshots import RunRecord, current_run_id, find_run, snapshot_folder
from lookout.hub.store import DuckDBStore, Store
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import clean_code
from lookout.pipeline.changes import NO_CHANGES
from lookout.pipeline.evaluation import Catalogues, Question, observe, shipped
from lookout.pipeline.inputs import connect, floor_labels, input_sql
from lookout.pipeline.locking import run_lock
from lookout.pipeline.population import monitor
from lookout.pipeline.progress import Progress, Stages, silent
from lookout.pipeline.published import published_catalogue
from lookout.pipeline.run import fold_new, make_warnings, put_words, record_count_sql

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
    # Everything of the overlay is rated again, so that all of it stands at one instant.
    live = overlaid_keys(home, record.run_id)
    keys = pa.array(sorted({*_keys(store, home, facts, identifiers).to_pylist(), *live}), pa.int32())
    store.put(RESCORED, pa.table({"company_key": keys}))
    question = Question(as_of, Visible(as_of, only=ONLY_RESCORED), folder)
    observe(store, home, facts, question, catalogues, lambda step, done, total: None)
    monitor(store, question)
    rated_companies = store.query("SELECT count(*) AS n FROM monitored WHERE is_rated").to_pylist()[0]["n"]
    left_out = len(keys) - rated_companies
    if left_out:
        raise DataError(f"其中 {left_out} 家此时不在监测范围内，不评级；可用 lookout list 查看监测的企业")
    folded = set(facts.batches)
    batches = [b for b in list_batches(home) if b.batch_no in folded and b.delivered_at <= as_of]
    connect(store, catalogues, batches, question)
    for name in ("prior", "expected"):
        store.read_parquet(name, [folder / f"{name}.parquet"])
    _held_state(store, home, record, folder, bool(live))
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
    # What changed is told against the run before the published one, as on every other page.
    store.read_parquet("run_before", [folder / "previous.parquet"])
    store.table("previous", f"SELECT * FROM run_before WHERE company_key {ONLY_RESCORED}")
    make_warnings(store, catalogues)
    store.put("score_change", NO_CHANGES)
    put_words(store, catalogues, profile)
    only = f"WHERE company_key {ONLY_RESCORED}"
    tables = {
        "listing": store.query(listing_sql([part.name for part in profile.parts])),
        "contribution": rated.contribution,
        "label_hit": store.query("SELECT * FROM label_hit"),
        "record_count": store.query(f"SELECT * FROM ({record_count_sql(catalogues)}) AS r {only}"),
        LOOKUP: store.query(f"SELECT * FROM lookup {only}"),
    }
    rated_from = replace(
        record,
        as_of=as_of,
        batches=tuple(batch.batch_no for batch in batches),
        generation=facts.generation,
        facts=facts.tables,
        register=facts.register,
    )
    catalogue = json.dumps(published_catalogue(catalogues, question), ensure_ascii=False)
    put_overlay(home, record.run_id, tables, rated_from, catalogue)


def _held_state(store: Store, home: Path, record: RunRecord, folder: Path, has_overlay: bool) -> None:
    """Make `previous` for holding bands: the severer of the published band and the live one."""
    store.read_parquet("published_rating", [folder / "rating.parquet"])
    held = f"SELECT company_key, band, below_count, score FROM published_rating WHERE company_key {ONLY_RESCORED}"
    if has_overlay:
        overlay = overlay_folder(home, record.run_id, overlay_sequence(home, record.run_id))
        store.read_parquet("live_listing", [overlay / "listing.parquet"])
        rank = "CASE {0} WHEN 'red' THEN 3 WHEN 'orange' THEN 2 WHEN 'yellow' THEN 1 ELSE 0 END"
        severer = f"{rank.format('l.band')} > {rank.format('h.band')}"
        held = (
            f"SELECT h.company_key, CASE WHEN {severer} THEN l.band ELSE h.band END AS band, h.below_count, h.score "
            f"FROM ({held}) AS h LEFT JOIN live_listing AS l ON l.company_key = h.company_key"
        )
    store.table("previous", held)


def _keys(store: Store, home: Path, facts: Facts, identifiers: Sequence[str]) -> pa.Array:
    store.read_parquet("all_identifiers", [home / facts.register])
    codes = [one if ":" in one else clean_code(one) for one in identifiers]
    wanted = pa.table({"identifier": pa.array(codes, pa.string())})
    store.put("asked", wanted)
    found = store.query(
        "SELECT DISTINCT a.identifier, r.company_key FROM all_identifiers AS r JOIN asked AS a "
        "ON (r.scheme = 'uscc' AND a.identifier = r.identifier) "
        "OR a.identifier = replace(r.scheme, 'opaque:', '') || ':' || r.identifier ORDER BY r.company_key"
    )
    unknown = set(wanted["identifier"].to_pylist()) - set(found["identifier"].to_pylist())
    if unknown:
        raise DataError(f"没有这些代码的企业：{'、'.join(sorted(unknown))}；请核对统一社会信用代码")
    return found["company_key"].combine_chunks()
