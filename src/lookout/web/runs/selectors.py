"""Reads behind the run pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lookout.hub.reading.model import BANDS, RunInfo
from lookout.web import published
from lookout.web.ui.words import CHANGE_WORDS


@dataclass(frozen=True)
class Stage:
    """One stage of a run with its time and its share of the whole, in percent."""

    name: str
    seconds: float
    percent: float


def list_runs() -> list[RunInfo]:
    """Return the kept runs, newest first."""
    return published.reader().runs()


def list_stages(run: RunInfo) -> list[Stage]:
    """Return the stages of a run in their order."""
    timed = published.reader().run_stages(run.run_id)
    whole = sum(seconds for _name, seconds in timed) or 1
    return [Stage(name, seconds, seconds / whole * 100) for name, seconds in timed]


def _gravest_first(figure: tuple[str, Any]) -> tuple[int, str]:
    order = (*BANDS, *CHANGE_WORDS)
    return (order.index(figure[0]) if figure[0] in order else len(order), figure[0])


def flat_figures(figures: dict[str, Any]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Return the counts of a run as groups of (name, value); single counts form the first group."""
    # Hits of each rule stand on the rule's own page; here they would be hundreds of lines.
    figures = {name: value for name, value in figures.items() if not name.endswith("_companies")}
    single = [(name, value) for name, value in figures.items() if not isinstance(value, (dict, list))]
    groups = [("", single)] if single else []
    for name, value in figures.items():
        if isinstance(value, dict):
            groups.append((name, sorted(value.items(), key=_gravest_first)))
        elif isinstance(value, list):
            groups.append((name, [tuple(pair)[:2] for pair in value]))
    return groups
