"""Small derivations a mapping may ask for when a source says the same thing in another way.

A text a transform does not understand is left as it is, so that the type check reports it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_YEAR = re.compile(r"^\s*(\d{4})(?:\.0+)?\s*$")
_POINT_ZERO = re.compile(r"^\s*(-?\d+)\.0+\s*$")


def _from_year(text: str, later: int, month_day: str) -> str:
    found = _YEAR.match(text)
    return f"{int(found[1]) + later}-{month_day}" if found else text


def year_end(text: str) -> str:
    """2017 → 2017-12-31."""
    return _from_year(text, 0, "12-31")


def annual_report_due(text: str) -> str:
    """2017 → 2018-06-30, the last day for that year's report (企业信息公示暂行条例 art. 8)."""
    return _from_year(text, 1, "06-30")


def whole_number(text: str) -> str:
    """4.0 → 4."""
    return _POINT_ZERO.sub(r"\1", text)


TRANSFORMS: Mapping[str, Callable[[str], str]] = {
    "none": str,
    "year_end": year_end,
    "annual_report_due": annual_report_due,
    "whole_number": whole_number,
}
