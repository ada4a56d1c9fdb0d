"""The monthly report on financial advertisements: shown, flagged, confirmed, taken down."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from statistics import median
from typing import Any

from lookout.hub.reading import code_names
from lookout.web.reports.figures import Content, Request, frozen_rows, provider
from lookout.web.reports.gathering import Gathering, company_address, rows_address, share, written
from lookout.web.ui import words

ADS, FINDINGS = "advertisement", "advertisement_finding"
SHOWN, JUDGED = "金融广告", "广告违法认定"
MOST_LISTED, MOST_RULES = 30, 15
STATES = {"suspected": "涉嫌，待复核", "confirmed": "确认违法", "cleared": "排除"}


@provider("advertising")
def advertising(request: Request) -> Content:
    """Return the report on the advertisements of the companies of a region."""
    g = Gathering(request)
    if not g.delivered(ADS):
        g.text("volume", "没有收到金融广告监测数据，本期不作任何统计。请先接入广告监测来源。")
        return g.content()
    _volume(g)
    _media(g)
    if g.delivered(FINDINGS):
        _findings(g)
        _rules(g)
        _offenders(g)
        _listed(g)
    else:
        g.text("findings", "没有收到广告违法认定数据，涉嫌和确认的数量不作统计。")
    _removal(g)
    g.text(
        "method",
        "条次为监测到的广告记录数，条数为不同广告的数量。涉嫌违法率为被认定程序列为涉嫌的广告占金融广告条数的比例，"
        "确认率为确认违法的占全部认定的比例。线索为疑似的，不代表违法。",
    )
    return g.content()


def _name(table: str, column: str, code: str) -> str:
    return code_names(table, column).get(code, code) or "未标明"


def _volume(g: Gathering) -> None:
    now = g.facts(ADS, span=g.span, distinct=("advertisement_id",))[0]
    before, year = (g.facts(ADS, span=span)[0].rows for span in (g.before, g.year_before))
    by_month = g.facts(ADS, by=("month",), span=g.span)
    rows = frozen_rows(((line.keys[0], written(line.rows)) for line in by_month), ("月份", "条次"))
    about: dict[str, Any] = {"source": SHOWN, "period": g.period, "rows": rows}
    records = g.figure("records", now.rows, "条次", **about)
    ads = g.figure("ads", now.distinct["advertisement_id"], "条", **about)
    companies = g.figure("advertisers", now.companies, "户", **about)
    silent = g.facts(ADS, span=g.span, where=(("has_risk_warning", ("false",)),))[0].rows
    without = g.figure("without_warning", silent, "条次", **about)
    promised = g.facts(ADS, span=g.span, present=("advertised_yield_percent",))[0].rows
    yields = g.figure("with_yield", promised, "条次", **about)
    rate = share(silent, now.rows)
    said_rate = g.figure("without_rate", rate, "%", words=written(rate, places=1), **about)
    g.text(
        "volume",
        f"{g.period}，监测到{g.region_name}企业的金融广告{records}（{g.compared('records', now.rows, before, '环比')}，"
        f"{g.compared('records', now.rows, year or None, '同比')}），共{ads}，涉及广告主{companies}。"
        f"其中没有风险提示的{without}，占{said_rate}；宣称收益率的{yields}。",
    )


def _media(g: Gathering) -> None:
    lines = sorted(
        g.facts(ADS, by=("medium",), span=g.span, distinct=("advertisement_id",)), key=lambda one: -one.rows
    )
    about: dict[str, Any] = {"source": SHOWN, "period": g.period}
    g.table(
        "media", "媒介分布", ("媒介", "条次", "条数", "广告主（户）"),
        [
            (
                _name(ADS, "medium", line.keys[0]),
                g.make("n", line.rows, "条次", **about),
                g.make("d", line.distinct["advertisement_id"], "条", **about),
                g.make("c", line.companies, "户", **about),
            )
            for line in lines
        ],
        "一户企业可以在几种媒介投放，广告主各行不能相加。" if lines else "本期没有金融广告。",
    )  # fmt: skip
    g.chart("media_chart", "媒介分布", "bar", [_name(ADS, "medium", line.keys[0]) for line in lines],
            {"条次": [line.rows for line in lines]}, "条次")  # fmt: skip


def _findings(g: Gathering) -> None:
    now = {line.keys[0]: line for line in g.facts(FINDINGS, by=("state",), span=g.span)}
    before = {line.keys[0]: line.rows for line in g.facts(FINDINGS, by=("state",), span=g.before)}
    total, confirmed = (
        sum(line.rows for line in now.values()),
        now["confirmed"].rows if "confirmed" in now else 0,
    )
    flagged_ads = g.facts(FINDINGS, span=g.span, distinct=("advertisement_id",))[0].distinct[
        "advertisement_id"
    ]
    ads = g.facts(ADS, span=g.span, distinct=("advertisement_id",))[0].distinct["advertisement_id"]
    rows = frozen_rows(((STATES[code], written(line.rows)) for code, line in now.items()), ("认定状态", "条"))
    about: dict[str, Any] = {"source": JUDGED, "period": g.period, "rows": rows}
    flagged = g.figure("flagged", total, "条", **about)
    wrong = g.figure("confirmed", confirmed, "条", **about)
    rate, sure = share(flagged_ads, ads), share(confirmed, total)
    said_rate = g.figure("suspected_rate", rate, "%", words=written(rate, places=1), **about)
    said_sure = g.figure("confirmed_rate", sure, "%", words=written(sure, places=1), **about)
    g.text(
        "findings",
        f"本期列入认定程序{flagged}（{g.compared('flagged', total, sum(before.values()), '环比')}），涉嫌违法率{said_rate}；"
        f"确认违法{wrong}（{g.compared('confirmed', confirmed, before.get('confirmed', 0), '环比')}），确认率{said_sure}。",
    )
    g.table(
        "states", "认定状态", ("状态", "本期（条）", "上期（条）", "涉及企业（户）"),
        [
            (
                name,
                g.make("n", now[code].rows if code in now else 0, "条", **about),
                g.make("b", before.get(code, 0), "条", source=JUDGED, period=f"{g.before.start} 至 {g.before.end}"),
                g.make("c", now[code].companies if code in now else 0, "户", **about),
            )
            for code, name in STATES.items()
        ],
        "按认定日期归入本期。",
    )  # fmt: skip
    months = g.facts(FINDINGS, by=("month", "state"))
    by_month: dict[str, Counter[str]] = defaultdict(Counter)
    for line in months:
        by_month[line.keys[0]][line.keys[1]] += line.rows
    shown = [month for month in sorted(by_month) if month <= f"{g.request.end:%Y-%m}"][-12:]
    g.chart(
        "findings_chart", "逐月认定情况", "stacked", shown,
        {name: [by_month[month][code] for month in shown] for code, name in STATES.items()}, "条",
    )  # fmt: skip


def _rules(g: Gathering) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in g.facts(FINDINGS, by=("rule", "state"), span=g.span):
        counts[line.keys[0]][line.keys[1]] += line.rows
    order = sorted(counts, key=lambda code: (-counts[code]["confirmed"], -counts[code].total(), code))
    about: dict[str, Any] = {"source": JUDGED, "period": g.period}
    g.table(
        "rules", f"涉及的规则（前 {MOST_RULES} 项）", ("规则", "认定（条）", "其中确认（条）"),
        [
            (_name(FINDINGS, "rule", code), g.make("n", counts[code].total(), "条", **about),
             g.make("c", counts[code]["confirmed"], "条", **about))
            for code in order[:MOST_RULES]
        ],
        "" if order else "本期没有认定。",
    )  # fmt: skip


def _offenders(g: Gathering) -> None:
    """Add the companies with more than one confirmed finding up to the end of the period."""
    confirmed: dict[str, Any] = {"end": g.request.end, "where": (("state", ("confirmed",)),)}
    lines = g.facts(FINDINGS, by=("company", "company_name", "company_band"), **confirmed)
    again = sorted(
        (line for line in lines if line.keys[0] and line.rows > 1), key=lambda one: (-one.rows, one.keys[0])
    )
    stands = g.figure("repeat_offenders", len(again), "户", source=JUDGED)
    g.text(
        "offenders",
        f"累计两次以上被确认违法的企业{stands}。" if again else "没有累计两次以上被确认违法的企业。",
    )
    g.table(
        "offenders_table", "屡次违法的企业", ("企业", "等级", "累计确认（条）"),
        [
            (
                g.make("company", line.keys[0], words=line.keys[1], source=JUDGED, link=company_address(line.keys[0])),
                words.word("band", line.keys[2]) if line.keys[2] else "未评级",
                g.make("n", line.rows, "条", source=JUDGED, link=rows_address(line.keys[0], FINDINGS)),
            )
            for line in again[:MOST_RULES]
        ],
        f"列前 {MOST_RULES} 户。" if len(again) > MOST_RULES else "",
    )  # fmt: skip


def _listed(g: Gathering) -> None:
    lines = g.facts(
        FINDINGS,
        by=("found_on", "company", "company_name", "rule"),
        span=g.span,
        where=(("state", ("confirmed",)),),
    )
    rows = [
        (
            line.keys[0],
            g.make(
                "company",
                line.keys[1],
                words=line.keys[2],
                source=JUDGED,
                link=rows_address(line.keys[1], FINDINGS),
            )
            if line.keys[1]
            else "主体不详",
            _name(FINDINGS, "rule", line.keys[3]),
            g.make("n", line.rows, "条", source=JUDGED, period=line.keys[0]),
        )
        for line in lines
    ]
    g.table(
        "confirmed_list", "附录：本期确认违法的广告", ("认定日期", "广告主", "规则", "条数"), rows[:MOST_LISTED],
        f"共 {len(rows)} 行，列前 {MOST_LISTED} 行。" if len(rows) > MOST_LISTED else ("" if rows else "本期没有确认违法的广告。"),
    )  # fmt: skip


def _removal(g: Gathering) -> None:
    lines = g.facts(ADS, by=("published_on", "removed_on"), span=g.span)
    days: list[int] = []
    standing = 0
    for line in lines:
        shown, removed = line.keys
        if not removed or date.fromisoformat(removed) > g.request.end:
            standing += line.rows
        else:
            days += [(date.fromisoformat(removed) - date.fromisoformat(shown)).days] * line.rows
    about: dict[str, Any] = {"source": SHOWN, "period": g.period}
    online = g.figure("online", standing, "条次", **about)
    if not days:
        g.text("removal", f"本期发布的广告没有下架的记录，期末仍在投放{online}。")
        return
    down = g.figure("removed", len(days), "条次", **about)
    middle = g.figure("removal_days", int(median(days)), "天", **about)
    g.text("removal", f"本期发布的广告中已下架{down}，从发布到下架的中位时长{middle}；期末仍在投放{online}。")
