"""The report on one type of institution: how many, how large, how geared, how sound, how well they report."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from lookout.hub.reading import BANDS, FactCount, code_names
from lookout.kernel.errors import DataError
from lookout.web.cases.totals import Period
from lookout.web.reports.figures import Cell, Content, Request, frozen_rows, provider
from lookout.web.reports.gathering import (
    Gathering,
    companies_address,
    company_address,
    money,
    rows_address,
    share,
    written,
)
from lookout.web.reports.providers.industry_more import add_advice, add_cross_check, add_events
from lookout.web.reports.reading import RATING
from lookout.web.ui import words

STATEMENTS, SUBMISSIONS = "非现场月报主表", "非现场报送记录"
SUMS = ("outstanding_yuan", "total_assets_yuan", "net_assets_yuan", "risk_assets_yuan", "revenue_yuan")
NOT_NORMAL = {"OPR010": "疑似空壳", "OPR004": "住所无法联系", "OPR009": "停业歇业", "OPR033": "失联跑路"}
MONTHS, MOST_LISTED = 13, 10
# Upper edges of outstanding over net assets; the last is open.
GEARING = (Decimal(1), Decimal(3), Decimal(5), Decimal(8), Decimal(10))


@provider("industry")
def industry(request: Request) -> Content:
    """Return the report on a type of organisation (its code is the subject), in the person's regions."""
    g = Gathering(request, region="")
    types = {code: name for code, name, _n in g.reader.count_by(g.filter(), "organization_type")}
    kind = request.subject
    if kind not in types:
        known = "、".join(f"{name}（{code}）" for code, name in types.items())
        raise DataError(
            f"没有“{kind or '（未选）'}”这类企业可以报告；可选：{known or '您的范围内没有监测企业'}"
        )
    name = types[kind]
    _structure(g, kind, name)
    month = _scale(g, kind, name)
    if month:
        _gearing(g, kind, month)
        _quality(g, kind, month)
    else:
        for key in ("gearing", "quality"):
            g.text(key, "没有收到非现场月报，本期不作统计。")
    _reporting(g, kind)
    add_cross_check(g, kind)
    add_events(g, kind)
    _peers(g, kind, month)
    add_advice(g, kind)
    return g.content()


# ---- how many ------------------------------------------------------------------------------------
def _structure(g: Gathering, kind: str, name: str) -> None:
    total = g.listed("institutions", organization_type=kind)
    bands = {code: n for code, _name, n in g.reader.count_by(g.filter(organization_type=kind), "band")}
    said = "、".join(
        f"{words.word('band', band)}{g.listed(band, organization_type=kind, bands=(band,))}"
        for band in BANDS[:3]
    )
    whole = sum(bands.values())
    warned = sum(bands.get(band, 0) for band in ("red", "orange"))
    rate = share(warned, whole)
    stands = g.figure("warned_share", rate, "%", words=written(rate, places=1), source=RATING,
                      link=companies_address(type=kind, band=("red", "orange")))  # fmt: skip
    g.text("structure", f"{g.at}，监测范围内{name}{total}，其中{said}，红橙占{stands}。")
    rows: list[tuple[Cell, ...]] = []
    for code, title in NOT_NORMAL.items():
        number = g.count(organization_type=kind, label=code)
        rows.append((title, g.company_cell("label", number, organization_type=kind, label=code),
                     g.rate(number, whole, source=RATING)))  # fmt: skip
    g.table(
        "states",
        "非正常和空壳企业",
        ("状态", "户数", "占比（%）"),
        rows,
        "一户企业可以同时命中几项，各行不能相加。",
    )
    cities = g.reader.count_by(g.filter(organization_type=kind), "region")[:10]
    g.chart(
        "place_chart",
        "机构最多的地区",
        "bar",
        [name for _c, name, _n in cities],
        {"机构": [n for _c, _n, n in cities]},
        "户",
    )


