"""Walks the served demo as each of its people and keeps a picture of every page: `python -m docs.screenshots HOME`.

A page is one address of the url table; of several companies' pages one is shown. Each is taken in Chinese and
English, wide and on a phone, and so are the states that no link leads to. What the walk finds wrong (an error, a
page wider than the phone, a script's complaint) is told and makes it end with 1. Addresses that no link leads to,
or that answer with a file, are listed as such.
"""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

DOCS = Path(__file__).resolve().parent
PICTURES = DOCS / "pictures" / "pages"
INDEX = DOCS / "reference" / "pages.md"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
VIEWS = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
LANGUAGES = {"zh": "zh-hans", "en": "en"}
WIDTHS = {"wide": 960, "phone": 390}  # pixels that are kept: enough to read, little to store
TALLEST = 2  # windows of a long page that are kept
LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
MOST_VISITS = 400  # answers read for one person; the url table has far fewer names
LEAVES = ("accounts:logout", "set_language")


@dataclass
class Found:
    """One address of the url table as somebody came to it."""

    name: str
    path: str
    person: str
    title: str = ""
    problems: list[str] = field(default_factory=list)


# States that no link leads to and people meet all the same.
ALSO = (
    ("states:not_found", "/nothing-here/", "chen"),
    ("states:not_allowed", "/administration/people/", "wu"),
    ("situation:wall", "/situation/?wall=1", "chen"),
)


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve a demo home on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("lookout")), "serve", "--port", str(port)]
    surroundings = os.environ | {"LOOKOUT_DEMO": "1", "LOOKOUT_HOME": str(home)}
    process = subprocess.Popen(  # noqa: S603 - our own command on our own demo
        command, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def main() -> int:
    """Walk, take the pictures, write the index; return 1 when something is wrong."""
    home = Path(sys.argv[1]).resolve()
    _set_up(home)
    from lookout.web.accounts.demo_people import DEMO_PEOPLE  # after Django is set up

    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.webp"):
        old.unlink()
    with served(home) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        found: dict[str, Found] = {}
        files: dict[str, str] = {}
        for name in ("", *(person.username for person in DEMO_PEOPLE)):
            walk(browser, base, name, found, files)
        found |= {name: Found(name, path, person) for name, path, person in ALSO}
        for person in sorted({one.person for one in found.values()}):
            _shoot_all(browser, base, person, [one for one in found.values() if one.person == person])
        browser.close()
    write_index(found, files)
    problems = [
        f"{one.path} ({one.person or 'public'}): {said}" for one in found.values() for said in one.problems
    ]
    print(f"{len(found)} pages, {len(files)} files, {len(problems)} problems", *problems, sep="\n")
    return 1 if problems else 0


def _set_up(home: Path) -> None:
    os.environ |= {"LOOKOUT_DEMO": "1", "LOOKOUT_HOME": str(home)}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lookout.web.config.settings")
    import django

    django.setup()
    # Playwright runs an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def names() -> list[str]:
    """Return the names of all addresses of the url table."""
    from django.urls import URLPattern, get_resolver

    def below(patterns: list[Any], space: str) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                if pattern.name:
                    yield f"{space}{pattern.name}"
            else:
                inner = f"{pattern.namespace}:" if pattern.namespace else ""
                yield from below(pattern.url_patterns, f"{space}{inner}")

    return sorted(set(below(get_resolver().url_patterns, "")))


def _name_of(path: str) -> str:
    from django.urls import Resolver404, resolve

    try:
        return resolve(path.partition("?")[0]).view_name
    except Resolver404:
        return ""


def sign_in(
    browser: Browser, base: str, person: str, view: str = "wide", language: str = "zh"
) -> BrowserContext:
    """Return a window in which a person of the demo is signed in; '' is the public."""
    context = browser.new_context(base_url=base, viewport=VIEWS[view], locale="zh-CN")
    context.add_cookies([{"name": "django_language", "value": LANGUAGES[language], "url": base}])
    if person:
        page = context.new_page()
        page.goto("/account/login/")
        page.fill("[name=username]", person)
        page.fill("[name=password]", f"lookout-{person}")
        page.click("main button.primary")
        page.wait_for_load_state()
        page.close()
    return context


def walk(browser: Browser, base: str, person: str, found: dict[str, Found], files: dict[str, str]) -> None:
    """Follow links breadth first and note the first address of each name that answers with a page."""
    context = sign_in(browser, base, person)
    waiting, seen, visits = ["/", "/report/", "/account/login/"], set[str](), 0
    tried: dict[str, int] = {}
    while waiting and visits < MOST_VISITS:
        path = waiting.pop(0).replace("&amp;", "&")
        name = _name_of(path)
        # Three tries of one address: the first company of a list may lack what the second has.
        if not name or path in seen or name in LEAVES or name in files or tried.get(name, 0) >= 3:
            continue
        seen.add(path)
        tried[name] = tried.get(name, 0) + 1
        visits += 1
        answer = context.request.get(path, max_redirects=5)
        if "text/html" not in answer.headers.get("content-type", ""):
            files[name] = path
            continue
        landed = _name_of(answer.url.removeprefix(base))
        if answer.ok and landed and landed not in found:
            found[landed] = Found(landed, answer.url.removeprefix(base), person)
        elif answer.status >= 500:
            found.setdefault(name, Found(name, path, person)).problems.append(f"answers {answer.status}")
        if answer.ok:
            waiting += LINK.findall(answer.text())
    context.close()


def _shoot_all(browser: Browser, base: str, person: str, pages: list[Found]) -> None:
    for view in VIEWS:
        for language in LANGUAGES:
            context = sign_in(browser, base, person, view, language)
            page = context.new_page()
            said: list[str] = []
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            for one in pages:
                said.clear()
                page.goto(one.path, wait_until="load")
                _keep(page, one, view, language)
                one.problems += [f"{view} {language}: {text}" for text in said]
                if view == "wide" and language == "zh":
                    one.title = page.title().partition(" · ")[0]
            context.close()


def _keep(page: Page, one: Found, view: str, language: str) -> None:
    width, height = (VIEWS[view][side] for side in ("width", "height"))
    wide = int(page.evaluate("document.documentElement.scrollWidth"))
    if wide > width:
        one.problems.append(f"{view} {language}: {wide} wide on {width}")
    tall = min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST * height)
    taken = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall})
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    kept = WIDTHS[view]
    picture = picture.resize((kept, round(picture.height * kept / picture.width)), Image.Resampling.LANCZOS)
    picture.save(PICTURES / f"{_file(one.name, view, language)}", quality=40, method=6)


