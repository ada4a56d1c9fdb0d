"""A capture reaches only what it may, keeps what it saw, and seals it at once."""

from __future__ import annotations

import http.client
import http.server
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from warcio.archiveiterator import ArchiveIterator

from lookout.kernel.errors import DataError
from lookout.proof import sha256_hex
from lookout.web.accounts.models import User
from lookout.web.clues.models import Clue
from lookout.web.evidence import captures, jobs
from lookout.web.evidence.capture.addresses import Guard, RefusedAddressError, checked_url, read_networks
from lookout.web.evidence.capture.browser import Fetched, Seen
from lookout.web.evidence.capture.limits import Budget, Limits
from lookout.web.evidence.capture.proxy import open_door
from lookout.web.evidence.capture.record import LIST, Piece, pieces_of
from lookout.web.evidence.models import Capture, Deposit
from lookout.web.evidence.states import ALLOWED_NEXT, CaptureState

LOOPBACK = Guard(read_networks(("127.0.0.0/8",)))
PRIVATE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address that must be refused, not bound
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_inner_address_is_reached(address: str) -> None:
    with pytest.raises(RefusedAddressError, match="内部网络"):
        Guard().check(address, "somewhere")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "223.5.5.5"])
def test_public_addresses_are_reached(address: str) -> None:
    Guard().check(address, "somewhere")


def test_an_inner_network_is_reached_where_it_was_allowed() -> None:
    guard = Guard(read_networks(("10.20.0.0/16",)))

    guard.check("10.20.3.4", "intranet")
    with pytest.raises(RefusedAddressError):
        guard.check("10.21.3.4", "intranet")


def test_a_name_with_one_inner_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in ("93.184.216.34", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_how: answers)

    with pytest.raises(RefusedAddressError):
        Guard().resolve("rebinding.example", 80)


@pytest.mark.parametrize(
    "typed",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://example.com/",
        "data:text/html,x",
        "http://",
        "https://user:secret@example.com/",
        "https://example.com:0/",
        "https://exa mple.com/",
        "chrome://settings",
        "https://example.com:99999/",
        "",
    ],
)
def test_what_is_no_page_is_refused(typed: str) -> None:
    with pytest.raises(DataError):
        checked_url(typed)


def test_an_address_without_a_scheme_is_taken_as_https() -> None:
    assert checked_url(" www.example.com/a ") == "https://www.example.com/a"


