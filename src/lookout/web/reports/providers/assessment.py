"""The circular on the assessment: each region's points by part, what was missed, and what they rest on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from lookout.kernel.errors import DataError
from lookout.web.cases import assessment as rules
from lookout.web.cases.access import reads_totals
from lookout.web.cases.rules import Part, assessment_rules
from lookout.web.cases.totals import Period
from lookout.web.companies.filters import region_title
from lookout.web.reports.figures import Cell, Content, Figure, Request, frozen_rows, provider
from lookout.web.reports.gathering import Gathering, share, written
from lookout.web.situation.index_inputs import top_prefix

SOURCE = "统计考核"
MOST_LISTED = 30
NOTHING = "无可考核"


@provider("assessment")
def assessment(request: Request) -> Content:
    """Return the assessment of a region and those next below it."""
    g = Gathering(request)
    if not reads_totals(request.user):
        raise DataError("您的角色不看统计考核，不能生成考核通报；请由处非牵头部门生成")
    own = g.region or top_prefix()
    below = [code for code in rules.assessed_regions(own) if code != own]
    found = {code: rules.assess(code, g.span) for code in (*below, own)}
    before = {code: rules.assess(code, g.before) for code in found}
    _ranking(g, own, found, before)
    _parts(g, own, found)
    _missed(g, found)
    _undone(g, own)
    weights = "、".join(
        f"{rules.TITLES[part]} {weight:g} 分" for part, weight in assessment_rules().weights.items()
    )
    g.text(
        "method",
        f"考核共 100 分：{weights}。没有可考核事项的部分不计，其余部分折算为 100 分；"
        f"重大案件未由监测发现的，每件扣 {assessment_rules().major_case_deduction:g} 分。分数由系统从办理记录计算，不能手工修改。",
    )
    return g.content()


def _link(code: str, span: Period, part: str = "") -> str:
    address = reverse("cases:assessment_rows", args=[part]) if part else reverse("cases:assessment")
    return f"{address}?{urlencode({'region': code, 'begin': str(span.start), 'end': str(span.end)})}"


def _points(g: Gathering, code: str, value: Decimal | None, span: Period) -> Cell:
    if value is None:
        return NOTHING
    return g.make(
        "points",
        value,
        "分",
        source=SOURCE,
        of_run=False,
        link=_link(code, span),
        period=f"{span.start} 至 {span.end}",
    )


def _ranking(
    g: Gathering, own: str, found: dict[str, rules.Assessment], before: dict[str, rules.Assessment]
) -> None:
    def height(code: str) -> tuple[Decimal, str]:
        points = found[code].points
        return (-points if points is not None else Decimal(1), code)

    below = sorted((code for code in found if code != own), key=height)
    rows: list[tuple[Cell, ...]] = []
    every = [one.points for code, one in found.items() if code != own and one.points is not None]
    for code in below:
        now, earlier = found[code].points, before[code].points
        # Equal points share a place.
        place = 1 + sum(now is not None and points > now for points in every)
        moved = None if now is None or earlier is None else now - earlier
        rows.append(
            (
                str(place) if now is not None else "—",
                region_title(code),
                _points(g, code, now, g.span),
                _points(g, code, earlier, g.before),
                "无可比数据" if moved is None else f"{moved:+.2f}",
                g.make(
                    "missed",
                    found[code].missed,
                    "件",
                    source=SOURCE,
                    of_run=False,
                    link=_link(code, g.span, "missed"),
                ),
            )
        )
    g.table("ranking", "各地得分", ("名次", "地区", "本期（分）", "上期（分）", "变化", "漏报重大案件（件）"), rows,
            "" if rows else "没有下一级单位，只列本地区。")  # fmt: skip
    judged = [code for code in below if found[code].points is not None]
    g.chart("ranking_chart", "各地得分", "bar", [region_title(code) for code in judged],
            {"得分": [found[code].points for code in judged]}, "分")  # fmt: skip
    whole, last = found[own].points, before[own].points
    if whole is None:
        g.text("summary", f"{g.period}，{g.region_name}没有可考核的事项。")
        return
    stands = g.figure("points", whole, "分", source=SOURCE, of_run=False, link=_link(own, g.span))
    said = f"{g.period}，{g.region_name}考核得分{stands}（{g.compared('points', whole, last, '环比')}）。"
    if judged and found[judged[0]].points != found[judged[-1]].points:
        best, worst = judged[0], judged[-1]
        first = g.figure(
            "best", found[best].points, "分", source=SOURCE, of_run=False, link=_link(best, g.span)
        )
        final = g.figure(
            "worst", found[worst].points, "分", source=SOURCE, of_run=False, link=_link(worst, g.span)
        )
        said += f"得分最高的是{region_title(best)}（{first}），最低的是{region_title(worst)}（{final}）。"
    g.text("summary", said)


def _parts(g: Gathering, own: str, found: dict[str, rules.Assessment]) -> None:
    columns = ("地区", *(f"{rules.TITLES[part]}" for part in Part))
    rows = []
    for code, one in found.items():
        name = "全部" if code == own and len(found) > 1 else region_title(code)
        rows.append((name, *(_part(g, code, score) for score in one.scores)))
    g.table("parts", "各部分得分", columns, rows, "“—”为本期没有可考核的事项。")
    score_rows = []
    for score in found[own].scores:
        rate = share(score.good, score.all)
        about: dict[str, Any] = {
            "source": SOURCE,
            "of_run": False,
            "link": _link(own, g.span, score.part.value),
        }
        score_rows.append(
            (
                score.title,
                f"{score.weight:g}",
                g.make("good", score.good, "项", **about),
                g.make("all", score.all, "项", **about),
                g.make("rate", None if rate is None else min(rate, Decimal(100)), "%",
                       words="—" if rate is None else written(min(rate, Decimal(100)), places=1), **about),
            )
        )  # fmt: skip
    g.table(
        "own_parts",
        f"{g.region_name}各部分的完成情况",
        ("部分", "满分", "完成（项）", "应完成（项）", "完成率（%）"),
        score_rows,
    )


def _part(g: Gathering, code: str, score: rules.Score) -> Cell:
    if score.points is None:
        return "—"
    rows = frozen_rows(
        ((row.title, "是" if row.is_good else "否", row.why) for row in rules.rows(score.part, code, g.span)),
        ("事项", "完成", "说明"),
    )
    link = _link(code, g.span, score.part.value)
    return Figure("part", score.points, written(score.points), "分", g.period, SOURCE, "", link, rows)


def _missed(g: Gathering, found: dict[str, rules.Assessment]) -> None:
    rows = []
    for code in found:
        if code == (g.region or top_prefix()) and len(found) > 1:
            continue
        rows += [
            (
                region_title(code),
                g.make("case", row.title, source=SOURCE, of_run=False, link=row.link),
                row.why,
            )
            for row in rules.missed_rows(code, g.span)
        ]
    g.table(
        "missed",
        "未由监测发现的重大案件",
        ("地区", "案件", "线索来源"),
        rows,
        "" if rows else "本期没有未由监测发现的重大案件。",
    )


def _undone(g: Gathering, own: str) -> None:
    """List what was not done, part by part."""
    rows: list[tuple[Cell, ...]] = []
    total = 0
    for part in Part:
        missed = [row for row in rules.rows(part, own, g.span) if not row.is_good]
        total += len(missed)
        for row in missed[:MOST_LISTED]:
            what = g.make("row", row.title, source=SOURCE, of_run=False, link=row.link)
            rows.append((str(rules.TITLES[part]), what, row.why))
    note = f"共 {total} 项，列前 {MOST_LISTED} 项，其余见考核页。" if total > MOST_LISTED else ""
    shown = rows[:MOST_LISTED]
    g.table(
        "undone", "附录：未完成事项", ("部分", "事项", "说明"), shown, note if rows else "没有未完成的事项。"
    )
