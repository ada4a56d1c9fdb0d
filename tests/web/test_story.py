"""The whole story in a real browser: from a warning to the outcome and back, and a citizen's part in it.

Each person has a window of their own. Run by `make journeys`, with the desk's tables on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from lookout.hub.reading import Reader
from lookout.pipeline.live import Worker
from lookout.web import published
from lookout.web.clues.models import Clue
from lookout.web.clues.opening import follow_published
from lookout.web.clues.states import ClueState
from lookout.web.complaints.models import Complaint
from lookout.web.dispatch.models import EffectCheck
from tests.web.fake_reader import IN_TIANHE
from tests.web.real_home import FIRM, NAME, make_rated

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}
SignIn = Callable[..., Page]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[Browser]:
    # Playwright runs an event loop in this thread, which Django would take for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    settings.LOOKOUT_HOME = tmp_path
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def sign_in(browser: Browser, live_server: Any, cast: Any) -> Iterator[SignIn]:
    """Return how a person opens a window of their own; any complaint of a browser fails the test."""
    complaints: list[str] = []

    def enter(name: str, viewport: Any = WIDE) -> Page:
        page = browser.new_context(base_url=live_server.url, viewport=viewport).new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/account/login/")
        page.fill("[name=username]", name)
        page.fill("[name=password]", f"lookout-{name}")
        page.click("main button.primary")
        page.wait_for_url(lambda address: "/login/" not in address)
        return page

    yield enter
    assert complaints == []


def _step(page: Page, title: str, **fields: str) -> None:
    """Open a step by its button, fill its form, send it."""
    step = page.locator("details.step").filter(has=page.locator(f"summary:text-is('{title}')")).first
    step.locator("summary").click()
    for name, value in fields.items():
        field = step.locator(f"[name={name}]")
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    with page.expect_navigation():
        step.locator("form button").click()


def test_a_warned_company_goes_from_the_first_sign_to_the_outcome_and_stirs_again(
    sign_in: SignIn, tmp_path: Path
) -> None:
    follow_published(timezone.now())
    clue = Clue.objects.get(company=IN_TIANHE.identifier)
    address = f"/clues/{clue.number}/"

    # The city judges and sends.
    city = sign_in("lin")
    city.goto("/clues/?state=new")
    city.click(f"a[href='{address}']")
    _step(city, "研判定级", activity_class="illegal_fundraising", advice="现场核查资金去向")
    _step(city, "分派", agency=_option(city, "agency", "天河区处置"), instruction="三日内到场")

    # The district, on a phone, sees it among the notices, accepts, goes there.
    district = sign_in("wu", PHONE)
    district.goto("/notices/")
    district.click("text=新线索")
    district.wait_for_url(f"**{address}")
    _step(district, "签收")
    _step(district, "开始核查")
    photo = tmp_path / "现场.png"
    photo.write_bytes(district.screenshot())
    step = district.locator("details.step").filter(has=district.locator("summary:text-is('登记现场核查')"))
    step.locator("summary").click()
    for name, value in {
        "at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "place": "天河路 1 号",
        "officer_1": "吴健",
        "card_1": "粤A001",
        "officer_2": "何平",
        "card_2": "粤A002",
    }.items():
        step.locator(f"[name={name}]").fill(value)
    step.locator("[name=finding]").select_option("soliciting")
    step.locator("[name=photos]").set_input_files(photo)
    with district.expect_navigation():
        step.locator("form button").click()
    assert district.locator(".photos img").count() == 1
    _step(district, "采取措施", kind="query_account", note="查对公账户")

    # Another district knows nothing of it.
    other = sign_in("zhao")
    assert other.goto(address).status == 404  # type: ignore[union-attr]  # there is an answer

    # The measure is signed above, then reported and reviewed.
    city.goto(address)
    _step(city, "批准或不批准", decision="yes", note="同意")
    district.goto(address)
    _step(district, "反馈", text="正在揽客，已要求停止", proposed_outcome="admin")
    city.goto(address)
    _step(city, "要求补充核查", note="补查参与人数")
    district.goto(address)
    _step(district, "反馈", text="参与 12 人，已清退", proposed_outcome="admin")
    city.goto(address)
    _step(city, "复核通过", note="同意")
    _step(city, "办结", outcome="admin", outcome_reason="责令停止并清退，列入经营异常名录")

    clue.refresh_from_db()
    assert clue.state == ClueState.MONITORING
    assert [check.days for check in EffectCheck.objects.all()] == [30, 90, 180]

    # It stirs: the city starts it again.
    _step(city, "重新启动", reason="又收到投诉")
    assert "重新启动" in city.locator("main").inner_text()

    # The auditor sees who did what, and that nothing was touched.
    auditor = sign_in("auditor")
    auditor.goto(f"/administration/record/?company={clue.company}")
    assert "复核通过" in auditor.locator("main").inner_text()
    with auditor.expect_navigation():
        auditor.click("text=核对有无篡改")
    assert "没有一条被改动" in auditor.locator("main").inner_text()


def _option(page: Page, name: str, starts: str) -> str:
    """Return the value of the option whose words begin so."""
    found = page.locator(f"select[name={name}] option").filter(has_text=starts).first.get_attribute("value")
    assert found
    return found


# ---- the citizen ---------------------------------------------------------------------------------
@pytest.fixture
def at_work(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A desk over a real home, with the worker beside it that rates what events touch."""
    home, live = make_rated(tmp_path / "home"), settings.LOOKOUT.live_database
    settings.LOOKOUT_HOME = home
    reader = Reader(home, warm=True, live=live)
    monkeypatch.setattr(published, "reader", lambda: reader)
    worker, stop = Worker(home, clock=timezone.now, live=live), threading.Event()
    worker.step()  # warm, as it is all day
    thread = threading.Thread(target=worker.run, args=(stop.wait,))
    thread.start()
    yield worker
    stop.set()
    thread.join()
    worker.close()


