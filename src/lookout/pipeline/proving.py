"""What landed and what was published enters the log: batches, their withdrawals, runs and their results.

An entry seals the record, and the record holds the digests of all its files: `batch.json` those of the
batch, `digests.json` those of a run's results and of the facts it read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lookout.hub.landing import batch_folder, read_batch, read_withdrawal, unfinished
from lookout.hub.snapshots import run_folders, run_of
from lookout.kernel.errors import DataError, LookoutError
from lookout.proof import Entry, check_heads, open_heads, open_log, sha256_hex, sm3_hex

logger = logging.getLogger(__name__)

BATCH, WITHDRAWAL, RUN, RESULTS = "batch", "withdrawal", "run", "run_results"
FINAL = (BATCH, WITHDRAWAL)  # records that are written once; a run made again has new ones
OURSELVES = "lookout"  # who withdrew a batch may be a person's name, which the log does not hold


@dataclass(frozen=True)
class Record:
    """A file that enters the log, and whose it is."""

    kind: str
    number: str
    by: str
    file: Path

    def entry(self, at: datetime) -> Entry:
        """Return what enters."""
        content = self.file.read_bytes()
        return Entry(self.kind, self.number, sha256_hex(content), sm3_hex(content), at, self.by)


@dataclass(frozen=True)
class Entered:
    """How many entries were added, and which records are not what they were when they entered."""

    added: int
    changed: tuple[str, ...]


def enter_missing(home: Path, clock: Callable[[], datetime]) -> Entered:
    """Enter every batch, withdrawal and run that is not in the log yet; do it again as often as you like.

    A batch whose record was changed since it entered is not entered again but named.
    """
    return _enter(home, [*_batches(home), *_runs(home)], clock())


def enter_batches(home: Path, numbers: Iterable[int], at: datetime) -> Entered:
    """Enter some batches."""
    return _enter(home, [_batch(batch_folder(home, number)) for number in sorted(set(numbers))], at)


def entered_or_told(enter: Callable[[], Entered]) -> None:
    """Enter what has just been done; when the log cannot take it, tell the operator and go on.

    Landing and rating are done by then; the next run, tick or `lookout proof enter` makes up for it.
    """
    try:
        entered = enter()
    except (LookoutError, OSError):
        logger.exception("the log did not take what was done; it is entered later")
        return
    for what in entered.changed:
        logger.error("not entered in the log: %s", what)


def log_faults(home: Path, *, deep: bool = False) -> Iterator[str]:
    """Yield what is wrong with the log: damage, a cut-off end, and, when `deep`, every entry and every record."""
    log, heads = open_log(home), open_heads(home)
    try:
        if deep:
            findings = [*log.check(), *check_heads(log, heads)]
            yield from (f"存证日志：{finding}" for finding in findings)
            yield from _changed(home)
            return
        log.peaks()
        newest = heads.newest()
        if newest and (newest.head.size > log.size or log.root(newest.head.size) != newest.head.root):
            yield (
                f"存证日志与最近的签名头（{newest.head.at:%Y-%m-%d %H:%M}，{newest.head.size:,} 条）不符：被截短或改动；"
                "请运行 lookout proof check，并从备份恢复 proof/log"
            )
    except DataError as error:
        yield str(error)


def _enter(home: Path, records: list[Record], at: datetime) -> Entered:
    log = open_log(home)
    known = log.find_all((record.kind, record.number) for record in records)
    fresh, changed = [], []
    for record, indices in zip(records, known, strict=True):
        entry = record.entry(at)
        if record.kind not in FINAL or not indices:
            fresh.append(entry)
        elif entry.sha256 not in {log.entry(index).sha256 for index in indices}:
            changed.append(_sentence(record))
    before = log.size
    if fresh:
        log.append_once(fresh)
    return Entered(log.size - before, tuple(changed))


def _changed(home: Path) -> Iterator[str]:
    log = open_log(home)
    records = [*_batches(home), *_runs(home)]
    for record, indices in zip(
        records, log.find_all((record.kind, record.number) for record in records), strict=True
    ):
        digests = {log.entry(index).sha256 for index in indices}
        if digests and sha256_hex(record.file.read_bytes()) not in digests:
            yield _sentence(record)


def _sentence(record: Record) -> str:
    return f"{record.file}：与进入存证日志时不同，被改动过；请从备份恢复这个文件"


def _batches(home: Path) -> Iterator[Record]:
    broken = set(unfinished(home))
    for folder in sorted((home / "batches").glob("[0-9]" * 6)):
        if folder in broken:
            continue
        try:
            yield _batch(folder)
            withdrawal = read_withdrawal(folder)
        except DataError:  # the doctor names it
            continue
        if withdrawal is not None:
            yield Record(WITHDRAWAL, folder.name, OURSELVES, folder / "withdrawal.json")


def _batch(folder: Path) -> Record:
    return Record(BATCH, folder.name, read_batch(folder).source, folder / "batch.json")


def _runs(home: Path) -> Iterator[Record]:
    for folder in run_folders(home):
        for kind, name in ((RUN, "run.json"), (RESULTS, "digests.json")):
            if (folder / name).is_file():
                yield Record(kind, run_of(folder), OURSELVES, folder / name)
