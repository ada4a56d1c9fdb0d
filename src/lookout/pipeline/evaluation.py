"""From the visible facts to observations: marts, one aggregate pass per table, label hits."""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path

import pyarrow.parquet as pq

from lookout.contracts import Contracts, contracts
from lookout.contracts.constants import ConstantValue, constants, constants_at
from lookout.engine import labels, scoring
from lookout.engine.labels import Labels
from lookout.engine.measures import Measure, compile_pass, shipped_schema
from lookout.engine.scoring import RatingCatalogue
from lookout.hub.facts import Facts, Visible, open_views
from lookout.hub.linkage import lexicon
from lookout.hub.marts import Marts, mart_sql, marts
from lookout.hub.store import Store, make_tables
from lookout.pipeline.extract import named_columns

OUTCOMES = "desk_outcome"
SIZE_MART = "company_size"  # the rating reads it beside the passes


@dataclass(frozen=True, eq=False)  # compared by identity, so that what is compiled from it can be kept
class Catalogues:
    """Everything that decides a rating beside the facts."""

    contracts: Contracts
    marts: Marts
    labels: Labels
    rating: RatingCatalogue

    @property
    def digest(self) -> str:
        """The digest of all texts."""
        parts = (
            self.contracts.digest,
            constants().digest,
            self.marts.digest,
            self.labels.digest,
            self.rating.digest,
            lexicon().digest,
        )
        return hashlib.sha256("".join(parts).encode()).hexdigest()

    def passes(self) -> dict[str, dict[str, Measure]]:
        """Return the measures of labels and indicators by the table or mart they read."""
        by_table: dict[str, dict[str, Measure]] = defaultdict(dict)
        for code, label in self.labels.items():
            if label.measure is not None:
                by_table[label.measure.table][code] = label.measure
        for column, source in self.rating.sources.items():
            if source.measure is not None:
                by_table[source.measure.table][column] = source.measure
        return dict(sorted(by_table.items()))

    def for_rating(self) -> Catalogues:
        """Return what decides a score and nothing more: no labels but those floors ask for."""
        return _for_rating(self)


@lru_cache(maxsize=4)
def _for_rating(catalogues: Catalogues) -> Catalogues:
    wanted = {name.removeprefix("label_") for name in catalogues.rating.labels}
    kept = {code: label for code, label in catalogues.labels.items() if code in wanted}
    fewer = replace(catalogues, labels=Labels(kept, catalogues.labels.digest))
    needed = [*fewer.passes(), SIZE_MART]
    marts: set[str] = set()
    while needed:
        name = needed.pop()
        if name in catalogues.marts and name not in marts:
            marts.add(name)
            needed += catalogues.marts[name].reads
    entries = {name: mart for name, mart in catalogues.marts.items() if name in marts}
    return replace(fewer, marts=Marts(entries, catalogues.marts.digest))


@cache
def shipped() -> Catalogues:
    """Return the catalogues that ship with Lookout."""
    return Catalogues(contracts(), marts(), labels.catalogue(), scoring.rating_catalogue())


@dataclass(frozen=True)
class Question:
    """What to evaluate: the day, and the facts that may be seen.

    `population_from`: a folder with the population marts of a full run, for evaluating some
    companies only; None when all companies are evaluated. `population_else`: the folder of another
    run, for marts and columns that were not yet in the catalogue when the first one was published.
    """

    as_of: datetime  # Shanghai wall time
    visible: Visible
    population_from: Path | None = None
    population_else: Path | None = None

    @property
    def day(self) -> date:
        """The day of the rating."""
        return self.as_of.date()

    @property
    def constants(self) -> Mapping[str, ConstantValue]:
        """The constants valid on that day."""
        return constants_at(self.day)


Step = Callable[[str, int, int], None]


def observe(
    store: Store, home: Path, facts: Facts, question: Question, catalogues: Catalogues, step: Step
) -> None:
    """Make the store's marts, `pass_<table>` and `label_hit` for a question."""
    # Resolved rows are read by many statements: a full run keeps them, without what no statement names.
    keep = not question.visible.only
    named = read_columns(catalogues, question.day) if keep else None
    open_views(store, home, facts, catalogues.contracts, question.visible, keep_resolved=keep, named=named)
    measure_companies(store, question, catalogues, step)


