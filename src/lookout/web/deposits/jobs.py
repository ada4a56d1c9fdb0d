"""What time must do for deposited contracts. Safe to do again."""

from __future__ import annotations

from datetime import datetime

from lookout.web.deposits.checking import check_waiting


def check_contracts(now: datetime) -> int:
    """Check contracts that wait: new ones of a file, and those a newer run may answer more about; return how many."""
    return check_waiting(now)
