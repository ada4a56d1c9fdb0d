"""The report on a region's financial stability: index, warnings, handling, cases, institutions, and what may come."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse

from lookout.hub.reading import BANDS
from lookout.web.cases import access as cases
from lookout.web.cases.figures import Standing, standings
from lookout.web.cases.totals import Period, total
from lookout.web.cases.words import Figure as CaseFigure
from lookout.web.clues.access import visible
from lookout.web.clues.selectors import ClueFilter, find_clues
from lookout.web.clues.states import OPEN
from lookout.web.clues.words import Outcome, Source
from lookout.web.dispatch.models import Measure
from lookout.web.dispatch.rules import measure_rules
from lookout.web.reports.figures import Cell, Content, Figure, Request, frozen_rows, provider
from lookout.web.reports.gathering import (
    Gathering,
    clues_address,
    companies_address,
    company_address,
    money,
    share,
    written,
)
from lookout.web.reports.providers import region_parts
from lookout.web.reports.reading import LEDGER, RATING
from lookout.web.situation.places import list_places
from lookout.web.ui import words

CASES = "非法集资案件台账"
MOST_LISTED = 15


@provider("region")
def region(request: Request) -> Content:
    """Return the report on a region, '' for all the person sees."""
    g = Gathering(request)
    region_parts.add_index(g)
    _warnings(g)
    _handling(g)
    _cases(g)
    region_parts.add_institutions(g)
    region_parts.add_loans(g)
    region_parts.add_public_voice(g)
    _places(g)
    region_parts.add_outlook(g)
    return g.content()


def _warnings(g: Gathering) -> None:
    rated = g.listed("rated")
    red, orange, yellow = (g.listed(band, bands=(band,)) for band in ("red", "orange", "yellow"))
    warned = sum(int(str(g.figures[band].value)) for band in ("red", "orange"))
    rate = g.figure(
        "warned_share",
        share(warned, int(str(g.figures["rated"].value))),
        "%",
        words=written(share(warned, int(str(g.figures["rated"].value))), places=1),
        source=RATING,
        link=companies_address(region=g.region, band=("red", "orange")),
    )
    g.text(
        "warnings",
        f"{g.at}，{g.region_name}监测企业{rated}，其中红色预警{red}、橙色预警{orange}、黄色预警{yellow}，"
        f"红橙企业占监测企业的{rate}。与上一次评级相比，新增预警{g.listed('opened', change='opened')}，"
        f"等级上升{g.listed('raised', change='raised')}，等级下降{g.listed('lowered', change='lowered')}，"
        f"预警解除{g.listed('withdrawn', change='withdrawn')}。",
    )
    _matrix(g)
    trend = g.reader.band_trend((g.region,) if g.region else g.scope)
    g.chart(
        "band_trend",
        "各次评级的预警企业数",
        "line",
        [f"{at:%Y-%m-%d}" for at, _counts in trend],
        {words.word("band", band): [counts.get(band, 0) for _at, counts in trend] for band in BANDS[:3]},
        "户",
    )
    rows = [
        (
            Figure(f"red_{row.identifier}", row.identifier, row.name, source=RATING, run_id=g.run.run_id,
                   period=g.at, link=company_address(row.identifier)),
            row.region_name.removeprefix("广东省"),
            row.organization_type_zh,
            g.make("score", row.score, "分", source=RATING, link=company_address(row.identifier)),
            "；".join(row.top_reasons[:2]),
        )
        for row in g.companies(most=MOST_LISTED, bands=("red", "orange"))
    ]  # fmt: skip
    g.table(
        "warned_companies",
        "风险最高的红橙企业",
        ("企业", "地区", "类型", "得分", "主要原因"),
        rows,
        f"按得分列前 {MOST_LISTED} 户；评级是风险提示，不是对违法的认定。"
        if rows
        else "没有红色和橙色企业。",
    )


def _matrix(g: Gathering) -> None:
    counts = g.reader.band_matrix((g.region,) if g.region else g.scope)
    rows: list[tuple[Cell, ...]] = []
    for before in (*BANDS, ""):
        line = [counts.get((before, now), 0) for now in BANDS]
        if any(line):
            name = words.word("band", before) if before else "上次未评级"
            cells = [g.company_cell(f"from_{before}", number) for number in line]
            rows.append((name, *cells, g.company_cell("row_total", sum(line))))
    sums = [sum(counts.get((before, now), 0) for before in (*BANDS, "")) for now in BANDS]
    if rows:
        cells = [g.company_cell(f"now_{band}", n, bands=(band,)) for band, n in zip(BANDS, sums, strict=True)]
        rows.append(("合计", *cells, g.company_cell("all", sum(sums))))
    g.table(
        "band_matrix",
        "等级迁移（行为上一次评级，列为本次评级）",
        ("上次\\本次", *(words.word("band", band) for band in BANDS), "合计"),
        rows,
    )


# ---- clues ---------------------------------------------------------------------------------------
def _handling(g: Gathering) -> None:
    start, until = g.instants()
    found = find_clues(g.request.user, ClueFilter(region=g.region))
    new = found.filter(opened_at__gte=start, opened_at__lt=until)
    closed = found.filter(closed_at__gte=start, closed_at__lt=until)
    opened, done = g.clues("clues_new", new), g.clues("clues_closed", closed, state="closed")
    waiting = g.clues("clues_open", found.filter(state__in=OPEN), state="open")
    late = g.clues(
        "clues_late", find_clues(g.request.user, ClueFilter(region=g.region, late_at=g.request.now)), late="1"
    )
    numbers = {}
    for name, span in (("环比", g.before), ("同比", g.year_before)):
        begin, end = g.instants(span)
        numbers[name] = (
            found.filter(opened_at__gte=begin, opened_at__lt=end).count(),
            found.filter(closed_at__gte=begin, closed_at__lt=end).count(),
        )
    compared = [g.compared("clues_new", new.count(), numbers[name][0], name) for name in numbers]
    finished = [g.compared("clues_closed", closed.count(), numbers[name][1], name) for name in numbers]
    of_new = new.exclude(outcome="").count()
    rate = g.figure(
        "closing_rate",
        share(of_new, new.count()),
        "%",
        words=written(share(of_new, new.count()), places=1),
        source=f"{LEDGER}：本期新建线索中已办结的占比",
        link=clues_address(region=g.region),
        of_run=False,
    )
    g.text(
        "handling",
        f"{g.period}新建线索{opened}（{'，'.join(compared)}），办结{done}（{'，'.join(finished)}）。"
        f"{f'本期新建线索的办结率为{rate}。' if new.exists() else ''}目前未办结{waiting}，其中超期{late}。",
    )
    sources = [(str(name), new.filter(source=code).count(), code) for code, name in Source.choices]
    g.table(
        "clue_sources",
        "本期新建线索的来源",
        ("来源", "线索（件）"),
        [
            (name, g.make(f"source_{code}", number, "件", source=LEDGER, of_run=False,
                          link=clues_address(region=g.region, source=code)))
            for name, number, code in sorted(sources, key=lambda one: -one[1])
            if number
        ],
        "" if new.exists() else "本期没有新建线索。",
    )  # fmt: skip
    outcomes = [(str(name), closed.filter(outcome=code).count(), code) for code, name in Outcome.choices]
    g.table(
        "clue_outcomes",
        "本期办结线索的核查结果",
        ("核查结果", "线索（件）"),
        [
            (name, g.make(f"outcome_{code}", number, "件", source=LEDGER, of_run=False,
                          link=clues_address(region=g.region, outcome=code)))
            for name, number, code in outcomes
            if number
        ],
        "" if closed.exists() else "本期没有办结线索。",
    )  # fmt: skip
    _measures(g)


def _measures(g: Gathering) -> None:
    start, until = g.instants()
    counts = Q(needs_approval=False) | Q(approved_at__isnull=False)
    clues = visible(g.request.user)
    taken = Measure.objects.filter(counts, taken_at__gte=start, taken_at__lt=until, order__clue__in=clues)
    if g.region:
        inside = Q(order__clue__region_business__startswith=g.region)
        taken = taken.filter(inside | Q(order__clue__region_registered__startswith=g.region))
    groups: dict[str, int] = {}
    rules = measure_rules()
    for kind in taken.order_by("pk").values_list("kind", flat=True):
        group = rules[kind].group if kind in rules else kind
        groups[group] = groups.get(group, 0) + 1
    g.table(
        "measures",
        "本期采取的措施",
        ("措施", "次数"),
        [
            (name, g.make(f"measure_{name}", number, "次", source="处置措施", of_run=False,
                          link=clues_address(region=g.region)))
            for name, number in sorted(groups.items(), key=lambda one: -one[1])
        ],
        "需要批准的，批准后才计。" if groups else "本期没有采取措施的记录。",
    )  # fmt: skip


# ---- cases ---------------------------------------------------------------------------------------
def _cases(g: Gathering) -> None:
    now, before = _in_hand(g, g.span), _in_hand(g, g.year_before)
    sums, earlier = total(now, g.span), total(before, g.year_before)
    link = reverse("cases:list") + (f"?region={g.region}" if g.region else "")
    rows = frozen_rows(
        (
            (one.case.number, one.case.name, str(one.case.filed_on), str(one.case.get_state_display()))
            for one in now
        ),
        ("案件编号", "案件名称", "立案日期", "状态"),
    )

    def said(key: str, value: int, unit: str) -> str:
        return g.figure(key, value, unit, source=CASES, link=link, of_run=False, rows=rows)

    def amount(key: str, figure: CaseFigure) -> str:
        value, unit = money(sums.figures[figure])
        return g.figure(key, value, unit, source=CASES, link=link, of_run=False, rows=rows)

    if not now:
        g.text("cases", f"{g.period}没有在办的非法集资案件。")
        return
    new = said("cases_new", sums.new_cases, "件")
    compared = g.compared("cases_new", sums.new_cases, earlier.new_cases, "同比")
    people = said("cases_people", int(sums.figures[CaseFigure.PARTICIPANTS]), "人")
    g.text(
        "cases",
        f"{g.period}新立非法集资案件{new}（{compared}），结案{said('cases_closed', sums.closed, '件')}，"
        f"期末未结{said('cases_open', sums.open_at_end, '件')}。在办案件累计吸收资金"
        f"{amount('cases_raised', CaseFigure.ABSORBED)}，未兑付{amount('cases_unpaid', CaseFigure.UNPAID)}，"
        f"已清退{amount('cases_repaid', CaseFigure.REPAID)}，涉及{people}。",
    )


def _in_hand(g: Gathering, span: Period) -> list[Standing]:
    """Return the cases the person sees that were in hand in a period."""
    found = cases.visible(g.request.user).filter(filed_on__lte=span.end, lead_region__startswith=g.region)
    listed = standings(found.select_related("agency", "clue"), span.end)
    return [one for one in listed if not one.is_closed or (one.case.closed_on or span.end) >= span.start]


# ---- places --------------------------------------------------------------------------------------
def _places(g: Gathering) -> None:
    if len(g.region) >= 6:
        g.table("places", "各地情况", ("地区",), [], "已是区县一级，没有下一级地区。")
        return
    places = [one for one in list_places(g.request.user, g.region, "rate", g.request.now) if one.rated]
    at = {one.prefix: {"region": one.prefix} if one.prefix else {"nearer": "0"} for one in places}
    rows = [
        (
            place.name or "只登记到市",
            g.company_cell("rated", place.rated, **at[place.prefix]),
            g.company_cell("warned", place.warned, bands=("red", "orange"), **at[place.prefix]),
            g.make("rate", place.rate, "每万户", words=written(place.rate, places=1), source=RATING),
            g.make("open", place.open, "件", source=LEDGER, of_run=False,
                   link=clues_address(region=place.prefix, state="open")),
            g.make("late", place.late, "件", source=LEDGER, of_run=False,
                   link=clues_address(region=place.prefix, late="1")),
        )
        for place in places
    ]  # fmt: skip
    g.table(
        "places",
        "各地情况",
        ("地区", "监测企业（户）", "红橙企业（户）", "每万户红橙", "未办结线索（件）", "超期（件）"),
        rows,
        "注册地和经营地不在一处的线索，两处各计一次。",
    )
