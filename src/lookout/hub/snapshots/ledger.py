"""Publish a finished run: rename its folder into place, swap the pointer, keep the last N.

A reader holds on to the folder it opened; a run that dies leaves only a working folder, which the
next run removes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lookout.hub.facts import swap_text

POINTER = "current.json"
SNAPSHOTS = "snapshots"
WORKING = ".working-"


@dataclass(frozen=True)
class RunRecord:
    """One published run, with all it needs to be run again. Instants are Shanghai wall time."""

    run_id: str
    as_of: datetime
    started_at: datetime
    finished_at: datetime
    previous_run_id: str | None
    batches: tuple[int, ...]
    generation: int
    facts: Mapping[str, str]  # table → file under HOME that the run read
    register: str
    catalogue_digest: str
    profile: str
    figures: Mapping[str, Any]
    stages: tuple[tuple[str, float], ...]  # Chinese name, seconds

    def as_json(self) -> str:
        """Return the record's text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, default=_plain)

    @classmethod
    def from_json(cls, text: str) -> RunRecord:
        """Read a record's text."""
        raw = json.loads(text)
        for name in ("as_of", "started_at", "finished_at"):
            raw[name] = datetime.fromisoformat(raw[name])
        raw["batches"] = tuple(raw["batches"])
        raw["stages"] = tuple((stage, seconds) for stage, seconds in raw["stages"])
        return cls(**raw)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a run record")


def snapshot_folder(home: Path, run_id: str) -> Path:
    """Return the folder of a published run."""
    return home / SNAPSHOTS / run_id


def working_folder(home: Path, run_id: str) -> Path:
    """Make the empty folder a run writes into, and remove what dead runs left. Call under the run lock."""
    discard_working(home)
    folder = home / SNAPSHOTS / f"{WORKING}{run_id}"
    folder.mkdir(parents=True)
    return folder


def discard_working(home: Path) -> None:
    """Remove what unfinished runs wrote: a full disk has its room back. Call under the run lock."""
    for left in (home / SNAPSHOTS).glob(f"{WORKING}*"):
        shutil.rmtree(left)


def list_runs(home: Path) -> list[RunRecord]:
    """Return the kept runs, newest `as_of` first."""
    files = (home / SNAPSHOTS).glob("[!.]*/run.json")
    runs = [RunRecord.from_json(file.read_text("utf-8")) for file in files]
    return sorted(runs, key=lambda run: (run.as_of, run.finished_at, run.run_id), reverse=True)


def find_run(home: Path, run_id: str) -> RunRecord | None:
    """Return a kept run, or None."""
    file = snapshot_folder(home, run_id) / "run.json"
    return RunRecord.from_json(file.read_text("utf-8")) if file.exists() else None


def current_run_id(home: Path) -> str | None:
    """Return the run the pointer names, or None before the first."""
    file = home / POINTER
    return str(json.loads(file.read_text("utf-8"))["run_id"]) if file.exists() else None


def previous_run(home: Path, as_of: datetime) -> RunRecord | None:
    """Return the newest kept run of an earlier day: only distinct dates count (DESIGN §8.6)."""
    earlier = [run for run in list_runs(home) if run.as_of.date() < as_of.date()]
    return earlier[0] if earlier else None


def publish(home: Path, folder: Path, record: RunRecord, *, keep: int) -> None:
    """Make a finished run visible. An older `as_of` than the current one's does not move the pointer."""
    (folder / "run.json").write_text(record.as_json(), "utf-8")
    final = snapshot_folder(home, record.run_id)
    if final.exists():  # the same run again: the old folder steps aside before the new one takes its name
        final.replace(folder.with_name(f"{folder.name}-old"))
    folder.replace(final)
    current = find_run(home, current_run_id(home) or "")
    if current is None or current.as_of <= record.as_of:
        swap_text(home / POINTER, json.dumps({"run_id": record.run_id}))
    _prune(home, keep, {record.run_id, current_run_id(home) or ""})


def _prune(home: Path, keep: int, spared: Collection[str]) -> None:
    """Remove the oldest snapshots beyond `keep`, overlays and fold generations no kept run names."""
    for run in list_runs(home)[keep:]:
        if run.run_id not in spared:
            shutil.rmtree(snapshot_folder(home, run.run_id))
    kept = {run.run_id for run in list_runs(home)}
    for overlay in (home / "live").glob("*"):
        if overlay.name not in kept:
            shutil.rmtree(overlay)
    manifest = json.loads((home / "facts/manifest.json").read_text("utf-8"))
    named = {manifest["register"], *manifest["tables"].values()}
    for run in list_runs(home):
        named |= {run.register, *run.facts.values()}
    for file in (home / "live").glob("*/*/run.json"):
        overlay_record = RunRecord.from_json(file.read_text("utf-8"))
        named |= {overlay_record.register, *overlay_record.facts.values()}
    for file in (home / "facts").glob("*/*.parquet"):
        if str(file.relative_to(home)) not in named:
            file.unlink()
