"""Several at once: one run at a time, landings queue, readers are never in the way of either."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lookout.hub.landing import list_batches
from lookout.hub.reading import Reader
from lookout.hub.snapshots import list_runs, snapshot_folder
from lookout.kernel.errors import TransientError
from lookout.pipeline.locking import run_lock
from tests.faults.conftest import SETTINGS, Trial, command, lives
from tests.faults.provinces import FIRST
from tests.faults.strike import Command, end, start
from tests.faults.twins import answer, differences

Copy = Callable[[Path], Path]


def test_a_second_run_is_refused_with_the_number_of_the_first(tmp_path: Path) -> None:
    with run_lock(tmp_path), pytest.raises(TransientError, match=r"正在进行（进程 \d+"), run_lock(tmp_path):
        pass


def test_the_lock_of_a_dead_process_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_text("999999")

    with run_lock(tmp_path):
        pass


def test_of_two_landings_at_once_one_waits_and_no_batch_is_doubled(landing: Trial, copy_of: Copy) -> None:
    home = copy_of(landing.before)
    both = [Command(landing.arguments, home, home.parent / f"said-{number}") for number in range(2)]

    codes = [end(process) for process in [start(one, **SETTINGS) for one in both]]

    assert codes == [0, 0]
    assert differences(home, landing.twin) == []


def test_a_batch_that_lands_during_a_run_waits_for_the_next(landing: Trial, copy_of: Copy) -> None:
    home = copy_of(landing.before)
    before = len(list_batches(home))

    with run_lock(home):
        lives(home, *landing.arguments)

    assert len(list_batches(home)) > before
    assert answer(home) == answer(landing.before)


def test_a_landing_waits_for_another_to_end(landing: Trial, copy_of: Copy) -> None:
    home = copy_of(landing.before)
    with (home / "batches/.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = start(command(home, *landing.arguments), **SETTINGS)
        waiting.join(0.5)
        assert waiting.is_alive()
    assert end(waiting) == 0
    assert differences(home, landing.twin) == []


def test_a_run_pruned_between_listing_and_opening_is_left_out_of_the_trend(
    published: Path, copy_of: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copy_of(published)
    gone = "20200101-00000000"
    first = list_runs(home)[0]
    shutil.copytree(snapshot_folder(home, first.run_id), home / f"snapshots/{gone}")
    record = home / f"snapshots/{gone}/run.json"
    record.write_text(
        record.read_text("utf-8").replace(first.run_id, gone).replace("2026-09-02T", "2020-01-01T")
    )
    listed = list_runs(home)
    assert len(listed) == 2
    shutil.rmtree(home / f"snapshots/{gone}")
    monkeypatch.setattr("lookout.hub.reading.reader.list_runs", lambda home: listed)

    trend = Reader(home).band_trend(None)

    assert [moment for moment, _ in trend] == [first.as_of]


@pytest.mark.slow
def test_a_reader_goes_on_while_the_run_it_reads_is_made_again(published: Path, copy_of: Copy) -> None:
    home = copy_of(published)
    reader = Reader(home)
    assert reader.current() is not None

    lives(home, "run", "--as-of", FIRST)

    assert answer(home) == answer(published)
    assert reader.current() is not None
