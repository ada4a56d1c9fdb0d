"""The catalogues of dispatch: holidays, deadlines, measures; read once and validated as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from lookout.kernel.errors import DataError
from lookout.web.dispatch.working_days import UNITS, Calendar, Unit, read_calendar

CATALOGUE = Path(__file__).parent / "catalogue"
LEVELS = ("red", "orange", "yellow")
Approval = Literal["none", "head", "city"]
Start = Literal["opening", "triage", "dispatch", "report"]


@dataclass(frozen=True)
class DeadlineRule:
    """What must happen by when: `limits` is count and unit by level of the clue."""

    event: str
    title: str
    start: Start
    limits: Mapping[str, tuple[int, Unit]]
    basis: str

    def due(self, calendar: Calendar, start: datetime, band: str) -> datetime:
        """Return when it is due; a clue without level takes the longest limit."""
        count, unit = self.limits.get(band, self.limits["yellow"])
        return calendar.end(start, count, unit)


@dataclass(frozen=True)
class MeasureRule:
    """One measure: its legal basis, who must approve it, and under what its result is counted.

    `most_days`: how long the law lets it last, None without limit. `needs_visit`: two officers must have been there.
    """

    code: str
    title: str
    basis: str
    approval: Approval
    needs_due: bool
    group: str
    most_days: int | None = None
    needs_visit: bool = False


def _read(name: str) -> Any:
    return yaml.safe_load((CATALOGUE / name).read_text("utf-8"))


@cache
def calendar() -> Calendar:
    """Return the working days."""
    return read_calendar(_read("holidays.yaml"))


@cache
def deadline_rules() -> Mapping[str, DeadlineRule]:
    """Return the deadlines by event."""
    return read_deadlines(_read("deadlines.yaml"))


@cache
def measure_rules() -> Mapping[str, MeasureRule]:
    """Return the measures by code."""
    return read_measures(_read("measures.yaml"))


def read_deadlines(content: Mapping[str, Any]) -> dict[str, DeadlineRule]:
    """Read the deadline catalogue. Raises DataError with all its problems."""
    rules, problems = {}, []
    for event, entry in content.items():
        limits = entry.get("unit_by_band", {})
        wrong = [
            level
            for level in LEVELS
            if not (
                isinstance(limits.get(level), list)
                and len(limits[level]) == 2
                and isinstance(limits[level][0], int)
                and limits[level][0] > 0
                and limits[level][1] in UNITS
            )
        ]
        if wrong:
            problems.append(f"{event}：{'、'.join(wrong)} 应为 [数, {'|'.join(UNITS)}]，如 [3, working_days]")
        if entry.get("from") not in get_args(Start):
            problems.append(f"{event}：from 应为 {'、'.join(get_args(Start))} 之一")
        if not entry.get("zh") or not entry.get("basis"):
            problems.append(f"{event}：缺少 zh 或 basis")
        if not problems:
            found = {level: (limits[level][0], limits[level][1]) for level in LEVELS}
            rules[event] = DeadlineRule(event, entry["zh"], entry["from"], found, entry["basis"])
    if problems:
        raise DataError("时限规则有问题：" + "；".join(problems))
    return rules


def read_measures(content: Mapping[str, Any]) -> dict[str, MeasureRule]:
    """Read the catalogue of measures. Raises DataError with all its problems."""
    problems = [
        f"{code}：缺少 {name}"
        for code, entry in content.items()
        for name in ("zh", "basis", "approval", "group", "needs_due")
        if name not in entry
    ]
    problems += [
        f"{code}：approval 应为 {'、'.join(get_args(Approval))} 之一"
        for code, entry in content.items()
        if entry.get("approval") not in get_args(Approval)
    ]
    if problems:
        raise DataError("措施目录有问题：" + "；".join(problems))
    return {
        code: MeasureRule(
            code,
            entry["zh"],
            entry["basis"],
            entry["approval"],
            entry["needs_due"],
            entry["group"],
            entry.get("most_days"),
            entry.get("needs_visit", False),
        )
        for code, entry in content.items()
    }


@cache
def checklist() -> Mapping[str, str]:
    """Return what is looked at on site: code → question."""
    content: Mapping[str, str] = _read("checklist.yaml")
    return content
