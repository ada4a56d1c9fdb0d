"""Parts of the report on a type of institution: doubtful figures, events, and what to do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse

from lookout.hub.reading import CompanyRow
from lookout.web.clues import guidance
from lookout.web.reports.figures import MOST_ROWS, Cell, frozen_rows
from lookout.web.reports.gathering import Gathering, company_address, written
from lookout.web.reports.reading import COMPANY_COLUMNS, RATING, company_cells

AUTHENTICITY = "H09"  # how far what a company reports lies from its tax and social security
CONTRADICTIONS = {
    "TAX011": "报送收入与纳税申报背离",
    "TAX015": "参保人数与个税人数背离",
    "TAX024": "申报收入与参保人数不匹配",
}
MOST_LISTED = 15
EVENTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("posts", "opinion_post", "负面舆情", {"where": (("sentiment", ("negative",)),)}),
    ("tickets", "complaint_ticket", "投诉举报工单", {}),
    ("penalties", "administrative_penalty", "行政处罚", {}),
    ("lawsuits", "justice_case", "裁判案件", {}),
    ("enforcement", "justice_enforcement", "被执行案件", {}),
    ("police", "police_case", "公安立案", {}),
)


def add_cross_check(g: Gathering, kind: str) -> None:
    """Add the companies whose reports, taxes and social security contradict each other."""
    values = {
        one.identifier: one.values[AUTHENTICITY]
        for one in g.reader.exposures(g.filter(organization_type=kind), (AUTHENTICITY,), above=-1)
    }
    known = sum(value is not None for value in values.values())
    found: dict[str, CompanyRow] = {}
    reasons: dict[str, list[str]] = {}
    for code, name in CONTRADICTIONS.items():
        for row in g.companies(most=MOST_ROWS, organization_type=kind, label=code):
            found[row.identifier] = row
            reasons.setdefault(row.identifier, []).append(name)
    listed = sorted(
        found.values(),
        key=lambda row: (-len(reasons[row.identifier]), -(values.get(row.identifier) or 0), row.identifier),
    )
    checked = g.figure("checked", known, "户", source=RATING)
    doubtful = g.figure(
        "doubtful", len(listed), "户", source=RATING,
        rows=frozen_rows((company_cells(row) for row in listed), COMPANY_COLUMNS),
    )  # fmt: skip
    g.text(
        "cross_check",
        f"可与税务、社保数据比对的机构{checked}，报送、纳税、参保相互矛盾的{doubtful}。"
        if known
        else "没有可与税务、社保比对的机构，不作交叉验证。",
    )
    g.table(
        "doubtful_table", f"交叉验证异常名单（前 {MOST_LISTED} 户）", ("机构", "矛盾之处", "偏离（%）", "得分"),
        [
            (
                g.make("company", row.identifier, words=row.name, source=RATING, link=company_address(row.identifier)),
                "；".join(reasons[row.identifier]),
                _gap(g, row, values.get(row.identifier)),
                g.make("score", row.score, "分", source=RATING, link=company_address(row.identifier)),
            )
            for row in listed[:MOST_LISTED]
        ],
        "偏离为报送的收入、人数与纳税申报、参保人数相差的比例。" if listed else "没有相互矛盾的机构。",
    )  # fmt: skip


def _gap(g: Gathering, row: CompanyRow, value: float | None) -> Cell:
    percent = None if value is None else Decimal(str(round(value * 100, 1)))
    link = reverse("companies:evidence", args=[row.identifier, AUTHENTICITY])
    source = f"经营真实性偏离（指标 {AUTHENTICITY}）"
    return g.make("gap", percent, "%", words=written(percent, places=1), source=source, link=link)


def add_events(g: Gathering, kind: str) -> None:
    """Add what happened to the institutions in the period, beside the period before."""
    rows, missing = [], []
    for key, table, name, narrow in EVENTS:
        if not g.delivered(table):
            missing.append(name)
            continue
        now = g.facts(table, span=g.span, organization_type=kind, **narrow)[0]
        before = g.facts(table, span=g.before, organization_type=kind, **narrow)[0]
        about: dict[str, Any] = {"source": name, "period": g.period}
        rows.append(
            (
                name,
                g.make(f"event_{key}", now.rows, "件", **about),
                g.make(
                    f"event_{key}_before",
                    before.rows,
                    "件",
                    source=name,
                    period=f"{g.before.start} 至 {g.before.end}",
                ),
                g.make(f"event_{key}_companies", now.companies, "户", **about),
            )
        )
    note = f"没有收到{'、'.join(missing)}数据，未列。" if missing else ""
    g.table("events", "风险事件", ("事件", "本期（件）", "上期（件）", "涉及机构（户）"), rows, note)


def add_advice(g: Gathering, kind: str) -> None:
    """Add advice that follows from the figures, each with what it rests on."""
    sentences = []
    for band, name in (("red", "红色"), ("orange", "橙色"), ("yellow", "黄色")):
        number = g.count(organization_type=kind, bands=(band,))
        if number:
            stands = g.figure(f"advice_{band}", number, "户", source=RATING)
            sentences.append(f"{name}机构{stands}：{'；'.join(guidance.steps(band)[:3])}。")
    if not sentences:
        sentences.append("本期没有预警机构，按常规频次监测。")
    value = g.figures.get("ratio_kept")
    if value is not None and isinstance(value.value, Decimal) and value.value < 100:
        sentences.append("对监管指标未达标的机构，要求说明原因并限期整改。")
    if (
        (late := g.figures.get("in_time")) is not None
        and isinstance(late.value, Decimal)
        and late.value < 100
    ):
        sentences.append("对迟报、漏报的机构予以提醒，连续两期的列入现场检查计划。")
    if (doubtful := g.figures.get("doubtful")) is not None and doubtful.value:
        sentences.append("对交叉验证异常名单逐户核对报送数据与纳税、参保数据，不能说明的开展专项检查。")
    g.text("advice", *sentences)
