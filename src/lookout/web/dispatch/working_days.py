"""Working days by the yearly holiday notices, and the ends of periods; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError

Unit = Literal["hours", "days", "working_days"]
UNITS: tuple[Unit, ...] = ("hours", "days", "working_days")
SATURDAY = 5
DAY = timedelta(days=1)
# The last second of a day: a period of days ends with the day.
END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True)
class Calendar:
    """Days off that are not weekends, and weekend days that are worked; `years` are those with a table."""

    off: frozenset[date]
    working: frozenset[date]
    years: frozenset[int]

    def is_working(self, day: date) -> bool:
        """Tell whether offices work that day."""
        if day in self.working:
            return True
        return day not in self.off and day.weekday() < SATURDAY

    def add_working_days(self, day: date, count: int) -> date:
        """Return the last of `count` working days after a day; the day itself is not counted."""
        while count > 0:
            day += DAY
            count -= self.is_working(day)
        return day

    def next_working(self, day: date) -> date:
        """Return the day itself when it is worked, otherwise the next that is."""
        while not self.is_working(day):
            day += DAY
        return day

    def end(self, start: datetime, count: int, unit: Unit) -> datetime:
        """Return when a period ends, in Shanghai time.

        Hours run on. Days end with their last day, and one that would end on a day off ends with the next
        working day (as procedural periods do). The day a period starts on is not counted.
        """
        local = start.astimezone(SHANGHAI)
        if unit == "hours":
            return local + timedelta(hours=count)
        days = local.date() + timedelta(days=count)
        last = self.next_working(days) if unit == "days" else self.add_working_days(local.date(), count)
        return datetime.combine(last, END_OF_DAY, SHANGHAI)


def read_calendar(content: Mapping[Any, Any]) -> Calendar:
    """Read the holiday table: year → holidays and make_up_days, each a day or `first/last`; all problems are reported together."""
    off: set[date] = set()
    working: set[date] = set()
    problems = []
    for year, entry in content.items():
        unknown = set(entry) - {"source", "holidays", "make_up_days"}
        problems += [f"{year} 没有“{name}”这一项" for name in sorted(map(str, unknown))]
        for name, target in (("holidays", off), ("make_up_days", working)):
            for text in entry.get(name, ()):
                try:
                    first, _slash, last = str(text).partition("/")
                    day, end = date.fromisoformat(first), date.fromisoformat(last or first)
                except ValueError:
                    problems.append(
                        f"{year} {name}“{text}”不是日期；应为 2026-10-01 或 2026-10-01/2026-10-07"
                    )
                    continue
                if not day <= end < day + timedelta(days=15) or day.year not in (year, year - 1):
                    problems.append(f"{year} {name}“{text}”首尾颠倒、超过两周或不在这一年")
                    continue
                while day <= end:
                    target.add(day)
                    day += DAY
    problems += [f"{day} 既是假日又是工作日" for day in sorted(off & working)]
    problems += [f"{day} 不是周末，不用列为调休上班" for day in sorted(working) if day.weekday() < SATURDAY]
    if problems:
        raise DataError("节假日表有问题：" + "；".join(problems))
    return Calendar(frozenset(off), frozenset(working), frozenset(int(year) for year in content))
