"""A list equals its Excel, its address and its chips."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from lookout.web.companies import selectors
from lookout.web.companies.columns import COLUMNS, DEFAULT_COLUMNS
from lookout.web.companies.filters import read_query, write_query
from lookout.web.companies.models import Look, SavedView
from tests.web.fake_reader import COMPANIES, HOSTILE_NAME, IN_TIANHE

QUERIES = [
    "",
    "?band=red&band=orange",
    "?sort=name",
    "?sort=-coverage&region=4401",
    "?q=粤海&col=name&col=score&col=harm&col=delta&col=coverage&col=labels&col=change",
    "?band=grey",
]


def _screen(text: str) -> list[list[str]]:
    table = text.split("<tbody>")[1].split("</tbody>")[0]
    rows = []
    for row in re.findall(r"<tr.*?</tr>", table, re.S):
        cells = re.findall(r'<td class="col-.*?>(.*?)</td>', row, re.S)
        plain = [re.sub(r'<span class="(?:unseen|arrow)".*?</span>', "", cell) for cell in cells]
        rows.append([unescape(re.sub(r"<.*?>", "", cell)).strip() for cell in plain])
    return rows


def _book(answer: Any) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    rows: list[list[Any]] = book.get_sheet_by_index(0).to_python()
    return rows


def _shown(value: Any, name: str) -> str:
    """Write a number from Excel as its number format shows it."""
    if not isinstance(value, float | int):
        return str(value)
    if name == "coverage":
        return f"{value:.0%}"
    if name == "delta":
        return "0.00" if value == 0 else f"{value:+.2f}".replace("-", "−")
    return str(int(value)) if name == "labels" else f"{value:.2f}" if name == "score" else f"{value:.1f}"


@pytest.mark.parametrize("query", QUERIES)
def test_the_excel_has_the_rows_columns_and_order_of_the_screen(
    query: str, as_person: Callable[[str], Client]
) -> None:
    client = as_person("chen")
    page = client.get(reverse("companies:list") + query).content.decode()
    head, *rows = _book(client.get(reverse("companies:export") + query))
    names = read_query(QueryDict(query.removeprefix("?"))).columns

    assert head == [str(COLUMNS[name].title) for name in names]
    assert [[_shown(cell, name) for cell, name in zip(row, names, strict=True)] for row in rows] == _screen(
        page
    )


def test_the_excel_holds_all_pages(
    as_person: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "PAGE_SIZE", 7)
    monkeypatch.setattr(selectors, "EXPORT_CHUNK", 4)
    client = as_person("chen")

    assert len(_screen(client.get(reverse("companies:list")).content.decode())) == 7
    assert len(_book(client.get(reverse("companies:export")))) == 1 + len(COMPANIES)


def test_a_name_cannot_become_a_formula_or_markup(as_person: Callable[[str], Client]) -> None:
    client = as_person("chen")

    assert "<b>众人通" not in client.get(reverse("companies:list")).content.decode()
    assert HOSTILE_NAME in [row[0] for row in _book(client.get(reverse("companies:export") + "?col=name"))]


def test_the_export_says_where_it_comes_from(as_person: Callable[[str], Client]) -> None:
    answer: Any = as_person("chen").get(reverse("companies:export") + "?band=red")

    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    notes = dict(book.get_sheet_by_index(1).to_python())
    assert notes["数据截至"] == "2026-10-31 23:59"
    assert notes["筛选条件"] == "红色"


@given(
    st.dictionaries(
        st.sampled_from(["region", "type", "change", "label", "q", "universe", "sort", "offset", "x"]),
        st.text(max_size=12),
    ),
    st.lists(st.sampled_from(["red", "orange", "grey", "x"]), max_size=3),
)
def test_a_written_address_reads_back_as_the_same_list(pairs: dict[str, str], bands: list[str]) -> None:
    query = QueryDict(mutable=True)
    query.update(pairs)
    query.setlist("band", bands)

    asked = read_query(query)

    assert read_query(QueryDict(write_query(asked))) == asked


def test_companies_of_which_only_the_city_is_known_are_asked_for_within_a_city() -> None:
    asked = read_query(QueryDict("region=4401&nearer=0"))

    assert asked.filter.no_nearer
    assert read_query(QueryDict(write_query(asked))) == asked
    assert not read_query(QueryDict("region=440106&nearer=0")).filter.no_nearer
    assert not read_query(QueryDict("nearer=0")).filter.no_nearer


def test_every_condition_is_a_chip_that_can_be_removed(as_person: Callable[[str], Client]) -> None:
    query = "?band=red&region=4401&type=private_fund&change=opened&label=CMP001&q=广州&universe=all"

    text = as_person("chen").get(reverse("companies:list") + query).content.decode()

    chips = re.findall(r'<a class="chip" href="(.*?)"', text)
    assert len(chips) == 7
    assert all(len(QueryDict(unescape(chip)[1:])) == 6 for chip in chips)


def test_filters_survive_sorting(as_person: Callable[[str], Client]) -> None:
    text = as_person("chen").get(reverse("companies:list") + "?band=red&region=4401").content.decode()

    assert "?band=red&amp;region=4401&amp;sort=-name" in text


def test_nonsense_in_an_address_is_left_out(as_person: Callable[[str], Client]) -> None:
    answer = as_person("chen").get(
        reverse("companies:list") + "?band=pink&region=x&sort=drop&offset=-1&col=y"
    )

    assert answer.status_code == 200
    assert read_query(QueryDict("col=y")).columns == DEFAULT_COLUMNS


def test_a_saved_view_keeps_the_list_for_its_owner_only(as_person: Callable[[str], Client]) -> None:
    wu = as_person("wu")
    wu.post(reverse("companies:save_view"), {"name": "天河红色", "query": "band=red&evil=1"})

    assert SavedView.objects.get().query == "band=red"
    assert "天河红色" in wu.get(reverse("companies:list")).content.decode()
    assert "天河红色" not in as_person("chen").get(reverse("companies:list")).content.decode()


def test_a_view_without_a_name_is_refused_with_a_reason(as_person: Callable[[str], Client]) -> None:
    answer = as_person("wu").post(reverse("companies:save_view"), {"name": "", "query": ""}, follow=True)

    assert "没有保存" in answer.content.decode()


def test_a_changed_company_is_marked_until_it_is_opened(as_person: Callable[[str], Client]) -> None:
    wu = as_person("wu")
    address = reverse("companies:list") + f"?q={IN_TIANHE.identifier}"

    assert "未看" in wu.get(address).content.decode()
    wu.get(reverse("companies:page", args=[IN_TIANHE.identifier]))
    assert "未看" not in wu.get(address).content.decode()


def test_the_page_says_what_changed_since_i_last_looked(
    as_person: Callable[[str], Client], cast: dict[str, Any]
) -> None:
    Look.objects.create(
        viewer=cast["wu"], identifier=IN_TIANHE.identifier, run_id="run-1", band="orange", score="66.20",
        looked_at="2026-10-30T09:00:00+08:00",
    )  # fmt: skip
    page = reverse("companies:page", args=[IN_TIANHE.identifier])
    wu = as_person("wu")

    for _reload in range(2):
        assert "您上次查看是 2026-10-30：橙色 66.20，现在 红色 97.50。" in wu.get(page).content.decode()
    assert "您上次查看" not in as_person("chen").get(page).content.decode()
