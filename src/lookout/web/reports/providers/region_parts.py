"""Parts of the regional report that read the index, institutions, loans and the public voice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from lookout.web.cases.totals import Period
from lookout.web.companies.filters import region_title
from lookout.web.reports.figures import Cell, frozen_rows
from lookout.web.reports.gathering import Gathering, companies_address, company_address, money, share, written
from lookout.web.situation.index_rules import PARTS, index_rules
from lookout.web.situation.index_selectors import (
    BAND_WORDS,
    PART_MEANING,
    PART_WORDS,
    Line,
    index_history,
    newest_below,
    newest_index,
)
from lookout.web.situation.region_index import Holding, region_index

INDEX = "区域涉众金融风险指数"
LOANS = "银行贷款"
BAD = ("substandard", "doubtful", "loss")


# ---- index ---------------------------------------------------------------------------------------
def add_index(g: Gathering) -> None:
    """Add level, change, parts, places and companies behind the index."""
    line = newest_index(g.region, _month(g))
    if line is None:
        g.text("index_text", f"{g.region_name}还没有计算过区域风险指数，本期不作评述。")
        return
    link = reverse("situation:index") + (f"?region={g.region}" if g.region else "")
    about: dict[str, Any] = {"source": INDEX, "link": link, "period": line.point.month}
    level = g.figure("index", line.point.value, **about)
    said = f"{line.point.month} {g.region_name}区域涉众金融风险指数为{level}（{line.band_word}），"
    if line.change is None or line.before is None:
        said += "没有上月指数可比。"
    else:
        moved = g.figure("index_change", abs(line.change), "点", **about)
        before = g.figure("index_before", line.before.value, **{**about, "period": line.before.month})
        word = "持平" if not line.change else f"{'上升' if line.change > 0 else '下降'}{moved}"
        said += f"比上月的{before}{word}。"
    missing = f"{'、'.join(line.missing)}缺数据，没有计入。" if line.missing else ""
    points = {part: Decimal(values["points"]) for part, values in line.point.parts.items()}
    first = max(points, key=lambda part: points[part], default="")
    lead = f"分值最高的部分是{PART_WORDS[first]}（{PART_MEANING[first]}）。" if first else ""
    g.text("index_text", said + lead + missing)
    g.table(
        "index_parts",
        "指数的四个部分",
        ("部分", "实测值", "基期中位数", "折算（0–100）", "权重", "计分"),
        [_part_row(g, line, part, about) for part in PARTS],
        f"计分相加为当月值 {line.point.raw}；基期 {line.point.base}。",
    )
    history = [one for one in index_history(g.region) if one.month <= _month(g)]
    below = newest_below(g.region, _month(g))
    if len(history) > 1:
        g.chart(
            "index_chart", "逐月指数", "line", [one.month for one in history],
            {"指数": [one.value for one in history], "当月值": [one.raw for one in history]}, "点",
        )  # fmt: skip
    else:
        g.chart(
            "index_chart", f"{line.point.month}指数最高的地区", "bar", [one.name for one in below[:10]],
            {"指数": [one.point.value for one in below[:10]]}, "点",
        )  # fmt: skip
    _drivers(g, line, about)


def _month(g: Gathering) -> str:
    return f"{g.request.end:%Y-%m}"


def _part_row(g: Gathering, line: Line, part: str, about: dict[str, Any]) -> tuple[Cell, ...]:
    rules, known = index_rules(), line.point.parts.get(part)
    weight, middle = f"{rules.weights[part]:.0%}", f"{rules.medians[part]:g}"
    if known is None:
        return (str(PART_WORDS[part]), "缺数据", middle, "—", weight, "—")
    return (
        str(PART_WORDS[part]),
        g.make(f"measured_{part}", Decimal(str(known["measured"])), **about),
        middle,
        g.make(f"scaled_{part}", Decimal(str(known["scaled"])), **about),
        weight,
        g.make(f"points_{part}", Decimal(known["points"]), "分", **about),
    )


def _drivers(g: Gathering, line: Line, about: dict[str, Any]) -> None:
    moved = [one for one in line.point.detail["drivers"] if one["change"]]
    g.table(
        "index_drivers",
        "使指数变化最大的企业（与上一次评级相比）",
        ("企业", "本次得分", "上次得分", "风险量变化"),
        [
            (
                g.make("driver", one["company"], words=one["name"], **{**about, "link": company_address(one["company"])}),
                g.make("score", Decimal(str(one["score"])), "分", source="企业风险评级", link=company_address(one["company"])),
                "—" if one["previous_score"] is None else written(Decimal(str(one["previous_score"]))),
                g.make("change", Decimal(str(one["change"])), words=f"{one['change']:+.2f}", **about),
            )
            for one in moved
        ],
        "" if moved else "与上一次评级相比，没有企业的风险量发生变化。",
    )  # fmt: skip


def add_outlook(g: Gathering) -> None:
    """Add what the index would be under stress, computed by the same formula from the same holding."""
    line = newest_index(g.region, _month(g))
    if line is None:
        g.text("outlook", "没有指数，不作压力测算。")
        return
    kept = {name: value for name, value in line.point.holding.items() if name != "since"}
    holding, rules = Holding(**kept), index_rules()
    cases = (
        ("存量风险增加两成", replace(holding, mass=holding.mass * 1.2)),
        ("新增红橙企业翻倍", replace(holding, new_warned=_twice(holding.new_warned))),
        ("投诉和负面事件翻倍", replace(holding, voices=_twice(holding.voices))),
        ("未办结线索全部超期", replace(holding, late=holding.open_clues)),
        (
            "预警企业在现有基础上全部采取措施",
            replace(holding, mass=holding.mass * (1 - rules.credits["measures"])),
        ),
    )
    link = reverse("situation:index") + (f"?region={g.region}" if g.region else "")
    about: dict[str, Any] = {"source": f"{INDEX}，按同一公式测算", "link": link, "period": line.point.month}
    base = region_index(holding, rules).value
    rows: list[tuple[Cell, ...]] = []
    for name, stressed in cases:
        value = region_index(stressed, rules).value
        if stressed == holding:
            continue  # there is nothing to put under stress
        rows.append(
            (
                name,
                g.make("stressed", value, **about),
                g.make("moved", value - base, "点", words=f"{value - base:+.2f}", **about),
                _band_word(float(value)),
            )
        )
    g.table(
        "stress",
        "压力测算（只变一项，其余不变，不作平滑）",
        ("情形", "测算值", "与当月值相比", "档次"),
        rows,
        f"当月值 {base}。测算只说明指数对各因素的反应，不是预测。",
    )
    if not rows:
        g.text("outlook", "各项都是零，没有可以加压的因素。")
        return
    worst = max(rows, key=lambda row: base if isinstance(row[1], str) else Decimal(str(row[1].value)))
    g.text("outlook", f"在下列情形中，“{worst[0]}”使指数升得最高，下期应优先关注。")


def _twice(value: int | None) -> int | None:
    return None if value is None else value * 2


def _band_word(value: float) -> str:
    return str(BAND_WORDS[index_rules().band(value)])


# ---- institutions and loans ----------------------------------------------------------------------
def add_institutions(g: Gathering) -> None:
    """Add the monitored companies by type with how many of them are red and orange."""
    every = g.reader.count_by(g.filter(), "organization_type")
    warned = {
        code: n
        for code, _name, n in g.reader.count_by(g.filter(bands=("red", "orange")), "organization_type")
    }
    rows = []
    for code, name, number in every:
        part = share(warned.get(code, 0), number)
        rows.append(
            (
                name,
                g.company_cell(f"type_{code}", number, organization_type=code),
                g.company_cell(
                    "warned", warned.get(code, 0), organization_type=code, bands=("red", "orange")
                ),
                g.make("share", part, "%", words=written(part, places=1), source="企业风险评级"),
            )
        )
    g.table(
        "institutions",
        "监测企业的类型",
        ("类型", "监测企业（户）", "红橙企业（户）", "红橙占比（%）"),
        rows,
        "" if rows else "没有监测企业。",
    )
    top = sorted(every, key=lambda one: -warned.get(one[0], 0))[:10]
    g.chart(
        "institution_chart", "红橙企业最多的类型", "bar", [name for _c, name, _n in top],
        {"红橙企业": [warned.get(code, 0) for code, _n, _k in top]}, "户",
    )  # fmt: skip


def add_loans(g: Gathering) -> None:
    """Add the loans of the region's companies and how the bad ones lie with the warned."""
    months = sorted({line.keys[0] for line in g.facts("financing_loan", by=("month",), span=_until(g))})
    if not months:
        g.text("loans_text", "没有收到银行贷款数据，本期不作银行不良交叉验证。")
        return
    month = months[-1]
    span = Period(_first(month), g.request.end)
    lines = g.facts("financing_loan", by=("company_band", "loan_class"), sums=("balance_yuan",), span=span)
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in lines:
        band, grade = line.keys
        group = "红橙" if band in ("red", "orange") else "其他"
        balance = line.sums["balance_yuan"] or Decimal(0)
        sums[group][0] += balance
        sums[group][1] += balance if grade in BAD else 0
    rows = []
    for name in ("红橙", "其他"):
        balance, bad = sums[name]
        rows.append(
            (
                f"{name}企业",
                *(_yuan(g, LOANS, month, one) for one in (balance, bad)),
                _rate(g, month, bad, balance),
            )
        )
    balance, bad = (sum((one[place] for one in sums.values()), Decimal(0)) for place in (0, 1))
    rows.append(
        ("合计", *(_yuan(g, LOANS, month, one) for one in (balance, bad)), _rate(g, month, bad, balance))
    )
    g.table(
        "loans", f"贷款与评级的交叉验证（{month}报送）", ("企业", "贷款余额", "不良余额", "不良率（%）"), rows,
        "不良为次级、可疑、损失三类。",
    )  # fmt: skip
    value, unit = money(balance)
    whole = g.figure("loan_balance", value, unit, source=LOANS, period=month)
    rates = {name: share(sums[name][1], sums[name][0]) for name in ("红橙", "其他")}
    said = f"{month}报送的企业贷款余额{whole}，"
    for number, (name, rate) in enumerate(rates.items()):
        stands = g.figure(
            f"loan_rate_{number}", rate, "%", words=written(rate, places=1), source=LOANS, period=month
        )
        said += f"{name}企业不良率{stands}{'，' if number == 0 else '。'}"
    if None not in rates.values() and (rates["红橙"] or 0) > (rates["其他"] or 0):
        said += "红橙企业的不良率更高，银行数据与评级方向一致。"
    g.text("loans_text", said)


