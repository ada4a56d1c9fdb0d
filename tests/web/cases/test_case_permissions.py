"""Who may open which page of cases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from lookout.web.accounts.models import User
from lookout.web.accounts.roles import PLACES, Place, Role

# province, city 4401, district 440106, district 440305, auditor, stranger
CAST = ("chen", "lin", "wu", "zhao", "auditor", "")
OFFICERS = (200, 200, 200, 200, 403, 302)
FOREIGN = (404, 404, 404, 404, 403, 302)
SENT = (302, 302, 302, 302, 403, 302)
CASES = [
    ("cases:list", OFFICERS, {}, "get"),
    ("cases:export", OFFICERS, {}, "get"),
    ("cases:new", OFFICERS, {}, "get"),
    ("cases:case", FOREIGN, {"number": "44010620260001"}, "get"),
    ("cases:figure", FOREIGN, {"number": "44010620260001"}, "post"),
    ("cases:event", FOREIGN, {"number": "44010620260001", "verb": "close"}, "post"),
    ("cases:reports", OFFICERS, {}, "get"),
    ("cases:owe", FOREIGN, {}, "post"),
    ("cases:report", FOREIGN, {"number": 1}, "get"),
    ("cases:report_file", FOREIGN, {"number": 1, "form": "json"}, "get"),
    ("cases:report_step", FOREIGN, {"number": 1, "step": "submit"}, "post"),
    ("cases:statistics", OFFICERS, {}, "get"),
    ("cases:assessment", OFFICERS, {}, "get"),
    ("cases:assessment_rows", OFFICERS, {"part": "missed"}, "get"),
    ("cases:assessment_rows", FOREIGN, {"part": "nonsense"}, "get"),
    ("cases:outreach", SENT, {}, "post"),
]


@pytest.mark.parametrize("who", range(len(CAST)), ids=[name or "stranger" for name in CAST])
@pytest.mark.parametrize("row", CASES, ids=lambda row: row[0])
def test_each_person_gets_what_the_table_says(
    row: tuple[str, tuple[int, ...], dict[str, object], str],
    who: int,
    as_person: Callable[[str], Client],
    cast: dict[str, User],
) -> None:
    name, expected, arguments, method = row

    answer = getattr(as_person(CAST[who]), method)(reverse(name, kwargs=arguments))

    assert answer.status_code == expected[who]


def test_the_police_read_cases_and_no_totals(
    as_person: Callable[[str], Client], cast: dict[str, User]
) -> None:
    User.objects.filter(pk=cast["zhao"].pk).update(role=Role.POLICE_LIAISON)
    cast["zhao"].refresh_from_db()
    police = as_person("zhao")

    assert police.get(reverse("cases:list")).status_code == 200
    closed = ("new", "reports", "statistics", "assessment")
    assert [police.get(reverse(f"cases:{name}")).status_code for name in closed] == [403] * len(closed)


def test_only_those_who_handle_cases_have_the_place() -> None:
    assert {role for role, places in PLACES.items() if Place.CASES in places} == {
        Role.PROVINCE_ADMIN,
        Role.ANALYST,
        Role.CITY_SUPERVISOR,
        Role.DISTRICT_HANDLER,
        Role.POLICE_LIAISON,
    }