class _Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Path", self.path)
        self.end_headers()
        self.wfile.write(b"x" * 1000)

    def log_message(self, *_said: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


class TestTheWayOut:
    def _get(self, port: int, address: str) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        line.request("GET", address)
        return line.getresponse()

    def test_a_plain_request_is_carried_and_counted(self, site: int) -> None:
        budget = Budget(Limits())
        with open_door(LOOPBACK, budget) as (door, port):
            answer = self._get(port, f"http://127.0.0.1:{site}/a?b=c")
            body = answer.read()

        assert (answer.status, answer.headers["X-Path"], len(body)) == (200, "/a?b=c", 1000)
        assert [(one.address, one.bytes, one.problem) for one in door.connections] == [
            ("127.0.0.1", 1000, "")
        ]

    def test_an_inner_address_gets_no_answer_at_all(self, site: int) -> None:
        with (
            open_door(Guard(), Budget(Limits())) as (door, port),
            pytest.raises(http.client.RemoteDisconnected),
        ):
            self._get(port, f"http://127.0.0.1:{site}/")

        assert "内部网络" in door.connections[0].problem

    def test_no_tunnel_is_dug_to_an_inner_address(self, site: int) -> None:
        with open_door(Guard(), Budget(Limits())) as (_door, port):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            line.set_tunnel("127.0.0.1", site)
            with pytest.raises(OSError, match="403"):
                line.request("GET", "/")

    def test_a_tunnel_carries_both_ways(self, site: int) -> None:
        with open_door(LOOPBACK, Budget(Limits())) as (_door, port):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            line.set_tunnel("127.0.0.1", site)
            line.request("GET", "/through")

            assert line.getresponse().headers["X-Path"] == "/through"
            line.close()

    def test_what_is_too_much_is_cut_off_and_said(self, site: int) -> None:
        budget = Budget(Limits(most_bytes=500))
        with open_door(LOOPBACK, budget) as (_door, port):
            self._get(port, f"http://127.0.0.1:{site}/").read()

        assert "MB" in budget.spent_out

    def test_too_many_connections_are_refused(self, site: int) -> None:
        budget = Budget(Limits(connections=1))
        with open_door(LOOPBACK, budget) as (_door, port):
            self._get(port, f"http://127.0.0.1:{site}/").read()
            with pytest.raises(http.client.RemoteDisconnected):
                self._get(port, f"http://127.0.0.1:{site}/")


def _seen() -> Seen:
    answers = [
        Fetched(
            url="http://a.example/x",
            method="GET",
            status=200,
            reason="OK",
            kind="document",
            request_headers=(("Host", "a.example"),),
            headers=(("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Set-Cookie", "a=1\nb=2")),
            body="保本".encode(),
        ),
        Fetched("http://a.example/", "GET", 302, "Found", "document", (), (("Location", "/x"),), None),
    ]
    now = timezone.now()
    return Seen(
        "http://a.example/",
        "http://a.example/x",
        "高收益",
        200,
        "Chromium 1",
        b"picture",
        "<html>",
        answers=answers,
        steps=[(now, "打开")],
    )


def _pieces() -> list[Piece]:
    return pieces_of(_seen(), started_at=timezone.now(), asked_by="wu", clock_state="", verdict="")


def test_the_list_of_files_holds_the_digests_of_all_others() -> None:
    first, *others = _pieces()

    listed = {file["name"]: file["sha256"] for file in json.loads(first.content)["files"]}

    assert first.name == LIST
    assert listed == {piece.name: sha256_hex(piece.content) for piece in others}


def test_the_archive_gives_back_what_the_browser_got() -> None:
    content = next(piece.content for piece in _pieces() if piece.name == "responses.warc.gz")

    records = [
        (
            one.rec_type,
            one.rec_headers.get_header("WARC-Target-URI"),
            one.content_stream().read(),
            one.http_headers,
        )
        for one in ArchiveIterator(io.BytesIO(content))
    ]

    responses = [(url, body, headers) for kind, url, body, headers in records if kind == "response"]
    assert [(url, body) for url, body, _headers in responses] == [
        ("http://a.example/x", "保本".encode()),
        ("http://a.example/", b""),
    ]
    headers = responses[0][2].headers
    assert ("X-Orig-Content-Encoding", "gzip") in headers
    assert [value for name, value in headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert len([kind for kind, *_rest in records if kind == "request"]) == 2


def test_every_state_is_reached_and_the_last_ones_are_left_by_nothing() -> None:
    reached = {state for following in ALLOWED_NEXT.values() for state in following}

    assert reached == set(CaptureState)
    assert not ALLOWED_NEXT[CaptureState.SEALED] | ALLOWED_NEXT[CaptureState.FAILED]


class TestAskedOnTheDesk:
    @pytest.fixture(autouse=True)
    def _no_browser(self, monkeypatch: pytest.MonkeyPatch) -> None:
        cache.clear()
        monkeypatch.setattr("lookout.web.evidence.sealing_views.what_is_missing", lambda: "")
        monkeypatch.setattr(captures, "start", lambda _capture: None)
        monkeypatch.setattr(captures, "take", lambda _url, **_how: _pieces())

    def _ask(self, client: Client, url: str = "https://a.example/", **more: str) -> Any:
        return client.post(reverse("evidence:pages"), {"url": url, **more})

    def test_a_page_is_asked_for_captured_and_sealed(
        self, as_person: Callable[[str], Client], clue: Clue, cast: dict[str, User]
    ) -> None:
        client = as_person("wu")
        answer = self._ask(client, about="clue", number=clue.number)
        capture = Capture.objects.get()

        captures.run(capture.pk, clock=timezone.now)
        capture.refresh_from_db()

        deposit = Deposit.objects.get()
        assert answer.headers["Location"] == reverse("evidence:page_state", args=[capture.pk])
        assert capture.state == CaptureState.SEALED
        assert deposit.about_number == clue.number
        assert deposit.name == "高收益 https://a.example/"
        assert {file.name for file in deposit.files.all()} >= {LIST, "screenshot.png", "responses.warc.gz"}
        assert client.get(answer.headers["Location"]).headers["Location"] == deposit.get_absolute_url()
        assert as_person("lin").get(answer.headers["Location"]).status_code == 404

    def test_it_is_captured_once_whoever_else_tries(
        self, as_person: Callable[[str], Client], cast: dict[str, User]
    ) -> None:
        self._ask(as_person("wu"))
        pk = Capture.objects.get().pk

        first, second = captures.run(pk, clock=timezone.now), captures.run(pk, clock=timezone.now)

        assert first is not None
        assert second is None

    def test_what_cannot_be_had_says_why(
        self, as_person: Callable[[str], Client], cast: dict[str, User], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_url: str, **_how: object) -> list[Piece]:
            raise DataError("网页打不开：找不到主机")

        monkeypatch.setattr(captures, "take", fail)
        client = as_person("wu")
        address = self._ask(client).headers["Location"]

        captures.run(Capture.objects.get().pk, clock=timezone.now)

        assert "找不到主机" in client.get(address).content.decode()
        assert not Deposit.objects.exists()

    def test_what_a_dead_process_left_is_done_by_the_job(
        self, as_person: Callable[[str], Client], cast: dict[str, User]
    ) -> None:
        self._ask(as_person("wu"))
        long_ago = timezone.now() - timedelta(minutes=10)
        Capture.objects.update(state=CaptureState.RUNNING, started_at=long_ago, asked_at=long_ago)

        done = jobs.capture_waiting(timezone.now())

        assert done == 1
        assert Capture.objects.get().state == CaptureState.SEALED

    def test_an_address_that_is_none_is_refused_at_the_field(
        self, as_person: Callable[[str], Client], cast: dict[str, User]
    ) -> None:
        answer = self._ask(as_person("wu"), "file:///etc/passwd")

        assert answer.status_code == 422
        assert "只能取证 http 和 https 网页" in answer.content.decode()
        assert not Capture.objects.exists()

    def test_one_person_does_not_fill_the_queue(
        self, as_person: Callable[[str], Client], cast: dict[str, User]
    ) -> None:
        client = as_person("wu")
        answers = [self._ask(client).status_code for _turn in range(captures.MOST_WAITING + 1)]

        assert answers == [302] * captures.MOST_WAITING + [422]


def test_without_the_extra_the_page_says_what_it_waits_for(
    as_person: Callable[[str], Client], cast: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookout.web.evidence.capture.browser.find_spec", lambda _name: None)

    page = as_person("wu").get(reverse("evidence:pages")).content.decode()

    assert "lookout[capture]" in page
    assert '<form method="post" class="card' not in page
