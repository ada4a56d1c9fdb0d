"""Keep the newest rating of re-scored companies beside the run they belong to.

Each re-score rates every company of the overlay anew, writes a new generation and then swaps its
pointer: a reader sees the one before or the one after, and all of one generation was rated at one
instant from the same facts, which its record names. The next full run starts without an overlay.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.hub.facts import swap_text
from lookout.hub.snapshots import RunRecord

# The result files whose rows a re-score replaces, company by company.
OVERLAID = ("listing", "contribution", "label_hit", "record_count")
LOOKUP = "lookup"  # which names stand for the companies of the overlay


def _root(home: Path, run_id: str) -> Path:
    return home / "live" / run_id


def overlay_sequence(home: Path, run_id: str) -> int:
    """Return the generation of a run's overlay; 0 when nothing has been re-scored since."""
    pointer = _root(home, run_id) / "current.json"
    return int(json.loads(pointer.read_text("utf-8"))["sequence"]) if pointer.exists() else 0


def overlay_folder(home: Path, run_id: str, sequence: int) -> Path:
    """Return the folder of one generation."""
    return _root(home, run_id) / f"{sequence:06d}"


def overlaid_keys(home: Path, run_id: str) -> list[int]:
    """Return the companies of a run's overlay."""
    sequence = overlay_sequence(home, run_id)
    if not sequence:
        return []
    file = overlay_folder(home, run_id, sequence) / "listing.parquet"
    keys: list[int] = pq.read_table(file, columns=["company_key"])["company_key"].to_pylist()
    return keys


def put_overlay(
    home: Path, run_id: str, tables: Mapping[str, pa.Table], record: RunRecord, catalogue: str
) -> None:
    """Make the next generation of a run's overlay. Call under the run lock.

    `tables` are those of OVERLAID and LOOKUP; `record` says as of when and from which facts, and
    `catalogue` is the published catalogue of that day.
    """
    sequence = overlay_sequence(home, run_id)
    folder = overlay_folder(home, run_id, sequence + 1)
    if folder.exists():  # left by a re-score that died before the swap
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name in (*OVERLAID, LOOKUP):
        pq.write_table(tables[name], folder / f"{name}.parquet")
    (folder / "run.json").write_text(record.as_json(), "utf-8")
    (folder / "catalogue.json").write_text(catalogue, "utf-8")
    swap_text(_root(home, run_id) / "current.json", json.dumps({"sequence": sequence + 1}))
    for old_folder in _root(home, run_id).glob("[0-9]*"):
        if int(old_folder.name) < sequence:  # a reader may still be opening the one before
            shutil.rmtree(old_folder)
