"""Publish a finished run: rename its folder into place, swap the pointer, keep the last N.

Every step leaves the last good run readable, and what a death between two steps leaves behind is
put right by the next run. A reader holds on to the folder it opened.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection
from pathlib import Path

from lookout.hub.facts import Facts, named_files, swap_text
from lookout.hub.snapshots.digests import write_digests
from lookout.hub.snapshots.ledger import (
    DAMAGED,
    POINTER,
    RECORD,
    REPLACED,
    RUN_ID,
    SNAPSHOTS,
    RunRecord,
    current_run_id,
    find_run,
    list_runs,
    run_folders,
    run_of,
)
from lookout.kernel.durable import sync

WORKING = ".working-"


def working_folder(home: Path, run_id: str) -> Path:
    """Make the empty folder a run writes into, and remove what dead runs left. Call under the run lock."""
    discard_working(home)
    folder = home / SNAPSHOTS / f"{WORKING}{run_id}"
    folder.mkdir(parents=True)
    return folder


def discard_working(home: Path) -> None:
    """Remove what unfinished runs and folds wrote: a full disk has its room back. Call under the run lock."""
    root = home / SNAPSHOTS
    for aside in root.glob(f"{REPLACED}*"):
        published = root / aside.name.removeprefix(REPLACED)
        if published.exists():
            shutil.rmtree(aside)
        else:  # died before the new folder took the name: the older one has it back
            aside.replace(published)
    for left in root.glob(f"{WORKING}*"):
        shutil.rmtree(left)
    for pattern in ("*.tmp", "facts/*.tmp", "facts/*/*.tmp", "linkage/**/*.tmp"):
        for left in home.glob(pattern):
            left.unlink()


def publish(home: Path, folder: Path, record: RunRecord, *, keep: int) -> None:
    """Make a finished run visible. An older `as_of` than the current one's does not move the pointer."""
    write_digests(home, folder, record)
    (folder / RECORD).write_text(record.as_json(), "utf-8")
    _write_through(folder)
    root = home / SNAPSHOTS
    final, aside = root / record.run_id, root / f"{REPLACED}{record.run_id}"
    current = find_run(home, current_run_id(home) or "")
    if final.exists():  # the same run again: the old folder steps aside before the new one takes its name
        final.replace(aside)
    folder.replace(final)
    sync(root)
    if current is None or current.as_of <= record.as_of:
        swap_text(home / POINTER, json.dumps({"run_id": record.run_id}))
        sync(home)
    if aside.exists():
        shutil.rmtree(aside)
    _prune(home, keep, {record.run_id, current_run_id(home) or ""})


def _write_through(folder: Path) -> None:
    """Have every file of a folder on the disk before anything points to it: the power may fail, too."""
    for file in folder.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    sync(folder)


def _prune(home: Path, keep: int, spared: Collection[str]) -> None:
    """Remove the oldest snapshots beyond `keep`, overlays and fold generations no kept run names."""
    for run in list_runs(home)[keep:]:
        if run.run_id not in spared:
            _remove_run(home, run.run_id)
    if any(find_run(home, run_of(folder)) is None for folder in run_folders(home)):
        return  # a damaged record does not say which facts it needs: they stay until it is mended
    kept = {run.run_id for run in list_runs(home)}
    for overlay in (home / "live").glob("*"):
        if overlay.is_dir() and RUN_ID.fullmatch(overlay.name) and overlay.name not in kept:
            shutil.rmtree(overlay)
    named = _named_facts(home)
    for file in (home / "facts").glob("*/*.parquet"):
        if str(file.relative_to(home)) not in named:
            file.unlink()


def _remove_run(home: Path, run_id: str) -> None:
    """Take a run out of sight whole, then remove it: a death in between leaves no half of it."""
    published = home / SNAPSHOTS / run_id
    unseen = home / SNAPSHOTS / f"{WORKING}pruned-{run_id}"
    published.replace(unseen)
    shutil.rmtree(unseen)


def _named_facts(home: Path) -> set[str]:
    """Return the files of facts that the newest fold, a kept run or an overlay reads."""
    named = set(Facts.read(home).files)
    records = list_runs(home)
    for file in (home / "live").glob("*/*/run.json"):
        try:
            records.append(RunRecord.from_json(file.read_text("utf-8")))
        except DAMAGED:  # an overlay that cannot be read is not read
            continue
    for record in records:
        named |= {record.register, *named_files(record.facts.values())}
    return named
