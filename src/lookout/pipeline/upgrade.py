"""Bring the data of an older version into today's layout, one step after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lookout.config import LAYOUT, read_layout, write_layout
from lookout.hub.snapshots import find_run, run_folders, run_of, write_digests
from lookout.pipeline.locking import run_lock
from lookout.pipeline.refold import facts_are_whole

Step = Callable[[Path], str]


def upgrade(home: Path) -> list[str]:
    """Take every step from the home's layout to today's; return what was done, in Chinese.

    A step that died may be taken again. The new layout is written last, so that an upgrade broken off
    goes on where it was. Raises TransientError when a run is going on.
    """
    with run_lock(home):
        begun = read_layout(home)
        done = [STEPS[layout](home) for layout in range(begun, LAYOUT)]
        write_layout(home)
    return done


def _keep_digests(home: Path) -> str:
    """1 → 2: give every kept run the digests of its files, as they are now."""
    runs = 0
    for folder in run_folders(home):
        record = find_run(home, run_of(folder))
        if record is not None and facts_are_whole(home):
            write_digests(home, folder, record)
            runs += 1
    return f"为 {runs} 次运行记下了每个文件的摘要，此后 lookout doctor --deep 能查出损坏"


STEPS: dict[int, Step] = {1: _keep_digests}
