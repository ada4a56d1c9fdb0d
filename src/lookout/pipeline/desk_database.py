"""Copy the desk's database while it is in use, and put a copy back: SQLite by its backup call, PostgreSQL by its tools."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lookout.config import environment_with
from lookout.kernel.errors import ConfigError, TransientError

DUMP = "desk.pgdump"


def is_server(address: str) -> bool:
    """Tell whether the address is PostgreSQL's; otherwise it is the path of a SQLite file."""
    return "://" in address


def copy_sqlite(file: Path, target: Path) -> None:
    """Copy a SQLite database as of one instant; writers go on. Raises TransientError when it cannot be read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _reading(file) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            # The copy is one file, whatever the original's journal: it can be moved and compared.
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise TransientError(
            f"复制数据库 {file} 失败（{error}）；请稍后再试，或用 lookout doctor 检查"
        ) from error


def sqlite_fault(file: Path) -> str:
    """Return what SQLite finds wrong with a database, '' when it is whole."""
    try:
        with _reading(file) as database:
            said = database.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)
    return "" if said == "ok" else str(said)


def _reading(file: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=20))


def dump_server(address: str, target: Path) -> None:
    """Write PostgreSQL's own dump of the database, which sees one instant."""
    _call("pg_dump", address, ["--format=custom", "--no-owner", f"--file={target}"])


def load_server(address: str, dump: Path) -> None:
    """Put a dump into an empty database, all or nothing."""
    _call("pg_restore", address, ["--no-owner", "--single-transaction", "--exit-on-error", str(dump)])


def _call(tool: str, address: str, arguments: list[str]) -> None:
    program = shutil.which(tool)
    if program is None:
        raise ConfigError(
            f"找不到 {tool}；请安装与服务器同版本的 PostgreSQL 客户端（Debian：postgresql-client）"
        )
    url = urlsplit(address)
    where = ["--host", url.hostname or "", "--port", str(url.port or 5432)]
    where += ["--username", unquote(url.username or ""), "--dbname", unquote(url.path.lstrip("/"))]
    environment = environment_with(PGPASSWORD=unquote(url.password or ""))
    done = subprocess.run(  # noqa: S603 - a tool found on the path, with arguments of our own
        [program, *where, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise TransientError(
            f"{tool} 失败：{done.stderr.strip()[:500]}；请检查 LOOKOUT_DATABASE 与数据库服务后再试"
        )
