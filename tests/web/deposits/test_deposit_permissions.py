"""Who may open which page of deposited contracts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from lookout.web.accounts.models import User
from lookout.web.accounts.roles import PLACES, Place, Role

# province, city 4401, district 440106, district 440305, institution, auditor, stranger
CAST = ("chen", "lin", "wu", "zhao", "jigou", "auditor", "")
ALL = (200, 200, 200, 200, 200, 403, 302)
INSTITUTIONS = (403, 403, 403, 403, 200, 403, 302)
FOREIGN = (404, 404, 404, 404, 404, 403, 302)
# Asked for the password first, whatever the number.
PRIVILEGED = (302, 302, 302, 302, 302, 403, 302)
NUMBER = {"number": "HT2026112200000001"}
DEPOSITS = [
    ("deposits:list", ALL, {}, "get"),
    ("deposits:export", ALL, {}, "get"),
    ("deposits:checks", ALL, {}, "get"),
    ("deposits:sample", ALL, {}, "get"),
    ("deposits:new", INSTITUTIONS, {}, "get"),
    ("deposits:batches", INSTITUTIONS, {}, "get"),
    ("deposits:batch", FOREIGN, {"pk": 1}, "get"),
    ("deposits:batch", FOREIGN, {"pk": 1}, "post"),
    ("deposits:refused", FOREIGN, {"pk": 1}, "get"),
    ("deposits:page", FOREIGN, NUMBER, "get"),
    ("deposits:check", FOREIGN, NUMBER, "post"),
    ("deposits:certificate", FOREIGN, NUMBER, "get"),
    ("deposits:document", PRIVILEGED, NUMBER, "get"),
    ("deposits:parties", PRIVILEGED, NUMBER, "get"),
]


@pytest.mark.parametrize("row", DEPOSITS, ids=lambda row: f"{row[0]}-{row[3]}")
def test_each_person_gets_what_the_table_says(
    row: tuple[str, tuple[int, ...], dict[str, object], str],
    as_person: Callable[[str], Client],
    cast: dict[str, User],
) -> None:
    name, expected, arguments, method = row
    address = reverse(name, kwargs=arguments)

    answers = tuple(getattr(as_person(who), method)(address).status_code for who in CAST)

    assert answers == expected


def test_an_institution_has_no_other_place(as_person: Callable[[str], Client], cast: dict[str, User]) -> None:
    assert PLACES[Role.INSTITUTION] == (Place.DEPOSITS,)
    client = as_person("jigou")
    closed = ("companies:list", "clues:list", "cases:list", "complaints:list", "data:tables", "evidence:list")
    assert [client.get(reverse(name)).status_code for name in closed] == [403] * len(closed)
    assert client.get("/").headers["Location"] == reverse("deposits:list")


def test_checking_again_refuses_a_plain_link(as_person: Callable[[str], Client]) -> None:
    assert as_person("wu").get(reverse("deposits:check", kwargs=NUMBER)).status_code == 405
