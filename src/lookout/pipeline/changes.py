"""Why scores moved since the run before: the same companies rated again, one cause added at a time."""

from __future__ import annotations

import tempfile
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
from lookout.engine.scoring import size_adjusted_codes
from lookout.hub.facts import Facts, Visible, is_withdrawn, open_tables, withdrawn_numbers
from lookout.hub.landing import Batch
from lookout.hub.snapshots import RunRecord, snapshot_folder
from lookout.hub.store import DuckDBStore, Store
from lookout.pipeline.evaluation import (
    Catalogues,
    Question,
    compiled,
    measure_companies,
    read_population,
)
from lookout.pipeline.extract import LOOKUP, WANTED, extract, named_columns
from lookout.pipeline.inputs import connect, floor_labels, input_sql

ONLY_WANTED = f"IN (SELECT company_key FROM {WANTED})"
NO_AMENDMENTS = {
    "merged": pa.schema([("company_key", pa.int32()), ("into_key", pa.int32())]),
    "inherited": pa.schema([("company_key", pa.int32()), ("into_key", pa.int32())]),
    "conflicted": pa.schema(
        [
            ("table_name", pa.string()),
            ("batch_no", pa.int32()),
            ("line", pa.int32()),
            ("company_key", pa.int32()),
        ]
    ),
}
NO_CHANGES = split_change(
    pa.table(
        {"company_key": pa.array([], pa.int32()), **{f"s{n}": pa.array([], pa.float64()) for n in range(6)}}
    )
)
Scores = Mapping[int, Decimal]


@dataclass(frozen=True)
class Comparison:
    """Two runs over the same hub.

    `batches`: all that are folded, the withdrawn ones too: the run before may have read them.
    """

    home: Path
    facts: Facts
    batches: tuple[Batch, ...]
    as_of: datetime
    profile: str
    previous: RunRecord
    folder: Path  # of the new run: its population marts are there
    catalogues: Catalogues
    memory_limit: str = ""
    spill: Path | None = None

    @property
    def old_folder(self) -> Path:
        """The snapshot of the run before."""
        return snapshot_folder(self.home, self.previous.run_id)


@dataclass(frozen=True)
class _Subset:
    """The companies compared, what rates them, and their facts in small files."""

    comparison: Comparison
    keys: pa.Array
    catalogues: Catalogues
    facts: Facts
    lookup: Path  # what pointed to them at the run before
    columns: Mapping[str, set[str]]  # that the rating reads, by contract table
    tables: Mapping[str, pa.Table]  # of the new run, the same for every step


@dataclass(frozen=True)
class Taken:
    """What a comparison needs of the new run's session: with it the rest is done in sessions of its own."""

    comparison: Comparison
    keys: pa.Array
    new_inputs: pa.Table
    old_inputs: pa.Table | None  # None: the run before was rated under another catalogue
    before: Scores
    now: Scores
    tables: Mapping[str, pa.Table]  # of the new run, the same for every step
    has_corrections: bool


def take(comparison: Comparison, store: Store, keys: pa.Array) -> Taken:
    """Take out of the new run's session what `score_changes` of these companies needs."""
    store.put(WANTED, pa.table({"company_key": keys}))
    same_rules = comparison.previous.catalogue_digest == comparison.catalogues.digest
    return Taken(
        comparison,
        keys,
        _of(store, "SELECT * FROM rating_input"),
        _of(store, _parquet(store, comparison.old_folder)) if same_rules else None,
        _stored(_of(store, "SELECT company_key, score FROM previous")),
        _stored(_of(store, "SELECT company_key, score FROM rating")),
        {name: _of(store, f"SELECT * FROM {name}") for name in ("monitored", "previous")},
        _has_corrections(comparison, store),
    )


def score_changes(taken: Taken) -> pa.Table:
    """Return for each company the change of its printed score by cause; the causes add up to it.

    In this order: the catalogue (its rules changed), the population (what comparable companies
    show), decay (the day moved on: windows, half-lives, stale sources), corrections (new versions
    of facts already seen), new facts. Needs no session of the run, so the run may go on meanwhile.
    """
    if not len(taken.keys):
        return NO_CHANGES
    with tempfile.TemporaryDirectory(dir=taken.comparison.folder) as folder:
        return _score_changes(taken, _subset(taken, Path(folder)))