# ---- how large -----------------------------------------------------------------------------------
def _scale(g: Gathering, kind: str, name: str) -> str:
    """Add the sums of the statements by month; return the newest month of the period, '' when there is none."""
    end = g.request.end
    span = Period(
        date(end.year - 2, end.month, 1), end
    )  # the newest month may be late, and is compared a year back
    lines = g.facts("offsite_statement", by=("month",), sums=SUMS, span=span, organization_type=kind)
    by_month = {line.keys[0]: line for line in lines}
    if not by_month:
        g.text("scale", f"没有收到{name}的非现场月报，规模、杠杆和资产质量不作统计。")
        return ""
    month = max(by_month)
    now, before, year = by_month[month], by_month.get(_shift(month, 1)), by_month.get(_shift(month, 12))
    rows = frozen_rows(
        (
            (key, written(line.rows), written(_sum(line, "outstanding_yuan")))
            for key, line in by_month.items()
        ),
        ("月份", "报送机构（户）", "待偿余额（元）"),
    )
    about: dict[str, Any] = {"source": STATEMENTS, "period": month, "rows": rows}
    parts = []
    for key, column, title in (
        ("outstanding", "outstanding_yuan", "待偿余额"),
        ("assets", "total_assets_yuan", "资产总额"),
        ("net_assets", "net_assets_yuan", "净资产"),
    ):
        value, unit = money(_sum(now, column))
        stands = g.figure(key, value, unit, **about)
        changes = "，".join(
            g.compared(key, _sum(now, column), _sum(other, column) if other else None, word)
            for word, other in (("环比", before), ("同比", year))
        )
        parts.append(f"{title}{stands}（{changes}）")
    reported = g.figure("reported", now.companies, "户", **about)
    late = "" if month == f"{end:%Y-%m}" else f"最近一期月报为 {month}。"
    g.text(
        "scale",
        f"{late}{month}，{reported}机构报送月报，{'，'.join(parts)}。环比、同比按当期报送机构计，未剔除增减的机构。",
    )
    shown = sorted(by_month)[-MONTHS:]
    g.chart("scale_chart", "待偿余额", "line", shown,
            {"待偿余额": [_wan(_sum(by_month[one], "outstanding_yuan")) for one in shown]}, "万元")  # fmt: skip
    return month


def _shift(month: str, back: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:]) - 1 - back
    return f"{number // 12}-{number % 12 + 1:02d}"


def _sum(line: FactCount, column: str) -> Decimal | None:
    return line.sums[column]


def _wan(value: Decimal | None) -> Decimal | None:
    return None if value is None else (value / 10_000).quantize(Decimal("0.01"))


# ---- gearing and concentration -------------------------------------------------------------------
def _month_span(month: str) -> Period:
    first = date(int(month[:4]), int(month[5:]), 1)
    return Period(first, first.replace(day=28))


def _gearing(g: Gathering, kind: str, month: str) -> None:
    lines = g.facts(
        "offsite_statement", by=("company", "company_name"), span=_month_span(month), organization_type=kind,
        sums=("outstanding_yuan", "net_assets_yuan", "max_debtor_yuan"),
    )  # fmt: skip
    bins: Counter[int | None] = Counter()
    for line in lines:
        bins[_bin(line)] += 1
    names = _bin_names()
    about: dict[str, Any] = {"source": STATEMENTS, "period": month}
    order: list[int | None] = [*range(len(GEARING) + 1), None]
    g.table("gearing_table", f"杠杆分布（{month}，待偿余额 ÷ 净资产）", ("倍数", "机构（户）"),
            [(names[place], g.make("n", bins[place], "户", **about)) for place in order if bins[place]],
            "净资产不为正的单列。")  # fmt: skip
    g.chart("gearing_chart", "杠杆分布", "bar", [names[place] for place in order],
            {"机构": [bins[place] for place in order]}, "户")  # fmt: skip
    largest = sorted(lines, key=lambda line: (-(_sum(line, "outstanding_yuan") or 0), line.keys))[
        :MOST_LISTED
    ]
    whole = sum((_sum(line, "outstanding_yuan") or Decimal(0) for line in lines), Decimal(0))
    top = sum((_sum(line, "outstanding_yuan") or Decimal(0) for line in largest), Decimal(0))
    rate = share(top, whole)
    stands = g.figure("top_ten", rate, "%", words=written(rate, places=1), **about)
    negative = g.figure("negative_equity", bins[None], "户", **about)
    g.text("gearing", f"余额最大的 {len(largest)} 户机构占全部余额的{stands}；净资产不为正的{negative}。")
    g.table(
        "largest", f"余额最大的机构（{month}）", ("机构", "待偿余额（万元）", "净资产（万元）", "杠杆（倍）", "最大债务人占净资产（%）"),
        [_large_row(g, line, month) for line in largest], "",
    )  # fmt: skip


