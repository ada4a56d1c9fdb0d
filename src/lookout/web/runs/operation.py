"""How the installation fares: what an operator looks at in the morning, in words and as figures."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from django.conf import settings

from lookout.config import read_layout
from lookout.hub.reading import NothingPublishedError
from lookout.hub.reading.connections import Standing, connections
from lookout.pipeline.live import live_state
from lookout.web import published

OLDEST_RUN_HOURS = 36  # a night was missed
LEAST_FREE_SHARE = 0.1
NEWEST_BATCHES = 200
LIBRARIES = ("duckdb", "pyarrow", "Django", "waitress")


@dataclass(frozen=True)
class LastRun:
    """The current run; `age_hours` since it was finished."""

    run_id: str
    as_of: datetime
    finished_at: datetime
    age_hours: float
    is_late: bool


@dataclass(frozen=True)
class Disk:
    """The disk of the data folder, in bytes."""

    free: int
    total: int
    is_short: bool

    @property
    def free_share(self) -> float:
        """The free part of it, 0 to 1."""
        return self.free / self.total


@dataclass(frozen=True)
class Queue:
    """Events between two runs. `has_worker` is None where the system does not tell."""

    has_worker: bool | None
    waiting: int
    set_aside: int

    @property
    def is_stuck(self) -> bool:
        """Whether somebody has to look: events wait and nobody takes them, or some were given up."""
        return bool(self.set_aside) or (bool(self.waiting) and self.has_worker is False)


@dataclass(frozen=True)
class Operation:
    """The state of an installation. `last_run` is None before the first; tables are (code, name)."""

    last_run: LastRun | None
    queue: Queue
    disk: Disk
    batches: int
    refused: tuple[tuple[int, str, int], ...]  # batch number, file, refused rows; of the newest batches
    stale_tables: tuple[tuple[str, str], ...]
    silent_tables: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    connections: tuple[Standing, ...] = ()

    @property
    def troubled(self) -> tuple[Standing, ...]:
        """The connections that somebody has to look at."""
        return tuple(one for one in self.connections if not one.is_well)

    @property
    def is_well(self) -> bool:
        """Whether nothing needs an operator now; refused rows and tables out of date are their senders' matter."""
        late = self.last_run is None or self.last_run.is_late
        return not (late or self.queue.is_stuck or self.disk.is_short or self.troubled)

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON for a monitoring system."""
        return {"is_well": self.is_well, **asdict(self)}


def read_operation(now: datetime) -> Operation:
    """Return the state as of an instant in Shanghai wall time."""
    reader = published.reader()
    found, total = reader.batches(limit=NEWEST_BATCHES)
    states = _tables()
    return Operation(
        last_run=_last_run(now),
        queue=_queue(),
        disk=_disk(),
        batches=total,
        refused=tuple((batch.batch_no, batch.file, batch.rejected) for batch in found if batch.rejected),
        stale_tables=states.get("stale", ()),
        silent_tables=states.get("never", ()),
        versions=_versions(),
        connections=connections(settings.LOOKOUT_HOME, now),
    )


def _last_run(now: datetime) -> LastRun | None:
    run = published.reader().current()
    if run is None:
        return None
    age = (now - run.finished_at).total_seconds() / 3600
    return LastRun(run.run_id, run.as_of, run.finished_at, round(age, 1), age > OLDEST_RUN_HOURS)


def _queue() -> Queue:
    state = live_state(settings.LOOKOUT_HOME, settings.LOOKOUT.live_database)
    return Queue(state.has_worker, state.waiting, state.set_aside)


def _disk() -> Disk:
    usage = shutil.disk_usage(settings.LOOKOUT_HOME)
    return Disk(usage.free, usage.total, usage.free < usage.total * LEAST_FREE_SHARE)


def _tables() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the tables by state; before the first run none has any."""
    try:
        tables = published.reader().tables()
    except NothingPublishedError:
        return {}
    by_state: dict[str, list[tuple[str, str]]] = {}
    for table in sorted(tables, key=lambda table: table.table):
        by_state.setdefault(table.state, []).append((table.table, table.name))
    return {state: tuple(found) for state, found in by_state.items()}


def _versions() -> tuple[tuple[str, str], ...]:
    layout = str(read_layout(settings.LOOKOUT_HOME))
    libraries = tuple((name, version(name)) for name in LIBRARIES)
    database = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    own = (("Lookout", version("lookout")), ("layout", layout), ("Python", platform.python_version()))
    return (*own, *libraries, ("SQLite", sqlite3.sqlite_version), ("database", database))
