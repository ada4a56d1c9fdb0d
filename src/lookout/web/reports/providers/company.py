"""The special investigation of one company: who it is, what it does, where money went, and what the law asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse

from lookout.hub.reading import DIMENSION_NAMES, Dossier
from lookout.kernel.errors import DataError
from lookout.web.clues import guidance
from lookout.web.clues.access import visible
from lookout.web.complaints.access import visible as visible_complaints
from lookout.web.reports.figures import Cell, Content, Figure, Request, provider
from lookout.web.reports.gathering import Gathering, company_address, rows_address, written
from lookout.web.reports.providers.company_facts import (
    add_adverts,
    add_contracts,
    add_family,
    add_money,
    add_products,
    add_record,
)
from lookout.web.reports.providers.company_law import add_law
from lookout.web.reports.reading import LEDGER, RATING
from lookout.web.ui import words

TIMELINE, MOST_LABELS = 25, 30
# Of a person rather than of the company: not for paper that is sent round.
PRIVATE = ("证件", "电话", "邮箱")
# How soon what is to be done, by level; each level has its own standard.
STANDARDS = {
    "red": (
        ("当日", "形成专报，报送上级和属地政府"),
        ("3 个工作日内", "两人以上现场检查，固定证据"),
        ("3 个工作日内", "提出查询账户的建议，按规定报批"),
        ("5 个工作日内", "会商公安机关，研究移送和维稳预案"),
    ),
    "orange": (
        ("3 个工作日内", "约谈法定代表人和实际控制人"),
        ("7 个工作日内", "现场检查"),
        ("7 个工作日内", "要求下架涉嫌违法广告"),
        ("30 日内", "专项审计或资金核查"),
    ),
    "yellow": (
        ("7 个工作日内", "调取资料，发提示函"),
        ("每月", "复核评级和投诉"),
    ),
}


@provider("company")
def company(request: Request) -> Content:
    """Return the investigation of the company whose identifier is the subject."""
    g = Gathering(request, region="")
    dossier = g.reader.get_company(request.subject, g.scope, events=TIMELINE)
    if dossier is None:
        raise DataError(f"没有企业“{request.subject}”，或者它不在您的范围内；请重新选择企业")
    _origin(g, dossier)
    _profile(g, dossier)
    _rating(g, dossier)
    add_adverts(g, dossier)
    add_products(g, dossier)
    add_contracts(g, dossier)
    add_money(g, dossier)
    add_family(g, dossier)
    add_record(g, dossier)
    add_law(g, dossier)
    _advice(g, dossier)
    _appendix(g, dossier)
    return g.content()


def _origin(g: Gathering, dossier: Dossier) -> None:
    row = dossier.row
    clues = visible(g.request.user).filter(company=row.identifier).order_by("-opened_at", "-pk")
    complaints = visible_complaints(g.request.user).filter(company=row.identifier)
    number = g.clues("clues", clues, text=row.identifier)
    received = g.figure("complaints", complaints.count(), "件", source="投诉举报", of_run=False,
                        link=f"{reverse('complaints:list')}?text={row.identifier}")  # fmt: skip
    g.text(
        "origin",
        f"本次排查由{_who(g)}提出。系统中与该企业有关的线索{number}、群众直接举报{received}。",
    )
    g.table(
        "clue_list", "有关线索", ("线索编号", "来源", "发现日期", "状态", "结果"),
        [
            (
                g.make("clue", one.number, source=LEDGER, of_run=False, link=reverse("dispatch:clue", args=[one.number])),
                str(one.get_source_display()),
                words.written_day(one.found_at),
                str(one.get_state_display()),
                str(one.get_outcome_display()) or "未办结",
            )
            for one in clues[:10]
        ],
        "" if clues.exists() else "没有与该企业有关的线索。",
    )  # fmt: skip


def _who(g: Gathering) -> str:
    agency = g.request.user.agency
    return str(agency) if agency else "本单位"


def _profile(g: Gathering, dossier: Dossier) -> None:
    row = dossier.row
    link = company_address(row.identifier)
    lines: list[tuple[Cell, ...]] = [
        (title, g.make("profile", words.written_value(value), source="企业登记信息", link=link))
        for title, value in dossier.profile.items()
        if value not in (None, "") and not any(word in title for word in PRIVATE)
    ]
    g.table("profile", "主体登记信息", ("项目", "内容"), lines, "" if lines else "登记信息中没有该企业。")
    former = f"曾用名：{'、'.join(dossier.former_names)}。" if dossier.former_names else "没有曾用名记录。"
    g.text(
        "profile_text",
        f"{row.name}，{row.organization_type_zh or '类型不详'}，登记在{row.region_name or '不详的地区'}，代码 {row.identifier}。{former}",
    )


def _rating(g: Gathering, dossier: Dossier) -> None:
    row = dossier.row
    link = company_address(row.identifier)
    about: dict[str, Any] = {"source": RATING, "link": link}
    score = g.figure("score", row.score, "分", **about)
    coverage = Decimal(str(round(row.coverage * 100, 1)))
    known = g.figure("coverage", coverage, "%", words=written(coverage, places=1), **about)
    moved = "没有上一次评级可比"
    if row.score is not None and row.previous_score is not None:
        difference = row.score - row.previous_score
        stands = g.figure("score_change", abs(difference), "分", **about)
        moved = (
            "与上一次持平" if not difference else f"比上一次{'上升' if difference > 0 else '下降'}{stands}"
        )
    g.text(
        "rating",
        f"{g.at}，该企业风险等级为{words.word('band', row.band)}，得分{score}，{moved}；数据覆盖度{known}。"
        "评级是风险提示，不是对违法的认定。",
        dossier.explanation,
    )
    lines: list[tuple[Cell, ...]] = []
    for one in sorted(dossier.contributions, key=lambda one: (-one.points, one.code)):
        if not one.points:
            continue
        evidence = reverse("companies:evidence", args=[row.identifier, one.code]) if one.code else link
        lines.append(
            (
                f"{one.name}（{one.code}）" if one.code else one.name,
                DIMENSION_NAMES.get(one.dimension, "—"),
                one.value_text or "—",
                g.make("points", one.points, "分", words=f"{one.points:+.2f}", source=RATING, link=evidence),
            )
        )
    total = sum((one.points for one in dossier.contributions), Decimal(0))
    if lines:
        lines.append(("合计", "", "", g.make("points", total, "分", source=RATING, link=link)))
    g.table(
        "contributions",
        "得分的构成",
        ("项目", "维度", "实测", "得分"),
        lines,
        "各项相加等于得分；得分为零的项目不列。" if lines else "没有评级。",
    )
    values = [row.dimensions.get(code) for code in DIMENSION_NAMES]
    g.chart(
        "dimensions_chart", "五个维度的得分", "bar", list(DIMENSION_NAMES.values()),
        {"得分": [None if value is None else Decimal(str(round(value, 1))) for value in values]}, "0–100",
    )  # fmt: skip


def _advice(g: Gathering, dossier: Dossier) -> None:
    band = dossier.row.band or ""
    steps = STANDARDS.get(band, ())
    clue = visible(g.request.user).filter(company=dossier.row.identifier).exclude(activity_class="").first()
    points = guidance.points_to_check(clue.activity_class) if clue else []
    if not steps:
        g.text("advice", "未达到预警等级，按常规频次监测；有新的投诉或线索时重新评估。")
    else:
        g.text(
            "advice",
            f"该企业为{words.word('band', band)}，建议按下表处置；各项措施须由有权人员依法批准，系统不自动作出。",
            f"核查要点：{'；'.join(points)}。" if points else "",
        )
    g.table(
        "timetable", "处置建议和时间表", ("时限", "措施"), steps, "" if steps else "没有需要限时办理的措施。"
    )


def _appendix(g: Gathering, dossier: Dossier) -> None:
    row = dossier.row
    labels = sorted(dossier.labels, key=lambda one: (one.polarity != "risk", -one.severity, one.code))
    g.table(
        "labels", "附录一：命中的标签", ("标签", "严重度", "命中日期", "理由"),
        [
            (
                Figure("label", one.code, f"{one.name}（{one.code}）", "", g.at, RATING, g.run.run_id,
                       reverse("companies:evidence", args=[row.identifier, one.code])),
                str(one.severity) if one.polarity == "risk" else "正面",
                words.written_day(one.hit_on) if one.hit_on else "—",
                one.reason,
            )
            for one in labels[:MOST_LABELS]
        ],
        f"列前 {MOST_LABELS} 个。" if len(labels) > MOST_LABELS else ("" if labels else "没有命中标签。"),
    )  # fmt: skip
    g.table(
        "timeline", "附录二：最近发生的事项", ("日期", "事项", "内容"),
        [
            (
                g.make("event", words.written_day(one.on), source=one.kind,
                       link=rows_address(row.identifier, one.table) if one.table else company_address(row.identifier)),
                one.kind,
                one.text,
            )
            for one in dossier.timeline[:TIMELINE]
        ],
        f"列最近 {TIMELINE} 项。" if dossier.event_count > TIMELINE else ("" if dossier.timeline else "没有记录。"),
    )  # fmt: skip
    missing = [one for one in dossier.sources if not one.connected]
    g.table(
        "missing_sources", "附录三：缺少的数据", ("数据", "原因"), [(one.name, one.why_missing) for one in missing],
        "缺少的数据不等于没有问题。" if missing else "各类数据均已接入。",
    )  # fmt: skip