def read_columns(catalogues: Catalogues, day: date) -> dict[str, set[str]]:
    """Return by contract table the columns that a run reads."""
    texts = compiled(catalogues, day)
    named = named_columns([*texts.marts.values(), *texts.passes.values()], catalogues.contracts)
    # The industry indices count outcomes with a statement of their own.
    named[OUTCOMES] = set(catalogues.contracts[OUTCOMES].columns)
    return named


def measure_companies(store: Store, question: Question, catalogues: Catalogues, step: Step) -> None:
    """Make marts, passes and label hits from the views that the store already has."""
    texts = compiled(catalogues, question.day)
    if question.visible.only:
        _measure_some(store, question, catalogues, texts, step)
    else:
        _measure_all(store, catalogues, texts, step)
    store.table("label_hit", texts.label_hits)


def _measure_all(store: Store, catalogues: Catalogues, texts: Compiled, step: Step) -> None:
    begun = itertools.count()
    titles = {name: mart.zh for name, mart in catalogues.marts.items()}
    passes = {f"pass_{table}": sql for table, sql in texts.passes.items()}
    needs = {name: mart.reads for name, mart in catalogues.marts.items()}
    needs |= {f"pass_{table}": (table,) for table in texts.passes}
    statements = {**texts.marts, **passes}
    make_tables(
        store, statements, needs, lambda name: step(titles.get(name, name), next(begun), len(statements))
    )


def _measure_some(
    store: Store, question: Question, catalogues: Catalogues, texts: Compiled, step: Step
) -> None:
    total = len(texts.marts) + len(texts.passes)
    for number, (name, sql) in enumerate(texts.marts.items()):
        step(catalogues.marts[name].zh, number, total)
        if catalogues.marts[name].population and question.population_from is not None:
            folders = [question.population_from, question.population_else]
            columns = ["company_key", *catalogues.marts[name].columns]
            read_population(store, name, f"mart_{name}", columns, folders)
        else:
            store.table(name, sql)
    for number, (table, sql) in enumerate(texts.passes.items(), len(texts.marts)):
        step(table, number, total)
        store.table(f"pass_{table}", f"SELECT * FROM ({sql}) AS p WHERE company_key {question.visible.only}")


def read_population(
    store: Store, name: str, file: str, columns: Sequence[str], folders: Sequence[Path | None]
) -> None:
    """Name a Parquet file of a run, by company; columns it lacks come from the next folder's.

    A run published under an older catalogue lacks the marts and columns that came later.
    """
    held: dict[str, int] = {}
    for number, folder in enumerate(folders):
        path = folder / f"{file}.parquet" if folder is not None else None
        if path is None or not path.exists():
            continue
        found = set(pq.read_schema(path).names) & set(columns) - set(held)
        if found - {"company_key"} or not held:
            store.read_parquet(f"{name}_{number}", [path])
            held |= dict.fromkeys(sorted(found), number)
        if len(held) == len(columns):
            break
    numbers = sorted(set(held.values()))
    first = numbers[0]
    shown = ", ".join(f'f{held[column]}."{column}"' for column in columns)
    joins = "".join(
        f' LEFT JOIN "{name}_{n}" AS f{n} ON f{n}.company_key = f{first}.company_key' for n in numbers[1:]
    )
    store.view(name, f'SELECT {shown} FROM "{name}_{first}" AS f{first}{joins}')


@dataclass(frozen=True)
class Compiled:
    """The statements of one day: a mart's, a table's pass by name, and the label hits'."""

    marts: Mapping[str, str]
    passes: Mapping[str, str]
    label_hits: str


@lru_cache(maxsize=16)
def compiled(catalogues: Catalogues, day: date) -> Compiled:
    """Return the SQL of a day; parsing and binding 300 expressions costs a second, so it is kept."""
    constants = constants_at(day)
    by_table = catalogues.passes()
    return Compiled(
        {name: mart_sql(mart, day, constants) for name, mart in catalogues.marts.items()},
        {
            table: compile_pass(table, measures, as_of_day=day, constants=constants, schema=shipped_schema())
            for table, measures in by_table.items()
        },
        labels.evaluate(
            catalogues.labels,
            passes={table: f"pass_{table}" for table in by_table},
            as_of_day=day,
            constants=constants,
        ),
    )
