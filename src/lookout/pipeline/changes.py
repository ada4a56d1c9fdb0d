"""Why scores moved since the run before: the same companies rated again, one cause added at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts.constants import constants_at
from lookout.engine import scoring
from lookout.engine.early_warning import split_change
from lookout.hub.facts import Facts, Visible
from lookout.hub.landing import Batch
from lookout.hub.snapshots import RunRecord, snapshot_folder
from lookout.hub.store import DuckDBStore, Store
from lookout.pipeline.evaluation import Catalogues, Question, observe
from lookout.pipeline.inputs import connect, floor_labels, input_sql

WANTED = "wanted"
ONLY_WANTED = f"IN (SELECT company_key FROM {WANTED})"
# What a rating takes from the companies as a whole, beside the marts that say so.
POPULATION_TABLES = ("monitored", "prior", "expected", "previous")
NO_CHANGES = split_change(
    pa.table(
        {"company_key": pa.array([], pa.int32()), **{f"s{n}": pa.array([], pa.float64()) for n in range(6)}}
    )
)
Scores = Mapping[int, Decimal]


@dataclass(frozen=True)
class Comparison:
    """Two runs over the same hub, and the companies whose scores are compared."""

    home: Path
    facts: Facts
    batches: tuple[Batch, ...]
    as_of: datetime
    profile: str
    previous: RunRecord
    folder: Path  # of the new run: its population marts are there
    catalogues: Catalogues
    new_store: Store
    memory_limit: str = ""


def score_changes(comparison: Comparison, keys: pa.Array) -> pa.Table:
    """Return for each company the change of its printed score by cause; the causes add up to it.

    In this order: the catalogue (its rules changed), the population (what comparable companies
    show), decay (the day moved on: windows, half-lives, stale sources), corrections (new versions
    of facts already seen), new facts.
    """
    if not len(keys):
        return NO_CHANGES
    previous, catalogues = comparison.previous, comparison.catalogues
    old_folder = snapshot_folder(comparison.home, previous.run_id)
    new_inputs = _of(comparison.new_store, "SELECT * FROM rating_input", keys)
    old_question = Question(
        previous.as_of, Visible(previous.as_of, frozenset(previous.batches), ONLY_WANTED), old_folder
    )
    if previous.catalogue_digest == catalogues.digest:
        old_inputs = _of(comparison.new_store, _parquet(comparison.new_store, old_folder), keys)
    else:
        old_inputs = _inputs(comparison, old_question, keys, old_folder)
    new_rules = _scores(comparison, old_inputs, previous.as_of)
    new_peers = _scores(comparison, _with_population(old_inputs, new_inputs, catalogues), previous.as_of)
    aged = replace(old_question, as_of=comparison.as_of, population_from=comparison.folder)
    later = _scores(comparison, _inputs(comparison, aged, keys, None), comparison.as_of)
    corrected = later
    if _has_corrections(comparison):
        visible = replace(aged.visible, corrected_by=comparison.as_of)
        mended = _inputs(comparison, replace(aged, visible=visible), keys, None)
        corrected = _scores(comparison, mended, comparison.as_of)
    before = _stored(_of(comparison.new_store, "SELECT company_key, score FROM previous", keys))
    now = _stored(_of(comparison.new_store, "SELECT company_key, score FROM rating", keys))
    return _differences(before, new_rules, new_peers, later, corrected, now)


def _differences(
    before: Scores, new_rules: Scores, new_peers: Scores, later: Scores, corrected: Scores, now: Scores
) -> pa.Table:
    keys = sorted(set(before) & set(now))
    chain: dict[str, list[Decimal]] = {"s0": [before[key] for key in keys]}
    for number, stage in enumerate((new_rules, new_peers, later, corrected, now), 1):
        # A company that a step cannot rate (it was not yet known) keeps the step before.
        earlier = chain[f"s{number - 1}"]
        chain[f"s{number}"] = [stage.get(key, last) for key, last in zip(keys, earlier, strict=True)]
    columns = {name: pa.array(values, pa.decimal128(5, 2)) for name, values in chain.items()}
    return split_change(pa.table({"company_key": pa.array(keys, pa.int32()), **columns}))


def _of(store: Store, sql: str, keys: pa.Array) -> pa.Table:
    store.put(WANTED, pa.table({"company_key": keys}))
    return store.query(f"SELECT * FROM ({sql}) AS q WHERE company_key {ONLY_WANTED} ORDER BY company_key")


def _parquet(store: Store, folder: Path) -> str:
    store.read_parquet("previous_rating_input", [folder / "rating_input.parquet"])
    return "SELECT * FROM previous_rating_input"


def _stored(table: pa.Table) -> Scores:
    return dict(zip(table["company_key"].to_pylist(), table["score"].to_pylist(), strict=True))


def _scores(comparison: Comparison, inputs: pa.Table, as_of: datetime) -> Scores:
    rating = comparison.catalogues.rating
    rated = scoring.rate(
        inputs,
        catalogue=rating,
        profile=rating.profiles[comparison.profile],
        constants=constants_at(as_of.date()),
    )
    return _stored(rated.rating)


def _inputs(comparison: Comparison, question: Question, keys: pa.Array, population: Path | None) -> pa.Table:
    """Observe some companies anew; population values come from a folder, else from the new run."""
    store = DuckDBStore(memory_limit=comparison.memory_limit)
    try:
        store.put(WANTED, pa.table({"company_key": keys}))
        observe(store, comparison.home, comparison.facts, question, comparison.catalogues, _quiet)
        for name in POPULATION_TABLES:
            if population is not None and name in {"prior", "expected"}:
                store.read_parquet(name, [population / f"{name}.parquet"])
            else:
                store.put(name, comparison.new_store.query(f"SELECT * FROM {name}"))
        pinned = question.visible.batches
        batches = [b for b in comparison.batches if pinned is None or b.batch_no in pinned]
        connect(store, comparison.catalogues, batches, question)
        floor_labels(store, comparison.catalogues.rating)
        return store.query(input_sql(comparison.catalogues.rating, ONLY_WANTED))
    finally:
        store.close()


def _quiet(step: str, done: int, total: int) -> None:
    pass


def _with_population(old: pa.Table, new: pa.Table, catalogues: Catalogues) -> pa.Table:
    """Return the old inputs with what depends on other companies taken from the new ones."""
    marts = {name for name, mart in catalogues.marts.items() if mart.population}
    columns = [name for name in old.column_names if name == "prior" or name.startswith("expected_")]
    for column, source in catalogues.rating.sources.items():
        if source.measure is None or source.measure.table in marts:
            columns.append(column)
    places = pc.index_in(old["company_key"], new["company_key"])
    for name in columns:
        taken = new[name].take(places)
        kept = pc.if_else(pc.is_valid(places), taken, old[name])
        old = old.set_column(old.schema.get_field_index(name), name, kept)
    return old


def _has_corrections(comparison: Comparison) -> bool:
    """Tell whether any batch since the run before can hold a new version of an earlier fact."""
    earlier = set(comparison.previous.batches)
    new_tables = {batch.table for batch in comparison.batches if batch.batch_no not in earlier}
    return any(
        comparison.new_store.query(f'SELECT 1 AS n FROM "facts_{name}" WHERE is_versioned LIMIT 1').num_rows
        for name in sorted(new_tables)
    )
