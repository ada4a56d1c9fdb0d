"""Open a page in a headless Chromium and bring back what it was made of."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lookout.kernel.errors import DataError, TransientError
from lookout.web.evidence.capture.addresses import Guard, checked_url
from lookout.web.evidence.capture.limits import Budget, Limits
from lookout.web.evidence.capture.proxy import Connection, Door, open_door

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright, Response

CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
WIDTH, HEIGHT = 1280, 900
SETTLE_MS = 3_000
QUIET_MS = 250
LAST_SECONDS = 10.0
GRACE_SECONDS = 25.0
# Ways around the proxy, or to the machine itself.
SWITCHES = (
    "--proxy-bypass-list=<-loopback>",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-first-run",
    "--mute-audio",
)


@dataclass(frozen=True)
class Fetched:
    """One answer the page was made of. `body` is as the browser decoded it, None where there is none to keep."""

    url: str
    method: str
    status: int
    reason: str
    kind: str
    request_headers: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


@dataclass
class Seen:
    """A page as it was seen. `certificates` are DER, the site's own first; `problems` what was left out and why."""

    url: str
    final_url: str = ""
    title: str = ""
    status: int = 0
    browser: str = ""
    picture: bytes = b""
    page: str = ""
    protocol: str = ""
    answers: list[Fetched] = field(default_factory=list)
    certificates: list[bytes] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    steps: list[tuple[datetime, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def what_is_missing() -> str:
    """Return what must be installed before pages can be captured, '' when nothing."""
    missing = []
    if find_spec("playwright") is None or find_spec("warcio") is None:
        missing.append("安装扩展：pip install 'lookout[capture]'")
    if chromium() is None:
        missing.append("安装 Chromium：apt install chromium")
    return "；".join(missing)


def chromium() -> str | None:
    """Return the path of the system's Chromium, None when there is none."""
    return next((path for name in CHROMIUM if (path := shutil.which(name)) is not None), None)


def look_at(url: str, *, guard: Guard, limits: Limits, clock: Callable[[], datetime]) -> Seen:
    """Open a page and return it as it was seen.

    Raises DataError when it may not or cannot be opened, TransientError when the browser does not work.
    """
    if missing := what_is_missing():
        raise TransientError(f"这台服务器还不能取证网页；请管理员{missing}")
    from playwright.sync_api import Error, sync_playwright

    seen, budget = Seen(checked_url(url)), Budget(limits)
    with open_door(guard, budget) as (door, port):
        try:
            with sync_playwright() as machine:
                _look(machine, seen, budget, port, clock)
        except Error as error:
            raise _why(error, door, budget) from error
        finally:
            seen.connections = list(door.connections)
    if budget.spent_out:
        seen.problems.append(budget.spent_out)
    seen.problems += sorted(
        {f"没有加载 {one.host}：{one.problem}" for one in door.connections if one.problem}
    )
    return seen


def _why(error: Exception, door: Door, budget: Budget) -> DataError | TransientError:
    """Return the reason in plain words: what the proxy refused is the reason, the browser knows only its code."""
    if refused := [one.problem for one in door.connections if one.problem]:
        return DataError(f"网页打不开：{refused[-1]}")
    if budget.spent_out:
        return DataError(f"网页取不完：{budget.spent_out}")
    words = str(error).split("\n")[0]
    if "Timeout" in type(error).__name__ or "ERR_TIMED_OUT" in words:
        return DataError(f"网页在 {budget.limits.seconds:g} 秒内没有打开；请稍后再试")
    if "ERR_ABORTED" in words or "Download is starting" in words:
        return DataError("这个网址是下载文件，不是网页；请把文件下载后用“上传文件”存证")
    if "net::" in words:
        return DataError(f"网页打不开（{words[words.index('net::') :].split(' ')[0]}）；请核对网址后再试")
    return TransientError(f"浏览器出错：{words[:200]}")


def _look(machine: Playwright, seen: Seen, budget: Budget, port: int, clock: Callable[[], datetime]) -> None:
    def note(step: str) -> None:
        seen.steps.append((clock(), step))

    token = secrets.token_hex(8)
    watchdog = threading.Timer(budget.limits.seconds + GRACE_SECONDS, _end_by_force, (token, budget))
    watchdog.daemon = True
    watchdog.start()
    try:
        _look_watched(machine, seen, budget, port, token, note)
    finally:
        watchdog.cancel()


def _end_by_force(token: str, budget: Budget) -> None:
    """Kill the browser that was started with a token: a page that never stops computing cannot be asked to end."""
    budget.spent_out = "网页里的程序停不下来，已强行结束"
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if token.encode() in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:  # gone by itself, or another user's
            continue


def _look_watched(
    machine: Playwright, seen: Seen, budget: Budget, port: int, token: str, note: Callable[[str], None]
) -> None:
    browser = machine.chromium.launch(
        executable_path=chromium(),
        # Chromium refuses its own sandbox to root; the desk does not run as root outside of containers.
        chromium_sandbox=os.geteuid() != 0,
        args=[f"--proxy-server=http://127.0.0.1:{port}", f"--lookout-capture={token}", *SWITCHES],
        timeout=30_000,
    )
    try:
        seen.browser = f"Chromium {browser.version}"
        note("启动浏览器，全新的空白环境，没有任何登录和缓存")
        context = _clean_context(browser)
        page, answers = context.new_page(), _watch(context, seen)
        session = context.new_cdp_session(page)
        session.send("Network.enable")  # else the certificates are forgotten
        page.set_default_timeout(budget.limits.seconds * 1000)
        note(f"打开 {seen.url}")
        first = page.goto(
            seen.url, wait_until="domcontentloaded", timeout=max(1.0, budget.seconds_left * 1000)
        )
        if first is None:
            raise DataError("网页没有内容")
        note(f"收到回应，状态 {first.status}")
        _settle(page, budget, note)
        # What is there is kept even when the time is over, but not at any length.
        page.set_default_timeout(1000 * max(LAST_SECONDS, budget.seconds_left))
        seen.final_url, seen.title, seen.status = page.url, page.title(), first.status
        _certificates(session, first, seen)
        _picture(page, budget, seen, note)
        seen.page = page.content()
        note("保存网页源码")
        seen.answers = [_fetched(answer, seen) for answer in answers]
        note(f"保存 {len(seen.answers)} 个回应")
    finally:
        browser.close()


def _clean_context(browser: Browser) -> BrowserContext:
    return browser.new_context(
        # Sites that live by deceit show nothing to a browser that says it has no screen.
        user_agent=(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            f"Chrome/{browser.version.split('.')[0]}.0.0.0 Safari/537.36"
        ),
        viewport={"width": WIDTH, "height": HEIGHT},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        accept_downloads=False,
        service_workers="block",
        # A site with a bad certificate is evidence too; what was wrong with it is written down.
        ignore_https_errors=True,
    )


def _watch(context: BrowserContext, seen: Seen) -> list[Response]:
    answers: list[Response] = []
    context.on("response", lambda answer: answers.append(answer))
    context.on("page", lambda page: _refuse_window(page, seen) if len(context.pages) > 1 else None)
    return answers


def _refuse_window(page: Page, seen: Seen) -> None:
    seen.problems.append("网页要打开新窗口，没有打开")
    page.close()


def _settle(page: Page, budget: Budget, note: Callable[[str], None]) -> None:
    """Wait until the page is quiet and scroll to its end, so that pictures that wait for the eye are loaded."""
    from playwright.sync_api import TimeoutError as TooLate

    page.on("download", lambda download: download.cancel())
    page.on("dialog", lambda dialog: dialog.dismiss())
    for state in ("load", "networkidle"):
        try:
            page.wait_for_load_state(state, timeout=max(1.0, min(SETTLE_MS, budget.seconds_left * 500)))
        except TooLate:
            note(f"没有等到 {state}，继续")
    for _turn in range(budget.limits.scrolls):
        at_end = page.evaluate(
            "() => (scrollBy(0, innerHeight), scrollY + innerHeight >= document.body.scrollHeight - 2)"
        )
        page.wait_for_timeout(QUIET_MS)
        if at_end or budget.seconds_left < budget.limits.seconds / 3:
            break
    page.evaluate("() => scrollTo(0, 0)")
    note("滚动到页尾后回到页首")


def _picture(page: Page, budget: Budget, seen: Seen, note: Callable[[str], None]) -> None:
    height = int(page.evaluate("() => Math.max(document.documentElement.scrollHeight, innerHeight)"))
    kept = min(height, budget.limits.height)
    if kept < height:
        seen.problems.append(f"网页高 {height:,} 像素，图片只到 {kept:,} 像素；全文见网页源码")
    seen.picture = page.screenshot(
        full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": kept}, animations="disabled"
    )
    note(f"截图 {WIDTH}×{kept}")


def _certificates(session: CDPSession, first: Response, seen: Seen) -> None:
    """Keep the chain of certificates as the browser saw it."""
    if not seen.final_url.startswith("https:"):
        return
    details: Any = first.security_details() or {}
    seen.protocol = str(details.get("protocol", ""))
    origin = "/".join(seen.final_url.split("/")[:3])
    found = session.send("Network.getCertificate", {"origin": origin})
    seen.certificates = [base64.b64decode(one) for one in found.get("tableNames", [])]


def _fetched(answer: Response, seen: Seen) -> Fetched:
    from playwright.sync_api import Error

    body: bytes | None = None
    try:
        body = answer.body()
    except Error:
        # Redirects have none, and what was cut off has none to give.
        if not 300 <= answer.status < 400:
            seen.problems.append(f"回应内容没有保留：{answer.url[:200]}")
    asked = answer.request
    return Fetched(
        url=answer.url,
        method=asked.method,
        status=answer.status,
        reason=answer.status_text,
        kind=asked.resource_type,
        request_headers=tuple(
            one for one in _headers(asked.headers_array) if one[0].lower() != "proxy-connection"
        ),
        headers=_headers(answer.headers_array),
        body=body,
    )


def _headers(read: Callable[[], Any]) -> tuple[tuple[str, str], ...]:
    from playwright.sync_api import Error

    try:
        return tuple((one["name"], one["value"]) for one in read())
    except Error:  # asked of a page that has gone on
        return ()
