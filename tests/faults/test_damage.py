"""Torn and damaged files: the last good run is read, the doctor names the file, one command mends it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from lookout.hub.reading import Reader
from lookout.hub.snapshots import current_run_id, discard_working, list_runs, snapshot_folder
from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.pipeline import diagnose, refold
from tests.faults.conftest import command
from tests.faults.strike import end, start
from tests.faults.twins import answer, content

NOW = datetime(2026, 11, 1, 8, tzinfo=SHANGHAI)

Copy = Callable[[Path], Path]


def faults(home: Path, *, deep: bool = False) -> str:
    """Return what the doctor finds wrong."""
    return "\n".join(finding.text for finding in diagnose(home, now=NOW, deep=deep) if finding.is_fault)


def tear(file: Path) -> Path:
    """Leave the first half of a file."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    return file


def flip(file: Path) -> Path:
    """Change one byte in the middle: the file looks whole."""
    held = bytearray(file.read_bytes())
    held[len(held) // 2] ^= 0xFF
    file.write_bytes(held)
    return file


def test_a_sound_home_has_no_fault(published: Path) -> None:
    assert faults(published, deep=True) == ""


@pytest.mark.parametrize("text", ["", '{"run', "[]", '{"run_id": "20990101-00000000"}'])
def test_a_torn_pointer_falls_back_to_the_newest_whole_run(published: Path, copy_of: Copy, text: str) -> None:
    home = copy_of(published)
    (home / "current.json").write_text(text)

    assert answer(home) == answer(published)
    assert "指针损坏" in faults(home)


def test_the_doctor_ends_with_1_when_something_needs_mending(published: Path, copy_of: Copy) -> None:
    home = copy_of(published)
    assert end(start(command(home, "doctor", "--deep"))) == 0
    (home / "current.json").write_text("")

    assert end(start(command(home, "doctor"))) == 1
    assert "问题：" in command(home).output.read_text("utf-8")


def test_a_lost_pointer_falls_back_to_the_newest_whole_run(published: Path, copy_of: Copy) -> None:
    home = copy_of(published)
    (home / "current.json").unlink()

    assert answer(home) == answer(published)


@pytest.mark.parametrize("damage", ["tear", "empty", "unlink"])
def test_a_run_whose_record_is_damaged_is_passed_over(published: Path, copy_of: Copy, damage: str) -> None:
    home = copy_of(published)
    first = list_runs(home)[0]
    second = Path(shutil.copytree(snapshot_folder(home, first.run_id), home / "snapshots/20990101-00000000"))
    (home / "current.json").write_text('{"run_id": "20990101-00000000"}')
    record = second / "run.json"
    {"tear": lambda: tear(record), "empty": lambda: record.write_text(""), "unlink": record.unlink}[damage]()

    assert current_run_id(home) == first.run_id
    assert [run.run_id for run in Reader(home).runs()] == [first.run_id]
    assert "20990101-00000000" in faults(home)
    assert "运行记录损坏" in faults(home)


def test_a_run_that_died_while_replacing_one_of_its_name_leaves_the_older_readable(
    published: Path, copy_of: Copy
) -> None:
    home = copy_of(published)
    run_id = current_run_id(home)
    (home / f"snapshots/{run_id}").rename(home / f"snapshots/.replaced-{run_id}")

    assert answer(home) == answer(published)
    discard_working(home)
    assert content(home) == content(published)


def test_half_written_files_of_dead_processes_are_removed_by_the_next_run(
    published: Path, copy_of: Copy
) -> None:
    home = copy_of(published)
    left = (
        "current.1.tmp",
        "facts/manifest.1.tmp",
        "facts/company/000009.tmp",
        "linkage/stated/job_post.1.tmp",
    )
    for name in left:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("half")

    discard_working(home)

    assert content(home) == content(published)


@pytest.mark.parametrize("damage", [tear, flip, Path.unlink])
def test_refold_makes_damaged_facts_again_bit_for_bit(
    published: Path, copy_of: Copy, damage: Callable[[Path], object]
) -> None:
    home = copy_of(published)
    file = next(home.glob("facts/complaint_ticket/*.parquet"))
    damage(file)
    assert str(file) in faults(home, deep=True)

    assert refold(home) == [str(file.relative_to(home))]
    assert content(home) == content(published)
    assert faults(home, deep=True) == ""


@pytest.mark.parametrize("damage", [tear, Path.unlink])
def test_refold_makes_a_damaged_manifest_again(
    published: Path, copy_of: Copy, damage: Callable[[Path], object]
) -> None:
    home = copy_of(published)
    damage(home / "facts/manifest.json")
    assert "lookout refold" in faults(home)

    assert refold(home) == ["facts/manifest.json"]
    assert content(home) == content(published)


def test_refold_of_lost_facts_makes_all_of_them(published: Path, copy_of: Copy) -> None:
    home = copy_of(published)
    shutil.rmtree(home / "facts")

    refold(home)

    assert content(home) == content(published)


def test_refold_leaves_sound_facts_alone(published: Path, copy_of: Copy) -> None:
    assert refold(copy_of(published)) == []


@pytest.mark.parametrize("name", ["facts", "rejects", "vault"])
def test_the_deep_doctor_names_a_damaged_batch_and_what_to_do(
    published: Path, copy_of: Copy, name: str
) -> None:
    home = copy_of(published)
    file = flip(home / f"batches/000002/{name}.parquet")

    said = faults(home, deep=True)

    assert str(file) in said
    assert "从备份恢复" in said


@pytest.mark.parametrize("damage", [tear, flip, Path.unlink])
def test_the_deep_doctor_names_a_damaged_result_and_what_to_do(
    published: Path, copy_of: Copy, damage: Callable[[Path], object]
) -> None:
    home = copy_of(published)
    run_id = current_run_id(home)
    file = home / f"snapshots/{run_id}/listing.parquet"
    damage(file)

    said = faults(home, deep=True)

    assert str(file) in said
    assert f"lookout run --rerun {run_id}" in said


def test_reading_a_damaged_result_is_one_sentence_that_names_it(published: Path, copy_of: Copy) -> None:
    home = copy_of(published)
    tear(home / f"snapshots/{current_run_id(home)}/listing.parquet")

    with pytest.raises(DataError, match=r"listing\.parquet") as refusal:
        answer(home)

    assert "lookout run --rerun" in str(refusal.value)


def test_a_digest_once_kept_is_not_replaced_by_that_of_a_damaged_file(published: Path) -> None:
    run_id = current_run_id(published)
    kept = json.loads((published / f"snapshots/{run_id}/digests.json").read_text("utf-8"))

    assert {"results", "facts"} == set(kept)
    assert "listing.parquet" in kept["results"]
    assert any(name.startswith("facts/register/") for name in kept["facts"])
