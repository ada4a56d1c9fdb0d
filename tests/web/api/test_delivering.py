"""What a key delivers: each write once, however often it is sent; files into the one inbox."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from lookout.kernel.errors import TransientError
from lookout.kernel.inbox import Inbox
from lookout.pipeline.live.intake import Receipt
from lookout.web.api import writes
from lookout.web.api.models import IdempotentCall
from lookout.web.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
INSTITUTION = "91440101MA5ANBAE0P"


class Outbox:
    """Stands for the live store: keeps what it is handed, refuses rows that say so."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.is_down = False

    def __call__(self, _home: Path, events: Any, **_more: Any) -> list[Receipt]:
        if self.is_down:
            raise TransientError("评级跟不上，请稍后再送")
        known = {event.event_id for event in self.events}
        self.events += events
        return [
            Receipt(one.event_id, "refused", ("受理日期：缺少",))
            if "bad" in one.row
            else Receipt(one.event_id, "known" if one.event_id in known else "accepted")
            for one in events
        ]


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    made = Outbox()
    monkeypatch.setattr(writes, "accept", made)
    return made


def events(*rows: dict[str, Any]) -> str:
    made = [{"table": "complaint_ticket", "event_id": str(n), "row": row} for n, row in enumerate(rows)]
    return json.dumps({"events": made})


def filing(**more: Any) -> str:
    base: dict[str, Any] = {
        "number": "2026-10-1", "table": "offsite_statement", "institution": INSTITUTION, "period": "2026-10",
        "rows": [{"total_assets_yuan": "1000000.00"}],
    }  # fmt: skip
    return json.dumps({**base, **more})


def test_events_go_to_the_live_store_as_the_keys_source_and_each_is_answered(
    make_key: Any, call: Any, outbox: Outbox
) -> None:
    make_key(source="hotline")

    told = call("/events", events({"ticket_no": "1"}, {"bad": 1}), **{"Idempotency-Key": "a-1"}).json()

    assert (told["accepted"], told["refused"]) == (1, 1)
    assert told["receipts"][1]["reasons"] == ["受理日期：缺少"]
    assert {event.source for event in outbox.events} == {"hotline"}
    entry = AuditEntry.objects.get(verb="api_write")
    assert (entry.after["accepted"], entry.reason) == (1, "贷前风险核查")


def test_the_same_write_again_gets_the_same_answer_and_is_not_done_again(
    make_key: Any, call: Any, outbox: Outbox
) -> None:
    make_key(source="hotline")

    first, second = (call("/events", events({}), **{"Idempotency-Key": "a"}) for _time in range(2))

    assert first.json() == second.json()
    assert (first.headers.get("Idempotency-Replayed"), second.headers["Idempotency-Replayed"]) == (
        None,
        "true",
    )
    assert len(outbox.events) == 1


def test_another_body_or_address_under_the_same_name_is_refused(
    make_key: Any, call: Any, outbox: Outbox
) -> None:
    make_key(source="hotline")
    call("/events", events({}), **{"Idempotency-Key": "a"})

    other_body = call("/events", events({"x": 1}), **{"Idempotency-Key": "a"})
    other_address = call("/filings", filing(), **{"Idempotency-Key": "a"})

    assert [one.json()["code"] for one in (other_body, other_address)] == ["body_conflict"] * 2
    assert len(outbox.events) == 1


def test_two_partners_may_use_the_same_name(make_key: Any, call: Any, outbox: Outbox) -> None:
    make_key(source="hotline")
    make_key("lki_other", source="petition")

    call("/events", events({}), **{"Idempotency-Key": "a"})
    answer = call("/events", events({"x": 1}), text="lki_other", **{"Idempotency-Key": "a"})

    assert answer.status_code == 200


def test_a_write_that_is_being_done_is_not_done_twice_and_one_that_was_abandoned_is_done(
    make_key: Any, call: Any, outbox: Outbox
) -> None:
    make_key(source="hotline")
    call("/events", events({}), **{"Idempotency-Key": "a"})
    IdempotentCall.objects.update(status=0)

    assert call("/events", events({}), **{"Idempotency-Key": "a"}).json()["code"] == "in_progress"

    IdempotentCall.objects.update(made_at=timezone.now() - timedelta(minutes=5))
    assert call("/events", events({}), **{"Idempotency-Key": "a"}).status_code == 200


