"""The desk's database is gone for a while: pages say so in plain words, nothing is half done, and all works again."""

from __future__ import annotations

import http.cookiejar
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Postgres, free_port

pytestmark = pytest.mark.server
START_SECONDS = 60


class Window:
    """A browser without script: it keeps cookies and sends the hidden token of the page it is on."""

    def __init__(self, base: str) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._base, self._open, self.page = base, urllib.request.build_opener(jar).open, ""

    def get(self, address: str) -> int:
        """Open a page; return its status."""
        return self._send(urllib.request.Request(self._base + address))  # noqa: S310  our own server

    def post(self, address: str, **fields: Any) -> int:
        """Send a form from the page that is open."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        assert token
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        headers = {"Referer": self._base + address}
        return self._send(urllib.request.Request(self._base + address, data, headers))  # noqa: S310  our own server

    def _send(self, request: urllib.request.Request) -> int:
        try:
            with self._open(request) as answer:
                body, status = answer.read(), answer.status
        except urllib.error.HTTPError as refused:
            body, status = refused.read(), refused.code
        if status == 200:
            self.page = body.decode()
        self.last = body.decode()
        return int(status)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    one = Postgres(tmp_path)
    one.start()
    yield one
    with suppress(subprocess.CalledProcessError):  # a test that failed may have left it stopped
        one.stop()


@pytest.fixture
def desk(server: Postgres, tmp_path: Path) -> Iterator[str]:
    """Serve the desk as a process of its own, its tables on the server."""
    port = free_port()
    own = {"LOOKOUT_DEMO": "1", "LOOKOUT_HOME": str(tmp_path / "home"), "LOOKOUT_DATABASE": server.address}
    shell = {
        name: value for name, value in os.environ.items() if not name.startswith(("LOOKOUT_", "DJANGO_"))
    }
    command = [sys.executable, "-m", "lookout.cli", "serve", "--port", str(port)]
    child = subprocess.Popen(command, env=shell | own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            Window(base).get("/healthz")
            break
        except urllib.error.URLError:
            assert child.poll() is None, "the desk did not start"
            assert time.monotonic() < until, "the desk does not answer"
            time.sleep(0.2)
    yield base
    child.terminate()
    child.wait()


def _open_clue(window: Window, name: str) -> int:
    return window.post("/clues/new/", company_name=name, source="grid", region_business="440106", band="yellow",
                       summary="街道巡查发现", confirmed="on")  # fmt: skip


def test_while_the_database_is_gone_pages_say_so_and_afterwards_all_is_as_before(
    server: Postgres, desk: str
) -> None:
    officer, citizen = Window(desk), Window(desk)
    assert officer.get("/account/login/") == 200
    assert officer.post("/account/login/", username="lin", password="lookout-lin") == 200
    assert officer.get("/clues/new/") == 200
    assert _open_clue(officer, "粤海甲公司") == 200
    assert officer.get("/clues/new/") == 200
    assert citizen.get("/report/progress/") == 200

    server.stop()
    for _once_per_thread in range(10):
        assert officer.get("/clues/") == 503
    assert "业务库暂时连不上" in officer.last
    assert "没有保存" in officer.last
    assert "psycopg" not in officer.last
    assert _open_clue(officer, "粤海乙公司") == 503
    assert citizen.post("/report/progress/", code="ACDE-FGHJ-3467") == 503
    assert Window(desk).get("/healthz") == 200

    server.start()
    statuses = [officer.get("/clues/") for _once_per_thread in range(10)]
    assert statuses == [200] * 10  # no thread stumbles over the connection it had before
    assert "粤海甲公司" in officer.page
    assert "粤海乙公司" not in officer.page
    assert officer.get("/clues/new/") == 200
    assert _open_clue(officer, "粤海乙公司") == 200
    assert officer.get("/clues/") == 200
    assert "粤海乙公司" in officer.page
