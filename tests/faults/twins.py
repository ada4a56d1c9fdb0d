"""Homes that must be equal: what an undisturbed twin has, bit for bit, and nothing besides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from lookout.hub.reading import CompanyFilter, Reader

PRIVATE = {
    "keys",
    "proof",
    "vault_keys",
    "spill",
    "desk.sqlite3",
    "desk.sqlite3-shm",
    "desk.sqlite3-wal",
}  # random by design, or empty folders of their own
CLOCKS = ("started_at", "finished_at", "stages")


def content(home: Path) -> dict[str, Any]:
    """Return every file of a home with its bytes, clocks and random salts left out."""
    return {
        str(file.relative_to(home)): _essence(file)
        for file in sorted(home.rglob("*"))
        if file.is_file()
        and file.relative_to(home).parts[0] not in PRIVATE
        and file.name not in (".lock", "run.lock")
    }


def _essence(file: Path) -> Any:
    """Return what must be equal of a file."""
    if file.name == "vault.parquet":  # sealed under a random salt: which cells, with which tokens
        return pq.read_table(file, columns=["line", "column", "token"]).to_pylist()
    if file.name == "batch.json":
        batch = json.loads(file.read_text("utf-8"))
        del batch["ingested_at"], batch["digests"]["vault.parquet"]
        return batch
    if file.name == "run.json":
        return {
            name: value for name, value in json.loads(file.read_text("utf-8")).items() if name not in CLOCKS
        }
    return file.read_bytes()


def differences(home: Path, twin: dict[str, Any]) -> list[str]:
    """Return the files that are not as the twin's: lost, left over or changed."""
    own = content(home)
    return sorted(name for name in own.keys() | twin.keys() if own.get(name) != twin.get(name))


def answer(home: Path) -> tuple[str, list[tuple[str, str | None]]]:
    """Return what a reader sees: the current run, and its companies with their bands."""
    reader = Reader(home)
    current = reader.current()
    assert current is not None
    rows = reader.list_companies(CompanyFilter(), limit=10_000).rows
    return current.run_id, [(row.identifier, row.band) for row in rows]
