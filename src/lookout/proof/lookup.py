"""Where in the log a record's entries are: an index beside it that can be made again from the log at any time."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

INDEX = ".index.sqlite"  # hidden, as all that can be made again: no backup takes it
_TABLES = """
CREATE TABLE IF NOT EXISTS place (record INTEGER, leaf INTEGER, PRIMARY KEY (record, leaf)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS covered (leaves INTEGER, root BLOB);
"""
NOTHING = (0, b"")
Record = tuple[str, str]  # kind and number


def key_of(record: Record) -> bytes:
    """Return how kind and number are written in an entry; they stand side by side."""
    kind, number = (json.dumps(part, ensure_ascii=False) for part in record)
    return f'"kind":{kind},"number":{number},'.encode()


def key_in(line: bytes) -> bytes:
    """Return the part of an entry that `key_of` gives."""
    return line[line.index(b'"kind":') : line.rindex(b'"sha256":')]


class Lookup:
    """The index. It holds 8 bytes of a digest of kind and number, so what it finds must be looked at."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / INDEX

    def covered(self) -> tuple[int, bytes]:
        """Return how many leaves are in the index and their root; NOTHING when there is none or it is damaged."""
        if not self._file.exists():
            return NOTHING
        try:
            with self._reading() as database:
                leaves, root = database.execute("SELECT leaves, root FROM covered").fetchone()
                return int(leaves), bytes(root)
        except (sqlite3.DatabaseError, TypeError):
            return NOTHING

    def candidates(self, records: Sequence[Record]) -> list[list[int]]:
        """Return, for each kind and number, the leaves that may be of that record, in order."""
        query = "SELECT leaf FROM place WHERE record = ? ORDER BY leaf"
        with self._reading() as database:
            return [
                [leaf for (leaf,) in database.execute(query, (_short(key_of(record)),))] for record in records
            ]

    def add(self, start: int, keys: Iterable[bytes], root: bytes) -> None:
        """Add the leaves from `start` on, by the keys in them; `root` is the one over all that is then covered."""
        with closing(sqlite3.connect(self._file, timeout=60)) as database, database:
            database.executescript(_TABLES)
            rows = [(_short(key), start + step) for step, key in enumerate(keys)]
            database.executemany("INSERT INTO place VALUES (?, ?)", rows)
            database.execute("DELETE FROM covered")
            database.execute("INSERT INTO covered VALUES (?, ?)", (start + len(rows), root))

    def remove(self) -> None:
        """Remove the index."""
        for ending in ("", "-journal"):
            self._file.with_name(INDEX + ending).unlink(missing_ok=True)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(
            sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro", uri=True, timeout=60)
        ) as database:
            yield database


def _short(key: bytes) -> int:
    return int.from_bytes(hashlib.sha256(key).digest()[:8], "big", signed=True)
