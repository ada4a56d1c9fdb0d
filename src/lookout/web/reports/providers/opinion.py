"""The report on public opinion: how much, how negative, what is hot, whom it is about, and how it spread."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from math import log
from typing import Any

from lookout.hub.reading import code_names
from lookout.web.cases.totals import Period
from lookout.web.reports.figures import Content, Request, frozen_rows, provider
from lookout.web.reports.gathering import (
    Gathering,
    companies_address,
    company_address,
    rows_address,
    share,
    written,
)
from lookout.web.ui import words

POSTS = "舆情信息"
TABLE = "opinion_post"
NEGATIVE = "negative"
SENTIMENTS = ("negative", "neutral", "positive", "")
MOST_EVENTS, MOST_COMPANIES, MOST_SPREADS = 10, 20, 3
HEAT_DAYS = 90
# A post of central media weighs most; one of an unknown level as little as the last.
TIERS = {"1": 5.0, "2": 3.0, "3": 2.0, "4": 1.0}
OTHER_TIER = 0.5
GRAVE = ("overdue", "abscond", "controller_detained")


@dataclass
class Event:
    """Negative posts of one cluster: what is kept to rank and to tell it."""

    code: str
    posts: int = 0
    first: date = date.max
    last: date = date.min
    titles: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    media: set[str] = field(default_factory=set)
    companies: dict[str, str] = field(default_factory=dict)
    daily: dict[date, float] = field(default_factory=lambda: defaultdict(float))
    path: list[tuple[date, str, int, str]] = field(default_factory=list)

    @property
    def heat(self) -> float:
        """Return the greatest heat of any of its days; a day before counts half, the one before that a quarter."""
        found, highest = 0.0, 0.0
        for offset in range((self.last - self.first).days + 1):
            found = found / 2 + self.daily.get(self.first + timedelta(days=offset), 0.0)
            highest = max(highest, found)
        return highest


@provider("opinion")
def opinion(request: Request) -> Content:
    """Return the report on the opinion about the companies of a region."""
    g = Gathering(request)
    if not g.delivered(TABLE):
        g.text("volume", "没有收到舆情数据，本期不作任何统计。请先接入舆情来源。")
        g.text("advice", "请联系舆情服务商恢复供数；供数前，本报告不能代替人工巡查。")
        return g.content()
    _volume(g)
    _media(g)
    _trend(g)
    events = _events(g)
    _hot(g, events)
    _subjects(g)
    _spread(g, events)
    g.text(
        "rumours", "系统没有谣言核查记录的数据来源，本期不作统计；需要核查的传言请由承办人员另行附件说明。"
    )
    _advice(g, events)
    return g.content()


def _name(column: str, code: str) -> str:
    codes = code_names(TABLE, column)
    return codes.get(code, code) or "未标明"


# ---- how much ------------------------------------------------------------------------------------
def _volume(g: Gathering) -> None:
    counts = {
        line.keys[0]: line
        for line in g.facts(TABLE, by=("sentiment",), distinct=("event_cluster",), span=g.span)
    }
    whole = g.facts(TABLE, span=g.span, distinct=("event_cluster",))[0]
    before, year = (g.facts(TABLE, span=span)[0].rows for span in (g.before, g.year_before))
    narrow: dict[str, Any] = {"where": (("sentiment", (NEGATIVE,)),)}
    bad_before, bad_year = (g.facts(TABLE, span=span, **narrow)[0].rows for span in (g.before, g.year_before))
    rows = frozen_rows(
        ((_name("sentiment", code), written(line.rows), written(line.distinct["event_cluster"])) for code, line in counts.items()),
        ("情感", "信息（条）", "事件（起）"),
    )  # fmt: skip
    about: dict[str, Any] = {
        "source": POSTS,
        "period": g.period,
        "rows": rows,
        "link": companies_address(region=g.region),
    }
    total = g.figure("posts", whole.rows, "条", **about)
    bad_line = counts.get(NEGATIVE)
    bad, clusters = (bad_line.rows, bad_line.distinct["event_cluster"]) if bad_line else (0, 0)
    negative = g.figure("posts_negative", bad, "条", **about)
    events = g.figure("events_negative", clusters, "起", **about)
    rate = share(bad, whole.rows)
    said_rate = g.figure("negative_rate", rate, "%", words=written(rate, places=1), **about)
    companies = g.figure("companies_named", whole.companies, "户", **about)
    g.text(
        "volume",
        f"{g.period}，{g.region_name}企业舆情信息共{total}（{g.compared('posts', whole.rows, before, '环比')}，"
        f"{g.compared('posts', whole.rows, year or None, '同比')}），涉及企业{companies}。"
        f"其中负面{negative}（{g.compared('posts_negative', bad, bad_before, '环比')}，"
        f"{g.compared('posts_negative', bad, bad_year or None, '同比')}），负面率{said_rate}；"
        f"同一事件的转发合并后，负面事件{events}。",
    )
    g.table(
        "sentiments",
        "情感构成",
        ("情感", "信息（条）", "占比（%）", "事件（起）"),
        [
            (
                _name("sentiment", code),
                g.make("n", line.rows, "条", **about),
                g.rate(line.rows, whole.rows, **about),
                g.make("e", line.distinct["event_cluster"], "起", **about),
            )
            for code, line in sorted(counts.items(), key=lambda one: -one[1].rows)
        ],
        "情感由舆情服务商给出。一起事件的信息可以有不同情感，所以事件数不能相加。",
    )  # fmt: skip


def _media(g: Gathering) -> None:
    every = {line.keys[0]: line.rows for line in g.facts(TABLE, by=("media_kind",), span=g.span)}
    bad = {
        line.keys[0]: line.rows
        for line in g.facts(TABLE, by=("media_kind",), span=g.span, where=(("sentiment", (NEGATIVE,)),))
    }
    order = sorted(every, key=lambda code: -every[code])
    about: dict[str, Any] = {"source": POSTS, "period": g.period}
    g.table(
        "media",
        "媒体分布",
        ("媒体", "信息（条）", "其中负面（条）", "负面率（%）"),
        [
            (
                _name("media_kind", code),
                g.make("n", every[code], "条", **about),
                g.make("b", bad.get(code, 0), "条", **about),
                g.rate(bad.get(code, 0), every[code], **about),
            )
            for code in order
        ],
        "" if every else "本期没有舆情信息。",
    )  # fmt: skip
    g.chart(
        "media_chart", "媒体分布", "stacked", [_name("media_kind", code) for code in order],
        {"负面": [bad.get(code, 0) for code in order], "其他": [every[code] - bad.get(code, 0) for code in order]}, "条",
    )  # fmt: skip


def _trend(g: Gathering) -> None:
    """Add the posts by week, or by month in a long period."""
    by_week = (g.request.end - g.request.start).days <= 100
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for line in g.facts(TABLE, by=("published_on", "sentiment"), span=g.span):
        day, sentiment = date.fromisoformat(line.keys[0]), line.keys[1]
        monday = max(day - timedelta(days=day.weekday()), g.request.start)
        sums[f"{monday:%m-%d} 起" if by_week else f"{day:%Y-%m}"][sentiment] += line.rows
    steps = sorted(sums)
    g.chart(
        "trend_chart", "情感走势", "line", steps,
        {_name("sentiment", code): [sums[step][code] for step in steps] for code in SENTIMENTS[:3]}, "条",
    )  # fmt: skip


# ---- what is hot ---------------------------------------------------------------------------------
def _events(g: Gathering) -> dict[str, Event]:
    """Return the negative clusters of the last days up to the end of the period, with what they were made of."""
    span = Period(g.request.end - timedelta(days=HEAT_DAYS - 1), g.request.end)
    span = Period(min(span.start, g.request.start), span.end)
    columns = (
        "event_cluster", "published_on", "media_tier", "media_kind", "media_name", "event_type", "title",
        "company", "company_name", "reads", "reposts",
    )  # fmt: skip
    found: dict[str, Event] = {}
    negative = (("sentiment", (NEGATIVE,)),)
    for line in g.facts(TABLE, by=columns, span=span, present=("event_cluster",), where=negative):
        row = dict(zip(columns, line.keys, strict=True))
        event = found.setdefault(row["event_cluster"], Event(row["event_cluster"]))
        _add(event, row, line.rows)
    return found


def _add(event: Event, row: Mapping[str, str], posts: int) -> None:
    day = date.fromisoformat(row["published_on"])
    event.posts += posts
    event.first, event.last = min(event.first, day), max(event.last, day)
    event.titles[row["title"]] += posts
    event.kinds[row["event_type"]] += posts
    event.media.add(row["media_name"] or row["media_kind"])
    if row["company"]:
        event.companies[row["company"]] = row["company_name"]
    reads, reposts = int(row["reads"] or 0), int(row["reposts"] or 0)
    weight = TIERS.get(row["media_tier"], OTHER_TIER)
    event.daily[day] += posts * weight * (1 + log(1 + reads) / 5 + log(1 + reposts) / 4)
    event.path.append(
        (day, row["media_name"] or _name("media_kind", row["media_kind"]), reposts, row["title"])
    )


def _heat(event: Event, half: float) -> Decimal:
    """Return the heat on the scale of 0 to 100 on which the hottest twentieth of events begins at 50."""
    return Decimal(str(round(100 * (1 - 2 ** (-event.heat / half)), 1))) if half else Decimal(0)


def _half(events: Mapping[str, Event]) -> float:
    heats = sorted(event.heat for event in events.values())
    return heats[min(len(heats) - 1, int(len(heats) * 0.95))] if heats else 0.0


def _of_period(g: Gathering, events: Mapping[str, Event]) -> list[Event]:
    inside = [event for event in events.values() if event.last >= g.request.start]
    return sorted(inside, key=lambda event: (-event.heat, event.code))


def _hot(g: Gathering, events: Mapping[str, Event]) -> None:
    hot, half = _of_period(g, events)[:MOST_EVENTS], _half(events)
    rows = []
    for place, event in enumerate(hot, start=1):
        first = next(iter(event.companies), "")
        name = event.companies.get(first, "主体不详")
        link = rows_address(first, TABLE) if first else ""
        about: dict[str, Any] = {"source": POSTS, "period": f"{event.first} 至 {event.last}", "link": link}
        rows.append(
            (
                f"{place}. {_name('event_type', event.kinds.most_common(1)[0][0])}：{_title(event)}",
                g.make("company", first or None, words=name, **about),
                f"{event.first:%m-%d}",
                g.make("posts", event.posts, "条", **about),
                g.make("media", len(event.media), "家", **about),
                g.make("heat", _heat(event, half), words=written(_heat(event, half), places=1), **about),
            )
        )
    g.table(
        "hot",
        f"热度最高的负面事件（前 {MOST_EVENTS} 起）",
        ("事件", "企业", "首现", "信息（条）", "媒体（家）", "热度"),
        rows,
        f"热度按媒体级别、阅读和转发计，隔日减半，取最高一天；近 {HEAT_DAYS} 天热度前 5% 的事件为 50 分以上。"
        if rows
        else "本期没有负面事件。",
    )
    days = [g.request.start + timedelta(days=n) for n in range((g.request.end - g.request.start).days + 1)]
    shown = days[-31:]
    g.chart(
        "heat_chart", "热度前三事件的逐日热度", "line", [f"{day:%m-%d}" for day in shown],
        {f"第 {place} 起": [_on(event, day) for day in shown] for place, event in enumerate(hot[:3], start=1)}, "热度原值",
    )  # fmt: skip


def _on(event: Event, day: date) -> Decimal | None:
    """Return the heat of one day, before it is scaled; None before the event began."""
    if day < event.first:
        return None
    heat = sum(value * 0.5 ** (day - on).days for on, value in event.daily.items() if on <= day)
    return Decimal(str(round(heat, 2)))


def _title(event: Event) -> str:
    """Return the commonest title without the name of the company, which stands beside it."""
    title = event.titles.most_common(1)[0][0]
    for name in event.companies.values():
        title = title.removeprefix(name).lstrip("：:，, ")
    return _short(title)


def _short(text: str, most: int = 26) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


# ---- whom it is about, and how it spread ---------------------------------------------------------
def _subjects(g: Gathering) -> None:
    lines = g.facts(
        TABLE, by=("company", "company_name", "company_band"), distinct=("event_cluster",), span=g.span,
        where=(("sentiment", (NEGATIVE,)),),
    )  # fmt: skip
    named = [line for line in lines if line.keys[0]]
    named.sort(key=lambda line: (-line.distinct["event_cluster"], -line.rows, line.keys[0]))
    rows = [
        (
            g.make("company", line.keys[0], words=line.keys[1], source=POSTS, link=company_address(line.keys[0])),
            words.word("band", line.keys[2]) if line.keys[2] else "未评级",
            g.make("events", line.distinct["event_cluster"], "起", source=POSTS, period=g.period,
                   link=rows_address(line.keys[0], TABLE)),
            g.make("posts", line.rows, "条", source=POSTS, period=g.period, link=rows_address(line.keys[0], TABLE)),
        )
        for line in named[:MOST_COMPANIES]
    ]  # fmt: skip
    lost = sum(line.rows for line in lines if not line.keys[0])
    note = f"另有 {written(lost)} 条没有找到对应的企业，未列入。" if lost else ""
    g.table(
        "subjects", f"负面事件最多的企业（前 {MOST_COMPANIES} 户）",
        ("企业", "等级", "负面事件（起）", "负面信息（条）"), rows, note if rows else "本期没有负面舆情。",
    )  # fmt: skip


def _spread(g: Gathering, events: Mapping[str, Event]) -> None:
    rows = []
    for event in _of_period(g, events)[:MOST_SPREADS]:
        path = sorted(event.path)
        first, key = path[0], max(path, key=lambda post: (post[2], -post[0].toordinal()))
        link = rows_address(next(iter(event.companies)), TABLE) if event.companies else ""
        about: dict[str, Any] = {"source": POSTS, "period": f"{event.first} 至 {event.last}", "link": link}
        rows.append(
            (
                _title(event),
                f"{first[0]:%m-%d} {first[1]}",
                f"{key[0]:%m-%d} {key[1]}",
                g.make("reposts", key[2], "次", **about),
                g.make("days", (event.last - event.first).days + 1, "天", **about),
            )
        )
    g.table(
        "spread", "热度前三事件的传播路径", ("事件", "首发", "转发最多", "转发（次）", "持续（天）"), rows,
        "首发指所采集信息中最早的一条。" if rows else "本期没有负面事件。",
    )  # fmt: skip


def _advice(g: Gathering, events: Mapping[str, Event]) -> None:
    hot = _of_period(g, events)
    half = _half(events)
    grave = [event for event in hot if any(event.kinds[kind] for kind in GRAVE)]
    loud = [event for event in hot if _heat(event, half) >= 80]
    sentences = []
    about: dict[str, Any] = {"source": POSTS, "period": g.period}
    if loud:
        sentences.append(
            f"热度达到 80 的事件{g.figure('loud', len(loud), '起', **about)}，请属地当日核实并报送快报。"
        )
    if grave:
        stands = g.figure("grave", len(grave), "起", **about)
        sentences.append(
            f"涉及兑付逾期、跑路失联、实控人被控制的事件{stands}，请逐户核对评级和线索，未建线索的及时建立。"
        )
    sentences.append("公开回应前先核实事实；对群体聚集苗头，按预案会同公安、网信处理。")
    g.text("advice", *sentences)
