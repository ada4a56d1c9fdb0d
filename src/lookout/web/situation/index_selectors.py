"""Reads of the regional index; the door is `access.access_region`, as for everything of the situation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from lookout.web.companies.filters import region_title
from lookout.web.situation.index_inputs import top_prefix
from lookout.web.situation.index_rules import PARTS, index_rules
from lookout.web.situation.models import IndexPoint

PART_WORDS = {
    "density": _("存量密度"),
    "flow": _("新增流量"),
    "public": _("公众反映"),
    "backlog": _("处置积压"),
}
PART_MEANING = {
    "density": _("每万家监测企业的风险量"),
    "flow": _("每万家监测企业 90 天新增的红橙企业"),
    "public": _("每十万常住人口 90 天的集资类投诉和负面事件"),
    "backlog": _("线索超期率 + 未结案件未兑付率"),
}
BAND_WORDS = {
    "very_high": _("很高"),
    "high": _("高"),
    "medium": _("中"),
    "low": _("低"),
}
MONTHS = 24


@dataclass(frozen=True)
class Line:
    """The index of one region and month, with the month before; `change` None when there is none to compare with."""

    point: IndexPoint
    before: IndexPoint | None

    @property
    def change(self) -> Decimal | None:
        """Return how the printed index moved since the month before."""
        return self.point.value - self.before.value if self.before else None

    @property
    def name(self) -> str:
        """Return the name of the region."""
        return region_title(self.point.region)

    @property
    def band(self) -> str:
        """Return the band's code."""
        return index_rules().band(float(self.point.value))

    @property
    def band_word(self) -> str:
        """Return the band in words."""
        return str(BAND_WORDS[self.band])

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Return the names of the parts that nothing is known about."""
        return tuple(str(PART_WORDS[part]) for part in PARTS if part not in self.point.parts)


def newest_index(region: str, until: str = "") -> Line | None:
    """Return the newest index of a region ('' is the whole province), None before the first.

    `until`: a month like 2026-10, later ones do not count.
    """
    found = [one for one in _series(region or top_prefix()) if not until or one.month <= until]
    if not found:
        return None
    return Line(found[-1], _previous(found))


def index_history(region: str) -> list[IndexPoint]:
    """Return the index month by month as it counts now, oldest first; those of another base are left out."""
    return _series(region or top_prefix())[-MONTHS:]


def revisions(region: str, month: str) -> list[IndexPoint]:
    """Return what was published for a month, in order; the last counts."""
    found = IndexPoint.objects.filter(region=region or top_prefix(), month=month, base=index_rules().base)
    return list(found.order_by("pk").defer("detail"))


def newest_below(region: str, until: str = "") -> list[Line]:
    """Return the newest index of every region right below one, the highest first; of the same month as its own."""
    whole = region or top_prefix()
    own = newest_index(region, until)
    if own is None or len(whole) >= 6:
        return []
    width = len(whole) + 2
    months = (own.point.month, own.before.month if own.before else "")
    found = IndexPoint.objects.filter(
        region__startswith=whole, month__in=months, base=index_rules().base
    ).order_by("pk")
    by_month: dict[str, dict[str, IndexPoint]] = {month: {} for month in months}
    for point in found:
        if len(point.region) == width:
            by_month[point.month][point.region] = point
    before = by_month[months[1]] if months[1] else {}
    lines = [Line(point, before.get(code)) for code, point in by_month[months[0]].items()]
    return sorted(lines, key=lambda line: (-line.point.value, line.point.region))


def _series(region: str) -> list[IndexPoint]:
    by_month = {
        point.month: point
        for point in IndexPoint.objects.filter(region=region, base=index_rules().base).order_by("pk")
    }
    return [by_month[month] for month in sorted(by_month)]


def _previous(found: list[IndexPoint]) -> IndexPoint | None:
    """Return the point of the month right before the last, None when that month is missing."""
    if len(found) < 2:
        return None
    last, before = found[-1].month, found[-2].month
    months = [int(month[:4]) * 12 + int(month[5:]) for month in (before, last)]
    return found[-2] if months[1] - months[0] == 1 else None
