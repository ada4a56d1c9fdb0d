"""What time alone must do about cases: let reports be owed, and remind of them."""

from __future__ import annotations

from datetime import datetime

from lookout.web.cases.reporting import owe_periodic, remind


def keep_reports(now: datetime) -> int:
    """Let the reports of ended periods be owed, then remind of those due and late; return how many in all."""
    return owe_periodic(now) + remind(now)
