"""Hindsights: runs made with later knowledge. They are kept apart, so that no page takes one for a result."""

from __future__ import annotations

import shutil
from pathlib import Path

from lookout.hub.snapshots.ledger import RECORD, RunRecord

HINDSIGHTS = "hindsight"


def hindsight_folder(home: Path, run_id: str) -> Path:
    """Return the folder of a hindsight."""
    return home / HINDSIGHTS / run_id


def put_aside(home: Path, folder: Path, record: RunRecord) -> None:
    """Keep a finished hindsight under HOME/hindsight; the same one made again replaces the older."""
    (folder / RECORD).write_text(record.as_json(), "utf-8")
    final = hindsight_folder(home, record.run_id)
    final.parent.mkdir(parents=True, exist_ok=True)
    if final.exists():
        shutil.rmtree(final)
    folder.replace(final)
