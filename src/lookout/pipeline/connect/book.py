"""The connections of an installation: one file each, their state beside them, and one round at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from lookout.contracts import contracts
from lookout.kernel.errors import ConfigError, TransientError
from lookout.kernel.inbox import INBOX
from lookout.sources import load_mapping, sources
from lookout.sources.connectors import Connection, connection_text, parse_connection
from lookout.sources.connectors.standing import (
    FOLDER,
    State,
    connection_file,
    names,
    read_state,
    silent_days,
    state_file,
    write_state,
)

__all__ = [
    "State",
    "add_connection",
    "is_due",
    "mapping_file",
    "names",
    "one_round",
    "read_connection",
    "read_state",
    "receipts_folder",
    "remove_connection",
    "silent_days",
    "staging_folder",
    "write_state",
]

STAGING, RECEIPTS = ".staging", "receipts"


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


def read_connection(home: Path, name: str) -> Connection:
    """Read and check one connection with its mapping. Raises ConfigError, or FileProblem for the mapping."""
    try:
        text = connection_file(home, name).read_text("utf-8")
    except FileNotFoundError:
        known = "、".join(names(home)) or "还没有任何连接"
        raise ConfigError(f"没有名为“{name}”的连接；现有：{known}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"连接文件 {connection_file(home, name)} 不是 UTF-8 编码；请另存为 UTF-8"
        ) from error
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
    fresh = connection_file(home, connection.name).with_suffix(".tmp")
    fresh.write_text(text, "utf-8")
    fresh.replace(connection_file(home, connection.name))


def remove_connection(home: Path, name: str) -> None:
    """Remove a connection and its state; batches, receipts and the files of its source stay."""
    if name not in names(home):
        raise ConfigError(f"没有名为“{name}”的连接")
    connection_file(home, name).unlink()
    mapping_file(home, name).unlink(missing_ok=True)
    state_file(home, name).unlink(missing_ok=True)


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


def is_due(connection: Connection, state: State, now: datetime) -> bool:
    """Tell whether a connection is to run now."""
    if state.next_try is not None:
        return now >= state.next_try
    return state.has_more or connection.due.is_due(state.success, now)
