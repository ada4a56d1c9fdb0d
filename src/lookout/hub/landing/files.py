"""How landing writes: through to the disk, whole or not at all, one process at a time."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.hub.landing.facts import VAULT_SCHEMA
from lookout.hub.quality import REJECT_SCHEMA
from lookout.kernel.durable import sync

ROW_GROUP = 1 << 17
STALE = ".incoming-"


def write_through(file: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file and bring it onto the disk."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def write_whole(file: Path, data: bytes) -> None:
    """Write a file under its name only when all of it is on the disk."""
    fresh = file.with_name(f".{file.name}.tmp")
    write_through(fresh, data)
    fresh.replace(file)
    sync(file.parent)


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class BatchFiles:
    """The three tables of a batch, written piece by piece."""

    def __init__(self, folder: Path, facts: pa.Schema) -> None:
        self._paths = {name: folder / f"{name}.parquet" for name in ("facts", "rejects", "vault")}
        schemas = {"facts": facts, "rejects": REJECT_SCHEMA, "vault": VAULT_SCHEMA}
        self._writers = {
            name: pq.ParquetWriter(path, schemas[name], compression="zstd")
            for name, path in self._paths.items()
        }
        self._held: dict[str, list[pa.Table]] = {name: [] for name in self._paths}

    def __enter__(self) -> BatchFiles:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                for name in self._paths:
                    self._flush(name)
        finally:
            for writer in self._writers.values():
                with suppress(OSError) if kind else nullcontext():
                    writer.close()

    def write(self, facts: pa.Table, rejects: pa.Table, vault: pa.Table) -> None:
        """Add a piece. Row groups are made large, since readers pay for each."""
        for name, table in (("facts", facts), ("rejects", rejects), ("vault", vault)):
            self._held[name].append(table)
            if sum(held.num_rows for held in self._held[name]) >= ROW_GROUP:
                self._flush(name)

    def _flush(self, name: str) -> None:
        held, self._held[name] = self._held[name], []
        if held:
            self._writers[name].write_table(pa.concat_tables(held), row_group_size=2 * ROW_GROUP)

    def digests(self) -> dict[str, str]:
        """Bring the closed files onto the disk and return the digest of each."""
        for path in self._paths.values():
            sync(path)
        return {path.name: digest(path) for path in self._paths.values()}


@contextmanager
def hold(home: Path) -> Iterator[IO[str]]:
    """Hold the landing lock; what a killed landing left behind is cleared away."""
    batches = home / "batches"
    batches.mkdir(parents=True, exist_ok=True)
    with (batches / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for stale in batches.glob(f"{STALE}*"):
            shutil.rmtree(stale)
        yield lock
