"""Pages of reports: who may open which, three clicks to a report, what was not accepted is shown where it was written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx.oxml.ns import qn

from lookout.web.accounts.models import Agency, User
from lookout.web.accounts.roles import PLACES, Place, Role
from lookout.web.audit.models import AuditEntry
from lookout.web.reports import services
from lookout.web.reports.build import template_of
from lookout.web.reports.keeping import content_of, newest_word
from lookout.web.reports.kinds import kind_of
from lookout.web.reports.models import Report, ReportTemplate, Schedule
from lookout.web.reports.states import ReportState
from tests.web.fake_reader import IN_NANSHAN, IN_TIANHE
from tests.web.reports.word_files import opened, saved, text_of, with_part, written

Brief = Callable[..., Report]
SignIn = Callable[[str], Client]
# province, city 4401, district 440106, district 440305, auditor, stranger
CAST = ("chen", "lin", "wu", "zhao", "auditor", "")
OFFICERS = (200, 200, 200, 200, 403, 302)
FOREIGN = (404, 404, 404, 404, 403, 302)
SENT = (302, 302, 302, 302, 403, 302)
UNKNOWN = {"number": "R209901010001"}
DRAWN = {"code": "brief", "pk": 0}
REPORTS = [
    ("reports:list", OFFICERS, {}, "get"),
    ("reports:new", OFFICERS, {}, "get"),
    ("reports:make", (422, 422, 422, 422, 403, 302), {}, "post"),
    ("reports:schedules", OFFICERS, {}, "get"),
    ("reports:schedule_switch", FOREIGN, {"pk": 1}, "post"),
    ("reports:templates", OFFICERS, {}, "get"),
    ("reports:template", OFFICERS, {"code": "brief"}, "get"),
    ("reports:template", FOREIGN, {"code": "nonsense"}, "get"),
    ("reports:template_file", OFFICERS, DRAWN, "get"),
    ("reports:template_file", FOREIGN, {"code": "brief", "pk": 9}, "get"),
    ("reports:template_preview", OFFICERS, DRAWN, "get"),
    ("reports:template_use", (302, 403, 403, 403, 403, 302), DRAWN, "post"),
    ("reports:page", FOREIGN, UNKNOWN, "get"),
    ("reports:pdf", FOREIGN, UNKNOWN, "post"),
    ("reports:figures", FOREIGN, UNKNOWN, "get"),
    ("reports:figure", FOREIGN, {**UNKNOWN, "key": "red"}, "get"),
    ("reports:file", FOREIGN, {**UNKNOWN, "edition": 1, "form": "docx"}, "get"),
    ("reports:step", FOREIGN, {**UNKNOWN, "name": "sign"}, "post"),
]


@pytest.mark.parametrize("who", range(len(CAST)), ids=[name or "stranger" for name in CAST])
def test_each_person_gets_what_the_table_says(who: int, as_person: SignIn, cast: dict[str, User]) -> None:
    browser = as_person(CAST[who])

    got = {
        (name, str(arguments)): getattr(browser, method)(reverse(name, kwargs=arguments)).status_code
        for name, _expected, arguments, method in REPORTS
    }

    assert got == {(name, str(arguments)): expected[who] for name, expected, arguments, _method in REPORTS}


def test_the_place_belongs_to_those_who_make_reports() -> None:
    assert {role for role, places in PLACES.items() if Place.REPORTS in places} == {
        Role.PROVINCE_ADMIN,
        Role.ANALYST,
        Role.CITY_SUPERVISOR,
        Role.DISTRICT_HANDLER,
    }


# ---- making --------------------------------------------------------------------------------------
def test_one_click_on_a_company_page_makes_the_special_report(
    as_person: SignIn, cast: dict[str, User]
) -> None:
    browser = as_person("wu")
    page = browser.get(reverse("companies:page", args=[IN_TIANHE.identifier])).content.decode()
    assert "专项报告" in page
    assert reverse("reports:make") in page

    data = {"kind": "company", "scope": "company", "subject": IN_TIANHE.identifier}
    answer = browser.post(reverse("reports:make"), data)

    report = Report.objects.get()
    assert answer.headers["Location"] == reverse("reports:page", args=[report.number])
    assert report.subject_name == IN_TIANHE.name


def test_a_company_elsewhere_is_refused_in_words(as_person: SignIn, cast: dict[str, User]) -> None:
    data = {"kind": "brief", "scope": "company", "subject": IN_NANSHAN.identifier}

    answer = as_person("wu").post(reverse("reports:make"), data)

    assert answer.status_code == 422
    assert "不在您的辖区" in answer.content.decode()
    assert not Report.objects.exists()


@pytest.mark.parametrize("kind", ["", "nonsense", "../brief"])
def test_an_unknown_kind_is_refused(kind: str, as_person: SignIn, cast: dict[str, User]) -> None:
    assert as_person("wu").post(reverse("reports:make"), {"kind": kind}).status_code == 422


# ---- one report ----------------------------------------------------------------------------------
def test_a_foreign_report_is_not_there_whatever_is_asked_of_it(
    brief: Brief, as_person: SignIn, cast: dict[str, User]
) -> None:
    report = brief("lin")
    browser = as_person("zhao")

    for name, arguments in (
        ("page", [report.number]),
        ("figures", [report.number]),
        ("figure", [report.number, "red"]),
        ("file", [report.number, 1, "docx"]),
    ):
        assert browser.get(reverse(f"reports:{name}", args=arguments)).status_code == 404
    assert browser.post(reverse("reports:step", args=[report.number, "withdraw"])).status_code == 404


def test_whoever_it_was_sent_to_reads_the_signed_file_and_no_other(
    brief: Brief, as_person: SignIn, cast: dict[str, User]
) -> None:
    report = brief("lin")
    report.distribution.set([Agency.objects.get(code="gz-tianhe")])
    document = opened(content_of(newest_word(report)))
    document.add_paragraph("终稿")
    services.upload(cast["lin"], report, saved(document), version=1, now=timezone.now())
    report.refresh_from_db()
    services.submit(cast["lin"], report, version=report.version, now=timezone.now())
    report.refresh_from_db()
    services.sign(cast["chen"], report, version=report.version, now=timezone.now())
    browser = as_person("wu")

    page = browser.get(reverse("reports:page", args=[report.number])).content.decode()
    final = browser.get(reverse("reports:file", args=[report.number, 2, "docx"]))

    assert "终稿" in text_of(final.content)
    assert final.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert browser.get(reverse("reports:file", args=[report.number, 1, "docx"])).status_code == 404
    assert "手工改过" not in page
    assert "送审" not in page
    assert AuditEntry.objects.filter(actor=cast["wu"], verb="document_open").count() == 1


def test_a_person_below_sees_no_steps_and_cannot_take_them(
    brief: Brief, as_person: SignIn, cast: dict[str, User]
) -> None:
    report = brief("lin")
    services.submit(cast["lin"], report, version=1, now=timezone.now())
    address = reverse("reports:step", args=[report.number, "sign"])

    answer = as_person("lin").post(address, {"version": 2})

    report.refresh_from_db()
    assert answer.status_code == 302
    assert report.state == ReportState.REVIEW


def test_the_whole_way_by_pages(brief: Brief, as_person: SignIn, cast: dict[str, User]) -> None:
    report = brief("lin")
    city, province = as_person("lin"), as_person("chen")
    document = opened(content_of(newest_word(report)))
    next(next(document.element.body.iter(qn("w:hyperlink"))).iter(qn("w:t"))).text = "999"
    file = SimpleUploadedFile("改.docx", saved(document))

    def step(browser: Client, name: str, **data: object) -> int:
        report.refresh_from_db()
        address = reverse("reports:step", args=[report.number, name])
        return browser.post(address, {"version": report.version, **data}).status_code

    assert step(city, "upload", file=file, note="改一处") == 302
    page = city.get(reverse("reports:page", args=[report.number])).content.decode()
    assert "手工改过的数字" in page
    assert "【999】" in page
    assert step(city, "submit") == 302
    assert "等我签发" in province.get(reverse("reports:list")).content.decode()
    assert step(province, "sign") == 302
    assert step(city, "archive") == 302
    report.refresh_from_db()
    assert (report.state, report.signed_by) == (ReportState.ARCHIVED, cast["chen"])
    assert "与摘要一致" in city.get(reverse("reports:page", args=[report.number])).content.decode()


def test_what_was_not_accepted_is_shown_where_it_was_written(
    brief: Brief, as_person: SignIn, cast: dict[str, User]
) -> None:
    report = brief("lin")
    bad = with_part(content_of(newest_word(report)), "word/vbaProject.bin", b"x")

    answer = as_person("lin").post(
        reverse("reports:step", args=[report.number, "upload"]),
        {"version": 1, "file": SimpleUploadedFile("a.docx", bad)},
    )

    assert answer.status_code == 422
    assert "带有宏" in answer.content.decode()


def test_a_stale_page_changes_nothing_and_says_so(
    brief: Brief, as_person: SignIn, cast: dict[str, User]
) -> None:
    report = brief("lin")

    answer = as_person("lin").post(reverse("reports:step", args=[report.number, "submit"]), {"version": 99})

    assert answer.status_code == 422
    assert "别人刚刚办过" in answer.content.decode()


def test_every_number_opens_to_its_frozen_rows(
    brief: Brief, as_person: SignIn, cast: dict[str, User]
) -> None:
    report = brief("lin")
    browser = as_person("lin")
    document = opened(content_of(newest_word(report)))
    addresses = {one.target_ref for one in document.part.rels.values() if one.is_external}
    assert len(addresses) > 20

    for address in addresses:
        path = "/" + address.split("/", 3)[3]
        assert browser.get(path).status_code == 200, path
    page = browser.get(reverse("reports:figure", args=[report.number, "red"])).content.decode()
    assert IN_TIANHE.identifier in page
    assert "&lt;b&gt;" in page  # the company with the hostile name
    assert browser.get(reverse("reports:figure", args=[report.number, "nonsense"])).status_code == 404


def test_changed_content_is_told_on_the_page(brief: Brief, as_person: SignIn, cast: dict[str, User]) -> None:
    report = brief("lin")
    report.content["figures"]["red"]["words"] = "0"
    report.save()

    assert (
        "与编制时的摘要不符"
        in as_person("lin").get(reverse("reports:page", args=[report.number])).content.decode()
    )


def test_without_a_converter_the_page_says_so_and_word_still_works(
    brief: Brief, as_person: SignIn, cast: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = brief("lin")
    monkeypatch.setenv("PATH", "/nowhere")
    browser = as_person("lin")

    answer = browser.post(reverse("reports:pdf", args=[report.number]), follow=True)

    assert "没有安装 LibreOffice" in answer.content.decode()
    assert browser.get(reverse("reports:file", args=[report.number, 1, "docx"])).status_code == 200


# ---- templates -----------------------------------------------------------------------------------
def hand_in(browser: Client, data: bytes, name: str = "我的模板.docx") -> tuple[int, str]:
    address = reverse("reports:template", args=["brief"])
    answer = browser.post(address, {"file": SimpleUploadedFile(name, data), "note": "n"})
    return answer.status_code, answer.content.decode()


def test_a_template_with_problems_lists_them_all_and_is_not_kept(
    as_person: SignIn, cast: dict[str, User]
) -> None:
    status, page = hand_in(as_person("chen"), written("{{ 红色企业 }}", "{%p if 标题 %}"))

    assert status == 422
    assert "2 处问题" in page
    assert "红色企业数" in page
    assert "正文第 2 段" in page
    assert not ReportTemplate.objects.exists()


def test_an_office_draws_its_own_template_tries_it_and_takes_it_into_use(
    brief: Brief, as_person: SignIn, cast: dict[str, User]
) -> None:
    browser = as_person("chen")
    document = opened(template_of(kind_of("brief")))
    document.add_paragraph("本单位附注：{{ 红色企业数 }}户")
    drawn = saved(document)
    old = brief("lin")

    assert hand_in(browser, drawn)[0] == 302
    template = ReportTemplate.objects.get()
    assert "本单位附注" not in text_of(content_of(newest_word(brief("lin"))))
    preview = browser.get(reverse("reports:template_preview", args=["brief", template.pk]))
    assert "本单位附注" in text_of(preview.content)
    assert browser.post(reverse("reports:template_use", args=["brief", template.pk])).status_code == 302

    new = brief("lin")
    assert "本单位附注" in text_of(content_of(newest_word(new)))
    assert new.template == template
    assert old.template is None
    kept = browser.get(reverse("reports:template_file", args=["brief", template.pk]))
    assert kept.content == drawn


def test_older_versions_stay_and_can_come_back(as_person: SignIn, cast: dict[str, User]) -> None:
    browser = as_person("chen")
    for text in ("一 {{ 标题 }}", "二 {{ 标题 }}"):
        hand_in(browser, written(text))
        newest = ReportTemplate.objects.order_by("-version")[0]
        browser.post(reverse("reports:template_use", args=["brief", newest.pk]))
    first = ReportTemplate.objects.get(version=1)

    browser.post(reverse("reports:template_use", args=["brief", first.pk]))
    assert [one.state for one in ReportTemplate.objects.order_by("version")] == ["in_use", "retired"]

    browser.post(reverse("reports:template_use", args=["brief", 0]))
    assert not ReportTemplate.objects.filter(state="in_use").exists()


def test_a_city_cannot_change_templates(as_person: SignIn, cast: dict[str, User]) -> None:
    assert hand_in(as_person("lin"), written("{{ 标题 }}"))[0] == 403


# ---- schedules -----------------------------------------------------------------------------------
def test_a_schedule_is_set_up_and_stopped_on_its_page(as_person: SignIn, cast: dict[str, User]) -> None:
    browser, address = as_person("lin"), reverse("reports:schedules")
    data = {"kind": "brief", "cycle": "week", "scope": "none", "subject": "", "from_hour": "7"}

    assert browser.post(address, data).status_code == 302
    schedule = Schedule.objects.get()
    switch = reverse("reports:schedule_switch", args=[schedule.pk])
    assert as_person("zhao").post(switch).status_code == 404
    browser.post(switch)

    schedule.refresh_from_db()
    assert (schedule.owner, schedule.is_active) == (cast["lin"], False)


def test_a_schedule_about_a_foreign_company_is_refused(as_person: SignIn, cast: dict[str, User]) -> None:
    data = {
        "kind": "brief",
        "cycle": "week",
        "scope": "company",
        "subject": IN_NANSHAN.identifier,
        "from_hour": "7",
    }

    answer = as_person("lin").post(reverse("reports:schedules"), data)

    assert answer.status_code == 422
    assert "不在您的辖区" in answer.content.decode()
