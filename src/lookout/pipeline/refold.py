"""Fold again from the batches what is damaged or lost of the facts: the same files, bit for bit."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Iterable
from pathlib import Path

from lookout.hub.facts import MANIFEST, Facts, fold, named_files, swap_text
from lookout.hub.landing import Batch, list_batches
from lookout.hub.snapshots import DAMAGED, RunRecord, list_runs, renew_digests
from lookout.hub.store import DuckDBStore
from lookout.kernel.errors import DataError
from lookout.pipeline.evaluation import shipped
from lookout.pipeline.locking import run_lock
from lookout.pipeline.progress import Progress, Stages, silent

STAGING = ".refold"
_MAGIC = b"PAR1"  # how every whole Parquet file begins and ends


def refold(
    home: Path, *, memory_limit: str = "", spill: Path | None = None, progress: Progress = silent
) -> list[str]:
    """Make all files of facts that a kept run or the newest fold names again; return those that were not right.

    Batches are only read. Raises DataError when there are none, TransientError when a run is going on.
    """
    with run_lock(home):
        stages = Stages(progress)
        with stages.stage("从批次重新归并"):
            return refold_locked(home, memory_limit, spill, stages)


def facts_are_whole(home: Path) -> bool:
    """Tell whether the manifest is readable and each file it names begins and ends as it should.

    This costs two small reads a table; damage in the middle of a file is found by its digest.
    """
    facts = _read_manifest(home)
    if facts is None:
        return False
    return all(_is_bracketed(home / file) for file in facts.files)


def refold_locked(home: Path, memory_limit: str, spill: Path | None, stages: Stages) -> list[str]:
    """Do as `refold` says. Call under the run lock."""
    batches = list_batches(home)
    if not batches:
        raise DataError("还没有任何批次，没有可归并的；请先运行 lookout ingest 导入，或从备份恢复 batches")
    staging = home / STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        (staging / "batches").symlink_to(Path("..") / "batches")
        newest = _read_manifest(home)
        folded = set(newest.batches) if newest and newest.generation else {b.batch_no for b in batches}
        named = _named_files(home, newest)
        steps = {
            *(newest.folds if newest else ()),
            *(int(Path(file).name.partition(".")[0]) for file in named),
        }
        _replay(staging, [b for b in batches if b.batch_no in folded], steps, memory_limit, spill, stages)
        made = Facts.read(staging)
        mended = _take_over(home, staging, {*named, *made.files})
        renew_digests(home, mended)
        return mended
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _replay(
    staging: Path,
    batches: list[Batch],
    steps: Iterable[int],
    memory_limit: str,
    spill: Path | None,
    stages: Stages,
) -> None:
    """Fold up to each generation there was, so that all files come out as they were."""
    last = max(batch.batch_no for batch in batches)
    for generation in sorted({*steps, last}):
        upto = [batch for batch in batches if batch.batch_no <= generation]
        store = DuckDBStore(spill=spill, memory_limit=memory_limit)
        try:
            fold(store, staging, upto, shipped().contracts, stages.step)
        finally:
            store.close()


def _take_over(home: Path, staging: Path, wanted: set[str]) -> list[str]:
    """Replace what differs. A file right already is left alone, so that a death in between does no harm."""
    mended = []
    for name in sorted(wanted):
        made, kept = staging / name, home / name
        if not made.exists() or (kept.exists() and filecmp.cmp(made, kept, shallow=False)):
            continue
        kept.parent.mkdir(parents=True, exist_ok=True)
        made.replace(kept)
        mended.append(name)
    manifest = (staging / MANIFEST).read_text("utf-8")
    if not (home / MANIFEST).exists() or (home / MANIFEST).read_bytes() != manifest.encode():
        swap_text(home / MANIFEST, manifest)
        mended.append(MANIFEST)
    return mended


def _read_manifest(home: Path) -> Facts | None:
    """Return the manifest; None when it is damaged, or lost while there are facts or runs that read some."""
    try:
        facts = Facts.read(home)
    except (*DAMAGED, DataError):
        return None
    if facts.generation:
        return facts
    is_lost = any((home / "facts").glob("*/*.parquet")) or bool(named_by_records(home))
    return None if is_lost else facts


def _named_files(home: Path, newest: Facts | None) -> set[str]:
    """Return every file of facts the manifest, a kept run or an overlay names."""
    named = {*(newest.files if newest else ()), *named_by_records(home)}
    if newest is None:  # what lies on the disk tells how the lost manifest was cut into generations
        named |= {str(file.relative_to(home)) for file in (home / "facts").glob("*/*.parquet")}
    return named


def named_by_records(home: Path) -> set[str]:
    """Return the files of facts that kept runs and overlays read."""
    records = list_runs(home)
    for file in (home / "live").glob("*/*/run.json"):
        try:
            records.append(RunRecord.from_json(file.read_text("utf-8")))
        except DAMAGED:
            continue
    return {
        name for record in records for name in (record.register, *named_files(record.facts.values())) if name
    }


def _is_bracketed(file: Path) -> bool:
    try:
        with file.open("rb") as handle:
            begins = handle.read(4) == _MAGIC
            handle.seek(-4, 2)
            return begins and handle.read(4) == _MAGIC
    except OSError:  # missing, or shorter than four bytes
        return False
