"""Landing: a delivered file becomes one immutable batch, or nothing at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.contracts import Contracts
from lookout.hub.landing.batches import Batch, batch_folder, list_batches
from lookout.hub.landing.facts import store_facts
from lookout.hub.landing.vault import SALT_BYTES, BatchVault, Tokens, salt_file
from lookout.hub.quality import Checked, check
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import TransientError
from lookout.sources import (
    Delivery,
    Fault,
    FileProblem,
    Laid,
    Mapping,
    RawFile,
    lay_out,
    load_mapping,
    read_file,
)

Progress = Callable[[str, int, int], None]
_STALE = ".incoming-"
_STAGES = ("读取", "校验", "写入")


@dataclass(frozen=True)
class BatchReceipt:
    """What became of a delivery. `is_earlier`: the same file had landed before; `batch` is that one."""

    delivery: Delivery
    batch: Batch
    is_earlier: bool

    @property
    def sentence(self) -> str:
        """The receipt in one Chinese sentence."""
        batch = self.batch
        if self.is_earlier:
            return f"“{self.delivery.file}”与第 {batch.batch_no} 批（{batch.file}）是同一文件，不重复入库。"
        return (
            f"“{batch.file}”入库为第 {batch.batch_no} 批：共 {batch.rows} 行，接收 {batch.accepted} 行，"
            f"退回 {batch.rejected} 行，重复 {batch.doubled} 行。"
        )


@dataclass(frozen=True)
class LandingReport:
    """What became of many deliveries, in their order; files that did not land are in `problems`."""

    receipts: tuple[BatchReceipt, ...]
    problems: tuple[FileProblem, ...]


@dataclass(frozen=True)
class _Read:
    raw: RawFile
    laid: Laid
    checked: Checked


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _file_facts(delivery: Delivery) -> tuple[str, int]:
    """Return digest and size of a delivered file. Raises FileProblem when it cannot be read."""
    try:
        return _digest(delivery.path), delivery.path.stat().st_size
    except OSError as error:
        reason = error.strerror or str(error)
        fault = Fault(f"打不开（{reason}）", "检查文件是否存在、路径与读取权限是否正确")
        raise FileProblem(delivery.file, fault) from error


def _ignore_progress(what: str, done: int, total: int) -> None:
    pass


class _Yard:
    """The batches folder, held by one process at a time."""

    def __init__(self, home: Path, contracts: Contracts, personal_key: bytes, ingested_at: datetime) -> None:
        self._home = home
        self._contracts = contracts
        self._personal_key = personal_key
        self._tokens = Tokens(personal_key)
        self._ingested_at = naive_local(ingested_at) if ingested_at.tzinfo else ingested_at
        batches = list_batches(home)
        self._known = {batch.identity: batch for batch in batches}
        self._next = max((batch.batch_no for batch in batches), default=0) + 1

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
        read = self._read(delivery, mapping, progress)
        progress(_STAGES[2], 2, len(_STAGES))
        batch = self._write(delivery, mapping, read, sha256, size)
        self._known[batch.identity] = batch
        self._next += 1
        progress("完成", len(_STAGES), len(_STAGES))
        return BatchReceipt(delivery, batch, is_earlier=False)

    def _read(self, delivery: Delivery, mapping: Mapping | None, progress: Progress) -> _Read:
        progress(_STAGES[0], 0, len(_STAGES))
        form = mapping or Mapping(table=delivery.table)
        raw = read_file(
            delivery.path, delivery.file, encoding=form.encoding, sheet=form.sheet, header_row=form.header_row
        )
        laid = lay_out(delivery.file, raw, self._contracts[delivery.table], mapping)
        progress(_STAGES[1], 1, len(_STAGES))
        return _Read(raw, laid, check(raw, laid, delivered_on=_wall_time(delivery.delivered_at).date()))

    def _write(
        self, delivery: Delivery, mapping: Mapping | None, read: _Read, sha256: str, size: int
    ) -> Batch:
        folder = self._home / "batches" / f"{_STALE}{self._next:06d}"
        salt = salt_file(self._home, self._next)
        try:
            folder.mkdir()
            digests = self._write_tables(delivery, read, folder, salt)
            batch = self._record(delivery, mapping, read, sha256, size, digests)
            _write_through(folder / "batch.json", batch.as_json().encode())
            folder.rename(batch_folder(self._home, self._next))
        except BaseException as error:
            # Ctrl-C included: a batch is whole or it is not there.
            shutil.rmtree(folder, ignore_errors=True)
            salt.unlink(missing_ok=True)
            if isinstance(error, OSError):
                reason = error.strerror or str(error)
                raise TransientError(
                    f"写入“{delivery.file}”的批次失败（{reason}），没有留下半批；请检查磁盘空间与权限后重试"
                ) from error
            raise
        return batch

    def _write_tables(self, delivery: Delivery, read: _Read, folder: Path, salt: Path) -> dict[str, str]:
        salt.parent.mkdir(mode=0o700, exist_ok=True)
        secret = os.urandom(SALT_BYTES)
        _write_through(salt, secret, mode=0o600)
        facts, vault = store_facts(
            read.laid.table,
            read.checked,
            known_at=_wall_time(delivery.delivered_at),
            batch_no=self._next,
            tokens=self._tokens,
            vault=BatchVault(self._personal_key, secret),
        )
        written: dict[str, pa.Table] = {"facts": facts, "rejects": read.checked.rejects, "vault": vault}
        digests = {}
        for name, table in written.items():
            file = folder / f"{name}.parquet"
            pq.write_table(table, file, compression="zstd")
            _sync(file)
            digests[file.name] = _digest(file)
        return digests

    def _record(
        self, delivery: Delivery, mapping: Mapping | None, read: _Read, sha256: str, size: int,
        digests: dict[str, str],
    ) -> Batch:  # fmt: skip
        checked, laid = read.checked, read.laid
        used = {header for headers in laid.headers.values() for header in headers}
        used |= {mapping.subject} if mapping and mapping.subject else set()
        return Batch(
            batch_no=self._next,
            source=delivery.source,
            table=delivery.table,
            file=delivery.file,
            format=read.raw.format,
            encoding=read.raw.encoding,
            sha256=sha256,
            bytes=size,
            mapping=mapping.digest if mapping else None,
            delivered_at=_wall_time(delivery.delivered_at),
            asserted=delivery.asserted,
            regions=delivery.covers.regions,
            organization_types=delivery.covers.organization_types,
            rows=checked.rows,
            accepted=checked.accepted.num_rows,
            rejected=checked.rejected,
            doubled=checked.doubled,
            versions=checked.versions,
            identifier_scheme=laid.scheme,
            contract_digest=self._contracts.digest,
            ingested_at=self._ingested_at,
            columns=laid.headers,
            unread=tuple(header for header in read.raw.headers if header not in used),
            digests=digests,
        )


def _wall_time(moment: datetime) -> datetime:
    return naive_local(moment) if moment.tzinfo else moment


def _sync(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())


def _write_through(file: Path, data: bytes, mode: int = 0o644) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


@contextmanager
def _hold(home: Path) -> Iterator[IO[str]]:
    """Hold the landing lock; what a killed landing left behind is cleared away."""
    batches = home / "batches"
    batches.mkdir(parents=True, exist_ok=True)
    with (batches / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for stale in batches.glob(f"{_STALE}*"):
            shutil.rmtree(stale)
        yield lock


def land(
    home: Path, delivery: Delivery, *, contracts: Contracts, personal_key: bytes, ingested_at: datetime,
    progress: Progress | None = None,
) -> BatchReceipt:  # fmt: skip
    """Land one file. `progress` hears (stage, done, of). Raises FileProblem; then nothing has landed.

    The same file for the same table with the same mapping is one batch, however often it comes.
    """
    with _hold(home):
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
    with _hold(home):
        yard = _Yard(home, contracts, personal_key, ingested_at)
        for number, delivery in enumerate(deliveries):
            tell(delivery.file, number, len(deliveries))
            try:
                receipts.append(yard.land(delivery, _ignore_progress))
            except FileProblem as problem:
                problems.append(problem)
            except (ValueError, ArithmeticError, pa.ArrowException) as error:
                # A value nobody foresaw must not keep the other files out.
                fix = "请核对文件内容；仍不明白时把本文件和这句话交给维护人员"
                problems.append(FileProblem(delivery.file, Fault(f"处理时出错（{error}）", fix)))
    tell("", len(deliveries), len(deliveries))
    return LandingReport(tuple(receipts), tuple(problems))
