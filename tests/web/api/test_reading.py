"""What a key reads: only its region and scopes, in pages that lose nothing, on record."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from jsonschema import Draft202012Validator

from lookout.web.api import tallies
from lookout.web.api.formats import schema_of
from lookout.web.api.models import ReadTally
from lookout.web.audit.models import AuditEntry
from tests.web.fake_reader import COMPANIES, IN_NANSHAN, IN_TIANHE

pytestmark = pytest.mark.django_db


def everything(call: Callable[..., Any], path: str, limit: int = 7) -> list[dict[str, Any]]:
    """Read a feed page by page until it says that nothing is left."""
    found, address = [], f"{path}?limit={limit}"
    while True:
        page = call(address).json()
        found += page["items"]
        if not page["has_more"]:
            return found
        address = f"{path}?limit={limit}&cursor={page['cursor']}"


def test_a_partner_reads_the_ratings_of_its_region_and_no_others(make_key: Any, call: Any) -> None:
    make_key()

    found = everything(call, "/ratings")

    assert {one["identifier"] for one in found} == {
        row.identifier for row in COMPANIES if row.region.startswith("4401")
    }
    assert len(found) == len({one["identifier"] for one in found})
    assert all(one["record"]["region"].startswith("4401") for one in found)


def test_what_is_read_keeps_to_the_published_schemas(make_key: Any, call: Any) -> None:
    make_key()

    for kind, path in (("rating", "/ratings"), ("warning", "/warnings")):
        check = Draft202012Validator(schema_of(kind))
        records = [one["record"] for one in everything(call, path)]
        assert records
        assert [error.message for record in records for error in check.iter_errors(record)] == []


def test_warnings_are_the_three_bands_and_say_how_they_moved(make_key: Any, call: Any) -> None:
    make_key()

    records = [one["record"] for one in everything(call, "/warnings")]

    assert {one["band"] for one in records} == {"red", "orange", "yellow"}
    assert {one["change"] for one in records} == {"opened", "raised", "kept", "lowered"}
    assert all(isinstance(one["score"], str) for one in records)


def test_a_part_of_the_region_can_be_asked_for_and_nothing_beyond_it(make_key: Any, call: Any) -> None:
    make_key()

    inside = call("/ratings?region=440115&limit=500").json()["items"]
    assert {one["record"]["region"] for one in inside} == {"440115"}
    for beyond in ("4403", "44", "440305"):
        answer = call(f"/ratings?region={beyond}")
        assert (answer.status_code, answer.json()["code"]) == (403, "region_refused")
        assert call(f"/exports?kind=rating&region={beyond}").status_code == 403


def test_one_company_is_told_with_all_that_adds_up_to_its_score_and_the_question_is_on_record(
    make_key: Any, call: Any
) -> None:
    make_key()

    answer = call(f"/companies/{IN_TIANHE.identifier}", **{"X-Lookout-Purpose": "loan 2026-118"})

    told = answer.json()
    total = sum(float(line["points"]) for line in told["contributions"])
    assert f"{total:.2f}" == told["rating"]["score"]
    entry = AuditEntry.objects.get(verb="api_ask")
    assert (entry.company, entry.reason) == (IN_TIANHE.identifier, "loan 2026-118")
    assert "某银行风险系统" in entry.actor_name


def test_a_company_elsewhere_is_as_unknown_as_one_that_does_not_exist(make_key: Any, call: Any) -> None:
    make_key()

    elsewhere, nowhere = call(f"/companies/{IN_NANSHAN.identifier}"), call("/companies/nobody")

    assert elsewhere.status_code == nowhere.status_code == 404
    assert elsewhere.json() == nowhere.json()


def test_a_cursor_works_only_for_the_key_the_feed_and_the_region_it_was_given_for(
    make_key: Any, call: Any
) -> None:
    make_key()
    make_key("lki_other")
    cursor = call("/ratings?limit=3").json()["cursor"]

    assert call(f"/ratings?limit=3&cursor={cursor}").status_code == 200
    changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for answer in (
        call(f"/ratings?cursor={changed}"),
        call("/ratings?cursor=x"),
        call(f"/warnings?cursor={cursor}"),
        call(f"/ratings?region=440106&cursor={cursor}"),
        call(f"/ratings?cursor={cursor}", text="lki_other"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


def test_a_cursor_at_the_end_and_a_time_both_go_on_from_there(make_key: Any, call: Any) -> None:
    make_key()
    page = call("/ratings?limit=500").json()

    assert call(f"/ratings?cursor={page['cursor']}").json()["items"] == []
    later = (timezone.now() + timedelta(hours=1)).isoformat().replace("+", "%2B")
    assert call(f"/ratings?updated_since={later}").json()["items"] == []
    since = page["complete_until"].replace("+", "%2B")
    again = call(f"/ratings?limit=500&updated_since={since}").json()
    assert [one["updated_at"] for one in again["items"]] == sorted(
        one["updated_at"] for one in again["items"]
    )


def test_nothing_new_is_told_in_one_line_however_much_later(
    make_key: Any, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_key()
    first = call("/ratings?limit=3")
    monkeypatch.setattr("django.core.signing.time.time", lambda: 2_000_000_000)

    again = call("/ratings?limit=3", **{"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")


def test_an_export_holds_everything_the_key_may_read_and_a_cursor_to_go_on_from(
    make_key: Any, call: Any
) -> None:
    make_key()

    answer = call("/exports?kind=rating")
    lines = [json.loads(line) for line in answer.getvalue().decode().splitlines()]

    assert {line["identifier"] for line in lines} == {
        one["identifier"] for one in everything(call, "/ratings")
    }
    assert call(f"/ratings?cursor={answer.headers['X-Lookout-Cursor']}").json()["items"] == []
    assert ReadTally.objects.get(resource="export rating").rows == len(lines)


def test_an_export_for_people_gives_no_spreadsheet_a_formula(make_key: Any, call: Any) -> None:
    make_key()

    text = call("/exports?kind=rating&format=csv").getvalue().decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows
    assert not [row for row in rows if row["name"].startswith("=")]


def test_a_key_exports_only_kinds_it_may_read(make_key: Any, call: Any) -> None:
    make_key(scopes=["exports", "warnings"])

    assert call("/exports?kind=warning").status_code == 200
    assert call("/exports?kind=rating").json()["code"] == "scope_missing"


def test_reads_are_counted_and_go_on_record_once_an_hour_with_the_purpose(make_key: Any, call: Any) -> None:
    make_key()
    rows = len(everything(call, "/ratings"))

    assert tallies.record_tallies(timezone.now()) == 0
    assert tallies.record_tallies(timezone.now() + timedelta(hours=1)) == 1
    assert tallies.record_tallies(timezone.now() + timedelta(hours=1)) == 0

    entry = AuditEntry.objects.get(verb="api_read")
    assert (entry.after["rows"], entry.reason, entry.region) == (rows, "贷前风险核查", "4401")


def test_before_the_first_run_the_answer_says_when_to_come_again(
    make_key: Any, call: Any, use_reader: Callable[[str], Any]
) -> None:
    use_reader("nothing published")
    make_key()

    answer = call("/ratings")

    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_key_tells_what_it_is_good_for(make_key: Any, call: Any) -> None:
    make_key(scopes=["warnings"], per_day=50)

    told = call("/me").json()

    assert (told["scopes"], told["region"], told["left_today"]) == (["warnings"], "4401", 49)