def _score(page: Page) -> str:
    page.goto(f"/companies/of/{FIRM}/")
    return page.locator(".score").first.inner_text()


def _next(page: Page) -> None:
    with page.expect_navigation():
        page.locator(".bar button.primary").click()


def test_a_citizen_reports_on_a_phone_follows_it_and_the_score_moves(
    browser: Browser, at_work: Worker, sign_in: SignIn, tmp_path: Path
) -> None:
    office = sign_in("wu")
    before = _score(office)

    phone = browser.new_context(base_url=office.url.split("/companies")[0], viewport=PHONE).new_page()
    phone.goto("/report/")
    phone.click("a[href^='/report/new/']")
    phone.fill("[name=name]", NAME)
    _next(phone)
    phone.check(f"[name=chosen][value='{FIRM}']")
    _next(phone)
    phone.check("[name=kind][value=illegal_fundraising]")
    _next(phone)
    phone.fill("[name=text]", "门店的人说保本年化百分之十八，我交了五万元，现在提不出来")
    _next(phone)
    phone.fill("[name=amount_wan]", "5")
    _next(phone)
    photo = tmp_path / "门店.png"
    photo.write_bytes(phone.screenshot())
    phone.locator("[name=attachments]").set_input_files(photo)
    _next(phone)
    phone.select_option("[name=region]", "440106")
    _next(phone)
    phone.check("[name=how][value=anonymous]")
    _next(phone)
    assert "门店.png" in phone.locator(".answers").inner_text()
    phone.check("[name=is_true]")
    _next(phone)
    code = phone.locator(".code").inner_text()
    assert re.fullmatch(r"(\w{4}-){2}\w{4}", code)

    # The score has moved before anybody has read what was written.
    until = time.monotonic() + 20  # a second on a machine that has nothing else to do
    while (after := _score(office)) == before:
        assert time.monotonic() < until
    assert after != before
    made = Complaint.objects.get()
    assert (made.company, made.files.count()) == (FIRM, 1)

    # The district finds it among what is theirs to do, and takes it up.
    office.goto("/today/")
    office.click("nav a:has-text('受理举报')")
    office.click(f"a[href='/complaints/{made.number}/']")
    _step(office, "受理")

    # The citizen follows with the code and nothing else.
    phone.goto("/report/progress/")
    phone.fill("[name=code]", code.lower())
    with phone.expect_navigation():
        phone.locator("main form button").first.click()
    assert "已经受理" in phone.locator("main").inner_text()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    # The auditor sees that it was taken in and up, and not who wrote it.
    auditor = sign_in("auditor")
    auditor.goto(f"/administration/record/?company={FIRM}")
    told = auditor.locator("main").inner_text()
    assert "群众" in told
    assert "吴健" in told
    assert code not in told
