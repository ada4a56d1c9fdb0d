"""The public's pages without an account, and the officers' pages by role and region."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from lookout.web import published
from lookout.web.accounts.addresses import address_of
from lookout.web.accounts.models import User
from lookout.web.audit.models import AuditEntry
from lookout.web.complaints import allowances, bundling, keys, publishing
from lookout.web.complaints.models import Comment, Complaint
from lookout.web.complaints.public_forms import STEPS
from lookout.web.complaints.services import receive
from lookout.web.complaints.words import CommentState
from tests.web.complaints.conftest import LiveStore
from tests.web.complaints.test_complaint_core import different_text, report
from tests.web.fake_reader import COMPANIES, IN_NANSHAN, ROWS, FakeReader

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]
OFFICE = (200, 200, 200, 200, 403, 302)
POSTED = (404, 404, 404, 404, 403, 302)
NOBODY = {"number": "TS2026110100000000"}
# name, expected of province, city, Tianhe, Nanshan, auditor, stranger; arguments, method
COMPLAINTS: list[tuple[str, tuple[int, ...], dict[str, Any], str]] = [
    ("report:home", (200,) * 6, {}, "get"),
    ("report:company", (200,) * 6, {}, "get"),
    ("report:step", (200,) * 6, {"name": "whom"}, "get"),
    ("report:step", (302,) * 6, {"name": "review"}, "get"),
    ("report:step", (404,) * 6, {"name": "nonsense"}, "get"),
    ("report:progress", (200,) * 6, {}, "get"),
    ("report:notice", (404,) * 6, {"pk": 99}, "get"),
    ("complaints:list", OFFICE, {}, "get"),
    ("complaints:export", OFFICE, {}, "get"),
    ("complaints:bundles", OFFICE, {}, "get"),
    ("complaints:bundle", POSTED, {"pk": 99}, "get"),
    ("complaints:rewards", OFFICE, {}, "get"),
    ("complaints:reward_export", OFFICE, {}, "get"),
    ("complaints:reward_step", POSTED, {"pk": 99, "name": "pay"}, "post"),
    ("complaints:notices", OFFICE, {}, "get"),
    ("complaints:notice_step", POSTED, {"pk": 99, "name": "confirm"}, "post"),
    ("complaints:comment_step", POSTED, {"pk": 99, "name": "show"}, "post"),
    ("complaints:imports", OFFICE, {}, "get"),
    ("complaints:import", POSTED, {"pk": 99}, "get"),
    ("complaints:import_refused", POSTED, {"pk": 99}, "get"),
    ("complaints:page", POSTED, NOBODY, "get"),
    ("complaints:reporter", (302, 302, 302, 302, 403, 302), NOBODY, "get"),
    ("complaints:step", POSTED, {**NOBODY, "name": "accept"}, "post"),
]
CAST = ("chen", "lin", "wu", "zhao", "auditor", "")


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Any) -> None:
    settings.LOOKOUT_HOME = tmp_path


@pytest.mark.parametrize("who", range(len(CAST)), ids=[name or "stranger" for name in CAST])
@pytest.mark.parametrize("row", COMPLAINTS, ids=lambda row: f"{row[0]}-{row[1][0]}")
def test_each_person_gets_what_the_table_says(
    row: tuple[str, tuple[int, ...], dict[str, Any], str], who: int, as_person: Sign
) -> None:
    name, expected, arguments, method = row

    answer = getattr(as_person(CAST[who]), method)(reverse(name, kwargs=arguments))

    assert answer.status_code == expected[who]


def test_a_foreign_complaint_does_not_exist_for_a_district(as_person: Sign) -> None:
    made, _new = receive(report(), now=timezone.now())
    address = reverse("complaints:page", args=[made.number])

    statuses = [as_person(name).get(address).status_code for name in CAST]

    assert statuses == [200, 200, 200, 404, 403, 302]


# ---- a citizen -----------------------------------------------------------------------------------
def draft_of(answer: Any) -> str:
    return re.search(r'name="draft" value="([^"]+)"', answer.content.decode())[1]  # type: ignore[index]  # the page holds it, or the test fails here


def photo() -> SimpleUploadedFile:
    drawn = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    Image.new("RGB", (40, 30), "navy").save(drawn, "JPEG", exif=exif)
    return SimpleUploadedFile("门店.jpg", drawn.getvalue())


ANSWERS: dict[str, dict[str, Any]] = {
    "whom": {"name": "粤海第6财富管理有限公司", "chosen": COMPANIES[6].identifier},
    "kind": {"kind": "illegal_fundraising"},
    "what": {"troubles": ["withdrawal"], "text": "交了五万元，现在提不出来了"},
    "many": {"amount_wan": "5", "participants": "30", "approach": "street"},
    "files": {},
    "where": {"region": "440106", "place": "天河路1号", "latitude": "23.134567", "longitude": "113.327891"},
    "contact": {"how": "named", "name": "王小明", "phone": "138 1234 5678"},
    "review": {"is_true": "on"},
}


def fill_in(client: Client, **changed: dict[str, Any]) -> Any:
    answer = client.get(reverse("report:step", args=["whom"]))
    for name in STEPS:
        data = {**(ANSWERS | changed)[name], "draft": draft_of(answer), "next": ""}
        answer = client.post(reverse("report:step", args=[name]), data)
    return answer


def test_a_citizen_reports_without_account_script_or_session(live_store: LiveStore) -> None:
    client = Client()

    answer = fill_in(client, files={"attachments": [photo()]})

    code = re.search(r'class="code">([^<]+)<', answer.content.decode())[1]  # type: ignore[index]  # the page holds it, or the test fails here
    made = Complaint.objects.get()
    assert re.fullmatch(r"(\w{4}-){2}\w{4}", code)
    assert (made.company, made.company_name) == (COMPANIES[6].identifier, COMPANIES[6].name)
    assert (made.amount, made.participants, str(made.latitude)) == (50_000, 30, "23.135")
    assert (made.origin, made.is_real_name, made.files.count()) == ("snapshot", True, 1)
    assert made.files.get().original  # what was hidden in the photo is sealed away
    assert set(client.cookies) <= {"csrftoken"}
    progress = client.post(reverse("report:progress"), {"code": code.lower()})
    assert "已收到" in progress.content.decode()
    assert "评" not in progress.content.decode().split("<main>")[1]


def test_the_draft_travels_unreadable_and_unchangeable() -> None:
    client = Client()
    first = client.get(reverse("report:step", args=["whom"]))
    second = client.post(
        reverse("report:step", args=["whom"]), {**ANSWERS["whom"], "draft": draft_of(first), "next": ""}
    )
    sealed = draft_of(second)

    changed = client.post(
        reverse("report:step", args=["kind"]), {**ANSWERS["kind"], "draft": f"A{sealed[1:]}"}
    )

    assert "粤海" not in keys.base64.urlsafe_b64decode(sealed).decode("latin-1")
    assert changed.status_code == 422
    assert Complaint.objects.count() == 0


def test_sending_the_last_screen_twice_gives_the_same_code_and_one_complaint() -> None:
    client = Client()
    answer = client.get(reverse("report:step", args=["whom"]))
    for name in list(STEPS)[:-1]:
        answer = client.post(
            reverse("report:step", args=[name]), {**ANSWERS[name], "draft": draft_of(answer), "next": ""}
        )
    last = {"is_true": "on", "draft": draft_of(answer), "next": ""}

    codes = {
        re.search(
            r'class="code">([^<]+)<',
            client.post(reverse("report:step", args=["review"]), last).content.decode(),
        )[1]  # type: ignore[index]  # the page holds it, or the test fails here
        for _time in range(2)
    }

    assert len(codes) == 1
    assert Complaint.objects.count() == 1


def test_a_file_that_is_not_what_it_says_is_refused_and_the_rest_goes_on() -> None:
    client = Client()
    answer = client.get(reverse("report:step", args=["whom"]))
    for name in ("whom", "kind", "what", "many"):
        answer = client.post(
            reverse("report:step", args=[name]), {**ANSWERS[name], "draft": draft_of(answer), "next": ""}
        )
    bad = SimpleUploadedFile("../../照片.jpg", b"<svg onload=alert(1)>")

    answer = client.post(
        reverse("report:step", args=["files"]),
        {"attachments": [bad, photo()], "draft": draft_of(answer), "next": ""},
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "不能上传" in page
    assert "门店.jpg" in page


def test_an_anonymous_report_keeps_no_name_even_when_one_was_typed() -> None:
    fill_in(Client(), contact={"how": "anonymous", "name": "王小明", "phone": "13812345678"})

    made = Complaint.objects.get()
    assert (made.is_real_name, made.sealed_contact, made.contact_digest) == (False, "", "")


def test_looking_a_company_up_tells_licence_and_notices_and_nothing_of_its_rating(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Licensed(FakeReader):
        def table_rows(self, identifier: str, table: str, scope: Any, limit: int = 200) -> Any:
            until = date(2020, 1, 1) if identifier == COMPANIES[3].identifier else date(2099, 1, 1)
            row = {"licence_type": "金融许可", "licence_name": "小额贷款", "state": "有效", "valid_to": until}
            return (
                replace(ROWS, rows=(replace(ROWS.rows[0], values=row),))
                if table == "administrative_licence"
                else None
            )

    reader = Licensed()
    monkeypatch.setattr(published, "reader", lambda: reader)

    pages = [
        Client().get(reverse("report:company"), {"q": company.name}).content.decode().split("<main>")[1]
        for company in (COMPANIES[3], COMPANIES[4])
    ]

    assert "未查到金融许可" in pages[0].split("“未查到")[0]
    assert "小额贷款" in pages[1]
    for page in pages:
        assert not re.search(r"红色|橙色|黄色|得分|预警|等级|投诉\d|band-", page)


def test_companies_are_found_in_the_order_of_their_names_not_of_their_scores() -> None:
    page = Client().get(reverse("report:company"), {"q": "财富管理"}).content.decode()

    shown = re.findall(r"<h2>(.+?)</h2>", page)
    assert shown == sorted(shown)


def test_looking_up_is_limited_for_one_address() -> None:
    client = Client()

    statuses = [
        client.get(reverse("report:company"), {"q": "粤海财富"}).status_code
        for _time in range(allowances.LOOK_UP.most + 1)
    ]

    assert statuses[-2:] == [200, 429]


def test_codes_cannot_be_tried_out() -> None:
    client = Client()

    statuses = [
        client.post(reverse("report:progress"), {"code": keys.new_code()}).status_code
        for _time in range(allowances.PROGRESS.most + 1)
    ]

    assert set(statuses[:-1]) == {422}
    assert statuses[-1] == 429


def test_a_strangers_word_about_the_address_is_not_believed() -> None:
    far, near = Client(REMOTE_ADDR="203.0.113.9"), Client(REMOTE_ADDR="127.0.0.1")

    def asked(client: Client) -> str:
        request = client.get("/report/", HTTP_X_FORWARDED_FOR="198.51.100.1").wsgi_request
        return address_of(request)

    assert asked(far) == "203.0.113.9"
    assert asked(near) == "198.51.100.1"


def test_what_the_public_writes_is_shown_as_text() -> None:
    receive(report("ACDEFGHJ3467", company_name="<script>alert(1)</script>公司"), now=timezone.now())

    page = Client().post(reverse("report:progress"), {"code": "ACDE-FGHJ-3467"}).content.decode()

    assert "<script>alert" not in page


def test_a_reporter_adds_something_and_reloading_says_it_once(as_person: Sign) -> None:
    made, _new = receive(report("ACDEFGHJ3467"), now=timezone.now())
    client = Client()

    for _time in range(2):
        client.post(reverse("report:progress"), {"code": "ACDEFGHJ3467", "text": "又想起一件事"})

    assert made.messages.count() == 1
    page = as_person("wu").get(reverse("complaints:page", args=[made.number])).content.decode()
    assert "又想起一件事" in page


def test_a_comment_is_public_only_after_somebody_let_it_through(
    cast: dict[str, User], as_person: Sign
) -> None:
    words = {"company": IN_NANSHAN.identifier, "company_name": IN_NANSHAN.name, "region": "440305", "title": "认定",
             "text": "已认定", "basis": "1号"}  # fmt: skip
    notice = publishing.draft(cast["lin"], now=timezone.now(), **words)
    address = reverse("report:notice", args=[notice.pk])
    assert Client().get(address).status_code == 404
    publishing.confirm(cast["chen"], notice, now=timezone.now())
    Client().post(address, {"text": "我也上过当", "form_key": "k1"})
    assert "我也上过当" not in Client().get(address).content.decode()
    comment = Comment.objects.get()
    show = reverse("complaints:comment_step", kwargs={"pk": comment.pk, "name": "show"})

    assert as_person("wu").post(show).status_code == 404  # another region's
    as_person("zhao").post(show)

    comment.refresh_from_db()
    assert comment.state == CommentState.SHOWN
    assert "我也上过当" in Client().get(address).content.decode()


# ---- officers ------------------------------------------------------------------------------------
def test_the_reporter_is_shown_only_in_the_privileged_mode_and_with_a_reason(as_person: Sign) -> None:
    made, _new = receive(report(name="王小明", phone="13812345678"), now=timezone.now())
    client, address = as_person("wu"), reverse("complaints:reporter", args=[made.number])
    assert "王小明" not in client.get(reverse("complaints:page", args=[made.number])).content.decode()
    assert client.get(address).headers["Location"].startswith(reverse("accounts:privilege"))
    session = client.session
    session["privileged_until"] = (timezone.now() + timedelta(minutes=5)).isoformat()
    session.save()

    assert client.post(address, {"reason": ""}).status_code == 422
    page = client.post(address, {"reason": "电话核实"}).content.decode()

    assert "王小明" in page
    assert AuditEntry.objects.get(verb="complaint_reveal").reason == "电话核实"


def test_an_officer_takes_the_steps_the_page_offers(as_person: Sign, live_store: LiveStore) -> None:
    made, _new = receive(report(), now=timezone.now())
    client = as_person("wu")

    def step(name: str, **data: Any) -> int:
        made.refresh_from_db()
        address = reverse("complaints:step", args=[made.number, name])
        status: int = client.post(address, {"version": made.version, **data}).status_code
        return status

    assert step("accept") == 302
    assert step("answer", finding="partial", text="") == 422
    assert step("answer", finding="partial", text="已约谈，正在整改") == 302
    assert step("close") == 302
    assert step("join", first="TS2026110100000000") == 302  # not offered any more

    made.refresh_from_db()
    assert (made.state, made.finding) == ("closed", "partial")
    page = client.get(reverse("complaints:page", args=[made.number]))
    assert page.status_code == 200


def test_the_export_equals_the_list_and_hides_numbers(as_person: Sign) -> None:
    from python_calamine import CalamineWorkbook

    receive(report(text="=1+1 我的电话13812345678，钱提不出来"), now=timezone.now())
    receive(report(company_region="440305", region="440305", text=different_text(1)), now=timezone.now())

    answer = as_person("wu").get(reverse("complaints:export"))

    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content))).get_sheet_by_index(0)
    lines = rows.to_python()
    assert len(lines) == 2
    assert "138****5678" in str(lines[1])


def test_a_bundle_is_judged_with_a_reason(as_person: Sign) -> None:
    now = timezone.now()
    for number in range(10):
        receive(report(text=different_text(number), sender=f"d{number}"), now=now + timedelta(minutes=number))
    bundle = bundling.Bundle.objects.get()
    client, address = as_person("lin"), reverse("complaints:bundle", args=[bundle.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {"verdict": "genuine", "note": ""}).status_code == 422
    assert client.post(address, {"verdict": "genuine", "note": "逐一核实"}).status_code == 302

    assert Complaint.objects.filter(is_signal=True).count() == 10


def test_an_officer_imports_a_file_and_gets_the_refused_lines_back(as_person: Sign) -> None:
    from tests.web.complaints.test_complaint_core import HEAD, LINES

    client = as_person("wu")
    file = SimpleUploadedFile("工单.csv", (HEAD + LINES).encode("gb18030"))

    preview = client.post(reverse("complaints:imports"), {"form": "hotline12345", "file": file})
    page = client.get(preview.headers["Location"])
    assert "退回的行" in page.content.decode()
    client.post(preview.headers["Location"])
    refused = client.get(preview.headers["Location"] + "refused/")

    assert Complaint.objects.count() == 2
    assert refused.status_code == 200


def test_pages_speak_english_too(as_person: Sign) -> None:
    client = as_person("wu")
    client.cookies["django_language"] = "en"

    page = client.get(reverse("report:home")).content.decode()

    assert "Look up a company" in page
