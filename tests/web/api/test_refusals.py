"""Every way of not being served ends in a document that says why, in the language of the machine."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lookout.web.api.openapi import document
from lookout.web.api.problems import CODES, MEDIA_TYPE
from lookout.web.audit.models import AuditEntry
from lookout.web.intake.models import MachineKey
from lookout.web.notices.models import Notice

pytestmark = pytest.mark.django_db
EVENTS = json.dumps({"events": [{"table": "complaint_ticket", "event_id": "1", "row": {}}]})


def code_of(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    told = answer.json()
    assert told["status"] == answer.status_code == CODES[told["code"]][0]
    assert told["title"]
    assert told["detail"]
    return answer.status_code, told["code"]


@pytest.mark.parametrize("text", ["", "lki_wrong", "x" * 5000])
def test_without_a_standing_key_nothing_is_told(make_key: Any, call: Any, text: str) -> None:
    make_key()

    answer = call("/ratings", text=text)

    assert code_of(answer) == (401, "key_unknown")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_key_is_unknown_and_an_expired_one_says_so(make_key: Any, call: Any) -> None:
    make_key("lki_revoked", revoked_at=timezone.now())
    make_key("lki_expired", expires_at=timezone.now() - timedelta(seconds=1))

    assert code_of(call("/ratings", text="lki_revoked")) == (401, "key_unknown")
    assert code_of(call("/ratings", text="lki_expired")) == (401, "key_expired")


def test_a_key_used_from_a_second_network_is_refused_there_and_the_officers_are_told_once(
    make_key: Any, call: Any, cast: dict[str, Any]
) -> None:
    make_key(networks=["198.51.100.0/24"])

    inside = call("/ratings", address="198.51.100.7")
    outside = [call("/ratings", address="203.0.113.9") for _time in range(3)]

    assert inside.status_code == 200
    assert {code_of(answer) for answer in outside} == {(403, "network_refused")}
    assert Notice.objects.filter(kind="key", person=cast["security"]).count() == 1
    (entry,) = AuditEntry.objects.filter(verb="key_refuse")
    assert entry.after["network"] == "203.0.113.0/24"


def test_a_forwarded_address_is_believed_only_from_a_proxy_on_this_machine(make_key: Any, call: Any) -> None:
    make_key(networks=["198.51.100.0/24"])
    said = {"X-Forwarded-For": "198.51.100.7"}

    assert call("/me", address="127.0.0.1", **said).status_code == 200
    assert call("/me", address="203.0.113.9", **said).status_code == 403


def test_an_address_of_version_4_in_version_6_clothes_is_the_same_network(make_key: Any, call: Any) -> None:
    make_key(networks=["198.51.100.0/24"])

    assert call("/me", address="::ffff:198.51.100.7").status_code == 200
    assert call("/me", address="2001:db8::1").status_code == 403


def test_a_refused_call_from_elsewhere_uses_up_nothing_of_the_quota(make_key: Any, call: Any) -> None:
    key = make_key(networks=["198.51.100.0/24"], per_day=2)
    for _time in range(5):
        call("/me", address="203.0.113.9")

    assert MachineKey.objects.get(pk=key.pk).day_calls == 0


def test_too_fast_and_too_many_say_when_to_come_again(make_key: Any, call: Any) -> None:
    make_key("lki_fast", per_minute=2)
    make_key("lki_much", per_day=2)

    fast = [call("/me", text="lki_fast") for _time in range(3)][-1]
    much = [call("/me", text="lki_much") for _time in range(3)][-1]

    assert code_of(fast) == (429, "too_fast")
    assert 0 < int(fast.headers["Retry-After"]) <= 60
    assert code_of(much) == (429, "quota_used_up")
    assert 0 < int(much.headers["Retry-After"]) <= 86_401


@pytest.mark.parametrize(
    "path",
    ["/ratings", "/warnings", "/clues", "/complaints", "/companies/1", "/clues/1", "/complaints/1", "/indexes",
     "/exports?kind=rating", "/log/head", "/log/entries/0", "/log/inclusion/0", "/log/consistency?old=0",
     "/deliveries/" + "0" * 32],
)  # fmt: skip
def test_a_key_without_the_scope_reads_nothing(make_key: Any, call: Any, path: str) -> None:
    make_key(scopes=[])

    assert code_of(call(path)) == (403, "scope_missing")


@pytest.mark.parametrize("path", ["/events", "/filings", "/deliveries"])
def test_a_key_without_the_scope_writes_nothing(make_key: Any, call: Any, path: str) -> None:
    make_key(scopes=["ratings"])

    assert code_of(call(path, EVENTS)) == (403, "scope_missing")


def test_a_key_without_a_region_reads_of_nowhere(make_key: Any, call: Any) -> None:
    make_key(region="")

    for path in ("/ratings", "/companies/1", "/exports?kind=rating", "/indexes"):
        assert code_of(call(path)) == (403, "region_refused")


def test_bodies_that_cannot_be_read_are_named_for_what_they_are(make_key: Any, call: Any) -> None:
    make_key(source="hotline", most_bytes=1 << 20)
    named = {"Idempotency-Key": "a"}

    assert code_of(call("/events", "{garbage", **named)) == (400, "bad_json")
    assert code_of(call("/events", b"\xff\xfe{", **named)) == (400, "bad_json")
    assert code_of(call("/events", "[" * 100_000, **named)) == (400, "bad_json")
    assert code_of(call("/events", "a=1", **{"Content-Type": "text/plain"}, **named)) == (415, "wrong_type")
    assert code_of(call("/events", "x" * (1 << 20) + "x", **named)) == (413, "too_large")
    assert code_of(call("/events", EVENTS)) == (422, "invalid")


def test_all_that_is_wrong_with_a_body_is_told_at_once(make_key: Any, call: Any) -> None:
    make_key(source="hotline")
    body = json.dumps(
        {"events": [{"table": "", "row": {}}, {"table": "a", "event_id": "1", "row": [], "x": 1}]}
    )

    told = call("/events", body, **{"Idempotency-Key": "a"}).json()

    assert {one["where"].removeprefix("content.") for one in told["errors"]} == {
        "events.0.table", "events.0.event_id", "events.1.row", "events.1.x",
    }  # fmt: skip


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "region=4x", "updated_since=yesterday",
                                   "updated_since=0", "updated_since=2026-10-31T00:00:00"])  # fmt: skip
def test_wrong_parameters_are_named(make_key: Any, call: Any, query: str) -> None:
    make_key()

    answer = call(f"/ratings?{query}")

    assert code_of(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["where"].endswith(query.partition("=")[0])


def test_unknown_addresses_and_methods_are_problems_too(make_key: Any, call: Any, client: Any) -> None:
    make_key()

    assert code_of(call("/nothing")) == (404, "not_found")
    assert code_of(call("/")) == (404, "not_found")
    wrong = client.delete("/api/v1/ratings")
    assert code_of(wrong) == (405, "method_not_allowed")
    assert "GET" in wrong.headers["Allow"]


def test_the_language_is_the_one_asked_for(make_key: Any, call: Any) -> None:
    make_key()

    chinese, english = call("/nothing"), call("/nothing", **{"Accept-Language": "en-GB,zh;q=0.5"})

    assert (chinese.headers["Content-Language"], english.headers["Content-Language"]) == ("zh-hans", "en")
    assert chinese.json()["code"] == english.json()["code"]
    assert not any(
        "\u4e00" <= sign <= "\u9fff" for sign in english.json()["detail"] + english.json()["title"]
    )


def test_what_breaks_inside_is_told_without_its_insides(
    make_key: Any, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any, **_more: Any) -> None:
        raise RuntimeError("secret detail")

    make_key()
    monkeypatch.setattr("lookout.web.api.feed.read", broken)

    answer = call("/ratings")

    assert code_of(answer) == (500, "failed")
    assert "secret" not in answer.content.decode()


def test_every_operation_documents_the_refusals_a_key_can_meet() -> None:
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            statuses = set(operation["responses"])
            assert {"401", "403", "422", "429"} <= statuses, path
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == [MEDIA_TYPE]
