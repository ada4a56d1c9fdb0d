"""Keep the newest rating of re-scored companies beside the run they belong to.

Each re-score writes a new generation of the whole overlay and then swaps its pointer, so a reader
sees the one before or the one after. The next full run starts without an overlay.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lookout.hub.facts import swap_text

# The result files whose rows a re-score replaces, company by company.
OVERLAID = ("listing", "contribution", "label_hit")


def _root(home: Path, run_id: str) -> Path:
    return home / "live" / run_id


def overlay_sequence(home: Path, run_id: str) -> int:
    """Return the generation of a run's overlay; 0 when nothing has been re-scored since."""
    pointer = _root(home, run_id) / "current.json"
    return int(json.loads(pointer.read_text("utf-8"))["sequence"]) if pointer.exists() else 0


def overlay_folder(home: Path, run_id: str, sequence: int) -> Path:
    """Return the folder of one generation."""
    return _root(home, run_id) / f"{sequence:06d}"


def add_overlay(home: Path, run_id: str, tables: Mapping[str, pa.Table], keys: pa.Array) -> None:
    """Put the new rows of the companies `keys` into the overlay of a run. Call under the run lock."""
    sequence = overlay_sequence(home, run_id)
    folder = overlay_folder(home, run_id, sequence + 1)
    if folder.exists():  # left by a re-score that died before the swap
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name in OVERLAID:
        table = tables[name]
        if sequence:
            old = pq.read_table(overlay_folder(home, run_id, sequence) / f"{name}.parquet")
            kept = old.filter(pc.invert(pc.is_in(old["company_key"], value_set=keys)))
            table = pa.concat_tables([kept, table.cast(old.schema)])
        pq.write_table(table, folder / f"{name}.parquet")
    swap_text(_root(home, run_id) / "current.json", json.dumps({"sequence": sequence + 1}))
    for old_folder in _root(home, run_id).glob("[0-9]*"):
        if int(old_folder.name) < sequence:  # a reader may still be opening the one before
            shutil.rmtree(old_folder)
