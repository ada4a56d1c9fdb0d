"""One writer at a time: a run, a re-score and a fold exclude each other."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lookout.kernel.errors import TransientError


@contextmanager
def run_lock(home: Path) -> Iterator[None]:
    """Hold the installation's run lock. Raises TransientError when another process has it.

    The lock is the operating system's: it vanishes with its process, however that dies.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "run.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TransientError(
                f"另一次评定正在进行（{home / 'run.lock'}）；它不受影响，请等它完成后再试"
            ) from None
        yield
