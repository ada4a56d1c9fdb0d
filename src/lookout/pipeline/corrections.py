"""What one batch does to the ratings: the companies it touches, rated with and without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from lookout.contracts import Table
from lookout.engine import scoring
from lookout.engine.scoring import Rated
from lookout.hub.facts import Facts, Visible, is_withdrawn, known_batches, open_views
from lookout.hub.landing import Batch, Withdrawal, list_batches, withdraw
from lookout.hub.quality import row_digests
from lookout.hub.snapshots import RunRecord, current_run_id, find_run, snapshot_folder
from lookout.hub.store import DuckDBStore, Store
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import DataError
from lookout.pipeline.evaluation import Catalogues, Question, observe, shipped
from lookout.pipeline.inputs import connect, floor_labels, input_sql
from lookout.pipeline.locking import run_lock
from lookout.pipeline.population import monitor
from lookout.pipeline.progress import Progress, Stages, silent
from lookout.pipeline.rescore import rescore
from lookout.pipeline.run import fold_new

TOUCHED = "touched"
ONLY_TOUCHED = f"IN (SELECT company_key FROM {TOUCHED})"
Line = tuple[str, str]  # code, Chinese name
NOT_RATED: tuple[None, None] = (None, None)


@dataclass(frozen=True)
class Effect:
    """One company's score without a batch and with it; None where it is not rated or grey.

    `lines` are the contributions that differ (code, Chinese name, points), floors and caps included; they
    add up to the change of the score.
    """

    identifier: str
    name: str
    rows: int  # of the batch
    before: Decimal | None
    band_before: str | None
    after: Decimal | None
    band_after: str | None
    lines: tuple[tuple[str, str, Decimal], ...]

    @property
    def moved(self) -> bool:
        """Whether score or band differ."""
        return (self.before, self.band_before) != (self.after, self.band_after)


@dataclass(frozen=True)
class Effects:
    """What a batch adds, corrects or, once withdrawn, takes away.

    `added`, `corrected` and `repeated` count rows that are now, or were until the withdrawal, the newest
    version of a fact: nobody else tells of it, somebody tells otherwise, somebody tells the same.
    `removed` is whether the batch is withdrawn: `before` is then with it.
    """

    batch: Batch
    removed: bool
    rows: int
    corrected: int
    repeated: int
    companies: tuple[Effect, ...]

    @property
    def added(self) -> int:
        """Rows of facts that no other batch tells of."""
        return self.rows - self.corrected - self.repeated

    @property
    def moved(self) -> tuple[Effect, ...]:
        """The companies whose score or band differ, largest change first."""
        changed = [effect for effect in self.companies if effect.moved]
        return tuple(sorted(changed, key=_largest_first))


def _largest_first(effect: Effect) -> tuple[Decimal, str]:
    zero = Decimal(0)
    return -abs((effect.after or zero) - (effect.before or zero)), effect.identifier


def withdraw_batch(
    home: Path, batch_no: int, *, at: datetime, by: str, reason: str
) -> tuple[Withdrawal, int]:
    """Withdraw a batch; return the withdrawal and how many companies it touches.

    Raises DataError for an unknown batch or a missing reason.
    """
    with run_lock(home):
        done = withdraw(home, batch_no, at=at, by=by, reason=reason)
    facts = Facts.read(home)
    if batch_no not in facts.batches:
        return done, 0  # nothing has been made from it yet
    store = DuckDBStore()
    try:
        batches = list_batches(home)
        return done, len(_touched(store, home, facts, shipped(), _batch(batches, batch_no), batches))
    finally:
        store.close()


def rescore_batch(
    home: Path,
    batch_no: int,
    *,
    as_of: datetime,
    memory_limit: str = "",
    spill: Path | None = None,
    live: str = "",
    progress: Progress = silent,
) -> list[str]:
    """Rate exactly the companies again that a batch touches and that are rated; return their identifiers.

    Raises DataError for an unknown batch, ConfigError or DataError when no run has been published.
    """
    found = effects(home, batch_no, as_of=as_of, memory_limit=memory_limit, spill=spill, progress=progress)
    rated = [one.identifier for one in found.companies if one.band_after is not None]
    if rated:
        rescore(
            home, rated, as_of=as_of, memory_limit=memory_limit, spill=spill, live=live, progress=progress
        )
    return rated


def effects(
    home: Path,
    batch_no: int,
    *,
    as_of: datetime,
    memory_limit: str = "",
    spill: Path | None = None,
    progress: Progress = silent,
) -> Effects:
    """Rate the companies a batch touches with and without it, at the same instant.

    Values that depend on other companies (clusters, medians, priors) are the published run's in both.
    Raises DataError when the batch is unknown or came later than the instant, or no run is published.
    """
    moment = naive_local(as_of)
    with run_lock(home):
        record = _published(home)
        stages = Stages(progress)
        with stages.stage("归并新批次"):
            facts = fold_new(home, memory_limit, spill, stages)
    batches = [batch for batch in list_batches(home) if batch.batch_no in set(facts.batches)]
    batch = _batch(batches, batch_no)
    if batch.delivered_at > moment:
        raise DataError(f"第 {batch_no} 批在 {batch.delivered_at:%Y-%m-%d %H:%M} 才送达，晚于评定时点")
    known = {one.batch_no for one in known_batches(batches, moment)}
    store = DuckDBStore(spill=spill, memory_limit=memory_limit)
    try:
        with stages.stage("查找涉及的企业"):
            keys = _touched(store, home, facts, shipped(), batch, batches)
            names = _names(store, keys)
    finally:
        store.close()
    rating = _Rating(home, facts, record, tuple(batches), batch, keys, moment, memory_limit, spill)
    with stages.stage("不含该批次评定"):
        without = rating.side(frozenset(known - {batch_no}))
    with stages.stage("含该批次评定"):
        with_it = rating.side(frozenset(known | {batch_no}))
    removed = is_withdrawn(batch, moment)
    before, after = (with_it, without) if removed else (without, with_it)
    rows = sum(mine for _, mine in with_it.rows.values())
    more = sum(n for n, _ in with_it.rows.values()) - sum(n for n, _ in without.rows.values())
    touched = tuple(
        Effect(
            *names[key],
            with_it.rows.get(key, (0, 0))[1],
            *before.scores.get(key, NOT_RATED),
            *after.scores.get(key, NOT_RATED),
            _differing(before.lines.get(key, {}), after.lines.get(key, {})),
        )
        for key in keys.to_pylist()
        if key in names
    )
    repeated = len(with_it.mine & without.said)
    return Effects(batch, removed, rows, rows - more - repeated, repeated, touched)


def _published(home: Path) -> RunRecord:
    run_id = current_run_id(home)
    record = find_run(home, run_id) if run_id else None
    if record is None:
        raise DataError("还没有完成过一次评定，无从比较；请先运行 lookout run")
    return record


def _batch(batches: Sequence[Batch], batch_no: int) -> Batch:
    for batch in batches:
        if batch.batch_no == batch_no:
            return batch
    raise DataError(f"没有第 {batch_no} 批；批次号见 lookout ingest 的输出或数据页")


def _touched(
    store: Store, home: Path, facts: Facts, catalogues: Catalogues, batch: Batch, batches: Sequence[Batch]
) -> pa.Array:
    """Return the keys of the companies that a batch's rows are about, and those that share a name with them.

    A name that only this batch gives to a second company resolves again once the batch is gone.
    """
    everything = Visible(max(one.delivered_at for one in batches))
    open_views(store, home, facts, catalogues.contracts, everything)
    store.table(
        "batch_pointers",
        f"SELECT DISTINCT scheme, identifier FROM register WHERE batch_no = {batch.batch_no}",
    )
    found = store.query(
        f'SELECT company_key FROM "facts_{batch.table}" WHERE batch_no = {batch.batch_no} AND company_key IS NOT NULL '
        f'UNION SELECT company_key FROM "{batch.table}" WHERE batch_no = {batch.batch_no} '
        f'UNION SELECT l.company_key FROM "facts_{batch.table}" AS f JOIN register AS l '
        f"ON l.scheme = f.subject_scheme AND l.identifier = f.subject_value "
        f"WHERE f.batch_no = {batch.batch_no} AND f.company_key IS NULL "
        f"UNION SELECT r.company_key FROM register AS r JOIN batch_pointers AS p "
        f"ON p.scheme = r.scheme AND p.identifier = r.identifier ORDER BY company_key"
    )
    return found["company_key"].combine_chunks()


def _names(store: Store, keys: pa.Array) -> Mapping[int, tuple[str, str]]:
    """Return identifier and registered name by key; the name is '' where no registry row gives one."""
    store.put(TOUCHED, pa.table({"company_key": keys}))
    rows = store.query(
        f"SELECT u.company_key, CASE WHEN u.scheme = 'uscc' THEN u.identifier "
        f"ELSE replace(u.scheme, 'opaque:', '') || ':' || u.identifier END AS identifier, max(c.name) AS name "
        f"FROM (SELECT DISTINCT company_key, scheme, identifier FROM register "
        f"WHERE scheme = 'uscc' OR scheme LIKE 'opaque:%') AS u "
        f"LEFT JOIN company AS c ON c.company_key = u.company_key "
        f"WHERE u.company_key {ONLY_TOUCHED} GROUP BY u.company_key, u.scheme, u.identifier ORDER BY u.company_key"
    )
    return {row["company_key"]: (row["identifier"], row["name"] or "") for row in rows.to_pylist()}


@dataclass(frozen=True)
class _Side:
    """The touched companies rated from some batches, and their rows of the batch's table."""

    scores: Mapping[int, tuple[Decimal | None, str | None]]
    lines: Mapping[int, Mapping[Line, Decimal]]
    rows: Mapping[int, tuple[int, int]]  # by company: rows of the table, of them the batch's
    said: frozenset[bytes]  # digests of what the table's rows say
    mine: frozenset[bytes]  # of them the batch's


