"""When a connection is due: always, hourly, daily at a time, monthly on a day; and when to try again."""

from __future__ import annotations

import calendar
import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_FORMS = re.compile(r"(always|hourly)|daily (\d{2}):(\d{2})|monthly (\d{2}) (\d{2}):(\d{2})")
EXAMPLES = ("always", "hourly", "daily 06:30", "monthly 05 06:30")
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
_JITTER = 0.2


@dataclass(frozen=True)
class Schedule:
    """`kind` with its day of the month and time of day, 0 where the kind has none."""

    kind: str
    day: int = 0
    hour: int = 0
    minute: int = 0

    def newest_slot(self, now: datetime) -> datetime:
        """Return the last moment at or before `now` at which the connection was to run."""
        if self.kind == "always":
            return now
        if self.kind == "hourly":
            return now.replace(minute=0, second=0, microsecond=0)
        slot = now.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        if self.kind == "daily":
            return slot if slot <= now else slot - timedelta(days=1)
        slot = self._in_month(slot)
        return slot if slot <= now else self._in_month(slot.replace(day=1) - timedelta(days=1))

    def _in_month(self, moment: datetime) -> datetime:
        """The 31st of a short month is its last day."""
        last = calendar.monthrange(moment.year, moment.month)[1]
        return moment.replace(day=min(self.day, last))

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Tell whether a slot has come since the last success (Shanghai wall times, None: never)."""
        return last is None or self.kind == "always" or last < self.newest_slot(now)


def parse_schedule(text: str) -> Schedule:
    """Read a schedule. Raises ValueError with a Chinese sentence."""
    found = _FORMS.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text}”不是时间表；写成 {'、'.join(EXAMPLES)} 之一")
    if found[1]:
        return Schedule(found[1])
    if found[2]:
        parts = Schedule("daily", 0, int(found[2]), int(found[3]))
    else:
        parts = Schedule("monthly", int(found[4]), int(found[5]), int(found[6]))
    if parts.hour > 23 or parts.minute > 59 or not (parts.kind == "daily" or 1 <= parts.day <= 31):
        raise ValueError(f"“{text}”里的日期或钟点不存在；写成如 {EXAMPLES[2]}、{EXAMPLES[3]}")
    return parts


def wait_after(name: str, attempts: int) -> timedelta:
    """Return how long to wait after so many failures in a row: doubled each time, spread by name.

    The spread keeps connections that failed together from coming back together; it is the same at
    every call.
    """
    longest: timedelta = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
    spread = random.Random(f"{name}:{attempts}").uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 no secret, it only spreads the load
    return longest * spread
