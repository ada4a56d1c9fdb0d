"""How the connections of an installation stand: a small file beside each, written after every round."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lookout.kernel.errors import DataError
from lookout.kernel.inbox import write_whole
from lookout.sources.connectors.form import Connection

FOLDER, STATES = "connections", "state"
_MOST_OUTCOMES = 20
_TIMES = ("success", "new_data", "next_try")


@dataclass
class State:
    """How a connection stands; times are Shanghai wall times, None for never.

    `success`: the last round that ran to its end; `new_data`: when rows came that were not there before.
    `attempts`: failures in a row; `outcomes`: the last files, newest last.
    """

    success: datetime | None = None
    new_data: datetime | None = None
    attempts: int = 0
    next_try: datetime | None = None
    problem: str = ""
    has_more: bool = False
    cursor: dict[str, Any] = field(default_factory=dict)
    outcomes: list[dict[str, Any]] = field(default_factory=list)

    def note(self, outcome: dict[str, Any]) -> None:
        """Keep what became of a file."""
        self.outcomes = [*self.outcomes, outcome][-_MOST_OUTCOMES:]


def connection_file(home: Path, name: str) -> Path:
    """Return where a connection is declared."""
    return home / FOLDER / f"{name}.yaml"


def state_file(home: Path, name: str) -> Path:
    """Return where a connection's state lies."""
    return home / FOLDER / STATES / f"{name}.json"


def read_state(home: Path, name: str) -> State:
    """Return how a connection stands. Raises DataError when its state cannot be read."""
    file = state_file(home, name)
    try:
        content = json.loads(file.read_text("utf-8"))
        for time in _TIMES:
            content[time] = datetime.fromisoformat(content[time]) if content[time] else None
        return State(**content)
    except FileNotFoundError:
        return State()
    except (ValueError, TypeError, KeyError) as error:
        what = f"连接“{name}”的状态 {file} 损坏；删去它即从头读取，已入库的文件不会重复入库"
        raise DataError(what) from error


def write_state(home: Path, name: str, state: State) -> None:
    """Save how a connection stands, whole or not at all."""
    content = {**state.__dict__}
    for time in _TIMES:
        moment = content[time]
        content[time] = moment.isoformat() if moment else None
    write_whole(state_file(home, name), content)


def names(home: Path) -> list[str]:
    """Return the names of all connections."""
    files = (home / FOLDER).glob("*.yaml")
    return sorted(file.stem for file in files if not file.name.endswith(".mapping.yaml"))


def silent_days(connection: Connection, state: State, now: datetime) -> int | None:
    """Return for how many days an expected source has sent nothing new, None while it is in time."""
    if not connection.expect_every_days:
        return None
    waited = now - (state.new_data or connection.added_at)
    return waited.days if waited > timedelta(days=connection.expect_every_days) else None
