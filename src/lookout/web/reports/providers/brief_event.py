"""The brief on one company: what happened, who it is, how it is rated, what to do."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from lookout.hub.reading.model import DIMENSIONS, Contribution, Dossier, Evidence
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.clues import guidance
from lookout.web.clues.access import visible as visible_clues
from lookout.web.clues.models import Clue
from lookout.web.clues.words import Element
from lookout.web.companies.access import access_company
from lookout.web.complaints.access import visible as visible_complaints
from lookout.web.complaints.models import Complaint
from lookout.web.complaints.states import VOID
from lookout.web.reports.figures import Content, Figure, Request, Table, mention
from lookout.web.reports.reading import (
    CLUE_COLUMNS,
    LEDGER,
    RATING,
    clue_cells,
    plain_figure,
)
from lookout.web.ui import words

# Two pages at most: the dossier holds the rest.
MOST_REASONS, MOST_EVENTS, MOST_OF_AN_ELEMENT, MOST_STEPS = 4, 1, 2, 3
MOST_CAUSES = 3
MOST_OF_SCOPE = 40  # characters of a scope of business, which may fill half a page
# Of the registry: who it is. Identity numbers, phones and mail addresses have no business in a report.
PROFILE = ("企业类型", "登记状态", "法定代表人", "注册资本（元）", "成立日期", "住所", "经营范围")
MOST_EVIDENCE = 50
ORIGIN = ("文件", "批次", "行", "获知时间")


def event_brief(request: Request) -> Content:
    """Return what is known of a company; Http404 when the person may not see it."""
    dossier = access_company(request.user, request.subject, events=20)
    clues = visible_clues(request.user).filter(company=request.subject)
    complaints = visible_complaints(request.user).filter(company=request.subject).exclude(state__in=VOID)
    found = [*_rating(request, dossier), *_dimensions(request, dossier)]
    figures = {one.key: one for one in (*found, *_complaints(complaints), *_clue_figures(clues))}
    reasons = _reasons(request, dossier)
    texts = {
        "event": _event(dossier, clues),
        "profile": _profile(dossier),
        "money": _money(figures),
        "elements": _elements(dossier),
        "measures": _measures(dossier),
        "evidence": _evidence_text(clues, reasons),
    }
    return Content(figures=figures, tables={reasons.key: reasons}, texts=texts)


def _rating(request: Request, dossier: Dossier) -> list[Figure]:
    row = dossier.row
    page = reverse("companies:page", args=[row.identifier])
    lines = [
        (one.name, one.value_text, words.written_score(one.points))
        for one in dossier.contributions
        if one.points
    ]
    return [
        plain_figure(
            "score",
            row.score,
            shown=words.written_score(row.score),
            unit="分",
            source=RATING,
            run_id=request.run_id,
            link=page,
            columns=("组成", "数值", "分"),
            rows=lines,
        ),
        plain_figure(
            "coverage",
            Decimal(str(round(row.coverage, 4))),
            shown=words.written_share(row.coverage),
            source=RATING,
            run_id=request.run_id,
            link=page,
            columns=("数据", "类别", "是否接入", "条数", "没有的原因"),
            rows=[
                (one.name, one.category_name, "是" if one.connected else "否", one.rows, one.why_missing)
                for one in dossier.sources
            ],
        ),
        plain_figure(
            "label_count",
            sum(1 for one in dossier.labels if one.polarity == "risk"),
            unit="个",
            source="风险标签",
            run_id=request.run_id,
            link=page,
            columns=("标签", "类别", "命中日期", "理由"),
            rows=[
                (one.name, one.family_name, one.hit_on, one.reason)
                for one in dossier.labels
                if one.polarity == "risk"
            ],
        ),
    ]


def _complaints(found: QuerySet[Complaint]) -> list[Figure]:
    rows = [
        (one.number, one.get_kind_display(), one.get_state_display(), one.amount, one.received_at)
        for one in found.order_by("-received_at", "-pk")
    ]
    amounts = [row[3] for row in rows if row[3] is not None]
    columns = ("编号", "类别", "状态", "金额（元）", "收到时间")
    link = reverse("complaints:list")
    return [
        plain_figure(
            "complaint_count", len(rows), unit="件", source="群众举报", link=link, columns=columns, rows=rows
        ),
        plain_figure(
            "complaint_amount",
            sum(amounts, Decimal(0)) if amounts else None,
            unit="元",
            source="群众举报，举报人自述",
            link=link,
            columns=columns,
            rows=[row for row in rows if row[3] is not None],
        ),
    ]


def _clue_figures(clues: QuerySet[Clue]) -> list[Figure]:
    """The largest number registered in any one clue: clues about one matter must not be added up."""
    found = list(clues.select_related("owner"))
    made = []
    for key, unit in (("participants", "人"), ("amount", "元")):
        known = [clue for clue in found if getattr(clue, key) is not None]
        value = max((getattr(clue, key) for clue in known), default=None)
        made.append(
            plain_figure(
                key,
                value,
                unit=unit,
                source=f"{LEDGER}，取各线索登记数的最大值",
                link=f"{reverse('clues:list')}?q={found[0].company_name}" if found else "",
                columns=(*CLUE_COLUMNS, "登记数"),
                rows=[(*clue_cells(clue), getattr(clue, key)) for clue in known],
            )
        )
    return made


def _dimensions(request: Request, dossier: Dossier) -> list[Figure]:
    link = reverse("companies:page", args=[dossier.row.identifier])
    made = []
    for name in DIMENSIONS:
        value = dossier.row.dimensions.get(name)
        known = None if value is None else Decimal(str(round(value, 2)))
        rows = [
            (one.name, one.value_text, words.word("state", one.state), words.written_score(one.points))
            for one in dossier.contributions
            if one.dimension == name
        ]
        made.append(
            plain_figure(
                name,
                known,
                shown=words.written_score(known),
                unit="分",
                source=f"{RATING}，{words.word('dimension', name)}",
                run_id=request.run_id,
                link=link,
                columns=("指标", "数值", "状态", "分"),
                rows=rows,
            )
        )
    return made


def _reasons(request: Request, dossier: Dossier) -> Table:
    """The heaviest reasons, each with the very rows behind it."""
    reader, scope = published.reader(), scope_of(request.user)
    rows = []
    for line in _heaviest(dossier)[:MOST_REASONS]:
        evidence = reader.evidence(request.subject, line.code, scope, MOST_EVIDENCE) if line.code else None
        points = plain_figure(
            "points",
            line.points,
            shown=words.written_score(line.points),
            unit="分",
            source=line.name,
            run_id=request.run_id,
            link=reverse("companies:evidence", args=[request.subject, line.code]) if line.code else "",
            **_rows_of(evidence),
        )
        rows.append((_said(line), line.value_text or "—", points))
    note = "" if rows else "没有使得分升高的指标；得分来自行业基准。"
    return Table("reasons", "主要风险点", ("风险点", "数值", "计入得分"), tuple(rows), note)


def _heaviest(dossier: Dossier) -> list[Contribution]:
    """Return what raised the score, the heaviest first; what stands in for missing data is no reason."""
    raised = (one for one in dossier.contributions if one.points > 0 and one.part != "prior")
    return sorted(raised, key=lambda one: (-one.points, one.code))


def _said(line: Contribution) -> str:
    """Return a reason that can stand alone: some phrases only go on from the one before them."""
    return f"{line.name}{line.phrase}" if line.phrase.startswith("（") else line.phrase or line.name


def _rows_of(evidence: Evidence | None) -> dict[str, Any]:
    """Return the rows behind a number, one table after the other, with where each came from."""
    if evidence is None or not evidence.groups:
        return {}
    columns: list[str] = ["数据"]
    for group in evidence.groups:
        columns += [title for _name, title in group.columns if title not in columns]
    rows = []
    for group in evidence.groups:
        titles = {title: name for name, title in group.columns}
        for row in group.rows:
            cells = [group.table_name, *(row.values.get(titles.get(title, "")) for title in columns[1:])]
            rows.append([*cells, row.file, row.batch_no or "", row.line, row.known_at])
    return {"columns": (*columns, *ORIGIN), "rows": rows}


def _event(dossier: Dossier, clues: QuerySet[Clue]) -> str:
    row = dossier.row
    causes = "；".join(_said(line).rstrip("。") for line in _heaviest(dossier)[:MOST_CAUSES])
    said = [
        f"{row.name}（统一社会信用代码{row.identifier}，{row.region_name}）评级为{words.word('band', row.band or '')}"
        f"（{mention('score')}分）" + (f"，主要原因：{causes}。" if causes else "。")
    ]
    for event in dossier.timeline[:MOST_EVENTS]:
        said.append(f"最近一次：{event.on.isoformat()}，{event.kind}，{event.text.rstrip('。')}。")
    newest = clues.order_by("-opened_at", "-pk").first()
    if newest is not None:
        said.append(f"已建立线索{newest.number}，目前{newest.get_state_display()}。{newest.summary}")
    return "".join(said)


def _profile(dossier: Dossier) -> str:
    known = [
        _profile_words(title, str(dossier.profile[title])) for title in PROFILE if dossier.profile.get(title)
    ]
    former = f"曾用名：{'、'.join(dossier.former_names)}。" if dossier.former_names else ""
    return ("，".join(known) + "。" if known else "没有登记资料。") + former


def _profile_words(title: str, value: str) -> str:
    if title.endswith("（元）"):
        return f"{title.removesuffix('（元）')}{value.removesuffix('.00')}元"
    if title == "经营范围" and len(value) > MOST_OF_SCOPE:
        return f"{title}{value[:MOST_OF_SCOPE]}……"
    return f"{title}{value}"


def _money(figures: dict[str, Figure]) -> str:
    said = [f"群众举报{mention('complaint_count')}件"]
    if figures["complaint_amount"].value is not None:
        said.append(f"举报人自述涉及金额合计{mention('complaint_amount')}元")
    if figures["participants"].value is not None:
        said.append(f"线索登记参与{mention('participants')}人")
    if figures["amount"].value is not None:
        said.append(f"线索登记涉及金额{mention('amount')}元")
    text = "，".join(said) + "。"
    if figures["participants"].value is None and figures["amount"].value is None:
        text += "参与人数和资金规模尚无登记，核查后填报，不作推算。"
    return text


def _elements(dossier: Dossier) -> str:
    """Sort the reasons by the element they speak to; whether an element is met is for people to decide."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in dossier.contributions:
        element = guidance.element_of(line.code)
        if element and line.points > 0 and line.phrase:
            found[element].append(_said(line))
    for label in dossier.labels:
        element = guidance.element_of(label.code)
        if element and label.polarity == "risk":
            found[element].append(label.reason or label.name)
    said = []
    for element in Element:
        reasons = list(dict.fromkeys(found.get(element.value, ())))[:MOST_OF_AN_ELEMENT]
        text = "；".join(one.rstrip("。") for one in reasons) if reasons else "现有数据未见，需核查"
        said.append(f"{element.label}：{text}。")
    said.append("以上为系统按数据归类，是否构成由承办人员依法认定。")
    return "".join(said)


def _evidence_text(clues: QuerySet[Clue], reasons: Table) -> str:
    numbers = "、".join(clues.order_by("number").values_list("number", flat=True)[:5])
    said = f"各风险点的原始数据行共{len(reasons.rows)}组，随本报告固定，见“数据来源”页。"
    return said + (f"相关线索：{numbers}。" if numbers else "尚未建立线索。")


def _measures(dossier: Dossier) -> str:
    steps = guidance.steps(dossier.row.band or "")[:MOST_STEPS]
    return "；".join(steps) + "。" if steps else "未达到预警等级，继续监测。"
