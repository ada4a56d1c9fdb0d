"""A live store that only remembers what it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from lookout.kernel.errors import TransientError
from lookout.pipeline import live
from lookout.pipeline.live import Event, Receipt


@dataclass
class LiveStore:
    """Accepts everything; `is_down` makes it unreachable."""

    events: list[Event] = field(default_factory=list)
    is_down: bool = False

    def accept(self, home: Any, events: Sequence[Event], **options: Any) -> list[Receipt]:
        """Take events as the real one does."""
        if self.is_down:
            raise TransientError("实时库连不上")
        known = {event.event_id for event in self.events}
        self.events += events
        return [
            Receipt(one.event_id, "known" if one.event_id in known else "accepted", (), 1) for one in events
        ]

    def newest(self) -> dict[str, dict[str, Any]]:
        """Return the newest row of each ticket, as the rating sees them."""
        return {event.row["ticket_no"]: dict(event.row) for event in self.events}

    def counted(self) -> list[dict[str, Any]]:
        """Return the tickets that count as complaints."""
        return [row for row in self.newest().values() if row.get("state") not in ("refused", "duplicate")]


@pytest.fixture
def live_store(monkeypatch: pytest.MonkeyPatch) -> LiveStore:
    """Return the live store every complaint of this test is sent to."""
    store = LiveStore()
    monkeypatch.setattr(live, "accept", store.accept, raising=False)
    return store