def _until(g: Gathering) -> Period:
    return Period(g.request.end.replace(year=g.request.end.year - 1, day=1), g.request.end)


def _first(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def _yuan(g: Gathering, source: str, period: str, yuan: Decimal) -> Cell:
    value, unit = money(yuan)
    return g.make("amount", value, unit, words=f"{written(value)}{unit}", source=source, period=period)


def _rate(g: Gathering, month: str, part: Decimal, whole: Decimal) -> Cell:
    rate = share(part, whole)
    return g.make("rate", rate, "%", words=written(rate, places=1), source=LOANS, period=month)


# ---- adverts, opinion, complaints ----------------------------------------------------------------
def add_public_voice(g: Gathering) -> None:
    """Add adverts, opinion and complaints of the period, each beside the period before."""
    sentences = []
    for key, table, name, narrow in (
        ("adverts", "advertisement", "金融广告", {}),
        ("adverts_wrong", "advertisement_finding", "确认违法广告", {"where": (("state", ("confirmed",)),)}),
        ("posts", "opinion_post", "舆情信息", {}),
        ("posts_bad", "opinion_post", "负面舆情", {"where": (("sentiment", ("negative",)),)}),
        ("tickets", "complaint_ticket", "投诉举报工单", {}),
        ("tickets_raising", "complaint_ticket", "集资类投诉", {"where": (("complaint_type", ("illegal_fundraising",)),)}),
    ):  # fmt: skip
        if not g.delivered(table):
            sentences.append(f"没有收到{name}数据")
            continue
        now = g.facts(
            table, by=("company_city" if len(g.region) < 4 else "company_district",), span=g.span, **narrow
        )
        before = g.facts(table, span=g.before, **narrow)
        total = sum(line.rows for line in now)
        rows = frozen_rows(
            ((region_title(line.keys[0]) or "主体不详", written(line.rows)) for line in now), ("地区", "条数")
        )
        said = g.figure(
            key, total, "条", source=name, period=g.period, rows=rows, link=companies_address(region=g.region)
        )
        sentences.append(f"{name}{said}（{g.compared(key, total, before[0].rows, '环比')}）")
    g.text("public_voice", f"{g.period}，{'；'.join(sentences)}。")
