"""What was sealed about the clue of a case is needed until the case is closed."""

from __future__ import annotations

from datetime import datetime

from lookout.kernel.clock import end_of_day
from lookout.web.cases.models import Case
from lookout.web.evidence.subjects import GOES_ON


def clue_needed_until(number: str) -> datetime | None:
    """Return when the case of a clue was closed, None when there is no case."""
    case = Case.objects.filter(clue__number=number).first()
    if case is None:
        return None
    return end_of_day(case.closed_on) if case.closed_on is not None else GOES_ON
