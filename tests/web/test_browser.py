"""What only a real browser can tell: keyboard, drawer, policy, phone width. Run with -m browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright

from tests.web.fake_reader import IN_TIANHE
from tests.web.test_permissions import TABLE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
NO_PAGES = ("data:batch_rejects", "health", "runs:operation_figures")
PAGES = [
    row
    for row in TABLE
    if row.method == "get"
    and row.expected[0] == 200
    and row.name not in NO_PAGES
    and not row.name.endswith("export")  # a download, not a page
]


@pytest.fixture
def page(live_server: Any, cast: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Return a page in which chen is signed in; any complaint of the browser fails the test."""
    # Playwright runs an event loop in this thread, which Django would take for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=live_server.url)
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/account/login/")
        page.fill("[name=username]", "chen")
        page.fill("[name=password]", "lookout-chen")
        page.click("main button.primary")
        page.wait_for_url("**/today/")
        yield page
        browser.close()
    assert complaints == []


def test_a_list_is_walked_and_opened_by_keyboard(page: Page) -> None:
    page.goto("/companies/")
    for key in ("j", "j", "k", "Enter"):
        page.keyboard.press(key)

    page.wait_for_url(f"**/companies/of/{IN_TIANHE.identifier}/")


def test_the_search_box_is_one_key_away_and_suggests(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("粤海第2")

    page.click("#suggestions a")

    page.wait_for_url("**/companies/of/*/")


def test_a_number_opens_the_rows_and_escape_returns_to_it(page: Page) -> None:
    page.goto(f"/companies/of/{IN_TIANHE.identifier}/")
    link = page.locator("a[data-drawer]", has_text="近90天投诉")
    link.click()
    page.wait_for_selector("#drawer .origin")

    page.keyboard.press("Escape")

    assert page.locator("#drawer").is_hidden()
    assert link.evaluate("link => link === document.activeElement")


def test_a_tab_changes_in_place_and_has_an_address(page: Page) -> None:
    page.goto(f"/companies/of/{IN_TIANHE.identifier}/")
    page.click("#tabs nav >> text=数据来源")

    page.wait_for_url("**tab=sources**")
    page.wait_for_selector("#tabs >> text=广州市的社保数据从未收到")


def test_dark_is_remembered(page: Page) -> None:
    page.click("[data-theme-switch]")
    chosen = page.evaluate("document.documentElement.dataset.theme")

    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == chosen == "dark"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_is_wider_than_a_phone(page: Page, language: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])
    for row in PAGES:
        page.goto(reverse(row.name, kwargs=row.arguments))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, row.name
