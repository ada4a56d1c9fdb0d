"""A report's way: made from frozen figures, edited in Word, signed by a second person, sealed, archived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.utils import timezone
from docx.oxml.ns import qn

from lookout.kernel.errors import DataError
from lookout.proof import sha256_hex
from lookout.proof.signing import check_detached
from lookout.web import published
from lookout.web.accounts.models import Agency, User
from lookout.web.audit.models import AuditEntry
from lookout.web.clues.services import NotNowError, StaleObjectError
from lookout.web.evidence import heads, proofs
from lookout.web.evidence.models import Deposit
from lookout.web.notices.models import Notice
from lookout.web.reports import freezing, layout, services, states
from lookout.web.reports.access import visible
from lookout.web.reports.drafting import Order, make
from lookout.web.reports.keeping import content_of, is_intact, newest_word
from lookout.web.reports.models import Report, ReportFile
from lookout.web.reports.states import TRANSITIONS, ReportState, ReportVerb
from lookout.web.reports.words import FileForm, Secrecy
from tests.web.fake_reader import IN_NANSHAN, IN_TIANHE
from tests.web.reports.word_files import opened, saved, text_of, with_part

Brief = Callable[..., Report]
DAY = date(2026, 10, 31)


def again(report: Report) -> Report:
    return Report.objects.get(pk=report.pk)


def submitted(report: Report) -> Report:
    services.submit(report.drafted_by, report, version=again(report).version, now=timezone.now())
    return again(report)


def signed(report: Report, by: User) -> Report:
    report = submitted(report)
    services.sign(by, report, version=report.version, now=timezone.now())
    return again(report)


def with_paragraph(report: Report, text: str) -> bytes:
    document = opened(content_of(newest_word(report)))
    document.add_paragraph(text)
    return saved(document)


def test_every_state_can_be_reached_and_the_last_cannot_be_left() -> None:
    reached = {ReportState.DRAFT, *TRANSITIONS.values()}
    left = {state for state, _verb in TRANSITIONS}

    assert reached == set(ReportState)
    assert set(ReportState) - left == {ReportState.ARCHIVED, ReportState.WITHDRAWN}


# ---- made ----------------------------------------------------------------------------------------
def test_a_brief_is_a_word_file_whose_numbers_are_frozen(brief: Brief) -> None:
    report = brief()

    text = text_of(content_of(newest_word(report)))
    figures = freezing.thaw(report.content).figures
    assert report.document_number == "广州市金监测简〔2026〕1号" or "〔" in report.document_number
    assert f"红色{figures['red'].words}户" in text
    assert report.title in text
    assert freezing.digest(report.content) == report.content_sha256
    assert figures["red"].rows
    assert figures["red"].run_id == "run-2"


def test_later_data_do_not_change_a_report(brief: Brief, use_reader: Callable[[str], object]) -> None:
    report = brief()
    before = content_of(newest_word(report))
    use_reader("empty")

    assert content_of(newest_word(again(report))) == before
    assert freezing.thaw(again(report).content).figures["red"].value != 0


def test_a_person_counts_only_what_they_see(brief: Brief) -> None:
    city, province = brief("lin"), brief("chen")

    counted = [freezing.thaw(one.content).figures["rated"].value for one in (city, province)]
    assert counted[0] != counted[1]


def test_an_event_brief_tells_the_company_and_freezes_the_rows_behind_its_reasons(brief: Brief) -> None:
    report = brief("lin", subject=IN_TIANHE.identifier)

    content = freezing.thaw(report.content)
    text = text_of(content_of(newest_word(report)))
    assert report.subject_name == IN_TIANHE.name
    assert IN_TIANHE.name in text
    assert "一、事件概述" in text
    assert "一、总体情况" not in text
    points = [row[2] for row in content.tables["reasons"].rows]
    assert any(getattr(one, "rows", None) for one in points)


def test_a_brief_is_set_close_enough_for_two_pages(brief: Brief) -> None:
    styles = opened(content_of(newest_word(brief()))).styles

    assert styles[layout.TEXT].font.size == layout.SIZE_FOUR
    assert layout.new_document().styles[layout.TEXT].font.size == layout.SIZE_THREE


def test_a_company_of_another_region_cannot_be_reported_on(brief: Brief) -> None:
    with pytest.raises(DataError, match="不在您的辖区"):
        brief("lin", subject=IN_NANSHAN.identifier)


def test_before_anything_is_published_the_brief_says_so(
    brief: Brief, use_reader: Callable[[str], object]
) -> None:
    use_reader("nothing published")

    assert "还没有发布评级结果" in text_of(content_of(newest_word(brief())))


def test_numbers_follow_each_other_and_are_never_given_twice(brief: Brief) -> None:
    reports = [brief("chen"), brief("chen"), brief("lin")]

    assert [one.issue_serial for one in reports] == [1, 2, 1]
    assert [one.document_number[:5] for one in reports] == ["粤金监测简", "粤金监测简", "广州市金监"]
    assert len({one.number for one in reports}) == 3


def test_a_period_that_ends_before_it_begins_is_refused(cast: dict[str, User]) -> None:
    order = Order("brief", "none", "", DAY, DAY - timedelta(days=1))

    with pytest.raises(DataError, match="早于"):
        make(cast["lin"], order, now=timezone.now())


def test_the_newest_head_of_the_log_is_printed(brief: Brief, cast: dict[str, User]) -> None:
    head = heads.publish()

    assert head.head.root.hex() in text_of(content_of(newest_word(brief())))


def test_links_lead_to_the_address_people_know(brief: Brief) -> None:
    with override_settings(DESK_ADDRESS="https://lookout.example.gov.cn/"):
        report = brief()

    targets = {
        one.target_ref
        for one in opened(content_of(newest_word(report))).part.rels.values()
        if one.is_external
    }
    assert f"https://lookout.example.gov.cn/reports/{report.number}/figures/red/" in targets


# ---- edited --------------------------------------------------------------------------------------
def test_an_edited_file_is_the_next_edition_and_the_first_stays(brief: Brief) -> None:
    report = brief()

    count = services.upload(
        report.drafted_by,
        report,
        with_paragraph(report, "涉及99家。"),
        version=1,
        now=timezone.now(),
        note="补充",
    )

    newest = newest_word(again(report))
    assert (count, newest.edition, newest.note) == (1, 2, "补充")
    assert newest.differences[0]["now"] == "99"
    assert report.files.get(edition=1).differences == []


def test_a_figure_changed_by_hand_is_shown_with_what_it_was(brief: Brief) -> None:
    report = brief()
    document = opened(content_of(newest_word(report)))
    link = next(one for one in document.element.body.iter(qn("w:hyperlink")))
    next(link.iter(qn("w:t"))).text = "1"

    services.upload(report.drafted_by, report, saved(document), version=1, now=timezone.now())

    difference = newest_word(again(report)).differences[0]
    assert (difference["change"], difference["key"], difference["now"]) == ("changed", "rated", "1")


def test_a_macro_in_an_edited_file_is_refused(brief: Brief) -> None:
    report = brief()
    data = with_part(content_of(newest_word(report)), "word/vbaProject.bin", b"x")

    with pytest.raises(DataError, match="宏"):
        services.upload(report.drafted_by, report, data, version=1, now=timezone.now())
    assert again(report).files.count() == 1


def test_the_same_file_again_is_no_new_edition(brief: Brief) -> None:
    report = brief()

    with pytest.raises(DataError, match="完全相同"):
        services.upload(
            report.drafted_by, report, content_of(newest_word(report)), version=1, now=timezone.now()
        )


def test_nothing_can_be_uploaded_while_it_waits_for_a_signature(brief: Brief) -> None:
    report = brief()
    data = with_paragraph(report, "x")
    report = submitted(report)

    with pytest.raises(NotNowError):
        services.upload(report.drafted_by, report, data, version=report.version, now=timezone.now())


def test_a_new_heading_is_written_into_a_draft_nobody_edited_only(
    brief: Brief, cast: dict[str, User]
) -> None:
    report = brief()
    values = {"title": "新的标题", "secrecy": "restricted", "recipients": "某局", "distribution": []}

    is_written = services.change_heading(
        cast["lin"], report, version=1, now=timezone.now(), **values
    )  # one mapping

    assert is_written
    assert "新的标题" in text_of(content_of(newest_word(report)))
    report = again(report)
    services.upload(
        cast["lin"], report, with_paragraph(report, "补充说明"), version=report.version, now=timezone.now()
    )
    report = again(report)
    values["title"] = "又一个标题"
    assert not services.change_heading(
        cast["lin"], report, version=report.version, now=timezone.now(), **values
    )  # one mapping
    assert "补充说明" in text_of(content_of(newest_word(report)))


# ---- signed --------------------------------------------------------------------------------------
def test_signing_seals_the_word_file_with_a_signature_that_verifies(
    brief: Brief, cast: dict[str, User]
) -> None:
    report = signed(brief(), cast["chen"])

    word, signature = newest_word(report), report.files.get(form=FileForm.SIGNATURE)
    roots = proofs.own_roots()
    found = check_detached(content_of(signature), content_of(word), roots=roots, at=timezone.now())
    assert found.ok, found
    deposit = Deposit.objects.get(number=report.deposits[0])
    assert (deposit.sha256, deposit.about_number, deposit.kind) == (word.sha256, report.number, "report")
    assert report.content_sha256 in deposit.note
    assert report.signed_by == cast["chen"]


def test_who_sent_it_cannot_sign_it(brief: Brief, cast: dict[str, User]) -> None:
    report = submitted(brief())

    with pytest.raises(NotNowError, match="送审人"):
        services.sign(cast["lin"], report, version=report.version, now=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(signed_by=cast["lin"], signed_at=timezone.now())


def test_an_office_below_or_beside_cannot_sign(brief: Brief, cast: dict[str, User]) -> None:
    report = submitted(brief())

    for name in ("wu", "zhao"):
        with pytest.raises(NotNowError):
            services.sign(cast[name], report, version=report.version, now=timezone.now())


def test_of_two_who_sign_at_once_one_is_told(brief: Brief, cast: dict[str, User]) -> None:
    report = submitted(brief())
    seen_by_both = report.version
    other = User.objects.create(
        username="other", role="province_admin", region="44", agency=cast["chen"].agency
    )
    services.sign(cast["chen"], report, version=seen_by_both, now=timezone.now())

    with pytest.raises(StaleObjectError):
        services.sign(other, again(report), version=seen_by_both, now=timezone.now())
    with pytest.raises(StaleObjectError):
        services.sign(other, report, version=seen_by_both, now=timezone.now())  # the page as it was
    assert again(report).signed_by == cast["chen"]
    assert ReportFile.objects.filter(report=report, form=FileForm.SIGNATURE).count() == 1
    assert Deposit.objects.filter(about_number=report.number).count() == 1


def test_a_signed_report_cannot_be_edited_and_an_archived_one_cannot_be_withdrawn(
    brief: Brief, cast: dict[str, User]
) -> None:
    draft = brief()
    data = with_paragraph(draft, "x")
    report = signed(draft, cast["chen"])
    with pytest.raises(NotNowError):
        services.upload(cast["lin"], report, data, version=report.version, now=timezone.now())

    services.archive(cast["lin"], report, version=report.version, now=timezone.now())

    report = again(report)
    with pytest.raises(NotNowError):
        services.withdraw(cast["lin"], report, version=report.version, reason="错", now=timezone.now())
    assert states.after(ReportState.ARCHIVED, ReportVerb.EDIT) is None


def test_a_return_needs_a_reason_and_goes_back_to_the_drafter(brief: Brief, cast: dict[str, User]) -> None:
    report = submitted(brief())
    with pytest.raises(DataError, match="理由"):
        services.give_back(cast["chen"], report, version=report.version, reason=" ", now=timezone.now())

    services.give_back(cast["chen"], report, version=report.version, reason="数字核对", now=timezone.now())

    assert (again(report).state, again(report).reason) == (ReportState.RETURNED, "数字核对")
    assert Notice.objects.filter(person=cast["lin"], text__contains="退回").exists()


def test_a_file_that_was_tampered_with_is_found_and_not_handed_out(brief: Brief, home: object) -> None:
    kept = newest_word(brief())
    path = home / "attachments" / kept.stored
    path.write_bytes(path.read_bytes()[:-1] + b"\0")

    assert not is_intact(kept)
    with pytest.raises(DataError, match="摘要不符"):
        content_of(kept)


def test_files_lie_encrypted(brief: Brief, home: object) -> None:
    kept = newest_word(brief())

    raw = (home / "attachments" / kept.stored).read_bytes()
    assert not raw.startswith(b"PK")
    assert sha256_hex(content_of(kept)) == kept.sha256


def test_every_step_is_recorded_once(brief: Brief, cast: dict[str, User]) -> None:
    report = signed(brief(), cast["chen"])

    verbs = list(
        AuditEntry.objects.filter(object_type="reports.report", object_id=str(report.pk))
        .order_by("number")
        .values_list("verb", flat=True)
    )
    assert verbs == ["document_make", "document_submit", "document_sign"]


# ---- who reads it --------------------------------------------------------------------------------
def sees(user: User, report: Report) -> bool:
    return visible(user).filter(pk=report.pk).exists()


def test_a_draft_is_seen_by_its_office_alone_and_a_signed_one_by_its_distribution(
    brief: Brief, cast: dict[str, User]
) -> None:
    report = brief()
    report.distribution.set([Agency.objects.get(code="gz-tianhe")])
    assert [sees(cast[name], report) for name in ("lin", "chen", "wu", "zhao")] == [True, False, False, False]

    report = submitted(report)
    assert sees(cast["chen"], report)  # may sign it

    services.sign(cast["chen"], report, version=report.version, now=timezone.now())
    assert [sees(cast[name], report) for name in ("lin", "chen", "wu", "zhao")] == [True, True, True, False]
    assert not sees(cast["auditor"], report)


def test_a_withdrawn_report_leaves_those_it_was_sent_to_and_they_are_told(
    brief: Brief, cast: dict[str, User]
) -> None:
    report = brief()
    report.distribution.set([Agency.objects.get(code="gz-tianhe")])
    report = signed(report, cast["chen"])

    services.withdraw(cast["lin"], report, version=report.version, reason="数据有误", now=timezone.now())

    assert not sees(cast["wu"], report)
    assert Notice.objects.filter(person=cast["wu"], text__contains="作废").exists()


def test_a_restricted_report_is_seen_in_its_office_only_by_who_drafts_and_signs(
    brief: Brief, cast: dict[str, User]
) -> None:
    colleague = User.objects.create(username="c", role="analyst", region="44", agency=cast["chen"].agency)
    report = brief("chen")
    assert sees(colleague, report)

    Report.objects.filter(pk=report.pk).update(secrecy=Secrecy.RESTRICTED)

    assert not sees(colleague, report)
    assert sees(cast["chen"], report)


def test_a_public_report_is_seen_by_everybody_once_it_is_signed(brief: Brief, cast: dict[str, User]) -> None:
    report = brief()
    report.distribution.clear()
    Report.objects.filter(pk=report.pk).update(secrecy=Secrecy.PUBLIC)
    assert not sees(cast["zhao"], report)

    signed(again(report), cast["chen"])

    assert sees(cast["zhao"], report)


def test_the_frozen_figures_say_where_they_come_from(brief: Brief) -> None:
    for figure in freezing.thaw(brief().content).figures.values():
        assert figure.source
        assert figure.period or figure.run_id
        assert replace(figure, rows=None) != figure or figure.rows is None


def test_the_reader_is_asked_within_the_officers_regions(brief: Brief) -> None:
    rows = freezing.thaw(brief("lin").content).figures["rated"].rows or ()

    codes = {row["统一社会信用代码"] for row in rows}
    inside = {
        one.identifier for one in published.reader()._all() if one.region.startswith("4401")
    }  # the reader of tests
    assert codes <= inside
