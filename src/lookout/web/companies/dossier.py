"""The company page put in order: the sum that is the score, what is quiet, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from lookout.hub.reading.model import DIMENSIONS, Contribution, Dossier, LabelHit, SourceState, TimelineEvent
from lookout.web.ui.charts import Step, polyline, sparkline, waterfall

TABS = ("labels", "timeline", "sources", "registry", "history")
_SILENT_STATES = ("missing", "not_applicable")
RECENT_EVENTS = 6
NEWEST_EVENTS = 40  # enough for the recent ones: many of one day in the same words are one line
ALL_EVENTS = 200


@dataclass(frozen=True)
class Sum:
    """The lines of the score: those that count, those that are quiet, those without data."""

    steps: tuple[Step, ...]
    quiet: tuple[Contribution, ...]
    missing: tuple[Contribution, ...]
    total: Decimal


@dataclass(frozen=True)
class LabelGroup:
    """The labels of one family, most severe first."""

    name: str
    labels: tuple[LabelHit, ...]


@dataclass(frozen=True)
class Happening:
    """One line of the timeline: an event, and how often it happened in the same words that day."""

    event: TimelineEvent
    count: int


@dataclass(frozen=True)
class SourceGroup:
    """The tables of one data category."""

    name: str
    sources: tuple[SourceState, ...]
    connected: int


def line_code(line: Contribution) -> str:
    """Return what names a line in addresses; a baseline has no code of its own, only its dimension."""
    return line.code or f"{line.part}-{line.dimension}"


def find_line(lines: Sequence[Contribution], code: str) -> Contribution | None:
    """Return the line with that name, None when the company has none."""
    return next((line for line in lines if line_code(line) == code), None)


def explain_sum(lines: Sequence[Contribution]) -> Sum:
    """Split contributions into what made the score and what did not."""
    counting = sorted(
        (line for line in lines if line.points != 0),
        key=lambda line: (-line.points, line_code(line)),
    )
    still = [line for line in lines if line.points == 0 and line.part == "indicator"]
    return Sum(
        steps=waterfall(counting),
        quiet=tuple(line for line in still if line.state not in _SILENT_STATES),
        missing=tuple(line for line in still if line.state in _SILENT_STATES),
        total=sum((line.points for line in lines), Decimal(0)),
    )


def group_labels(labels: Sequence[LabelHit]) -> list[LabelGroup]:
    """Return risk labels by family; the family with the gravest label first."""
    ordered = sorted(labels, key=lambda hit: (hit.family, -hit.severity, -hit.strength, hit.code))
    groups = [
        LabelGroup(hits[0].family_name, tuple(hits))
        for hits in (list(group) for _family, group in groupby(ordered, key=lambda hit: hit.family))
    ]
    return sorted(groups, key=lambda group: -max(hit.severity for hit in group.labels))


def group_sources(sources: Sequence[SourceState]) -> list[SourceGroup]:
    """Return the tables by data category, in the order of the categories."""
    ordered = sorted(sources, key=lambda source: (source.category, source.table))
    groups = []
    for _category, group in groupby(ordered, key=lambda source: source.category):
        members = tuple(group)
        groups.append(SourceGroup(members[0].category_name, members, sum(s.connected for s in members)))
    return groups


def dimension_rows(dossier: Dossier) -> list[tuple[str, float | None]]:
    """Return the five dimensions in their fixed order, None where there is no score."""
    return [(name, dossier.row.dimensions.get(name)) for name in DIMENSIONS]


def list_happenings(events: Sequence[TimelineEvent]) -> list[Happening]:
    """Return what happened, newest first; twenty complaints of one day in the same words are one line."""
    alike = sorted(events, key=lambda event: (event.kind, event.text))
    ordered = sorted(alike, key=lambda event: event.on, reverse=True)
    groups = groupby(ordered, key=lambda event: (event.on, event.kind, event.text))
    return [Happening(members[0], len(members)) for members in (list(group) for _same, group in groups)]


def fill_the_short_list(events: Sequence[TimelineEvent]) -> bool:
    """Tell whether these are enough for the few lines that the page begins with."""
    return len(list_happenings(events)) >= RECENT_EVENTS


def history_line(dossier: Dossier, *, wide: bool) -> str:
    """Return the polyline of the scores of all kept runs; '' when there are fewer than two."""
    scores = [score for _as_of, score, _band in dossier.history]
    if not wide:
        return sparkline(scores)
    known = [
        (as_of.timestamp(), float(score)) for as_of, score, _band in dossier.history if score is not None
    ]
    return polyline(known, 640, 160)
