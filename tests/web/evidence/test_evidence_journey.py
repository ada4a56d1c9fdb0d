"""The whole story in a real browser: seal in one click, print, hand over, check. Run with -m browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from lookout.proof import sha256_hex, sm3_hex
from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment
from lookout.web.clues.models import Clue
from lookout.web.evidence import heads
from lookout.web.evidence.models import Deposit
from tests.web.evidence.conftest import photo
from tests.web.evidence.test_evidence_pages import _verify

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture
def page(live_server: Any, cast: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Return a page in which wu is signed in; any complaint of the browser fails the test."""
    # Playwright runs an event loop in this thread, which Django would take for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    cache.clear()
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=live_server.url)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/account/login/")
        page.fill("[name=username]", "wu")
        page.fill("[name=password]", "lookout-wu")
        page.click("main button.primary")
        page.wait_for_url("**/today/")
        yield page
        browser.close()
    assert complaints == []


def test_a_photo_is_sealed_certified_handed_over_and_checked_by_a_stranger(
    page: Page,
    cast: dict[str, User],
    keep: Callable[..., Attachment],
    clue: Clue,
    tmp_path: Path,
    settings: Any,
    live_server: Any,
) -> None:
    settings.DESK_ADDRESS = live_server.url
    original = photo()
    clue.evidence.create(title="门店照片", attachment=keep(cast["wu"], original), added_at=timezone.now())

    page.goto(f"/clues/{clue.number}/")
    page.click("form.inline button")
    page.click("a.tag.good")
    deposit = Deposit.objects.get()
    assert deposit.log_index is not None  # the certificate is complete at once

    page.get_by_role("link", name="存证证明").click()
    assert page.locator(".certificate .qr svg").is_visible()
    published = page.locator(".certificate code", has_text="/verify/").inner_text()

    page.goto(deposit.get_absolute_url())
    page.get_by_role("link", name="下载证据包").click()
    page.fill("main [name=password]", "lookout-wu")
    page.fill("main [name=reason]", "移送法院")
    with page.expect_download() as download:
        page.click("main button.primary")
    package = tmp_path / "package.zip"
    download.value.save_as(package)
    newest = heads.newest_head()
    assert newest is not None
    assert (
        _verify(package, tmp_path, "--published", f"{newest.head.size}:{newest.head.root.hex()}")["code"] == 3
    )

    page.context.clear_cookies()  # a stranger with the printed certificate
    page.goto(published)
    page.set_input_files("#local-file", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": original})
    page.wait_for_selector(".digest-status[data-kind=same]")
    page.set_input_files("#local-file", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": original[:-1]})
    page.wait_for_selector(".digest-status[data-kind=different]")


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 119, 120, 4 * 2**20, 4 * 2**20 + 1])
def test_the_browser_computes_the_digests_everybody_computes(page: Page, size: int) -> None:
    content = bytes(number * 7 % 251 for number in range(min(size, 4096))) * (size // 4096 + 1)
    content = content[:size]

    page.goto("/evidence/digest/")
    page.set_input_files(
        "#local-file", {"name": "a.bin", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.wait_for_selector(".digest-status[data-kind=same]")

    assert page.input_value("[name=sha256]") == sha256_hex(content)
    assert page.input_value("[name=sm3]") == sm3_hex(content)
    assert page.input_value("[name=size]") == str(size)
