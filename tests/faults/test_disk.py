"""A full disk is one clear sentence; the last good run stands, and with room again the next command heals."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import SETTINGS, Trial, lives
from tests.faults.strike import Command, end, start
from tests.faults.twins import answer, differences

PLAIN_FAILURE = 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a disk of a given size; only the machine's owner may."""
    mounted: list[Path] = []

    def mount(size: str) -> Path:
        place = tmp_path / "disk"
        place.mkdir(exist_ok=True)
        program = shutil.which("mount")
        if program is None or os.geteuid() != 0:
            pytest.skip("mounting a small disk needs root")
        options = [program, "-t", "tmpfs", "-o", f"size={size}", "lookout-test", str(place)]
        if subprocess.run(options, capture_output=True, check=False).returncode:
            pytest.skip("this machine does not allow mounting")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run([str(shutil.which("umount")), str(place)], check=True)


def size_of(home: Path) -> int:
    """Return the room a home takes, in whole pages, in KiB."""
    return sum((file.stat().st_size // 4096 + 1) * 4 for file in home.rglob("*"))


@pytest.mark.parametrize(
    ("name", "spare"), [("landing", 8), pytest.param("running", 64, marks=pytest.mark.slow)]
)
def test_a_full_disk_is_one_sentence_and_changes_nothing(
    name: str, spare: int, small_disk: Callable[[str], Path], request: pytest.FixtureRequest
) -> None:
    trial: Trial = request.getfixturevalue(name)
    disk = small_disk(f"{size_of(trial.before) + 8192}k")
    home = Path(shutil.copytree(trial.before, disk / "home"))
    free = shutil.disk_usage(disk).free
    (disk / "ballast").write_bytes(bytes(free - spare * 1024))
    outside = Command(trial.arguments, home, trial.before.parent / f"full-{name}")

    code = end(start(outside, **SETTINGS))

    said = outside.output.read_text("utf-8")
    assert code == PLAIN_FAILURE, said
    assert "Traceback" not in said
    assert "磁盘" in said
    assert answer(home) == answer(trial.before)
    (disk / "ballast").unlink()
    lives(home, *trial.arguments)
    assert differences(home, trial.twin) == []
