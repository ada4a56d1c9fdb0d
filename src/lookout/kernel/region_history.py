"""What became of abolished divisions: merged into one, renamed, or divided among several.

`regions_guangdong_successors.csv` has a row for each pair of an abolished division and one that took
its place, from the State Council's approvals as the Ministry of Civil Affairs publishes them by year
(县级以上行政区划变更情况); the day is the end of the old code in `regions_guangdong.csv`. A
division with several rows was divided: which part a company lies in, its old code does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from lookout.kernel.regions import regions, successors


def region_on(code: str, day: date) -> str:
    """Return the code under which a division's place is found on a day.

    That is the code itself while it is valid, when nothing is known of what became of it, and when it
    was divided: then no single code is right.
    """
    home = regions()
    while code in home and not home[code].exists_on(day) and day > home[code].valid_from:
        after = successors().get(code, ())
        if len(after) != 1:
            return code
        code = after[0]
    return code


@lru_cache(maxsize=16)
def abolished_by(day: date) -> Mapping[str, str]:
    """Return, for every code no longer valid on a day, the one that has its place then, if it is one."""
    found = {code: region_on(code, day) for code in regions()}
    return {code: now for code, now in found.items() if now != code}