def _large_row(g: Gathering, line: FactCount, month: str) -> tuple[Cell, ...]:
    link = rows_address(line.keys[0], "offsite_statement")
    about: dict[str, Any] = {"source": STATEMENTS, "period": month, "link": link}
    owed, own, debtor = (
        _sum(line, name) for name in ("outstanding_yuan", "net_assets_yuan", "max_debtor_yuan")
    )
    times = (
        (owed / own).quantize(Decimal("0.01")) if owed is not None and own is not None and own > 0 else None
    )
    part = share(debtor, own if own is not None and own > 0 else None)
    return (
        g.make(
            "company", line.keys[0], words=line.keys[1], source=STATEMENTS, link=company_address(line.keys[0])
        ),
        g.make("owed", _wan(owed), "万元", **about),
        g.make("own", _wan(own), "万元", **about),
        g.make("times", times, "倍", **about),
        g.make("debtor", part, "%", words=written(part, places=1), **about),
    )


def _bin(line: FactCount) -> int | None:
    owed, own = _sum(line, "outstanding_yuan") or Decimal(0), _sum(line, "net_assets_yuan")
    if own is None or own <= 0:
        return None
    return sum(owed / own >= edge for edge in GEARING)


def _bin_names() -> dict[int | None, str]:
    edges = [f"{edge:g}" for edge in GEARING]
    names: dict[int | None, str] = {
        0: f"{edges[0]} 倍以下",
        len(edges): f"{edges[-1]} 倍以上",
        None: "净资产不为正或未报",
    }
    names.update({place: f"{edges[place - 1]}–{edges[place]} 倍" for place in range(1, len(edges))})
    return names


# ---- soundness and reporting ---------------------------------------------------------------------
def _quality(g: Gathering, kind: str, month: str) -> None:
    about: dict[str, Any] = {"source": STATEMENTS, "period": month}
    lines = g.facts("offsite_statement", by=("redemption_status",), span=_month_span(month), organization_type=kind,
                    sums=("risk_assets_yuan", "total_assets_yuan"))  # fmt: skip
    risk, assets = (
        sum((_sum(line, name) or Decimal(0) for line in lines), Decimal(0))
        for name in ("risk_assets_yuan", "total_assets_yuan")
    )
    rate = share(risk, assets)
    stands = g.figure("risk_asset_share", rate, "%", words=written(rate, places=1), **about)
    codes = code_names("offsite_statement", "redemption_status")
    bad = sum(line.companies for line in lines if line.keys[0] not in ("", "normal"))
    trouble = g.figure("redemption_trouble", bad, "户", **about)
    g.text("quality", f"{month}，风险资产占资产总额的{stands}，报告限额、延期或停止兑付的机构{trouble}。")
    g.table("redemption", f"兑付状态（{month}）", ("状态", "机构（户）"),
            [(codes.get(line.keys[0], "未报告"), g.make("n", line.companies, "户", **about)) for line in lines])  # fmt: skip


