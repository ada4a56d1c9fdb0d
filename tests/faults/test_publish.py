"""Publishing alone, killed at its every durable step: one whole run is always current."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lookout.hub.snapshots import list_runs, publish, snapshot_folder, working_folder
from tests.faults.conftest import command
from tests.faults.strike import end, start_act, steps_of
from tests.faults.twins import answer, content

KILLED = -9
MOST_STEPS = 80  # more than there are


def again(home: Path) -> None:
    """Publish the oldest run once more, under its own name."""
    record = list_runs(home)[-1]
    _publish(home, record.run_id, record.run_id, 0)


def a_later_one(home: Path) -> None:
    """Publish the oldest run as that of three later days, so that the first is dropped."""
    for days in (1, 2, 3):
        _publish(home, list_runs(home)[-1].run_id, f"2026090{2 + days}-00000000", days)


def _publish(home: Path, run_id: str, name: str, days: int) -> None:
    record = next(run for run in list_runs(home) if run.run_id == run_id)
    made = replace(record, run_id=name, as_of=record.as_of + timedelta(days=days))
    folder = working_folder(home, name)
    for file in sorted(snapshot_folder(home, run_id).iterdir()):
        if file.name not in ("run.json", "digests.json"):
            shutil.copy(file, folder / file.name)
    publish(home, folder, made, keep=2)


def check(act: Callable[[Path], None], before: Path, home: Path, deadly: int) -> bool:
    """Kill once, read, and do it again. Returns whether it was really killed."""
    code = end(start_act(act, command(home), deadly=deadly))
    assert code in (0, KILLED), command(home).output.read_text("utf-8")
    assert answer(home)[1] == answer(before)[1]
    return code == KILLED


@pytest.mark.parametrize("part", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("act", [again, a_later_one])
def test_a_kill_while_publishing_leaves_a_whole_run(
    act: Callable[[Path], None], part: float, published: Path, tmp_path: Path
) -> None:
    twin = Path(shutil.copytree(published, tmp_path / "twin"))
    end(start_act(act, command(twin)))
    home = Path(shutil.copytree(published, tmp_path / "home"))

    assert check(act, published, home, int(steps_of(command(twin)) * part))
    again(home)
    assert not list(home.glob("snapshots/.*"))


@pytest.mark.slow
def test_every_step_of_publishing_again_may_be_the_last(published: Path, tmp_path: Path) -> None:
    for deadly in range(1, MOST_STEPS):
        home = Path(shutil.copytree(published, tmp_path / str(deadly)))
        was_killed = check(again, published, home, deadly)
        again(home)
        assert content(home) == content(published)
        if not was_killed:
            return
    raise AssertionError("publishing takes more steps than this test looks at")
