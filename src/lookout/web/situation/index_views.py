"""The page of the regional index: how high, how it moved, what it is made of, and how it is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lookout.hub.reading import CompanyFilter
from lookout.web import published
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.companies.filters import region_title
from lookout.web.situation import index_selectors as selectors
from lookout.web.situation.access import access_region
from lookout.web.situation.index_inputs import top_prefix
from lookout.web.situation.index_rules import PARTS, index_rules, residents
from lookout.web.situation.models import IndexPoint
from lookout.web.ui.excel import Cell, excel_response
from lookout.web.ui.words import written_moment

HISTORY_HEAD = (
    "地区",
    "月份",
    "指数",
    "当月值",
    "档次",
    *map(str, selectors.PART_WORDS.values()),
    "数据权重",
    "计算时间",
)


@dataclass(frozen=True)
class PartLine:
    """One part as the page shows it; `points` None when nothing is known."""

    name: str
    meaning: str
    weight: str
    measured: str
    median: str
    scaled: str
    points: Decimal | None
    why: str


@dataclass(frozen=True)
class Share:
    """One line of what the density part is made of: its points, its share of the largest line in percent, its list."""

    name: str
    points: Decimal
    length: int
    query: str


@require_safe
@at_place(Place.SITUATION)
def index_page(request: HttpRequest) -> HttpResponse:
    """Show the index of the person's region or one below it."""
    user = person(request)
    region = access_region(user, request.GET.get("region", ""))
    line = selectors.newest_index(region)
    context: dict[str, Any] = {
        "region": region,
        "title": region_title(region or top_prefix()),
        "line": line,
        "rules": index_rules(),
        "residents": residents(),
        "bands": selectors.BAND_WORDS,
        "part_words": selectors.PART_WORDS,
        "part_meaning": selectors.PART_MEANING,
    }
    if line is not None:
        types = {code: name for code, name, _n in _types()}
        context |= {
            "parts": _parts(line),
            "by_place": _shares(line.point.detail["places"], _place_name, "region"),
            "kinds": _shares(
                line.point.detail["kinds"], lambda code: types.get(code, code or _("类型不详")), "type"
            ),
            "drivers": line.point.detail["drivers"],
            "below": selectors.newest_below(region),
            "chart": _chart(selectors.index_history(region)),
            "history": list(reversed(selectors.index_history(region))),
            "revisions": selectors.revisions(region, line.point.month),
        }
    return render(request, "situation/index.html", context)


@require_safe
@at_place(Place.SITUATION)
def index_export(request: HttpRequest) -> FileResponse:
    """Download the history of a region's index and of the regions right below it."""
    region = access_region(person(request), request.GET.get("region", ""))
    points = list(selectors.index_history(region))
    for line in selectors.newest_below(region):
        points += selectors.index_history(line.point.region)
    notes = [
        ("内容", f"{region_title(region or top_prefix())}区域涉众金融风险指数"),
        ("基期", f"{index_rules().base}：{index_rules().base_how}"),
        ("导出时间", written_moment(timezone.now())),
    ]
    return excel_response("region-index", HISTORY_HEAD, map(_row, points), notes)


def _row(point: IndexPoint) -> list[Cell]:
    points = [point.parts.get(part, {}).get("points", "") for part in PARTS]
    return [
        Cell(region_title(point.region)),
        Cell(point.month),
        Cell(str(point.value), float(point.value), "0.00"),
        Cell(str(point.raw), float(point.raw), "0.00"),
        Cell(str(selectors.BAND_WORDS[index_rules().band(float(point.value))])),
        *(Cell(text, float(text), "0.00") if text else Cell("—") for text in points),
        Cell(str(point.known), float(point.known), "0%"),
        Cell(written_moment(point.computed_at)),
    ]


def _types() -> list[tuple[str, str, int]]:
    return published.reader().count_by(CompanyFilter(), "organization_type")


def _place_name(prefix: str) -> str:
    return region_title(prefix) if prefix else _("只登记到上一级，或外省")


def _parts(line: selectors.Line) -> list[PartLine]:
    rules, holding, found = index_rules(), line.point.holding, []
    for part in PARTS:
        known = line.point.parts.get(part)
        found.append(
            PartLine(
                name=str(selectors.PART_WORDS[part]),
                meaning=str(selectors.PART_MEANING[part]),
                weight=f"{rules.weights[part]:.0%}",
                measured=f"{known['measured']:.2f}" if known else "—",
                median=f"{rules.medians[part]:g}",
                scaled=f"{known['scaled']:.1f}" if known else "—",
                points=Decimal(known["points"]) if known else None,
                why=_why(part, holding),
            )
        )
    return found


def _why(part: str, holding: dict[str, Any]) -> str:
    """Return what a part was computed from, or what is missing, in words."""
    values = {name: f"{value:,}" if isinstance(value, int) else value for name, value in holding.items()}
    values["mass"] = f"{holding['mass']:,.2f}"
    if part == "density":
        return _("风险量 %(mass)s，监测企业 %(monitored)s 家") % values
    if part == "flow":
        if holding["new_warned"] is None:
            return _("没有保留足够早的评级结果，无法比较")
        return _("自 %(since)s 起 %(window_days)s 天新增 %(new_warned)s 家，折算为 90 天") % values
    if part == "public":
        if holding["residents"] is None:
            return _("没有常住人口数，无法计算")
        return _("投诉和负面事件 %(voices)s 件，常住人口 %(residents)s 人") % values
    if not holding["open_clues"] and not holding["raised"]:
        return _("没有未办结的线索和案件")
    text = _("未办结线索 %(open_clues)s 条，超期 %(late)s 条") % values
    if holding["raised"]:
        share = f"{holding['unpaid'] / holding['raised']:.1%}"
        text += _("；未结案件未兑付 %(share)s") % {"share": share}
    return text


def _shares(points: dict[str, str], name: Callable[[str], str], parameter: str) -> list[Share]:
    most = max((Decimal(value) for value in points.values()), default=Decimal(0)) or Decimal(1)
    return [
        Share(
            name(code),
            Decimal(value),
            round(Decimal(value) * 100 / most),
            f"{parameter}={code}&band=red&band=orange&band=yellow" if code else "",
        )
        for code, value in points.items()
    ]


def _chart(history: list[IndexPoint]) -> dict[str, Any] | None:
    """Return the lines of the index and of the month alone, None with fewer than two months."""
    if len(history) < 2:
        return None
    return {
        "kind": "series",
        "max": 100,
        "days": [point.month for point in history],
        "lines": [
            {"name": _("指数"), "values": [float(point.value) for point in history]},
            {"name": _("当月值"), "values": [float(point.raw) for point in history]},
        ],
    }