def _reporting(g: Gathering, kind: str) -> None:
    """Add how the institutions reported in the period, and whether they kept the ratios."""
    lines = g.facts("offsite_submission", by=("state",), span=g.span, organization_type=kind)
    if not lines:
        g.text("reporting", "本期没有收到报送记录，报送质量和指标达标率不作统计。")
        return
    total = sum(line.rows for line in lines)
    codes = code_names("offsite_submission", "state")
    good = g.facts(
        "offsite_submission", span=g.span, organization_type=kind, where=(("failed_ratio_checks", ("0",)),)
    )[0].rows
    judged = g.facts(
        "offsite_submission", span=g.span, organization_type=kind, present=("failed_ratio_checks",)
    )[0].rows
    prompt = g.facts(
        "offsite_submission", span=g.span, organization_type=kind, where=(("late_days", ("0",)),)
    )[0].rows
    about: dict[str, Any] = {"source": SUBMISSIONS, "period": g.period}
    filed = g.figure("filings", total, "份", **about)
    kept, in_time = share(good, judged), share(prompt, total)
    said_kept = g.figure("ratio_kept", kept, "%", words=written(kept, places=1), **about)
    said_time = g.figure("in_time", in_time, "%", words=written(in_time, places=1), **about)
    g.text("reporting", f"{g.period}应报和已报的报表{filed}，按时率{said_time}，监管指标达标率{said_kept}。")
    g.table("submissions", "报送情况", ("状态", "份数", "机构（户）"),
            [(codes.get(line.keys[0], "未标明"), g.make("n", line.rows, "份", **about), g.make("c", line.companies, "户", **about))
             for line in lines], "一户机构可以有几份报表，机构各行不能相加。")  # fmt: skip


# ---- beside each other ---------------------------------------------------------------------------
def _peers(g: Gathering, kind: str, month: str) -> None:
    city = g.reader.count_by(g.filter(organization_type=kind), "region")
    warned = {
        c: n
        for c, _n, n in g.reader.count_by(g.filter(organization_type=kind, bands=("red", "orange")), "region")
    }
    balance: dict[str, Decimal] = defaultdict(Decimal)
    if month:
        for line in g.facts("offsite_statement", by=("company_city",), span=_month_span(month), organization_type=kind,
                            sums=("outstanding_yuan",)):  # fmt: skip
            balance[line.keys[0]] = _sum(line, "outstanding_yuan") or Decimal(0)
    rows = [
        (
            name,
            g.company_cell("n", number, region=code, organization_type=kind),
            g.company_cell("w", warned.get(code, 0), region=code, organization_type=kind, bands=("red", "orange")),
            g.rate(warned.get(code, 0), number, source=RATING),
            g.make("b", _wan(balance[code]), "万元", source=STATEMENTS, period=month) if code in balance else "—",
        )
        for code, name, number in city
    ]  # fmt: skip
    g.table(
        "peers", "各地比较", ("地区", "机构（户）", "红橙（户）", "红橙占比（%）", "待偿余额（万元）"), rows,
        "“—”为没有收到月报。",
    )  # fmt: skip
    red = g.companies(most=MOST_LISTED * 2, organization_type=kind, bands=("red", "orange", "yellow"))
    g.table(
        "warned", "附录：预警机构", ("机构", "地区", "等级", "得分", "主要原因"),
        [
            (
                g.make("company", row.identifier, words=row.name, source=RATING, link=company_address(row.identifier)),
                row.region_name.removeprefix("广东省"),
                words.word("band", row.band),
                g.make("score", row.score, "分", source=RATING, link=company_address(row.identifier)),
                "；".join(row.top_reasons[:2]),
            )
            for row in red
        ],
        f"按得分列前 {MOST_LISTED * 2} 户。" if red else "没有预警机构。",
    )  # fmt: skip
