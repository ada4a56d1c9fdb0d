"""Between two runs: take events in, rate what they touch, and land them before the next run.

The desk imports this door: what is heavy is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lookout.pipeline.linking import judge, undo
    from lookout.pipeline.live.intake import Event, Receipt, accept
    from lookout.pipeline.live.landing import fold_events
    from lookout.pipeline.live.state import LiveState, live_state
    from lookout.pipeline.live.worker import Worker

__all__ = ["Event", "LiveState", "Receipt", "Worker", "accept", "fold_events", "judge", "live_state", "undo"]

_HOMES = {
    "judge": "lookout.pipeline.linking",
    "undo": "lookout.pipeline.linking",
    "Event": "lookout.pipeline.live.intake",
    "Receipt": "lookout.pipeline.live.intake",
    "LiveState": "lookout.pipeline.live.state",
    "Worker": "lookout.pipeline.live.worker",
    "live_state": "lookout.pipeline.live.state",
    "accept": "lookout.pipeline.live.intake",
    "fold_events": "lookout.pipeline.live.landing",
}


def __getattr__(name: str) -> Any:
    """Load a part of the door on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