def _file(name: str, view: str, language: str) -> str:
    return f"{name.replace(':', '-')}.{view}.{language}.webp"


def write_index(found: dict[str, Found], files: dict[str, str]) -> None:
    """Write the page that shows them all, by room."""
    lines = [
        "# Pages",
        "<!-- 本页由 make screenshots 生成，请勿手改 -->",
        "Every page of the demo as one of its people sees it: Chinese and English, wide and on a phone. "
        "Long pages are cut.",
    ]
    rooms = sorted({name.partition(":")[0] for name in found})
    for room in rooms:
        lines.append(f"## {room}")
        for one in sorted(
            (one for one in found.values() if one.name.partition(":")[0] == room), key=lambda o: o.name
        ):
            lines.append(f"### {one.title or one.name} — `{one.name}`")
            lines.append(f"Seen by {one.person or 'anybody'}.")
            shown = [
                f"[{language}, {view}](../pictures/pages/{_file(one.name, view, language)})"
                for language in LANGUAGES
                for view in VIEWS
            ]
            picture = f"![{one.title or one.name}](../pictures/pages/{_file(one.name, 'wide', 'zh')})"
            lines += [picture, " · ".join(shown)]
    lines.append("## Not pictures")
    lines.append(
        "Addresses that answer with a file: " + ", ".join(f"`{name}`" for name in sorted(files)) + "."
    )
    rest = [name for name in names() if name not in found and name not in files]
    lines.append(
        "Addresses that only a form, a machine or a rare state leads to: "
        + ", ".join(f"`{n}`" for n in rest)
        + "."
    )
    INDEX.write_text("\n\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
