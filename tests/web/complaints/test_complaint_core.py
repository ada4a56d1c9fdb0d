"""A complaint from the form to the answer: what is kept, what is sent on, who learns what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment
from lookout.web.audit.models import AuditEntry
from lookout.web.clues import services as clues
from lookout.web.clues.models import Clue
from lookout.web.clues.services import NotNowError, StaleObjectError
from lookout.web.complaints import (
    bundling,
    importing,
    jobs,
    keys,
    linking,
    publishing,
    rewarding,
    services,
    signals,
)
from lookout.web.complaints.access import access_complaint, visible
from lookout.web.complaints.models import Bundle, Complaint, Reward, Signal
from lookout.web.complaints.services import Report, receive
from lookout.web.complaints.states import TRANSITIONS, ComplaintState
from lookout.web.complaints.words import BundleVerdict, ComplaintKind, Finding, Origin, Refusal, RewardState
from lookout.web.notices.models import Notice
from tests.web.complaints.conftest import LiveStore
from tests.web.fake_reader import COMPANIES, IN_NANSHAN, IN_TIANHE

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(hour=4, minute=0, second=0, microsecond=0) - timedelta(
    days=1
)  # noon in Shanghai
HONEST = COMPANIES[6]  # in Tianhe
TOLD = "在天河路的门店听讲座，业务员说保本年化百分之十八，我交了五万元，现在提不出来"
WORDS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"


def report(code: str = "", text: str = TOLD, **more: Any) -> Report:
    values: dict[str, Any] = {
        "company": HONEST.identifier,
        "company_name": HONEST.name,
        "company_region": "440106",
        "kind": ComplaintKind.FUND_RAISING,
        "text": text,
        "code": code or keys.new_code(),
        "region": "440106",
        "amount": Decimal("50000.00"),
        "participants": 30,
        "troubles": ("withdrawal", "promised"),
    }
    return Report(**(values | more))


def different_text(number: int) -> str:
    """Return texts that share no three signs in a row."""
    one, two = WORDS[number % 22], WORDS[number // 22 % 22]
    return "".join(f"{chr(0x4E00 + 41 * number + place)}{one}{two}" for place in range(12))


def take(live: Any, **more: Any) -> Complaint:
    """Take a report in and send what is written down."""
    at = more.pop("at", NOW)
    made, _new = receive(report(**more), now=at)
    signals.send_waiting(at)
    return made


# ---- from the public -----------------------------------------------------------------------------
def test_the_same_form_sent_twice_is_one_complaint() -> None:
    told = report("ACDEFGHJ3467")

    first, is_new = receive(told, now=NOW)
    second, is_new_again = receive(told, now=NOW + timedelta(minutes=1))

    assert (is_new, is_new_again, first.pk) == (True, False, second.pk)
    assert AuditEntry.objects.filter(verb="complaint_receive").count() == 1


def test_the_database_alone_tells_neither_the_code_nor_the_reporter() -> None:
    made, _new = receive(report("ACDEFGHJ3467", name="王小明", phone="13812345678", sender="d" * 64), now=NOW)

    stored = "|".join(str(value) for value in Complaint.objects.filter(pk=made.pk).values().get().values())
    record = "|".join(str(entry.content()) for entry in AuditEntry.objects.all())
    for secret in ("ACDEFGHJ3467", "王小明", "13812345678"):
        assert secret not in stored
        assert secret not in record


def test_a_sealed_name_cannot_be_moved_to_another_complaint() -> None:
    made, _new = receive(report(name="王小明", phone="13812345678"), now=NOW)

    assert keys.unseal("contact", made.sealed_contact, made.number)["name"] == "王小明"
    with pytest.raises(DataError):
        keys.unseal("contact", made.sealed_contact, "TS2026110100000000")


def test_looking_at_the_reporter_needs_a_reason_and_is_recorded(cast: dict[str, User]) -> None:
    made, _new = receive(report(name="王小明", phone="13812345678"), now=NOW)

    with pytest.raises(DataError):
        services.reveal(cast["wu"], made, reason=" ")
    contact = services.reveal(cast["wu"], made, reason="电话核实")

    assert contact == {"name": "王小明", "phone": "13812345678"}
    entry = AuditEntry.objects.get(verb="complaint_reveal")
    assert (entry.actor, entry.reason) == (cast["wu"], "电话核实")


def test_a_stranger_cannot_hang_an_officers_file_on_a_report(cast: dict[str, User]) -> None:
    officers = Attachment.objects.create(
        name="a.pdf", media_type="application/pdf", size=1, sha256="a" * 64, sm3="b" * 64, stored="x",
        uploaded_by=cast["wu"], uploaded_at=NOW,
    )  # fmt: skip

    made, _new = receive(report(files=(officers.pk,)), now=NOW)

    assert made.files.count() == 0


# ---- what the rating learns ----------------------------------------------------------------------
def test_a_report_tells_the_rating_that_one_person_complained_and_nothing_it_merely_claims(
    live_store: LiveStore,
) -> None:
    made = take(live_store)

    (row,) = live_store.counted()
    assert row["ticket_no"] == made.number
    assert row["channel"] == "app"
    assert not {"amount_yuan", "persons", "is_mass", "tags", "region", "content"} & set(row)


def test_what_an_officer_takes_up_counts_in_full(live_store: LiveStore, cast: dict[str, User]) -> None:
    made = take(live_store)

    services.accept(cast["wu"], made, now=NOW)
    signals.send_waiting(NOW)

    (row,) = live_store.counted()
    assert (row["state"], row["amount_yuan"], row["persons"]) == ("accepted", "50000.00", 30)
    assert row["tags"] == ["无法提现", "承诺保本高息"]
    assert [event.event_id for event in live_store.events] == [f"{made.number}-1", f"{made.number}-2"]


def test_a_refused_complaint_is_corrected(live_store: LiveStore, cast: dict[str, User]) -> None:
    made = take(live_store)

    services.refuse(cast["wu"], made, refusal=Refusal.FALSE, answer="", now=NOW)
    signals.send_waiting(NOW)

    assert live_store.counted() == []


def test_a_complaint_survives_a_dead_live_store_and_is_sent_later(live_store: LiveStore) -> None:
    live_store.is_down = True
    made = take(live_store)
    waiting = Signal.objects.get()
    assert (waiting.sent_at, waiting.tries) == (None, 1)
    assert "实时库" in waiting.problem

    live_store.is_down = False
    assert jobs.retry_signals(NOW) == 0  # not at once again
    assert jobs.retry_signals(NOW + timedelta(minutes=5)) == 1

    assert [row["ticket_no"] for row in live_store.counted()] == [made.number]


def test_it_is_sent_as_soon_as_the_transaction_has_succeeded(
    live_store: LiveStore, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        receive(report(), now=NOW)

    assert len(live_store.counted()) == 1


# ---- brigades ------------------------------------------------------------------------------------
@pytest.mark.parametrize("many", [60, pytest.param(500, marks=pytest.mark.slow)])
def test_five_hundred_complaints_in_an_hour_against_one_honest_firm_count_as_a_handful(
    live_store: LiveStore, cast: dict[str, User], many: int
) -> None:
    for number in range(many):
        receive(
            report(text=different_text(number), sender=f"device {number}"),
            now=NOW + timedelta(seconds=7 * number),
        )
    signals.send_waiting(NOW + timedelta(hours=1))

    assert Complaint.objects.count() == many
    bundle = Bundle.objects.get()
    assert "burst_hour" in bundle.patterns
    # Eight before it shows, and one for all the rest; none of them brings a sum, a crowd or a collapse with it.
    assert len(live_store.counted()) <= 9
    assert all("tags" not in row and "persons" not in row for row in live_store.counted())
    assert bundle.complaints.filter(is_signal=True).count() == 1
    assert Notice.objects.filter(kind="bundle", person=cast["wu"]).count() == 1


def test_copies_count_as_one_and_those_sent_before_are_corrected(live_store: LiveStore) -> None:
    for number in range(5):
        take(live_store, text=TOLD.replace("五", WORDS[number]), sender=f"device {number}",
             at=NOW + timedelta(minutes=10 * number))  # fmt: skip

    assert len(live_store.counted()) == 1
    assert Bundle.objects.get().complaints.count() == 5
    assert live_store.counted()[0]["ticket_no"] == Complaint.objects.earliest("received_at").number


def test_the_same_person_twice_counts_once(live_store: LiveStore) -> None:
    first = take(live_store, sender="device")
    again = take(live_store, sender="device", text=TOLD + "，请尽快处理", at=NOW + timedelta(hours=3))

    assert again.resembles == first
    assert len(live_store.counted()) == 1


def test_a_wave_found_genuine_counts_in_full_and_what_follows_too(
    live_store: LiveStore, cast: dict[str, User]
) -> None:
    for number in range(12):
        take(live_store, text=different_text(number), sender=f"d{number}", at=NOW + timedelta(minutes=number))
    bundling.judge(cast["lin"], Bundle.objects.get(), BundleVerdict.GENUINE, note="逐一电话核实", now=NOW)
    take(live_store, text=different_text(90), sender="d90", at=NOW + timedelta(minutes=13))

    assert len(live_store.counted()) == 13


def test_a_wave_found_organised_does_not_count_and_more_of_it_joins(
    live_store: LiveStore, cast: dict[str, User]
) -> None:
    for number in range(12):
        take(live_store, text=different_text(number), sender=f"d{number}", at=NOW + timedelta(minutes=number))
    bundling.judge(cast["lin"], Bundle.objects.get(), BundleVerdict.BRIGADE, note="同业竞争", now=NOW)
    later = take(live_store, text=different_text(91), sender="d91", at=NOW + timedelta(minutes=13))

    assert later.bundle == Bundle.objects.get()
    assert len(live_store.counted()) == 8


# ---- officers ------------------------------------------------------------------------------------
def test_only_the_steps_of_the_table_can_be_taken(cast: dict[str, User]) -> None:
    made, _new = receive(report(), now=NOW)

    with pytest.raises(NotNowError):
        services.close(cast["wu"], made, now=NOW)
    assert (ComplaintState.RECEIVED, "close") not in TRANSITIONS


def test_the_slower_of_two_officers_is_told(cast: dict[str, User]) -> None:
    made, _new = receive(report(), now=NOW)
    services.accept(cast["wu"], made, now=NOW, version=1)

    with pytest.raises(StaleObjectError):
        services.refuse(cast["lin"], made, refusal=Refusal.FALSE, answer="", now=NOW, version=1)


def test_an_answer_needs_words_and_a_finding() -> None:
    made, _new = receive(report(), now=NOW)

    with transaction.atomic(), pytest.raises(IntegrityError):
        Complaint.objects.filter(pk=made.pk).update(state="answered")


def test_complaints_are_joined_only_about_the_same_target(cast: dict[str, User]) -> None:
    first, _new = receive(report(), now=NOW)
    second, _new = receive(report(text=different_text(1)), now=NOW)
    foreign, _new = receive(report(company=IN_NANSHAN.identifier, text=different_text(2)), now=NOW)

    services.join(cast["chen"], second, first, now=NOW)
    with pytest.raises(DataError):
        services.join(cast["chen"], foreign, first, now=NOW)
    with pytest.raises(DataError):
        services.join(cast["chen"], first, second, now=NOW)  # it would be joined to itself
    services.part(cast["chen"], second, reason="不是一件事", now=NOW)

    second.refresh_from_db()
    assert (second.state, second.duplicate_of) == (ComplaintState.RECEIVED, None)


def test_each_sees_the_complaints_of_the_own_region(cast: dict[str, User]) -> None:
    here, _new = receive(report(), now=NOW)
    there, _new = receive(
        report(company=IN_NANSHAN.identifier, company_region="440305", region="440305"), now=NOW
    )
    nowhere, _new = receive(report(company="", company_region="", region=""), now=NOW)

    seen = {name: set(visible(cast[name])) for name in ("chen", "lin", "wu", "zhao", "auditor", "system")}

    assert seen == {
        "chen": {here, there, nowhere},
        "lin": {here},
        "wu": {here},
        "zhao": {there},
        "auditor": set(),
        "system": set(),
    }
    with pytest.raises(Http404):
        access_complaint(cast["zhao"], here.number)


def test_a_complaint_becomes_a_clue_and_the_next_one_its_evidence(cast: dict[str, User]) -> None:
    first, _new = receive(report(text=TOLD + "，我的电话13812345678"), now=NOW)
    second, _new = receive(report(text=different_text(5)), now=NOW)

    clue = linking.to_clue(cast["wu"], first, now=NOW)
    same = linking.to_clue(cast["wu"], second, now=NOW)

    assert clue == same
    assert Clue.objects.get().source == "complaint"
    assert clue.evidence.count() == 2
    assert "13812345678" not in clue.summary + clue.evidence.first().note
    with pytest.raises(DataError):
        linking.to_clue(cast["wu"], Complaint.objects.get(pk=first.pk), now=NOW)


def test_a_complaint_about_a_company_under_monitoring_starts_its_clue_again(cast: dict[str, User]) -> None:
    first, _new = receive(report(text=TOLD), now=NOW)
    clue = linking.to_clue(cast["wu"], first, now=NOW)
    judged = clues.triage(
        cast["lin"], clue, version=clue.version, now=NOW, band="red", activity_class="", summary="", advice="",
        secrecy="internal",
    )  # fmt: skip
    clues.close(cast["lin"], judged, version=None, now=NOW, outcome="watch", outcome_reason="已停业")
    second, _new = receive(report(text=different_text(5)), now=NOW)

    again = linking.to_clue(cast["wu"], second, now=NOW)

    assert (again.pk, again.state, again.reopened_times) == (clue.pk, "reopened", 1)
    assert again.evidence.count() == 2


# ---- rewards -------------------------------------------------------------------------------------
def proven(cast: dict[str, User], **more: Any) -> Complaint:
    made, _new = receive(report(name="王小明", phone="13812345678", **more), now=more.pop("at", NOW))
    services.accept(cast["wu"], made, now=NOW)
    return services.answer(cast["wu"], made, finding=Finding.SUBSTANTIATED, text="已查处", now=NOW)


OFFER: dict[str, Any] = {
    "level": "two",
    "confirmed_amount": Decimal(60_000_000),
    "reason": "首报",
    "now": NOW,
}


def test_a_reward_lies_within_the_table_and_needs_two_persons(cast: dict[str, User]) -> None:
    made = proven(cast)
    with pytest.raises(DataError, match="10,000 至 20,000"):
        rewarding.propose(cast["lin"], made, amount=50_000, **OFFER)
    reward = rewarding.propose(cast["lin"], made, amount=15_000, **OFFER)

    with pytest.raises(DataError, match="另一位"):
        rewarding.decide(cast["lin"], reward, is_approved=True, note="", now=NOW)
    with pytest.raises(DataError):
        rewarding.pay(cast["lin"], reward, voucher="2026-1", now=NOW)
    rewarding.decide(cast["chen"], reward, is_approved=True, note="", now=NOW)
    rewarding.pay(cast["lin"], reward, voucher="2026-1", now=NOW)

    with pytest.raises(DataError):
        rewarding.pay(cast["lin"], reward, voucher="2026-2", now=NOW)
    totals = rewarding.totals(Reward.objects.all())
    assert totals[RewardState.PAID] == (1, 15_000)
    assert totals[""] == tuple(sum(totals[state][place] for state in RewardState.values) for place in (0, 1))


def test_only_the_first_reporter_with_a_name_is_rewarded(cast: dict[str, User]) -> None:
    first, _new = receive(report(text=different_text(3)), now=NOW - timedelta(days=2))
    second = proven(cast)

    assert any(first.number in problem for problem in rewarding.obstacles(second))
    assert any("匿名" in problem for problem in rewarding.obstacles(first))


# ---- the public's page ---------------------------------------------------------------------------
def test_a_notice_is_public_only_after_another_person_confirmed_it(cast: dict[str, User]) -> None:
    words = {"company": IN_TIANHE.identifier, "company_name": IN_TIANHE.name, "region": "440106", "title": "认定",
             "text": "已认定", "basis": "处非认字〔2026〕1号"}  # fmt: skip
    notice = publishing.draft(cast["lin"], now=NOW, **words)

    with pytest.raises(DataError):
        publishing.confirm(cast["lin"], notice, now=NOW)
    publishing.confirm(cast["chen"], notice, now=NOW)
    notice.refresh_from_db()
    comment = publishing.comment(notice, "我也投了，电话13812345678", form_key="k", now=NOW)
    again = publishing.comment(notice, "我也投了", form_key="k", now=NOW)

    assert comment == again
    assert (comment.state, "12345678" in comment.text) == ("waiting", False)


# ---- time ----------------------------------------------------------------------------------------
def test_the_device_is_forgotten_after_a_week() -> None:
    made, _new = receive(report(sender="d" * 64), now=NOW)

    assert jobs.forget_senders(NOW + timedelta(days=6)) == 0
    assert jobs.forget_senders(NOW + timedelta(days=8)) == 1
    made.refresh_from_db()
    assert made.sender_digest == ""


def test_complaints_that_wait_too_long_are_brought_to_mind(cast: dict[str, User]) -> None:
    receive(report(), now=NOW)

    assert jobs.remind_of_waiting(NOW + timedelta(days=6)) == 0
    assert jobs.remind_of_waiting(NOW + timedelta(days=20)) == 1


# ---- files of other offices ----------------------------------------------------------------------
HEAD = "工单编号,受理日期,被投诉企业,统一社会信用代码,投诉类别,诉求内容,区划代码,涉及金额,备注\n"
LINES = (
    "T1,2026-10-01,某某财富,,非法集资,承诺保本保息,440106,50000,x\n"
    "T2,2026/10/02 09:30,某某财富,,集资,到期不兑付,440106,,\n"
    "T3,昨天,某某财富,123,其他,到期不兑付,440399,-5,\n"
    "T1,2026-10-01,某某财富,,非法集资,承诺保本保息,440106,50000,\n"
    ",2026-10-03,,,,,440106,,\n"
)


def upload(
    cast: dict[str, User], who: str = "wu", text: str = HEAD + LINES, encoding: str = "gb18030"
) -> Any:
    file = SimpleUploadedFile("10月工单.csv", text.encode(encoding))
    return importing.upload(cast[who], "hotline12345", file, now=NOW)


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Any) -> None:
    settings.LOOKOUT_HOME = tmp_path


def test_a_file_is_looked_at_line_by_line_before_anything_is_taken_in(cast: dict[str, User]) -> None:
    found = upload(cast)

    sheet = importing.read(found, cast["wu"], NOW)

    assert Complaint.objects.count() == 0
    assert [line.number for line in sheet.fresh] == [2, 3]
    assert [line.number for line in sheet.known] == [5]
    problems = {line.number: line.problems for line in sheet.refused}
    assert (
        len(problems[4]) == 4 or len(problems[4]) == 5
    )  # day, code, region, sum, and with the region the scope
    assert len(problems[6]) == 3
    assert sheet.unread == ("备注",)


def test_a_ticket_counts_once_however_often_its_file_comes(
    cast: dict[str, User], live_store: LiveStore
) -> None:
    for _time in range(2):
        done = importing.take_in(cast["wu"], upload(cast), now=NOW)
    signals.send_waiting(NOW)

    assert (done.taken, done.known, done.refused) == (0, 3, 2)
    assert Complaint.objects.filter(origin=Origin.HOTLINE, state=ComplaintState.ACCEPTED).count() == 2
    assert {row["ticket_no"]: row["channel"] for row in live_store.counted()} == {
        "T1": "hotline12345",
        "T2": "hotline12345",
    }


def test_places_may_be_written_by_name(cast: dict[str, User]) -> None:
    head = HEAD.replace("区划代码", "所属区县")
    lines = "T1,2026-10-01,某财富,,集资,不兑付,天河区,,\nT2,2026-10-01,某财富,,集资,不兑付,火星区,,\n"

    sheet = importing.read(upload(cast, text=head + lines), cast["wu"], NOW)

    assert [line.report.region for line in sheet.fresh if line.report] == ["440106"]
    assert "找不到地区“火星区”" in sheet.refused[0].problems[0]


def test_nobody_imports_into_a_foreign_region(cast: dict[str, User]) -> None:
    sheet = importing.read(upload(cast, "zhao"), cast["zhao"], NOW)

    assert sheet.fresh == []


def test_a_file_without_the_needed_columns_says_which_and_what_it_saw(cast: dict[str, User]) -> None:
    with pytest.raises(DataError, match=r"工单编号.*见到的列名：甲、乙"):
        upload(cast, text="甲,乙\n1,2\n", encoding="utf-8")
    assert importing.Import.objects.count() == 0


def test_national_clues_stay_at_the_desk_because_they_reach_the_rating_on_their_own_way(
    live_store: LiveStore,
) -> None:
    told = replace(report(), code="", origin=Origin.NATIONAL, source_number="N1")

    receive(told, now=NOW)

    assert Signal.objects.count() == 0


def test_the_instants_are_those_handed_in() -> None:
    made, _new = receive(report(), now=NOW)

    assert made.received_at == NOW
    assert isinstance(made.state_at, datetime)
