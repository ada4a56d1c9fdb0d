"""Who may open the pages beside the ratings, the imports and the objections."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.fake_reader import IN_NANSHAN, IN_TIANHE

# province, city 4401, district 440106, district 440305, auditor, stranger
CAST = ("chen", "lin", "wu", "zhao", "auditor", "")
OFFICERS = (200, 200, 200, 200, 403, 302)
NOT_THERE = (404, 404, 404, 404, 403, 302)
BACK = (302, 302, 302, 302, 403, 302)
TIANHE, NANSHAN = {"identifier": IN_TIANHE.identifier}, {"identifier": IN_NANSHAN.identifier}
BESIDE: list[tuple[str, tuple[int, ...], dict[str, object], str]] = [
    ("companies:difference", OFFICERS, {}, "get"),
    ("companies:difference_export", OFFICERS, {}, "get"),
    ("companies:watch_lists", OFFICERS, {}, "get"),
    ("companies:watch_many", BACK, {}, "post"),
    ("companies:delete_watch_list", NOT_THERE, {"number": 99}, "post"),
    ("companies:watch", (302, 302, 302, 404, 403, 302), TIANHE, "post"),
    ("companies:watch", (302, 404, 404, 302, 403, 302), NANSHAN, "post"),
    ("companies:reviews", OFFICERS, {}, "get"),
    ("companies:propose_review", (422, 422, 422, 404, 403, 302), TIANHE, "post"),
    ("companies:review_step", NOT_THERE, {"number": 99, "name": "approve"}, "post"),
    ("clues:save_view", BACK, {}, "post"),
    ("clues:delete_view", NOT_THERE, {"number": 99}, "post"),
    ("dispatch:imports", OFFICERS, {}, "get"),
    ("dispatch:import", NOT_THERE, {"number": 99}, "get"),
    ("dispatch:import_run", NOT_THERE, {"number": 99}, "post"),
    ("dispatch:import_rejects", NOT_THERE, {"number": 99}, "get"),
    ("dispatch:bulk", BACK, {}, "post"),
    ("objections:list", OFFICERS, {}, "get"),
    ("objections:letter", (200, 200, 403, 404, 403, 302), TIANHE, "post"),
    ("objections:page", NOT_THERE, {"number": 99}, "get"),
    ("objections:step", NOT_THERE, {"number": 99, "name": "take"}, "post"),
    ("my_rating:page", (200,) * 6, {}, "get"),
]


@pytest.mark.parametrize("row", BESIDE, ids=lambda row: f"{row[0]}-{row[3]}")
def test_each_person_gets_what_the_table_says(
    row: tuple[str, tuple[int, ...], dict[str, object], str], as_person: Callable[[str], Client]
) -> None:
    name, expected, arguments, method = row
    address = reverse(name, kwargs=arguments)

    assert tuple(getattr(as_person(who), method)(address).status_code for who in CAST) == expected


@pytest.mark.parametrize("row", [row for row in BESIDE if row[3] == "post"], ids=lambda row: row[0])
def test_what_changes_something_refuses_a_plain_link(
    row: tuple[str, tuple[int, ...], dict[str, object], str], as_person: Callable[[str], Client]
) -> None:
    assert as_person("chen").get(reverse(row[0], kwargs=row[2])).status_code == 405
