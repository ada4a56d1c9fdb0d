"""Reads behind the rule pages: entries by group, curves of indicators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from lookout.hub.reading.model import DIMENSIONS, CatalogueEntry
from lookout.web import published
from lookout.web.ui.charts import polyline, read_knots


@dataclass(frozen=True)
class Group:
    """Entries of one family or dimension."""

    code: str
    name: str
    entries: tuple[CatalogueEntry, ...]


@dataclass(frozen=True)
class Curve:
    """How a value becomes a sub-score: the points, and their drawing on a 160 × 48 canvas."""

    points: tuple[tuple[float, float], ...]
    drawing: str


@dataclass(frozen=True)
class LabelQuery:
    """Which labels are asked for."""

    text: str
    state: str  # active | waiting | ''


def _grouped(entries: Iterable[CatalogueEntry], order: Sequence[str]) -> list[Group]:
    def place(entry: CatalogueEntry) -> tuple[int, str, str]:
        known = order.index(entry.group) if entry.group in order else len(order)
        return (known, entry.group, entry.code)

    groups = groupby(sorted(entries, key=place), key=lambda entry: (entry.group, entry.group_name))
    return [Group(code, name, tuple(members)) for (code, name), members in groups]


def list_indicator_groups() -> list[Group]:
    """Return the indicators by dimension, in the dimensions' order."""
    return _grouped(published.reader().catalogue("indicator"), DIMENSIONS)


def list_label_groups(asked: LabelQuery) -> list[Group]:
    """Return the labels by family that match what is asked."""
    entries = published.reader().catalogue("label")
    text = asked.text.casefold()
    chosen = [
        entry
        for entry in entries
        if (not text or text in f"{entry.code} {entry.name} {entry.rule_text}".casefold())
        and (not asked.state or entry.active == (asked.state == "active"))
    ]
    return _grouped(chosen, ())


def curve_of(entry: CatalogueEntry) -> Curve | None:
    """Return the curve of an indicator, None for labels and indicators without one."""
    knots: Any = entry.details.get("knots")
    if not knots:
        return None
    points = read_knots(knots) if isinstance(knots, str) else tuple((float(x), float(y)) for x, y in knots)
    drawn = [(float(place), y) for place, (_x, y) in enumerate(points)]
    return Curve(points, polyline(drawn, 160, 48))


def facts_of(entry: CatalogueEntry) -> list[tuple[str, Any]]:
    """Return the remaining particulars of an entry that have a plain value."""
    shown = ("knots", "rule_sql")
    return [
        (name, value)
        for name, value in entry.details.items()
        if name not in shown and value not in (None, "", [], {}) and not isinstance(value, dict)
    ]
