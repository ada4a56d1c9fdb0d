"""The connections of an installation: one file each, their state beside them, and one round at a time."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lookout.contracts import contracts
from lookout.kernel.errors import ConfigError, DataError, TransientError
from lookout.kernel.inbox import INBOX, write_whole
from lookout.sources import load_mapping, sources
from lookout.sources.connectors import Connection, connection_text, parse_connection

FOLDER, STATES, STAGING, RECEIPTS = "connections", "state", ".staging", "receipts"
_MOST_OUTCOMES = 20


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


_TIMES = ("success", "new_data", "next_try")


def mapping_file(home: Path, name: str) -> Path:
    """Return where the mapping of a connection lies."""
    return home / FOLDER / f"{name}.mapping.yaml"


def staging_folder(home: Path, name: str) -> Path:
    """Return where a connection puts files that it has copied and not landed yet.

    It lies in the inbox, since what is there may hold personal values in plain.
    """
    return home / INBOX / STAGING / name


def receipts_folder(home: Path, name: str) -> Path:
    """Return where receipts lie that cannot be left with the source."""
    return home / FOLDER / RECEIPTS / name


def _file(home: Path, name: str) -> Path:
    return home / FOLDER / f"{name}.yaml"


def _state_file(home: Path, name: str) -> Path:
    return home / FOLDER / STATES / f"{name}.json"


def read_state(home: Path, name: str) -> State:
    """Return how a connection stands. Raises DataError when its state cannot be read."""
    file = _state_file(home, name)
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
    write_whole(_state_file(home, name), content)


def names(home: Path) -> list[str]:
    """Return the names of all connections."""
    files = (home / FOLDER).glob("*.yaml")
    return sorted(file.stem for file in files if not file.name.endswith(".mapping.yaml"))


def read_connection(home: Path, name: str) -> Connection:
    """Read and check one connection with its mapping. Raises ConfigError, or FileProblem for the mapping."""
    try:
        text = _file(home, name).read_text("utf-8")
    except FileNotFoundError:
        known = "、".join(names(home)) or "还没有任何连接"
        raise ConfigError(f"没有名为“{name}”的连接；现有：{known}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"连接文件 {_file(home, name)} 不是 UTF-8 编码；请另存为 UTF-8") from error
    connection = parse_connection(name, text, contracts(), sources())
    if connection.mapping:
        load_mapping(mapping_file(home, name), contracts())
    return connection


def add_connection(home: Path, connection: Connection, mapping: Path | None) -> None:
    """Write a new connection and a copy of its mapping. Raises ConfigError or FileProblem; then nothing is written."""
    if connection.name in names(home):
        raise ConfigError(
            f"已有名为“{connection.name}”的连接；换一个名称，或先用 lookout connect remove 删去"
        )
    text = connection_text(connection)
    parse_connection(connection.name, text, contracts(), sources())
    if mapping is not None:
        read = load_mapping(mapping, contracts())
        if read.table != connection.table:
            raise ConfigError(f"映射文件是为表 {read.table} 写的，连接的表是 {connection.table}；请改成一致")
    (home / FOLDER).mkdir(parents=True, exist_ok=True)
    if mapping is not None:
        mapping_file(home, connection.name).write_bytes(mapping.read_bytes())
    fresh = _file(home, connection.name).with_suffix(".tmp")
    fresh.write_text(text, "utf-8")
    fresh.replace(_file(home, connection.name))


def remove_connection(home: Path, name: str) -> None:
    """Remove a connection and its state; batches, receipts and the files of its source stay."""
    if name not in names(home):
        raise ConfigError(f"没有名为“{name}”的连接")
    _file(home, name).unlink()
    mapping_file(home, name).unlink(missing_ok=True)
    _state_file(home, name).unlink(missing_ok=True)


@contextmanager
def one_round(home: Path) -> Iterator[None]:
    """Hold the lock of the connections. Raises TransientError when another round is going on."""
    (home / FOLDER).mkdir(parents=True, exist_ok=True)
    with (home / FOLDER / ".lock").open("w", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TransientError("另一轮 connect run 正在进行；它不受影响，请等它完成") from None
        yield


def silent_days(connection: Connection, state: State, now: datetime) -> int | None:
    """Return for how many days an expected source has sent nothing new, None while it is in time."""
    if not connection.expect_every_days:
        return None
    waited = now - (state.new_data or connection.added_at)
    return waited.days if waited > timedelta(days=connection.expect_every_days) else None


def is_due(connection: Connection, state: State, now: datetime) -> bool:
    """Tell whether a connection is to run now."""
    if state.next_try is not None:
        return now >= state.next_try
    return state.has_more or connection.due.is_due(state.success, now)