def test_what_failed_was_not_done_and_may_be_sent_again(make_key: Any, call: Any, outbox: Outbox) -> None:
    make_key(source="hotline")
    outbox.is_down = True
    refused = call("/events", events({}), **{"Idempotency-Key": "a"})
    outbox.is_down = False

    again = call("/events", events({}), **{"Idempotency-Key": "a"})

    assert (refused.status_code, refused.json()["code"]) == (503, "not_ready")
    assert again.json()["accepted"] == 1


def test_old_answers_are_forgotten(make_key: Any, call: Any, outbox: Outbox) -> None:
    make_key(source="hotline")
    call("/events", events({}), **{"Idempotency-Key": "a"})

    assert writes.forget_calls(timezone.now() + timedelta(days=8)) == 1


def test_a_key_without_a_source_delivers_nothing(make_key: Any, call: Any, outbox: Outbox) -> None:
    make_key()

    assert call("/events", events({}), **{"Idempotency-Key": "a"}).json()["code"] == "scope_missing"
    assert outbox.events == []


def test_a_filing_puts_institution_and_month_into_every_row(make_key: Any, call: Any, outbox: Outbox) -> None:
    make_key(source="local_finance", institution=INSTITUTION)

    call("/filings", filing(), **{"Idempotency-Key": "a"})

    (event,) = outbox.events
    assert (event.row["uscc"], event.row["period"]) == (INSTITUTION, "2026-10")


def test_a_corrected_filing_is_a_new_event_and_an_unchanged_one_is_not(
    make_key: Any, call: Any, outbox: Outbox
) -> None:
    make_key(source="local_finance")

    answers = [
        call(
            "/filings", filing(rows=[{"total_assets_yuan": amount}]), **{"Idempotency-Key": str(number)}
        ).json()
        for number, amount in enumerate(("1.00", "1.00", "2.00"))
    ]

    assert [(one["accepted"], one["known"]) for one in answers] == [(1, 0), (0, 1), (1, 0)]


def test_an_institution_files_for_itself_only(make_key: Any, call: Any, outbox: Outbox) -> None:
    make_key(source="local_finance", institution="91440300MA5DA00001")

    assert call("/filings", filing(), **{"Idempotency-Key": "a"}).json()["code"] == "scope_missing"
    make_key("lki_any", source="local_finance")
    foreign_row = filing(rows=[{"uscc": "91440300MA5DA00001"}])
    assert (
        call("/filings", foreign_row, text="lki_any", **{"Idempotency-Key": "b"}).json()["code"] == "invalid"
    )
    assert outbox.events == []


def test_a_file_goes_into_the_same_inbox_as_pushed_ones(make_key: Any, call: Any, home: Path) -> None:
    make_key(connection="tax_push")
    said = {"Content-Type": "application/octet-stream", "X-Lookout-File": "a.csv"}

    first, second = call("/deliveries", b"a,b\n1,2\n", **said), call("/deliveries", b"a,b\n1,2\n", **said)

    assert (first.status_code, second.status_code) == (202, 200)
    (waiting,) = Inbox(home, "tax_push").waiting()
    told = call(f"/deliveries/{waiting.receipt}").json()
    assert (told["receipt"], told["state"]) == (first.json()["receipt"], "received")


def test_a_file_that_is_damaged_or_too_large_leaves_nothing(make_key: Any, call: Any, home: Path) -> None:
    make_key(connection="tax_push", most_bytes=100)
    said = {"Content-Type": "application/octet-stream", "X-Lookout-File": "a.csv"}
    wrong = {"Content-Digest": "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:"}

    assert call("/deliveries", b"a", **said, **wrong).json()["code"] == "digest_mismatch"
    assert call("/deliveries", b"x" * 101, **said).json()["code"] == "too_large"
    assert Inbox(home, "tax_push").waiting() == []
