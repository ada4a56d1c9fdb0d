"""Every kind of report: it counts what the lists count, for whom they may see, and says plainly what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from lookout.hub.reading import EvidenceGroup, TableHealth
from lookout.kernel.errors import DataError
from lookout.web import published
from lookout.web.accounts.models import User
from lookout.web.clues import services as clues
from lookout.web.clues.services import Found
from lookout.web.clues.words import Source
from lookout.web.reports.charts import draw_chart
from lookout.web.reports.figures import (
    MENTION_END,
    MENTION_START,
    Content,
    Figure,
    Request,
    check_content,
    provider_of,
)
from lookout.web.reports.kinds import kinds
from lookout.web.situation.index_history import follow_run
from tests.web import fake_facts
from tests.web.fake_reader import COMPANIES, IN_NANSHAN, IN_TIANHE, NOW, EmptyReader, FakeReader

START, END = date(2026, 10, 1), date(2026, 10, 31)
MENTION = re.compile(f"{MENTION_START}(.*?){MENTION_END}")
SUBJECTS = {
    "region": "",
    "industry": "private_fund",
    "opinion": "",
    "company": IN_TIANHE.identifier,
    "effect": "",
    "advertising": "",
    "assessment": "",
    "data_quality": "",
}
DELIVERED = (
    "opinion_post",
    "advertisement",
    "advertisement_finding",
    "complaint_ticket",
    "offsite_statement",
    "offsite_submission",
)


class FullReader(FakeReader):
    """The invented province with facts in the tables that reports count."""

    delivered: tuple[str, ...] = DELIVERED

    def tables(self) -> list[TableHealth]:
        return [
            TableHealth(name, name, "DC17", "某类", "某部门", 1, 95, 3, 20, NOW, 7, "fresh", ("44",))
            for name in self.delivered
        ]

    def table_rows(self, identifier: str, table: str, scope: Any, limit: int = 200) -> EvidenceGroup | None:
        return None


class NothingDelivered(FullReader):
    """The same without a row of any of these tables."""

    delivered = ()

    def count_facts(self, question: Any) -> Any:
        return super().count_facts(replace(question, start=date(1990, 1, 1), end=date(1990, 1, 2)))


@pytest.fixture(autouse=True)
def _province(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = FullReader()
    monkeypatch.setattr(published, "reader", lambda: reader)


@pytest.fixture
def count(cast: dict[str, User]) -> Callable[..., Content]:
    """Return the content of a kind, for the person who sees the whole province unless somebody else is named."""

    def made(kind: str, by: str = "chen", subject: str | None = None) -> Content:
        about = SUBJECTS[kind] if subject is None else subject
        content = provider_of(kind)(Request(cast[by], about, START, END, "run-2", timezone.now()))
        check_content(content)
        return content

    return made


def _said(content: Content) -> str:
    """Return every text as printed."""
    return "\n".join(
        MENTION.sub(lambda found: content.figures[found.group(1)].words, text)
        for text in content.texts.values()
    )


def _everything(content: Content) -> str:
    cells = [
        cell.words if isinstance(cell, Figure) else cell
        for table in content.tables.values()
        for row in table.rows
        for cell in row
    ]
    rows = [text for one in content.figures.values() for row in one.rows or () for text in row.values()]
    return "\n".join([_said(content), *cells, *rows])


def _facts(table: str, day: str) -> list[Any]:
    return [row for row in fake_facts.invented(COMPANIES)[table] if START <= row[day] <= END]


def _value(content: Content, key: str) -> Any:
    return content.figures[key].value


@pytest.mark.parametrize("kind", SUBJECTS)
def test_what_a_kind_declares_and_what_its_provider_gives_are_the_same(
    kind: str, count: Callable[..., Content]
) -> None:
    follow_run(timezone.now())
    content, declared = count(kind), kinds()[kind]

    assert content.texts.keys() <= declared.texts.keys()
    assert content.tables.keys() <= declared.tables.keys()
    assert content.charts.keys() <= declared.charts.keys()
    shown = {form for part in declared.parts for form in [part.form]}
    assert {value for form, value in shown if form == "table"} == declared.tables.keys()
    assert {value for form, value in shown if form == "chart"} == declared.charts.keys()


@pytest.mark.parametrize("kind", SUBJECTS)
def test_every_number_says_when_it_holds_and_where_it_comes_from(
    kind: str, count: Callable[..., Content]
) -> None:
    content = count(kind)
    cells = [c for t in content.tables.values() for r in t.rows for c in r if isinstance(c, Figure)]

    for figure in [*content.figures.values(), *cells]:
        assert figure.source
        assert figure.period
        assert figure.words
    for text in content.texts.values():
        assert set(MENTION.findall(text)) <= content.figures.keys()
        # No number is typed into a sentence about data; what is left are rules, dates and names.
        assert "None" not in text


@pytest.mark.parametrize("kind", [kind for kind in SUBJECTS if kind not in ("company", "assessment")])
def test_a_city_reads_nothing_of_its_neighbours(kind: str, count: Callable[..., Content]) -> None:
    follow_run(timezone.now())
    whole, own = _everything(count(kind)), _everything(count(kind, "lin"))

    neighbour = re.compile(r"深圳|南山|粤海第(2|5|8|11|14|17|20|23|26|29)财富")
    assert not neighbour.search(own), neighbour.search(own)
    if kind in ("region", "opinion", "advertising", "industry"):
        assert neighbour.search(whole)


@pytest.mark.parametrize("kind", ["region", "opinion", "effect", "advertising", "assessment", "data_quality"])
def test_a_foreign_region_is_refused(kind: str, count: Callable[..., Content]) -> None:
    for foreign in ("440305", "4403", "99"):
        with pytest.raises(DataError, match="不在您的范围内"):
            count(kind, "lin", foreign)


@pytest.mark.parametrize("kind", [kind for kind in SUBJECTS if kind not in ("company", "industry")])
def test_an_empty_province_is_reported_as_empty(
    kind: str, count: Callable[..., Content], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = EmptyReader()
    monkeypatch.setattr(published, "reader", lambda: reader)
    content = count(kind)

    assert "None" not in _everything(content)
    assert _said(content)


@pytest.mark.parametrize("kind", SUBJECTS)
def test_before_anything_is_published_no_report_is_made(
    kind: str, count: Callable[..., Content], use_reader: Callable[[str], Any]
) -> None:
    use_reader("nothing published")

    with pytest.raises(DataError, match="还没有发布"):
        count(kind)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("advertising", "没有收到金融广告监测数据"),
        ("opinion", "没有收到舆情数据"),
        ("region", "没有收到金融广告数据"),
    ],
)
def test_data_that_never_came_are_said_to_be_missing_and_not_counted(
    kind: str, said: str, count: Callable[..., Content], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "reader", lambda: NothingDelivered())
    content = count(kind)

    assert said in _said(content)
    assert not {"records", "ads", "posts", "adverts", "flagged"} & content.figures.keys()


def test_an_industry_without_statements_says_so(
    count: Callable[..., Content], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "reader", lambda: NothingDelivered())
    content = count("industry")

    assert "没有收到私募基金的非现场月报" in _said(content)
    assert "outstanding" not in content.figures
    with pytest.raises(DataError, match=r"可选：.*私募基金"):
        count("industry", subject="bakery")


# ---- sums ----------------------------------------------------------------------------------------
def test_the_region_counts_what_the_lists_count(count: Callable[..., Content]) -> None:
    for person, prefix in (("chen", "44"), ("lin", "4401"), ("wu", "440106")):
        content = count("region", person)
        mine = [row for row in COMPANIES if row.region.startswith(prefix)]
        for band in ("red", "orange", "yellow"):
            assert _value(content, band) == sum(row.band == band for row in mine)
        assert _value(content, "rated") == len(mine)
        matrix = content.tables["band_matrix"].rows
        inner = [[cell.value for cell in row[1:-1]] for row in matrix[:-1]]
        assert [sum(column) for column in zip(*inner, strict=True)] == [c.value for c in matrix[-1][1:-1]]
        assert [sum(row) for row in inner] == [row[-1].value for row in matrix[:-1]]
        assert matrix[-1][-1].value == len(mine)
        types = content.tables["institutions"].rows
        assert sum(row[1].value for row in types) == len(mine)
        assert sum(row[2].value for row in types) == _value(content, "red") + _value(content, "orange")


def test_every_count_of_companies_keeps_its_rows_and_opens_its_list(count: Callable[..., Content]) -> None:
    red = count("region", "lin").figures["red"]

    assert red.rows is not None
    assert len(red.rows) == red.value
    assert red.link.endswith("?region=4401&band=red")


def test_clues_opened_in_the_period_are_counted_once_and_compared(
    cast: dict[str, User], count: Callable[..., Content]
) -> None:
    for number, day in (
        (0, date(2026, 10, 5)),
        (3, date(2026, 10, 6)),
        (6, date(2026, 9, 30)),
        (2, date(2026, 10, 7)),
    ):
        row = COMPANIES[number]
        found = Found(
            source=Source.MODEL,
            company=row.identifier,
            company_name=row.name,
            event_key="warning",
            band="red",
            region_business=row.region,
            region_registered=row.region,
        )
        at = timezone.make_aware(timezone.datetime(day.year, day.month, day.day, 9))
        clues.open_clue(None, found, now=at)
    content = count("region", "lin")

    assert (
        _value(content, "clues_new") == 2
    )  # two in Guangzhou this month, one the month before, one elsewhere
    assert _value(content, "clues_new_last") == Decimal("100.0")
    assert "环比上升100.0" in _said(content)
    assert "同比期为 0，无法计算增幅" in _said(content)
    assert sum(row[1].value for row in content.tables["clue_sources"].rows) == 2


def test_opinion_adds_up_by_sentiment_and_by_medium(count: Callable[..., Content]) -> None:
    content = count("opinion")
    posts = _value(content, "posts")

    assert posts == len(_facts("opinion_post", "published_on"))
    assert sum(row[1].value for row in content.tables["sentiments"].rows) == posts
    assert sum(row[1].value for row in content.tables["media"].rows) == posts
    assert sum(row[2].value for row in content.tables["media"].rows) == _value(content, "posts_negative")
    assert "没有谣言核查记录的数据来源" in _said(content)
    hot = content.tables["hot"].rows
    assert [row[-1].value for row in hot] == sorted((row[-1].value for row in hot), reverse=True)


def test_advertising_adds_up_and_its_rates_follow(count: Callable[..., Content]) -> None:
    content = count("advertising")

    assert _value(content, "records") == sum(row[1].value for row in content.tables["media"].rows)
    assert _value(content, "records") == len(_facts("advertisement", "published_on"))
    states = {row[0]: row[1].value for row in content.tables["states"].rows}
    assert sum(states.values()) == _value(content, "flagged")
    assert states["确认违法"] == _value(content, "confirmed") == len(content.tables["confirmed_list"].rows)
    assert sum(row[1].value for row in content.tables["rules"].rows) == _value(content, "flagged")
    shown = _value(content, "online") + (_value(content, "removed") if "removed" in content.figures else 0)
    assert shown == _value(content, "records")


def test_an_industry_adds_up_by_city_and_by_state(count: Callable[..., Content]) -> None:
    content = count("industry")
    mine = [row for row in COMPANIES if row.organization_type == "private_fund"]

    assert _value(content, "institutions") == len(mine)
    assert sum(row[1].value for row in content.tables["peers"].rows) == len(mine)
    statements = [number for number in range(12) if COMPANIES[number].organization_type == "private_fund"]
    yuan = sum(1_000_000 * (number + 1) for number in statements)
    assert _value(content, "outstanding") == Decimal(yuan) / 10_000
    assert sum(row[1].value for row in content.tables["gearing_table"].rows) == len(statements)
    assert sum(row[1].value for row in content.tables["submissions"].rows) == _value(content, "filings")


# ---- one company ---------------------------------------------------------------------------------
def test_the_points_of_a_company_add_up_to_its_score(count: Callable[..., Content]) -> None:
    content = count("company")
    *lines, total = content.tables["contributions"].rows

    assert (
        total[-1].value == sum(row[-1].value for row in lines) == _value(content, "score") == IN_TIANHE.score
    )


def test_each_element_shows_what_speaks_for_and_against_it_and_what_is_unknown(
    count: Callable[..., Content],
) -> None:
    content = count("company")
    said = _said(content)

    for number, name in enumerate(("非法性", "利诱性", "社会性", "公开性"), start=1):
        assert f"E{number} {name}" in said
    assert "由有权机关依法认定" in said
    assert "尚无承办人认定" in said
    directions = {row[1] for row in content.tables["elements"].rows}
    assert directions <= {"支持", "相反", "不确定"}
    assert "支持" in directions


def test_a_foreign_or_unknown_company_is_refused(count: Callable[..., Content]) -> None:
    for by, subject in (("lin", IN_NANSHAN.identifier), ("chen", "91440000XXXXXXXXXX"), ("wu", "")):
        with pytest.raises(DataError, match="不在您的范围内"):
            count("company", by, subject)


def test_what_is_of_a_person_stays_off_the_paper(
    count: Callable[..., Content], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = FullReader()
    dossier = reader.get_company(IN_TIANHE.identifier, None)
    assert dossier is not None
    told = replace(
        dossier, profile={**dossier.profile, "联系电话": "13800138000", "法定代表人证件号码": "4401"}
    )
    monkeypatch.setattr(reader, "get_company", lambda *_args, **_named: told)
    monkeypatch.setattr(published, "reader", lambda: reader)

    assert "13800138000" not in _everything(count("company"))


# ---- rights --------------------------------------------------------------------------------------
def test_refused_rows_are_only_for_those_who_read_deliveries(count: Callable[..., Content]) -> None:
    assert "refused_rows" in count("data_quality", "chen").figures
    districts = count("data_quality", "wu")

    assert "refused_rows" not in districts.figures
    assert "refused_table" not in districts.tables
    assert "您的角色不能查看" in _said(districts)


def test_the_assessment_is_only_for_those_who_read_totals(count: Callable[..., Content]) -> None:
    with pytest.raises(DataError, match="不看统计考核"):
        count("assessment", "auditor")
    content = count("assessment", "lin")

    assert {row[0] for row in content.tables["parts"].rows} <= {"全部", "广州市", "天河区"}


# ---- charts --------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["region", "company"])
def test_every_chart_is_drawn_the_same_each_time(kind: str, count: Callable[..., Content]) -> None:
    charts = list(count(kind).charts.values())

    assert charts
    for chart in charts:
        picture = draw_chart(chart)
        assert picture.startswith(b"\x89PNG")
        assert draw_chart(chart) == picture
