"""One round over the connections that are due: fetch, land, tell the sender, remember, in this order."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lookout.config.references import named_secret
from lookout.hub.landing import LandingReport
from lookout.kernel.clock import SHANGHAI, naive_local
from lookout.kernel.errors import DataError, LookoutError, TransientError
from lookout.pipeline.connect import book
from lookout.pipeline.ingest import ingest
from lookout.pipeline.progress import silent
from lookout.sources import Delivery
from lookout.sources.connectors import (
    Connection,
    Connector,
    FolderConnector,
    ObjectConnector,
    Offer,
    Outcome,
    PushConnector,
    SqlConnector,
    wait_after,
)

Tick = Callable[[str], None]
Progress = Callable[[str, str, int, int], None]


@dataclass
class Round:
    """What a round did with one connection. `problem` is why it stopped, '' when it ran to its end."""

    name: str
    outcomes: list[tuple[str, Outcome]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    is_failed: bool = False
    silent_days: int | None = None


def run_due(
    home: Path,
    *,
    now: datetime,
    personal_key: bytes,
    only: str = "",
    progress: Progress = silent,
    tick: Tick = lambda step: None,
) -> list[Round]:
    """Run the connections that are due, or one whether due or not; a failing one does not stop the others.

    `now` is an instant with offset. `tick` hears each step before it is taken. Raises TransientError
    when another round is going on.
    """
    wall = naive_local(now)
    rounds = []
    with book.one_round(home):
        for name in [only] if only else book.names(home):
            try:
                connection = book.read_connection(home, name)
                state = book.read_state(home, name)
            except LookoutError as error:
                rounds.append(Round(name, problem=str(error), is_failed=True))
                continue
            if only or book.is_due(connection, state, wall):
                work = _Work(home, connection, state, wall, personal_key, progress, tick)
                rounds.append(work.run())
            elif (days := book.silent_days(connection, state, wall)) is not None:
                rounds.append(Round(name, silent_days=days))
    return rounds


def connector_of(home: Path, connection: Connection) -> Connector:
    """Open the place of a connection. Raises ConfigError when a secret is missing."""
    staging = book.staging_folder(home, connection.name)
    if connection.folder is not None:
        return FolderConnector(connection.folder)
    if connection.sql is not None:
        url = named_secret(connection.sql.url_variable)
        return SqlConnector(connection.name, connection.sql, url, staging, connection.limits.rows)
    if connection.object is not None:
        mapping = book.mapping_file(home, connection.name)
        recipe = mapping.read_bytes() if connection.mapping else b""
        recipe += connection.model_dump_json().encode()
        receipts = book.receipts_folder(home, connection.name)
        digest = hashlib.sha256(recipe).hexdigest()[:16]
        return ObjectConnector(connection.object, named_secret, staging, receipts, digest)
    return PushConnector(home, connection.name, staging)


class _Work:
    """One connection in one round."""

    def __init__(
        self, home: Path, connection: Connection, state: book.State, now: datetime, personal_key: bytes,
        progress: Progress, tick: Tick,
    ) -> None:  # fmt: skip
        self._home = home
        self._connection = connection
        self._state = state
        self._now = now
        self._personal_key = personal_key
        self._progress = progress
        self._tick = tick
        self._round = Round(connection.name)

    def run(self) -> Round:
        """Take in what is there, within the limits."""
        state = self._state
        try:
            connector = connector_of(self._home, self._connection)
            state.has_more = False
            self._take(connector)
            self._round.notes += connector.notes
            state.has_more |= connector.is_waiting
            if connector.is_stuck:
                raise DataError(self._round.outcomes[-1][1].sentence)
        except (LookoutError, OSError) as error:
            why = (
                str(error)
                if isinstance(error, LookoutError)
                else f"读写失败（{error.strerror}）；请检查磁盘与权限"
            )
            state.attempts += 1
            state.problem = self._round.problem = why
            state.next_try = self._now + wait_after(self._connection.name, state.attempts)
            self._round.is_failed = True
        else:
            state.success, state.attempts, state.next_try = self._now, 0, None
            state.problem = self._round.problem
        self._save("结束")
        self._round.silent_days = book.silent_days(self._connection, state, self._now)
        return self._round

    def _take(self, connector: Connector) -> None:
        limits, files, rows = self._connection.limits, 0, 0
        offers = connector.offers(self._state.cursor, self._now)
        while True:
            free = shutil.disk_usage(self._home).free >> 20
            if free < limits.free_mb:
                self._state.has_more = True
                what = f"数据目录只剩 {free:,} MB（下限 {limits.free_mb:,} MB），暂停接收；请腾出空间，之后自动继续"
                raise TransientError(what)
            if files >= limits.files or rows >= limits.rows:
                self._state.has_more = True
                self._round.problem = f"本轮已收 {files} 个文件、{rows:,} 行，其余留到下一轮"
                return
            self._tick("取文件")
            offer = next(iter(offers), None)
            if offer is None:
                return
            outcome = self._one(connector, offer)
            files, rows = files + 1, rows + outcome.rows

    def _one(self, connector: Connector, offer: Offer) -> Outcome:
        self._tick("入库")
        outcome = self._landed(offer)
        self._tick("写回执")
        connector.settle(offer, outcome)
        connector.commit(self._state.cursor, offer, outcome)
        if outcome.is_new:
            self._state.new_data = self._now
        self._state.note({"file": offer.file, **outcome.as_dict()})
        self._save("记进度")
        self._tick("清理")
        connector.clear(offer, outcome)
        self._round.outcomes.append((offer.file, outcome))
        return outcome

    def _save(self, step: str) -> None:
        self._tick(step)
        book.write_state(self._home, self._connection.name, self._state)

    def _landed(self, offer: Offer) -> Outcome:
        moment, reason = self._delivered_at(offer)
        if moment is None:
            return Outcome("refused", reason, self._now)
        connection = self._connection
        delivery = Delivery(
            offer.path, offer.file, connection.source, connection.table, moment, connection.coverage,
            book.mapping_file(self._home, connection.name) if connection.mapping else None,
            asserted=connection.delivered_at.is_asserted and moment != offer.arrived_at,
        )  # fmt: skip
        report = ingest(
            self._home, [delivery], personal_key=self._personal_key, ingested_at=self._now.replace(tzinfo=SHANGHAI),
            progress=lambda what, done, of: self._progress(f"连接 {connection.name}", what, done, of),
        )  # fmt: skip
        return self._outcome(offer, report)

    def _outcome(self, offer: Offer, report: LandingReport) -> Outcome:
        if report.problems:
            return Outcome("refused", str(report.problems[0]), self._now)
        receipt = report.receipts[0]
        batch = receipt.batch
        # The same bytes under the same name are this file again: a round broke off, or it was sent twice.
        is_stale = receipt.same_content or (receipt.is_earlier and batch.file != offer.file)
        sentence = receipt.sentence
        if is_stale and not receipt.same_content:
            sentence += "文件名不同而内容相同，请核对来源是否把旧文件换名重报。"
        return Outcome(
            "landed", sentence, self._now, batch.batch_no, batch.rows, batch.accepted, batch.rejected, batch.doubled,
            is_new=not is_stale and (not receipt.is_earlier or not self._is_noted(batch.batch_no)),
            is_stale=is_stale,
        )  # fmt: skip

    def _is_noted(self, batch_no: int) -> bool:
        return any(one.get("batch_no") == batch_no for one in self._state.outcomes)

    def _delivered_at(self, offer: Offer) -> tuple[datetime | None, str]:
        """Return the moment of delivery by the connection's rule; what lies in the future is not believed."""
        rule = self._connection.delivered_at
        # A source's clock may be a little ahead of ours.
        moment = min(offer.arrived_at, self._now) if rule.rule != "run" else self._now
        if rule.rule == "stated" and offer.stated_at is not None:
            moment = offer.stated_at
        if rule.rule == "file_name":
            found = re.search(rule.pattern, offer.file)
            try:
                moment = datetime.strptime(found[1] if found else "", rule.format)  # noqa: DTZ007 wall time has no offset
            except ValueError:
                what = f"文件名“{offer.file}”里没有 {rule.format} 形式的送达日期；请改正文件名或连接的 delivered_at"
                return None, what
        if moment > self._now:
            what = f"“{offer.file}”的送达时间 {moment} 晚于现在；请核对文件的时间或连接的 delivered_at"
            return None, what
        return moment, ""


def failed(rounds: Iterable[Round]) -> bool:
    """Tell whether any connection needs a person."""
    return any(one.is_failed or any(o.state == "refused" for _, o in one.outcomes) for one in rounds)
