"""Who may open which address: every address × every role × own and foreign regions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from lookout.web.accounts.models import User
from lookout.web.companies.models import SavedView
from tests.web.administration.test_administration import ADMINISTRATION
from tests.web.api.test_office import MACHINES
from tests.web.cases.test_case_permissions import CASES as CASE_ROWS
from tests.web.companies.test_access import BESIDE
from tests.web.complaints.test_complaint_pages import COMPLAINTS
from tests.web.deposits.test_deposit_permissions import DEPOSITS
from tests.web.evidence.test_evidence_pages import EVIDENCE
from tests.web.fake_reader import IN_NANSHAN, IN_TIANHE
from tests.web.reports.test_report_pages import REPORTS

# Columns of the table: province, city 4401, district 440106, district 440305, auditor, stranger.
CAST = ("chen", "lin", "wu", "zhao", "auditor", "")
ALL_SIGNED_IN = (200, 200, 200, 200, 200, 302)
OFFICERS = (200, 200, 200, 200, 403, 302)
IN_4401_06 = (200, 200, 200, 404, 403, 302)
IN_4403_05 = (200, 404, 404, 200, 403, 302)
STEWARDS = (200, 403, 403, 403, 403, 302)
DATA_STAFF = (200, 403, 403, 403, 200, 302)
# Far from the numbers a database gives by itself.
VIEW_OF_WU = 990_001
TIANHE, NANSHAN = {"identifier": IN_TIANHE.identifier}, {"identifier": IN_NANSHAN.identifier}


@dataclass(frozen=True)
class Row:
    """One address with what each of the cast gets."""

    name: str
    expected: tuple[int, ...]
    arguments: dict[str, object] | None = None
    method: str = "get"
    data: dict[str, str] | None = None


TABLE = [
    Row("dashboards:home", (302,) * 6),
    Row("dashboards:today", OFFICERS),
    Row("accounts:login", (302,) * 5 + (200,)),
    Row("accounts:password", ALL_SIGNED_IN),
    Row("accounts:code", ALL_SIGNED_IN),
    Row("accounts:enrol", ALL_SIGNED_IN),
    Row("accounts:privilege", ALL_SIGNED_IN),
    Row("accounts:leave_privilege", (302,) * 6, method="post"),
    Row("accounts:logout", (302,) * 6, method="post"),
    Row("notices:list", ALL_SIGNED_IN),
    Row("notices:open", (404,) * 5 + (302,), {"number": 1}),
    Row("notices:read", (302,) * 6, method="post"),
    Row("notices:mail", (302,) * 6, method="post", data={"by_mail": "never"}),
    Row("attachments:file", (404,) * 5 + (302,), {"number": 1}),
    Row("attachments:original", (302,) * 6, {"number": 1}),
    Row("set_language", (302,) * 6, method="post", data={"language": "en", "next": "/account/login/"}),
    Row("health", (200,) * 6),
    Row("companies:list", OFFICERS),
    Row("companies:export", OFFICERS),
    Row("companies:search", OFFICERS),
    Row(
        "companies:save_view",
        (302, 302, 302, 302, 403, 302),
        method="post",
        data={"name": "我的", "query": "band=red"},
    ),
    Row("companies:delete_view", (404, 404, 302, 404, 403, 302), {"number": VIEW_OF_WU}, method="post"),
    Row("companies:page", IN_4401_06, TIANHE),
    Row("companies:page", IN_4403_05, NANSHAN),
    Row("companies:page", (404, 404, 404, 404, 403, 302), {"identifier": "91440101UNKNOWN000"}),
    Row("companies:evidence", IN_4401_06, {**TIANHE, "code": "P01"}),
    Row("companies:evidence", IN_4403_05, {**NANSHAN, "code": "P01"}),
    Row("companies:evidence", (404, 404, 404, 404, 403, 302), {**TIANHE, "code": "nonsense"}),
    Row("companies:rows", IN_4401_06, {**TIANHE, "table": "complaint"}),
    Row("companies:rows", IN_4403_05, {**NANSHAN, "table": "complaint"}),
    Row("clues:list", OFFICERS),
    Row("clues:new", OFFICERS),
    Row("dispatch:export", OFFICERS),
    Row("dispatch:work", OFFICERS),
    Row("situation:page", OFFICERS),
    Row("situation:index", OFFICERS),
    Row("situation:index_export", OFFICERS),
    Row("dispatch:clue", (404, 404, 404, 404, 403, 302), {"number": "000000202611220001"}),
    Row("dispatch:pack", (404, 404, 404, 404, 403, 302), {"number": "000000202611220001"}),
    Row(
        "dispatch:step",
        (404, 404, 404, 404, 403, 302),
        {"number": "000000202611220001", "kind": "clue", "pk": 1, "name": "close"},
        method="post",
    ),
    Row("data:tables", ALL_SIGNED_IN),
    Row("data:coverage", ALL_SIGNED_IN),
    Row("data:batches", ALL_SIGNED_IN),
    Row("data:batch", ALL_SIGNED_IN, {"number": 3}),
    Row("data:batch", (404,) * 5 + (302,), {"number": 99}),
    Row("data:batch_rejects", DATA_STAFF, {"number": 3}),
    Row("data:coverage_export", ALL_SIGNED_IN),
    Row("data:coverage_category", ALL_SIGNED_IN, {"category": "DC17"}),
    Row("data:coverage_category", (404,) * 5 + (302,), {"category": "DC99"}),
    # A cell of Guangzhou is one of the province's table; in the city's own table the districts are the cells.
    Row("data:coverage_cell", (200, 404, 404, 404, 200, 302), {"category": "DC17", "region": "4401"}),
    Row("data:coverage_cell", (404, 200, 200, 404, 404, 302), {"category": "DC17", "region": "440106"}),
    Row("data:freshness", ALL_SIGNED_IN),
    Row("data:freshness_export", ALL_SIGNED_IN),
    Row("data:blind", ALL_SIGNED_IN),
    Row("data:blind_export", ALL_SIGNED_IN),
    Row("data:rejects", DATA_STAFF),
    Row("data:rejects_export", DATA_STAFF),
    Row("data:unresolved", DATA_STAFF),
    Row("stewards:list", STEWARDS),
    Row("stewards:history", STEWARDS),
    Row("stewards:case", STEWARDS, {"number": "c1"}),
    Row("stewards:case", (404, 403, 403, 403, 403, 302), {"number": "c99"}),
    Row(
        "stewards:judge",
        (302, 403, 403, 403, 403, 302),
        {"number": "c1"},
        method="post",
        data={"verdict": "later"},
    ),
    Row("stewards:judge", (404, 403, 403, 403, 403, 302), {"number": "c99"}, method="post"),
    Row("stewards:undo", (404, 403, 403, 403, 403, 302), {"judgement_no": "J99"}, method="post"),
    Row("runs:list", ALL_SIGNED_IN),
    Row("runs:operation", DATA_STAFF),
    Row("runs:operation_figures", DATA_STAFF),
    Row("runs:page", ALL_SIGNED_IN, {"run_id": "run-2"}),
    Row("runs:page", (404,) * 5 + (302,), {"run_id": "run-99"}),
    # Machines sign in with a key; who is signed in with a browser counts for nothing here.
    Row("intake:deliver", (401,) * 6, {"connection": "tax_push"}, method="post"),
    Row("intake:receipt", (401,) * 6, {"number": "0"}),
    Row("catalogues:score", ALL_SIGNED_IN),
    Row("catalogues:indicators", ALL_SIGNED_IN),
    Row("catalogues:labels", ALL_SIGNED_IN),
    Row("catalogues:entry", ALL_SIGNED_IN, {"code": "CMP001"}),
    Row("catalogues:entry", (404,) * 5 + (302,), {"code": "XXX999"}),
]
CASES = [
    pytest.param(row, person, status, id=f"{row.name}-{number}-{person or 'stranger'}")
    for number, row in enumerate(TABLE)
    for person, status in zip(CAST, row.expected, strict=True)
]


def _names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield f"{space}{pattern.name}"


def test_every_address_stands_in_the_table() -> None:
    elsewhere = {
        name
        for name, *_rest in (
            *ADMINISTRATION,
            *MACHINES,
            *CASE_ROWS,
            *COMPLAINTS,
            *DEPOSITS,
            *EVIDENCE,
            *REPORTS,
            *BESIDE,
        )
    }

    assert set(_names(get_resolver().url_patterns)) == {row.name for row in TABLE} | elsewhere


@pytest.mark.parametrize(("row", "person", "status"), CASES)
def test_each_person_gets_what_the_table_says(
    row: Row, person: str, status: int, as_person: Callable[[str], Client], cast: dict[str, object]
) -> None:
    SavedView.objects.create(pk=VIEW_OF_WU, owner=cast["wu"], name="天河红色", query="band=red")
    address = reverse(row.name, kwargs=row.arguments)

    answer = getattr(as_person(person), row.method)(address, row.data or {})

    assert answer.status_code == status
    if status == 302 and not person and row.method == "get" and row.name != "dashboards:home":
        assert answer.headers["Location"].startswith(reverse("accounts:login"))


# Django's own view of the language answers a link with a redirect and changes nothing.
@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row.method == "post" and row.name != "set_language"],
    ids=lambda row: row.name,
)
def test_what_changes_something_refuses_a_plain_link(row: Row, as_person: Callable[[str], Client]) -> None:
    assert as_person("wu").get(reverse(row.name, kwargs=row.arguments)).status_code == 405


def test_forms_are_protected_against_foreign_sites(cast: dict[str, User]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast["wu"], backend="django.contrib.auth.backends.ModelBackend")

    assert client.post(reverse("companies:save_view"), {"name": "x", "query": ""}).status_code == 403
