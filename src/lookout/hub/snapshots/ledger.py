"""The ledger of published runs: their records, and the pointer to the current one.

A damaged pointer or record never hides the runs that are whole: readers fall back to the newest of
those, the doctor names what is damaged, and the next run writes it anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from lookout.hub.facts import TableFiles

POINTER = "current.json"
SNAPSHOTS = "snapshots"
RECORD = "run.json"
REPLACED = ".replaced-"  # the older folder of a run made again, until the new one has its name
RUN_ID = re.compile(r"\d{8}-[0-9a-f]{8}")
DAMAGED = (ValueError, KeyError, TypeError)  # what reading a torn JSON text or an incomplete record raises


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
    facts: Mapping[str, TableFiles]  # by table: what the run read
    register: str
    catalogue_digest: str
    profile: str
    figures: Mapping[str, Any]
    stages: tuple[tuple[str, float], ...]  # Chinese name, seconds
    known_at: datetime | None = None  # of a hindsight: until when what was learned counts
    engine: str = "duckdb"  # what computed it; the result is the same

    def as_json(self) -> str:
        """Return the record's text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, default=_plain)

    @classmethod
    def from_json(cls, text: str) -> RunRecord:
        """Read a record's text. Raises one of DAMAGED when it is torn."""
        raw = json.loads(text)
        for name in ("as_of", "started_at", "finished_at", "known_at"):
            if raw.get(name) is not None:
                raw[name] = datetime.fromisoformat(raw[name])
        raw["batches"] = tuple(raw["batches"])
        raw["facts"] = {name: TableFiles.of(files) for name, files in raw["facts"].items()}
        raw["stages"] = tuple((stage, seconds) for stage, seconds in raw["stages"])
        return cls(**raw)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a run record")


def snapshot_folder(home: Path, run_id: str) -> Path:
    """Return the folder of a published run."""
    folder = home / SNAPSHOTS / run_id
    aside = home / SNAPSHOTS / f"{REPLACED}{run_id}"
    # Between two renames of a run made again, or after a death there, the older folder still stands aside.
    return aside if not folder.exists() and aside.exists() else folder


def list_runs(home: Path) -> list[RunRecord]:
    """Return the kept runs, newest `as_of` first; a run whose record is damaged is left out."""
    found = (_read_record(folder / RECORD) for folder in run_folders(home))
    runs = [record for record in found if record is not None]
    return sorted(runs, key=lambda run: (run.as_of, run.finished_at, run.run_id), reverse=True)


def find_run(home: Path, run_id: str) -> RunRecord | None:
    """Return a kept run; None when it is unknown, has been pruned, or its record is damaged."""
    return _read_record(snapshot_folder(home, run_id) / RECORD) if run_id else None


def run_folders(home: Path) -> list[Path]:
    """Return the folders of published runs, whole or not, by run number."""
    root = home / SNAPSHOTS
    names = {path.name.removeprefix(REPLACED) for path in root.glob("*")}
    return [snapshot_folder(home, name) for name in sorted(names) if not name.startswith(".")]


def run_of(folder: Path) -> str:
    """Return the run number of a published run's folder."""
    return folder.name.removeprefix(REPLACED)


def _read_record(file: Path) -> RunRecord | None:
    try:
        stat = file.stat()
        return _parsed(file, (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    except (FileNotFoundError, NotADirectoryError):  # never made, or pruned since it was listed
        return None
    except DAMAGED:
        return None


@lru_cache(maxsize=64)
def _parsed(file: Path, written: tuple[int, ...]) -> RunRecord:
    """Read a record once: a page asks for it a dozen times; `written` tells apart what was written anew."""
    return RunRecord.from_json(file.read_text("utf-8"))


def pointed_run_id(home: Path) -> str | None:
    """Return what the pointer says, right or wrong; None when it is absent or damaged."""
    try:
        return str(json.loads((home / POINTER).read_text("utf-8"))["run_id"])
    except FileNotFoundError:
        return None
    except DAMAGED:
        return None


def current_run_id(home: Path) -> str | None:
    """Return the run the pointer names, or None before the first.

    When pointer or record is damaged it is the newest whole run.
    """
    named = pointed_run_id(home)
    if named and find_run(home, named):
        return named
    whole = list_runs(home)
    return whole[0].run_id if whole else None


def previous_run(home: Path, as_of: datetime) -> RunRecord | None:
    """Return the newest kept run of an earlier day: only distinct dates count."""
    earlier = [run for run in list_runs(home) if run.as_of.date() < as_of.date()]
    return earlier[0] if earlier else None
