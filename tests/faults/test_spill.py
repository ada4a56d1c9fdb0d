"""What a killed session spilt is given back by the next run; what a living one uses stays."""

from __future__ import annotations

import os
from pathlib import Path

from lookout.hub.store import clear_spill

NOBODY = 2**22 + 1  # above the highest number a process can have


def test_files_of_the_dead_are_removed_and_those_of_the_living_stay(tmp_path: Path) -> None:
    dead = tmp_path / f"duckdb_temp_{NOBODY}_0_storage_DEFAULT-0.tmp"
    living = tmp_path / f"duckdb_temp_{os.getpid()}_0_storage_DEFAULT-0.tmp"
    foreign = tmp_path / "notes.txt"
    for file in (dead, living, foreign):
        file.write_bytes(b"1234")

    assert clear_spill(tmp_path) == 4
    assert sorted(tmp_path.iterdir()) == sorted((living, foreign))


def test_a_spill_folder_that_is_not_there_is_nothing_to_clear(tmp_path: Path) -> None:
    assert clear_spill(tmp_path / "absent") == 0
