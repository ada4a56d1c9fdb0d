"""The live database: SQLite in WAL mode beside the data, or PostgreSQL where the desk has it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from lookout.hub.live.schema import POSTGRES_SCHEMA, SQLITE_SCHEMA
from lookout.kernel.errors import ConfigError, TransientError

FILE = "live/live.sqlite"
_WAIT_SECONDS = 15
_SCHEMA_NAME = "lookout_live"
_WRITERS = 0x10_0C_0A_57  # any number, the same in every process: writers of the schema queue for it
Row = Mapping[str, Any]


class Session(Protocol):
    """Runs statements inside one transaction; `?` stands for a parameter in either database."""

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run a statement and return its rows, empty when it has none."""


class LiveDatabase(Protocol):
    """The events and the overlay of one installation. Safe to share between threads."""

    def write(self) -> Any:
        """Open a transaction that other writers wait for: `with database.write() as session`."""

    def read(self) -> Any:
        """Open a transaction that sees one state throughout."""

    def close(self) -> None:
        """Close this thread's connection."""


class _SQLiteSession:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        cursor = self._connection.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


class SQLiteDatabase:
    """HOME/live/live.sqlite; readers are never blocked by the writer."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._local = threading.local()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._file, timeout=_WAIT_SECONDS, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode=WAL")
            # An accepted event survives a power failure: its sender has been told.
            connection.execute("PRAGMA synchronous=FULL")
            connection.executescript(SQLITE_SCHEMA)
            self._local.connection = connection
        return connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Session]:
        try:
            connection = self._connection()
            connection.execute(begin)
        except sqlite3.Error as error:
            raise _unreachable(error) from error
        try:
            yield _SQLiteSession(connection)
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise _unreachable(error) from error
            raise

    def write(self) -> Any:
        """Open a writing transaction."""
        return self._transaction("BEGIN IMMEDIATE")

    def read(self) -> Any:
        """Open a reading transaction."""
        return self._transaction("BEGIN")

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


class _PostgresSession:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        cursor = self._connection.execute(sql.replace("?", "%s"), parameters)
        return list(cursor.fetchall()) if cursor.description else []


class PostgresDatabase:
    """The schema `lookout_live` of a PostgreSQL database."""

    def __init__(self, address: str) -> None:
        try:
            import psycopg
            from psycopg.rows import dict_row
        except ImportError as error:
            raise ConfigError(
                "实时库在 PostgreSQL 中，但没有安装驱动；请安装：pip install 'lookout[postgres]'"
            ) from error
        self._psycopg, self._rows = psycopg, dict_row
        self._address = address
        self._local = threading.local()

    def _connection(self) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = self._psycopg.connect(
                self._address, autocommit=True, row_factory=self._rows, connect_timeout=_WAIT_SECONDS
            )
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_WRITERS,))
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA_NAME}")
                connection.execute(f"SET search_path TO {_SCHEMA_NAME}")
                connection.execute(POSTGRES_SCHEMA)
            self._local.connection = connection
        return connection

    @contextmanager
    def _transaction(self, *first: tuple[str, tuple[Any, ...]]) -> Iterator[Session]:
        try:
            connection = self._connection()
            with connection.transaction():
                for statement, parameters in first:
                    connection.execute(statement, parameters)
                yield _PostgresSession(connection)
        except self._psycopg.OperationalError as error:
            self.close()  # the next call connects anew
            raise _unreachable(error) from error

    def write(self) -> Any:
        """Open a writing transaction."""
        return self._transaction(("SELECT pg_advisory_xact_lock(%s)", (_WRITERS,)))

    def read(self) -> Any:
        """Open a reading transaction."""
        return self._transaction(("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", ()))

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


def _unreachable(error: Exception) -> TransientError:
    said = str(error).partition("\n")[0]
    return TransientError(f"实时库暂时不可用（{said}）；没有写入任何内容，请检查磁盘或数据库服务后重试")


@lru_cache(maxsize=64)
def open_live(home: Path, address: str = "") -> LiveDatabase:
    """Return the live database of a home; `address` is a PostgreSQL url, '' for the file in the home."""
    return PostgresDatabase(address) if address else SQLiteDatabase(home / FILE)


def has_live(home: Path, address: str = "") -> bool:
    """Tell whether there may be live data at all, without making any."""
    return bool(address) or (home / FILE).exists()
