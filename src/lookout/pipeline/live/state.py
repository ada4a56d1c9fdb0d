"""What an operator wants to know of the live part: is the worker there, and what waits for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lookout.hub.live import EventState, count_by_state, has_live, open_live
from lookout.pipeline.live.worker import LOCK

_LOCKS = Path("/proc/locks")


@dataclass(frozen=True)
class LiveState:
    """`waiting` and `set_aside` count events; `has_worker` is None where the system does not tell."""

    has_worker: bool | None
    waiting: int
    set_aside: int


def live_state(home: Path, live: str = "") -> LiveState:
    """Return the state of the live part; an installation that never had an event has zeroes."""
    counts: dict[EventState, int] = {}
    if has_live(home, live):
        with open_live(home, live).read() as session:
            counts = count_by_state(session)
    return LiveState(
        _is_locked(home / LOCK), counts.get(EventState.WAITING, 0), counts.get(EventState.SET_ASIDE, 0)
    )


def _is_locked(file: Path) -> bool | None:
    """Tell whether somebody holds a lock, by looking only: trying it could keep a worker from starting."""
    if not file.exists():
        return False
    try:
        held = _LOCKS.read_text("ascii").split()
    except OSError:
        return None
    state = file.stat()
    place = f"{os.major(state.st_dev):02x}:{os.minor(state.st_dev):02x}:{state.st_ino}"
    return place in held
