"""Files pushed over HTTP, waiting in the inbox."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from lookout.kernel.clock import SHANGHAI, naive_local
from lookout.kernel.inbox import Inbox, Pushed
from lookout.sources.connectors.offers import Cursor, Notes, Offer, Outcome

_BROKEN_OFF = timedelta(days=1)


class PushConnector(Notes):
    """The inbox of one connection. Files are landed under the name the sender gave them."""

    def __init__(self, home: Path, name: str, staging: Path) -> None:
        super().__init__()
        self._inbox = Inbox(home, name)
        self._staging = staging

    def offers(self, cursor: Cursor, now: datetime) -> Iterator[Offer]:
        """Yield what waits, first come first served."""
        self._inbox.clear_broken_off(now.replace(tzinfo=SHANGHAI) - _BROKEN_OFF)
        for pushed in self._inbox.waiting():
            # Readers tell the format by the name, so the bytes get theirs back.
            path = self._staging / pushed.receipt / Path(pushed.file).name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            os.link(self._inbox.data(pushed.receipt), path)
            stated = naive_local(datetime.fromisoformat(pushed.delivered_at)) if pushed.delivered_at else None
            arrived = naive_local(datetime.fromisoformat(pushed.received_at))
            yield Offer(pushed.receipt, pushed.file, path, arrived, stated, pushed.sha256, pushed)

    def settle(self, offer: Offer, outcome: Outcome) -> None:
        """Write the outcome, which the sender may ask for by the receipt."""
        assert isinstance(offer.mark, Pushed)  # noqa: S101 put there by `offers`
        self._inbox.settle(offer.mark, outcome.as_dict())

    def commit(self, cursor: Cursor, offer: Offer, outcome: Outcome) -> None:
        """The inbox itself is the cursor."""

    def clear(self, offer: Offer, outcome: Outcome) -> None:
        """Empty the inbox; refused bytes are kept for people to look at."""
        self._inbox.clear(offer.key, keep=outcome.state == "refused")
        shutil.rmtree(offer.path.parent, ignore_errors=True)