@dataclass(frozen=True)
class _Rating:
    """What both ratings share."""

    home: Path
    facts: Facts
    record: RunRecord
    batches: tuple[Batch, ...]
    batch: Batch
    keys: pa.Array
    moment: datetime
    memory_limit: str
    spill: Path | None

    def side(self, pinned: frozenset[int]) -> _Side:
        """Rate the touched companies from pinned batches only."""
        catalogues, folder = shipped(), snapshot_folder(self.home, self.record.run_id)
        store = DuckDBStore(spill=self.spill, memory_limit=self.memory_limit)
        try:
            store.put(TOUCHED, pa.table({"company_key": self.keys}))
            question = Question(self.moment, Visible(self.moment, pinned, ONLY_TOUCHED), folder)
            observe(store, self.home, self.facts, question, catalogues, _quiet)
            monitor(store, question)
            connect(store, catalogues, [b for b in self.batches if b.batch_no in pinned], question)
            for name in ("prior", "expected"):
                store.read_parquet(name, [folder / f"{name}.parquet"])
            store.read_parquet("published", [folder / "rating.parquet"])
            state = "SELECT company_key, band, below_count, score FROM published"
            store.table("previous", f"{state} WHERE company_key {ONLY_TOUCHED}")
            floor_labels(store, catalogues.rating)
            rated = scoring.rate(
                store.query(input_sql(catalogues.rating, ONLY_TOUCHED)),
                catalogue=catalogues.rating,
                profile=catalogues.rating.profiles[self.record.profile],
                constants=question.constants,
            )
            mine = f"sum(CASE WHEN batch_no = {self.batch.batch_no} THEN 1 ELSE 0 END)"
            counted = store.query(
                f'SELECT company_key, count(*) AS n, {mine} AS mine FROM "{self.batch.table}" '
                "GROUP BY company_key ORDER BY company_key"
            ).to_pylist()
            said, mine_said = self._said(store, catalogues.contracts[self.batch.table])
        finally:
            store.close()
        rows = {row["company_key"]: (int(row["n"]), int(row["mine"])) for row in counted}
        return _Side(_scores(rated), _lines(rated, catalogues), rows, said, mine_said)

    def _said(self, store: DuckDBStore, table: Table) -> tuple[frozenset[bytes], frozenset[bytes]]:
        """Return digests of what the visible rows of the batch's table say, and of the batch's among them."""
        columns = ", ".join(f'"{name}"' for name in table.store_columns)
        rows = store.query(
            f'SELECT company_key, {columns}, batch_no FROM "{table.name}" ORDER BY company_key'
        )
        if not rows.num_rows:
            return frozenset(), frozenset()
        values = [rows[name].combine_chunks() for name in rows.column_names[:-1]]
        digests = [digest.tobytes() for digest in row_digests(values)]
        numbers = rows["batch_no"].to_pylist()
        mine = (one for one, number in zip(digests, numbers, strict=True) if number == self.batch.batch_no)
        return frozenset(digests), frozenset(mine)


