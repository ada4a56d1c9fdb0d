"""The months of a province's history and the days inside them."""

from __future__ import annotations

from datetime import date

import numpy as np

from lookout.demo.cells import Ints, Mask, day_number

AVERAGE_MONTH = 30.44


def months_before(day: date, months: int) -> date:
    """Return the same day of an earlier month, or that month's last day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - date(year, month + 1, 1)).days
    return date(year, month + 1, min(day.day, last))


class Calendar:
    """`months` calendar months up to and including that of the last day."""

    def __init__(self, end: date, months: int) -> None:
        self.last = end
        self.months = months
        self.end = day_number(end)
        first = end.year * 12 + end.month - months
        indices = np.arange(first, first + months + 1)
        self.numbers = indices[:-1] % 12 + 1  # calendar months 1..12
        self.years = indices // 12
        starts = (indices - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]")
        self.starts = starts.astype(np.int64)
        self.start = int(self.starts[0])

    def any_day(self, rng: np.random.Generator, months: Ints) -> Ints:
        """Draw a day inside each month."""
        length = self.starts[months + 1] - self.starts[months]
        return self.starts[months] + (rng.random(len(months)) * length).astype(np.int64)

    def days_within(
        self, rng: np.random.Generator, months: Ints, first: Ints, last: Ints
    ) -> tuple[Ints, Mask]:
        """Draw a day of each month inside [first, last]; the mask tells where there is none."""
        low = np.maximum(self.starts[months], first)
        high = np.minimum(self.starts[months + 1] - 1, last)
        day = low + (rng.random(len(months)) * np.maximum(high - low + 1, 1)).astype(np.int64)
        return day, high >= low
