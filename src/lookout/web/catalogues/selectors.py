"""Reads behind the rule pages: entries by group, curves of indicators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_lazy as _

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

    found = groupby(sorted(entries, key=place), key=lambda entry: (entry.group, entry.group_name))
    return [Group(code, name, tuple(members)) for (code, name), members in found]


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


FACT_TITLES = {
    "unit": _("单位"),
    "window": _("时间窗"),
    "half_life_days": _("半衰期（天）"),
    "reason": _("原因模板"),
    "phrase": _("原因模板"),
    "source": _("依据"),
    "indicator": _("描述的指标"),
    "missing": _("没有数据时"),
    "combine": _("多个来源时"),
}
VALUE_WORDS = {
    "drop": _("不参与评分"),
    "drop_core": _("不参与评分，并提示补数据"),
    "zero_if_monitored": _("数据源已接入则记 0 分，否则不参与"),
    "penalise_60": _("应披露而未披露，记 60 分"),
    "never_missing": _("总有数值"),
    "max": _("取最大"),
    "sum": _("相加"),
    "first": _("取第一个有数据的"),
}
ROOM_WORDS = {
    "text": _("文本分析"),
    "graph": _("关联网络分析"),
    "flows": _("资金流分析"),
    "desk": _("办案结果回流"),
}


def facts_of(entry: CatalogueEntry) -> list[tuple[str, Any]]:
    """Return the further particulars of an entry that officers can use, in a fixed order."""
    return [
        (str(title), VALUE_WORDS.get(entry.details[name], entry.details[name]))
        for name, title in FACT_TITLES.items()
        if entry.details.get(name)
    ]


def waits_for(entry: CatalogueEntry) -> str:
    """Return what an inactive entry still waits for, in words; '' when active."""
    return str(ROOM_WORDS.get(entry.waits_for, entry.waits_for))
