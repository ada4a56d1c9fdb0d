"""No filter, export, search or evidence reaches beyond a person's regions."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from tests.web.fake_reader import COMPANIES, IN_NANSHAN

FOREIGN = [row for row in COMPANIES if row.region != "440106"]
ESCAPES = [
    "",
    "?region=44",
    "?region=4403",
    "?region=440305",
    "?universe=all",
    "?q=%",
    "?q=粤海",
    "?label=CMP001",
    "?band=red&band=orange&band=yellow&band=normal&band=grey",
    "?scope=44",
    "?type=private_fund&change=opened",
]


@pytest.mark.parametrize("query", ESCAPES)
def test_a_filter_cannot_leave_the_region(query: str, as_person: Callable[[str], Client]) -> None:
    text = as_person("wu").get(reverse("companies:list") + query).content.decode()

    assert [row.name for row in FOREIGN if row.identifier in text] == []


@pytest.mark.parametrize("query", ESCAPES)
def test_an_export_cannot_leave_the_region(query: str, as_person: Callable[[str], Client]) -> None:
    answer: Any = as_person("wu").get(
        reverse("companies:export") + (query or "?") + "&col=identifier&col=name"
    )

    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    found = {str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row}
    assert found.isdisjoint({row.identifier for row in FOREIGN})


def test_a_search_cannot_leave_the_region(as_person: Callable[[str], Client]) -> None:
    address = reverse("companies:search")
    client = as_person("wu")

    for text in (IN_NANSHAN.name, IN_NANSHAN.identifier, "粤海"):
        assert (
            IN_NANSHAN.identifier
            not in client.get(address, {"q": text}, headers={"HX-Request": "true"}).content.decode()
        )


def test_today_counts_only_the_region(as_person: Callable[[str], Client]) -> None:
    text = as_person("zhao").get(reverse("dashboards:today")).content.decode()

    assert "深圳市" in text
    assert "广州市" not in text
    assert "监测范围" not in text


def test_a_person_without_region_sees_nothing(cast: dict[str, User]) -> None:
    assert scope_of(User(username="new", region="")) == ()


@pytest.mark.parametrize(
    ("role", "region", "scope"),
    [
        ("district_handler", "440106", ("440106",)),
        ("city_supervisor", "4401", ("4401",)),
        ("city_supervisor", "440100", ("4401",)),
        ("city_supervisor", "44", ("44",)),
        ("analyst", "4401", ("4401",)),
        # A company whose region is unknown must be seen by somebody.
        ("analyst", "44", None),
        ("province_admin", "44", None),
        ("province_admin", "", ()),
    ],
)
def test_a_region_is_its_prefix_and_the_province_sees_all(
    role: str, region: str, scope: tuple[str, ...] | None
) -> None:
    assert scope_of(User(role=role, region=region)) == scope


def test_refused_rows_of_other_regions_are_not_shown_to_a_city(as_person: Callable[[str], Client]) -> None:
    text = as_person("lin").get(reverse("data:batch", args=[3])).content.decode()

    assert "2026-02-30" not in text
    assert "退回的行含各地的原始记录" in text