def _scores(rated: Rated) -> dict[int, tuple[Decimal | None, str | None]]:
    rows = rated.rating.select(["company_key", "score", "band"]).to_pylist()
    return {r["company_key"]: (None if r["band"] == "grey" else r["score"], r["band"]) for r in rows}


def _lines(rated: Rated, catalogues: Catalogues) -> dict[int, dict[Line, Decimal]]:
    rating = catalogues.rating
    rules = {rule.code: rule.form.zh for rule in rating.floors} | {
        rule.code: rule.form.zh for rule in rating.caps
    }
    found: dict[int, dict[Line, Decimal]] = {}
    for row in rated.contribution.to_pylist():
        code, part = row["code"], row["part"]
        if part == "prior":
            line = ("", f"{rating.rules.dimensions[row['dimension']].zh}基准")
        elif code in rating.indicators:
            line = (code, rating.indicators[code].form.zh)
        else:
            line = (code or "", rules.get(code, {"floor": "下限", "cap": "上限"}[part]))
        mine = found.setdefault(row["company_key"], {})
        mine[line] = mine.get(line, Decimal(0)) + row["points"]
    return found


def _differing(
    before: Mapping[Line, Decimal], after: Mapping[Line, Decimal]
) -> tuple[tuple[str, str, Decimal], ...]:
    """Return what differs, heaviest first; a line that is not there has no points."""
    zero = Decimal(0)
    moved = {line: after.get(line, zero) - before.get(line, zero) for line in {*before, *after}}
    ordered = sorted(moved.items(), key=lambda one: (-abs(one[1]), one[0]))
    return tuple((code, zh, points) for (code, zh), points in ordered if points)


def _quiet(step: str, done: int, total: int) -> None:
    pass
