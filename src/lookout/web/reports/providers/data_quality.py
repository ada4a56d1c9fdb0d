"""The report on the data themselves: what came, what is late, what was refused, and what cannot be judged for want of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse

from lookout.hub.reading import Coverage, CoverageCell
from lookout.web.accounts.access import may_read_deliveries
from lookout.web.reports.figures import Cell, Content, Request, frozen_rows, provider
from lookout.web.reports.gathering import Gathering, share, written
from lookout.web.ui import words

HEALTH, COVERAGE, REFUSED = "数据接收记录", "数据覆盖", "退回记录"
MOST_LATE, MOST_REFUSED, MOST_BLIND, MOST_NAMES = 25, 20, 20, 15


@provider("data_quality")
def data_quality(request: Request) -> Content:
    """Return the report on the state of the data for a region."""
    g = Gathering(request)
    _received(g)
    _coverage(g)
    _late(g)
    _refused(g)
    _blind(g)
    return g.content()


def _scope(g: Gathering) -> tuple[str, ...] | None:
    return (g.region,) if g.region else g.scope


def _received(g: Gathering) -> None:
    tables = g.reader.tables()
    counts = {state: [one for one in tables if one.state == state] for state in ("fresh", "stale", "never")}
    link = reverse("data:freshness")

    def said(key: str, state: str) -> str:
        rows = frozen_rows(
            ((one.name, one.department, written(one.rows)) for one in counts[state]), ("数据", "部门", "行数")
        )
        return g.figure(key, len(counts[state]), "种", source=HEALTH, link=link, rows=rows)

    total = g.figure("tables", len(tables), "种", source=HEALTH, link=link)
    facts = g.figure("facts", sum(one.rows for one in tables), "行", source=HEALTH)
    refused_rows = sum(one.rejected for one in tables)
    refused = g.figure("rejected", refused_rows, "行", source=REFUSED)
    rate = share(refused_rows, refused_rows + sum(one.rows for one in tables))
    said_rate = g.figure("rejected_rate", rate, "%", words=written(rate, places=1), source=REFUSED)
    g.text(
        "received",
        f"{g.at}，应接入的数据{total}，其中按时到达{said('fresh', 'fresh')}、过期{said('stale', 'stale')}、"
        f"从未收到{said('never', 'never')}；共收到{facts}，退回{refused}（{said_rate}）。"
        "以上为全省口径，接收情况不分地区。",
    )
    groups: dict[str, list[int]] = {}
    for one in tables:
        line = groups.setdefault(one.category_name, [0, 0, 0, 0])
        line[("fresh", "stale", "never").index(one.state)] += 1
        line[3] += one.rows
    g.table(
        "categories", "各类数据的接收情况", ("数据类别", "按时（种）", "过期（种）", "未收到（种）", "行数"),
        [
            (name, *(g.make("n", number, "", source=HEALTH, link=link) for number in line))
            for name, line in groups.items()
        ],
    )  # fmt: skip


def _percent(cell: CoverageCell) -> Decimal | None:
    return share(cell.covered, cell.expected)


def _coverage(g: Gathering) -> None:
    months = [
        one for one in g.reader.coverage_months() if one <= f"{g.request.end:%Y-%m}"
    ] or g.reader.coverage_months()[:1]
    if not months:
        g.text("coverage", "没有可以计算覆盖的月份。")
        return
    month, scope = months[0], _scope(g)
    found: Coverage = g.reader.coverage(month, scope)
    earlier = g.reader.coverage(months[1], scope) if len(months) > 1 else None
    trend = g.reader.coverage_trend(scope)
    now = dict(trend).get(month)
    before = dict(trend).get(months[1]) if len(months) > 1 else None
    about: dict[str, Any] = {"source": COVERAGE, "period": month, "link": reverse("data:coverage")}
    whole = _percent(now) if now else None
    stands = g.figure("coverage_rate", whole, "%", words=written(whole, places=1), **about)
    companies = g.figure("companies", found.companies, "户", **about)
    changed = g.compared("coverage_rate", whole, _percent(before) if before else None, "环比")
    g.text("coverage", f"{month}，{g.region_name}监测企业{companies}，数据总覆盖率{stands}（{changed}）。")
    past = {row.category: _percent(row.whole) for row in earlier.rows} if earlier else {}
    g.table(
        "coverage_table", f"各类数据的覆盖率（{month}）", ("数据类别", "应覆盖", "已覆盖", "覆盖率（%）", "上月（%）"),
        [
            (
                row.name,
                g.make("e", row.whole.expected, "户次", **about),
                g.make("c", row.whole.covered, "户次", **about),
                g.make("r", _percent(row.whole), "%", words=written(_percent(row.whole), places=1), **about),
                written(past.get(row.category), places=1) if past.get(row.category) is not None else "无可比数据",
            )
            for row in found.rows
            if row.whole.expected
        ],
        "按企业与数据的配对计数；只计按期报送的数据。",
    )  # fmt: skip
    shown = [(name, cell) for name, cell in trend if name <= month]
    g.chart("coverage_chart", "逐月数据覆盖率", "line", [name for name, _cell in shown],
            {"覆盖率": [_percent(cell) for _name, cell in shown]}, "%")  # fmt: skip
    places = sorted(
        ((name, *_place(found, number)) for number, (_c, name, _n) in enumerate(found.regions)),
        key=lambda one: one[1] or 0,
    )
    g.table(
        "places", f"各地的数据覆盖率（{month}，由低到高）", ("地区", "覆盖率（%）", "监测企业（户）"),
        [
            (name, g.make("r", rate, "%", words=written(rate, places=1), **about), g.make("n", number, "户", **about))
            for name, rate, number in places
        ],
    )  # fmt: skip


def _place(found: Coverage, number: int) -> tuple[Decimal | None, int]:
    covered = sum(row.cells[number].covered for row in found.rows)
    expected = sum(row.cells[number].expected for row in found.rows)
    return share(covered, expected), found.regions[number][2]


def _late(g: Gathering) -> None:
    late = [one for one in g.reader.freshness() if one.state != "fresh"]
    link = reverse("data:freshness")
    rows: list[tuple[Cell, ...]] = [
        (
            one.name,
            one.source_name,
            words.word("freshness", one.state),
            words.written_day(one.last) if one.last else "从未收到",
            "—" if one.state == "never" else g.make("late", one.days_late, "天", source=HEALTH, link=link),
        )
        for one in late[:MOST_LATE]
    ]
    note = f"共 {len(late)} 项，列最晚的 {MOST_LATE} 项。" if len(late) > MOST_LATE else ""
    g.table(
        "late",
        "过期和晚到的数据",
        ("数据", "来源", "状态", "最近一次", "晚（天）"),
        rows,
        note if rows else "全部按时。",
    )


def _refused(g: Gathering) -> None:
    if not may_read_deliveries(g.request.user):
        g.text("refused", "退回的行和找不到主体的名称涉及各地区的原始数据，您的角色不能查看，本报告不列。")
        return
    reasons = g.reader.refused()
    names = g.reader.unresolved(MOST_NAMES)
    tables = {one.table: one.name for one in g.reader.tables()}
    rows = sum(one.rows for one in reasons)
    refused = g.figure("refused_rows", rows, "行", source=REFUSED)
    g.text(
        "refused",
        f"至报告生成时累计退回{refused}（含评级之后收到的）。原因和数量如下，请报送单位按原因改正后重报。"
        if rows
        else "没有退回的数据。",
    )
    g.table(
        "refused_table", f"退回最多的原因（前 {MOST_REFUSED} 项）", ("来源", "数据", "原因", "行数"),
        [
            (one.source_name, one.table_name, one.reason, g.make("n", one.rows, "行", source=REFUSED))
            for one in reasons[:MOST_REFUSED]
        ],
        "" if reasons else "没有退回的数据。",
    )  # fmt: skip
    g.table(
        "unresolved", f"找不到企业的名称和代码（行数最多的 {MOST_NAMES} 项）", ("种类", "名称或代码", "数据", "行数", "原因"),
        [
            (
                words.word("scheme", scheme),
                value,
                tables.get(table, table),
                g.make("n", number, "行", source="主体归并"),
                words.word("why_unresolved", why),
            )
            for scheme, value, table, number, why in names
        ],
        "" if names else "没有找不到企业的名称。",
    )  # fmt: skip


def _blind(g: Gathering) -> None:
    blind = g.reader.blind(_scope(g))
    rows = [
        (
            f"{one.name}（{one.code}）",
            words.word("entry_kind", one.kind),
            g.make("n", one.companies, "户", source=COVERAGE, link=reverse("data:blind")),
            "；".join(wanted.name for wanted in one.wanted) or words.word("room", one.waits_for),
        )
        for one in blind[:MOST_BLIND]
    ]
    g.table("blind", f"因缺数据而判断不了的标签和指标（前 {MOST_BLIND} 项）", ("名称", "种类", "判断不了的企业（户）", "缺什么"), rows,
            f"共 {len(blind)} 项。" if blind else "没有因缺数据而判断不了的。")  # fmt: skip