def _score_changes(taken: Taken, subset: _Subset) -> pa.Table:
    comparison = taken.comparison
    previous = comparison.previous
    seen = Visible(previous.as_of, frozenset(previous.batches), ONLY_WANTED)
    old_question = Question(previous.as_of, seen, comparison.old_folder, comparison.folder)
    old_inputs = taken.old_inputs if taken.old_inputs is not None else _inputs(subset, old_question)
    new_rules = _scores(comparison, old_inputs, previous.as_of)
    with_peers = _with_population(old_inputs, taken.new_inputs, comparison.catalogues)
    new_peers = _scores(comparison, with_peers, previous.as_of)
    aged = replace(old_question, as_of=comparison.as_of, population_from=comparison.folder)
    later = _scores(comparison, _inputs(subset, aged), comparison.as_of)
    corrected = later
    if taken.has_corrections:
        withdrawn = withdrawn_numbers(comparison.batches, comparison.as_of)
        visible = replace(seen, corrected_by=comparison.as_of, withdrawn=withdrawn)
        corrected = _scores(comparison, _inputs(subset, replace(aged, visible=visible)), comparison.as_of)
    return _differences(taken.before, new_rules, new_peers, later, corrected, taken.now)


def _subset(taken: Taken, folder: Path) -> _Subset:
    """Take what every step needs out of the large tables once."""
    comparison = taken.comparison
    catalogues = comparison.catalogues.for_rating()
    # Which columns a text names does not depend on the day it is bound to.
    made = compiled(catalogues, comparison.as_of.date())
    texts = (*made.marts.values(), *made.passes.values())
    columns = named_columns(texts, catalogues.contracts)
    reading = DuckDBStore(spill=comparison.spill, memory_limit=comparison.memory_limit)
    try:
        _as_resolved_before(reading, comparison, comparison.old_folder / LOOKUP)
        facts = extract(
            reading, comparison.home, comparison.facts, catalogues.contracts, columns, taken.keys, folder
        )
    finally:
        reading.close()
    return _Subset(comparison, taken.keys, catalogues, facts, folder / LOOKUP, columns, taken.tables)


def _as_resolved_before(store: Store, comparison: Comparison, lookup: Path) -> None:
    """Make `lookup`, `merged`, `inherited` and `conflicted` as the run before published them: names meant the same."""
    store.read_parquet("lookup", [lookup])
    for name, empty in NO_AMENDMENTS.items():
        file = comparison.old_folder / f"{name}.parquet"
        if file.exists():
            store.read_parquet(name, [file])
        else:  # published before rows could be amended
            store.put(name, empty.empty_table())


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


def _of(store: Store, sql: str) -> pa.Table:
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


def _inputs(subset: _Subset, question: Question) -> pa.Table:
    """Observe the companies anew, as their facts were resolved at the run before."""
    comparison, catalogues = subset.comparison, subset.catalogues
    store = DuckDBStore(spill=comparison.spill, memory_limit=comparison.memory_limit)
    try:
        store.put(WANTED, pa.table({"company_key": subset.keys}))
        _as_resolved_before(store, comparison, subset.lookup)
        open_tables(
            store,
            comparison.home,
            subset.facts,
            catalogues.contracts,
            question.visible,
            sorted(subset.columns),
            keep_resolved=True,
            named=subset.columns,
        )
        measure_companies(store, question, catalogues, _quiet)
        for name, rows in subset.tables.items():
            store.put(name, rows)
        _population_values(store, subset, question)
        seen = (question.visible.batches or frozenset()) - question.visible.withdrawn
        batches = [batch for batch in comparison.batches if batch.batch_no in seen]
        connect(store, catalogues, batches, question)
        floor_labels(store, catalogues.rating)
        return store.query(input_sql(catalogues.rating, ONLY_WANTED))
    finally:
        store.close()


def _population_values(store: Store, subset: _Subset, question: Question) -> None:
    """Make `prior` and `expected`: of the run before where its own day is asked about, else of this one."""
    comparison = subset.comparison
    folder = question.population_from or comparison.folder
    store.read_parquet("prior", [folder / "prior.parquet"])
    columns = [
        "company_key",
        *(f"expected_{code}" for code in size_adjusted_codes(comparison.catalogues.rating)),
    ]
    read_population(store, "expected", "expected", columns, [folder, comparison.folder])


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


def _has_corrections(comparison: Comparison, store: Store) -> bool:
    """Tell whether earlier facts have changed: a batch since can hold a new version, or one was withdrawn."""
    earlier = set(comparison.previous.batches)
    if any(
        batch.batch_no in earlier and is_withdrawn(batch, comparison.as_of) for batch in comparison.batches
    ):
        return True
    new_tables = {batch.table for batch in comparison.batches if batch.batch_no not in earlier}
    return any(
        store.query(f'SELECT 1 AS n FROM "facts_{name}" WHERE is_versioned LIMIT 1').num_rows
        for name in sorted(new_tables)
    )
