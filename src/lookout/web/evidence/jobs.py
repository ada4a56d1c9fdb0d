"""What time must do for deposits. Each is safe to do again."""

from __future__ import annotations

from datetime import datetime

from lookout.web.evidence import captures, heads, ledger, retention


def enter_waiting(now: datetime) -> int:
    """Enter and stamp what waits, deposits and the record of changes; return how many were entered."""
    done = ledger.enter_deposits()
    ledger.stamp_deposits()
    return done + ledger.enter_audit()


def publish_head(now: datetime) -> int:
    """Sign and stamp the log."""
    return heads.publish_due(now)


def dispose_due(now: datetime) -> int:
    """Destroy the files whose time is over."""
    return retention.dispose_due(now)


def capture_waiting(now: datetime) -> int:
    """Capture the pages whose process died before they were."""
    return captures.run_waiting(now)
