"""Landing: a delivered file becomes one immutable batch, or nothing at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from lookout.contracts import Contracts
from lookout.hub.landing.batches import RECORD, Batch, batch_folder, list_batches, unfinished
from lookout.hub.landing.facts import fact_schema, store_facts
from lookout.hub.landing.files import STALE, BatchFiles, digest, hold, write_through
from lookout.hub.landing.vault import SALT_BYTES, BatchVault, Tokens, salt_file
from lookout.hub.quality import Checked, Checker
from lookout.kernel.clock import naive_local
from lookout.kernel.durable import sync
from lookout.kernel.errors import TransientError
from lookout.sources import (
    Delivery,
    Fault,
    FileProblem,
    LateColumns,
    Layout,
    Mapping,
    RawStream,
    load_mapping,
    opening_fault,
    plan_layout,
    stream_file,
)

_DISK_REASONS = {
    errno.ENOSPC: "磁盘已满", errno.EDQUOT: "超出磁盘配额", errno.EACCES: "没有写入权限",
    errno.EPERM: "没有写入权限", errno.EROFS: "磁盘只读", errno.EIO: "磁盘读写出错",
}  # fmt: skip
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class BatchReceipt:
    """What became of a delivery.

    `is_earlier`: it landed nothing, because `batch` is the same file, or (`same_content`) another file
    with exactly the same rows.
    """

    delivery: Delivery
    batch: Batch
    is_earlier: bool
    same_content: bool = False

    @property
    def sentence(self) -> str:
        """The receipt in one Chinese sentence."""
        batch = self.batch
        if self.same_content:
            return (
                f"“{self.delivery.file}”与第 {batch.batch_no} 批（{batch.file}）字节不同而内容完全相同，没有新数据，"
                "不重复入库；请核对来源是否把旧文件换名重报。"
            )
        if self.is_earlier:
            return f"“{self.delivery.file}”与第 {batch.batch_no} 批（{batch.file}）是同一文件，不重复入库。"
        return (
            f"“{batch.file}”入库为第 {batch.batch_no} 批：共 {batch.rows} 行，接收 {batch.accepted} 行，"
            f"退回 {batch.rejected} 行，重复 {batch.doubled} 行"
            + (f"；另有 {batch.left_out} 行按映射不算数据（合计、签字一类）。" if batch.left_out else "。")
        )


@dataclass(frozen=True)
class LandingReport:
    """What became of many deliveries, in their order; files that did not land are in `problems`."""

    receipts: tuple[BatchReceipt, ...]
    problems: tuple[FileProblem, ...]


def _file_facts(delivery: Delivery) -> tuple[str, int]:
    """Return digest and size of a delivered file. Raises FileProblem when it cannot be read."""
    try:
        return digest(delivery.path), delivery.path.stat().st_size
    except OSError as error:
        raise FileProblem(delivery.file, opening_fault(error)) from error


def _ignore_progress(what: str, done: int, total: int) -> None:
    pass


@dataclass(frozen=True)
class _Arrival:
    """A delivery with the digest and size of its file."""

    delivery: Delivery
    mapping: Mapping | None
    sha256: str
    size: int

    @property
    def identity(self) -> tuple[str, str, str | None]:
        return self.sha256, self.delivery.table, self.mapping.digest if self.mapping else None


@dataclass
class _Counts:
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    doubled: int = 0
    left_out: int = 0

    def add(self, checked: Checked) -> None:
        self.rows += checked.rows
        self.accepted += checked.accepted.num_rows
        self.rejected += checked.rejected
        self.doubled += checked.doubled


class _Yard:
    """The batches folder, held by one process at a time."""

    def __init__(self, home: Path, contracts: Contracts, personal_key: bytes, ingested_at: datetime) -> None:
        self._home = home
        self._contracts = contracts
        self._personal_key = personal_key
        self._tokens = Tokens(personal_key)
        self._ingested_at = naive_local(ingested_at) if ingested_at.tzinfo else ingested_at
        batches = list_batches(home)
        # A withdrawn file that comes again is a delivery of its own.
        standing = [batch for batch in batches if batch.withdrawn_at is None]
        self._known = {batch.identity: batch for batch in standing}
        self._newest: dict[tuple[str, str], Batch] = {}
        for batch in standing:
            self._note_newest(batch)
        taken = [batch.batch_no for batch in batches] + [int(folder.name) for folder in unfinished(home)]
        self._next = max(taken, default=0) + 1

    def _note_newest(self, batch: Batch) -> None:
        newest = self._newest.get((batch.source, batch.table))
        if newest is None or newest.delivered_at <= batch.delivered_at:
            self._newest[batch.source, batch.table] = batch

    def land(self, delivery: Delivery, progress: Progress) -> BatchReceipt:
        """Land one file under the next number. Raises FileProblem; then nothing has landed."""
        if delivery.table not in self._contracts:
            fault = Fault(f"没有名为“{delivery.table}”的表", "写合约中的表名，如 company")
            raise FileProblem(delivery.file, fault)
        mapping = load_mapping(delivery.mapping, self._contracts) if delivery.mapping else None
        sha256, size = _file_facts(delivery)
        earlier = self._known.get((sha256, delivery.table, mapping.digest if mapping else None))
        if earlier is not None:
            return BatchReceipt(delivery, earlier, is_earlier=True)
        arrival = _Arrival(delivery, mapping, sha256, size)
        try:
            batch = self._stage(arrival, progress, all_columns=False)
        except LateColumns:
            batch = self._stage(arrival, progress, all_columns=True)
        self._known[arrival.identity] = batch
        if batch.batch_no != self._next:
            return BatchReceipt(delivery, batch, is_earlier=True, same_content=True)
        self._note_newest(batch)
        self._next += 1
        return BatchReceipt(delivery, batch, is_earlier=False)

    def _stage(self, arrival: _Arrival, progress: Progress, *, all_columns: bool) -> Batch:
        """Write a batch beside the others and move it in; return an earlier one that says the same."""
        folder = self._home / "batches" / f"{STALE}{self._next:06d}"
        salt = salt_file(self._home, self._next)
        try:
            folder.mkdir()
            batch = self._fill(arrival, folder, salt, progress, all_columns)
            if (same := self._same_content(batch)) is not None:
                shutil.rmtree(folder)
                salt.unlink()
                return same
            write_through(folder / RECORD, batch.as_json().encode())
            sync(folder)
            folder.rename(batch_folder(self._home, self._next))
            sync(folder.parent)
        except BaseException as error:
            # Ctrl-C included: a batch is whole or it is not there.
            shutil.rmtree(folder, ignore_errors=True)
            salt.unlink(missing_ok=True)
            if isinstance(error, OSError):
                reason = _DISK_REASONS.get(error.errno or 0) or error.strerror or type(error).__name__
                raise TransientError(
                    f"写入“{arrival.delivery.file}”的批次失败（{reason}），没有留下半批；请检查磁盘空间与权限后重试"
                ) from error
            raise
        return batch

    def _same_content(self, batch: Batch) -> Batch | None:
        """Return the batch that says exactly the same, if it is the newest of its source and table.

        An older one is no reason to stay out: what was corrected meanwhile may be taken back so.
        """
        newest = self._newest.get((batch.source, batch.table))
        if newest is None or not batch.accepted or newest.delivered_at > batch.delivered_at:
            return None
        names = (
            "content",
            "regions",
            "organization_types",
            "identifier_scheme",
            "contract_digest",
            "asserted",
        )
        return newest if all(getattr(newest, name) == getattr(batch, name) for name in names) else None

    def _fill(
        self, arrival: _Arrival, folder: Path, salt: Path, progress: Progress, all_columns: bool
    ) -> Batch:
        delivery, form = arrival.delivery, arrival.mapping or Mapping(table=arrival.delivery.table)
        table = self._contracts[delivery.table]
        stream = stream_file(delivery.path, delivery.file, form.file_form, all_columns=all_columns)
        layout = plan_layout(delivery.file, stream.headers, table, arrival.mapping)
        known_at = _wall_time(delivery.delivered_at)
        checker = Checker(table, known_at.date())
        salt.parent.mkdir(mode=0o700, exist_ok=True)
        secret = os.urandom(SALT_BYTES)
        write_through(salt, secret, mode=0o600)
        vault = BatchVault(self._personal_key, secret)
        counts = _Counts()
        with BatchFiles(folder, fact_schema(table)) as files:
            for piece in stream.pieces:
                checked = checker.check(piece, layout.over(piece))
                facts, sealed = store_facts(
                    table, checked, known_at=known_at, batch_no=self._next, tokens=self._tokens, vault=vault
                )
                files.write(facts, checked.rejects, sealed)
                counts.add(checked)
                counts.left_out += len(piece.left_out)
                progress(f"已读 {counts.rows:,} 行", 0, 1)
        return self._record(arrival, stream, layout, checker, counts, files.digests())

    def _record(
        self, arrival: _Arrival, stream: RawStream, layout: Layout, checker: Checker, counts: _Counts,
        digests: dict[str, str],
    ) -> Batch:  # fmt: skip
        delivery = arrival.delivery
        return Batch(
            batch_no=self._next,
            source=delivery.source,
            table=delivery.table,
            file=delivery.file,
            format=stream.format,
            encoding=stream.encoding,
            sha256=arrival.sha256,
            bytes=arrival.size,
            mapping=arrival.mapping.digest if arrival.mapping else None,
            delivered_at=_wall_time(delivery.delivered_at),
            asserted=delivery.asserted,
            regions=delivery.covers.regions,
            organization_types=delivery.covers.organization_types,
            rows=counts.rows,
            accepted=counts.accepted,
            rejected=counts.rejected,
            doubled=counts.doubled,
            versions=checker.versions,
            identifier_scheme=layout.scheme,
            contract_digest=self._contracts.digest,
            ingested_at=self._ingested_at,
            columns=layout.headers,
            unread=layout.unread,
            digests=digests,
            content=self._tokens.token_of_content(checker.content),
            left_out=counts.left_out,
        )


def _wall_time(moment: datetime) -> datetime:
    return naive_local(moment) if moment.tzinfo else moment


def land(
    home: Path, delivery: Delivery, *, contracts: Contracts, personal_key: bytes, ingested_at: datetime,
    progress: Progress | None = None,
) -> BatchReceipt:  # fmt: skip
    """Land one file. `progress` hears (stage, done, of). Raises FileProblem; then nothing has landed.

    The same file for the same table with the same mapping is one batch, however often it comes.
    """
    with hold(home):
        yard = _Yard(home, contracts, personal_key, ingested_at)
        return yard.land(delivery, progress or _ignore_progress)


def land_all(
    home: Path, deliveries: Sequence[Delivery], *, contracts: Contracts, personal_key: bytes,
    ingested_at: datetime, progress: Progress | None = None,
) -> LandingReport:  # fmt: skip
    """Land many files in order; a bad file is reported and the rest goes on.

    `progress` hears (file, done, of). Interrupted, it leaves the whole batches landed so far.
    """
    tell = progress or _ignore_progress
    receipts, problems = [], []
    with hold(home):
        yard = _Yard(home, contracts, personal_key, ingested_at)
        for number, delivery in enumerate(deliveries):
            tell(delivery.file, number, len(deliveries))

            def within(what: str, done: int, total: int, at: int = number, file: str = delivery.file) -> None:
                tell(f"{file}：{what}", at, len(deliveries))

            try:
                receipts.append(yard.land(delivery, within))
            except FileProblem as problem:
                problems.append(problem)
            except (ValueError, ArithmeticError, pa.ArrowException) as error:
                # A value nobody foresaw must not keep the other files out.
                fix = "请核对文件内容；仍不明白时把本文件和这句话交给维护人员"
                problems.append(FileProblem(delivery.file, Fault(f"处理时出错（{error}）", fix)))
    tell("", len(deliveries), len(deliveries))
    return LandingReport(tuple(receipts), tuple(problems))
