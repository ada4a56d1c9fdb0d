"""Notices of change: signed, tried again, given up in the open; receivers that misbehave hurt nobody else."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.utils import timezone

from docs.generate import DOCS
from lookout.kernel.errors import DataError
from lookout.web.api import feed, hooks, posting
from lookout.web.api.models import FeedRow, Hook, HookDelivery
from lookout.web.api.posting import Outcome, post
from lookout.web.api.records import KINDS, FeedMark
from lookout.web.api.signatures import sign, verify
from lookout.web.evidence.capture.addresses import Guard, read_networks
from lookout.web.notices.models import Notice

pytestmark = pytest.mark.django_db
HERE = Guard(read_networks(("127.0.0.0/8",)))


class Receiver(HTTPServer):
    """A partner's machine: keeps what it is sent, answers what it is told to."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        received: list[tuple[dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                received.append((dict(self.headers), self.rfile.read(length)))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_said: Any) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)
        self.received = received

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks"


@contextmanager
def receiver(status: int = 204, **headers: str) -> Iterator[Receiver]:
    server = Receiver(status, {name.replace("_", "-"): value for name, value in headers.items()})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hook(make_key: Any, settings: Any, cast: Any) -> Any:
    settings.HOOK_NETWORKS = ("127.0.0.0/8",)
    key = make_key()

    def make(
        url: str = "http://127.0.0.1:9/hooks", kinds: Any = ("warning",), **more: Any
    ) -> tuple[Hook, str]:
        return hooks.make_hook(cast["system"], more.get("key", key), url, kinds)

    return make


def change(*names: str, region: str = "440106", kind: str = "warning") -> None:
    """Let records change."""
    marks = [FeedMark(name, region, f"{timezone.now().timestamp()}") for name in names]
    feed.move_to_end(KINDS[kind], marks, timezone.now())


def test_a_receiver_is_told_which_records_changed_since_and_can_check_who_says_so(hook: Any) -> None:
    change("before")
    with receiver() as server:
        made, secret = hook(server.url)
        change("a", "b")
        change("elsewhere", region="440305")
        change("c", kind="rating")
        now = timezone.now()
        assert (hooks.plan(now), hooks.send(now), hooks.plan(now)) == (1, 1, 0)
        ((headers, body),) = server.received

    told = json.loads(body)
    assert [one["identifier"] for one in told["records"]] == ["a", "b"]
    assert (told["kind"], told["read"]) == ("warning", "/api/v1/warnings")
    stamp, signature = int(headers["Lookout-Timestamp"]), headers["Lookout-Signature"]
    assert verify(secret, stamp, body, signature, stamp + 10)
    assert not verify(secret, stamp, body + b" ", signature, stamp + 10)
    assert not verify("other", stamp, body, signature, stamp + 10)
    assert Hook.objects.get(pk=made.pk).delivered_at == now


def test_what_was_caught_cannot_be_sent_again_later(hook: Any) -> None:
    signature = sign("s", 1000, b"x")

    assert verify("s", 1000, b"x", signature, 1300)
    assert not verify("s", 1000, b"x", signature, 1301)
    assert not verify("s", 1290, b"x", signature, 1300)  # another time needs another signature


def test_a_notice_says_which_and_never_what(hook: Any) -> None:
    hook()
    change("a")
    hooks.plan(timezone.now())

    (planned,) = HookDelivery.objects.all()
    assert set(planned.payload) == {"event", "kind", "made_at", "count", "records", "read", "updated_since"}
    assert set(planned.payload["records"][0]) == {"identifier", "updated_at"}


def test_many_changes_are_told_as_one_number(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "MOST_LISTED", 3)
    hook()
    change(*"abcd")

    assert hooks.plan(timezone.now()) == 1
    (planned,) = HookDelivery.objects.all()
    assert (planned.payload["count"], planned.payload["records"]) == (4, [])


def test_the_secret_stands_nowhere_in_the_database(hook: Any) -> None:
    made, secret = hook()

    assert secret.encode() not in bytes(Hook.objects.get(pk=made.pk).sealed_secret)


def test_a_failed_notice_is_tried_again_ever_later_then_given_up_and_the_officers_are_told(
    hook: Any, cast: Any
) -> None:
    with receiver(500) as server:
        hook(server.url)
        change("a")
        now = timezone.now()
        hooks.plan(now)
        waits: list[timedelta] = []
        for _try in range(len(hooks.BACK_OFF) + 1):
            hooks.send(now)
            (sent,) = HookDelivery.objects.all()
            if sent.dead_at is None:
                waits.append(sent.next_try_at - now)
                assert hooks.send(sent.next_try_at - timedelta(seconds=1)) == 0
                now = sent.next_try_at
        assert len(server.received) == len(hooks.BACK_OFF) + 1

    assert waits == list(hooks.BACK_OFF)
    assert (sent.dead_at, sent.status) == (now, 500)
    assert Notice.objects.filter(person=cast["system"], kind="hook").count() == 1


def test_a_dead_notice_can_be_sent_again(hook: Any, cast: Any) -> None:
    with receiver() as server:
        hook(server.url)
        change("a")
        now = timezone.now()
        hooks.plan(now)
        HookDelivery.objects.update(dead_at=now, tries=8)
        assert hooks.send(now) == 0

        hooks.redeliver(cast["system"], HookDelivery.objects.get(), now)

        assert hooks.send(now) == 1
        assert len(server.received) == 1


def test_a_redirect_is_not_followed(hook: Any) -> None:
    with receiver() as inner, receiver(302, Location=inner.url) as outer:
        outcome = post(outer.url, {}, b"{}", HERE)

        assert outcome.status == 302
        assert "转址" in outcome.problem
        assert inner.received == []


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://10.1.2.3/", "http://169.254.169.254/latest", "http://[::1]/",
     "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/", "http://localhost:8000/", "http://192.168.1.1/", "http://100.64.0.1/",
     "http://2130706433/"],
)  # fmt: skip
def test_nothing_is_sent_into_the_offices_own_network(url: str) -> None:
    outcome = post(url, {}, b"{}", Guard())

    assert outcome.status == 0
    assert "内部网络" in outcome.problem or "找不到" in outcome.problem
    with pytest.raises(DataError):
        posting.checked_receiver(url, Guard())


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "https://", "https://u:p@a.example/", "//a", "https://a:99999/", ""]
)
def test_an_address_that_is_none_is_refused_when_it_is_given(url: str) -> None:
    with pytest.raises(DataError):
        posting.checked_receiver(url, HERE)


def test_a_name_that_means_something_else_by_now_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checked once as public, it resolves to the inside when it is sent to."""
    answers = iter(["93.184.215.14", "127.0.0.1"])

    def resolve(_host: str, port: int, **_more: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    posting.checked_receiver("http://partner.example/", Guard())

    assert "内部网络" in post("http://partner.example/", {}, b"{}", Guard()).problem


@contextmanager
def dripping() -> Iterator[str]:
    """A receiver that answers one byte at a time, for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def drip() -> None:
        line, _address = server.accept()
        with line:
            while not stopped.wait(0.02):
                try:
                    line.sendall(b"H")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        stopped.set()
        thread.join()
        server.close()


def test_a_receiver_that_drips_for_ever_is_cut_off() -> None:
    with dripping() as url:
        begun = time.monotonic()
        outcome = post(url, {}, b"{}", HERE, wait=0.3)

        assert "没有答复" in outcome.problem
        assert time.monotonic() - begun < 2


def test_a_receiver_that_hangs_holds_up_no_other(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def patient(url: str, headers: Any, body: bytes, where: Guard, **_more: Any) -> Outcome:
        return post(url, headers, body, where, wait=0.3)

    monkeypatch.setattr(hooks, "post", patient)
    with dripping() as hanging, receiver() as server:
        hook(hanging)
        hook(server.url)
        for name in "abc":
            change(name)
            hooks.plan(timezone.now())
        begun = time.monotonic()

        assert hooks.send(timezone.now()) == 3
        assert time.monotonic() - begun < 2
        assert len(server.received) == 3


def test_a_paused_receiver_is_told_afterwards(hook: Any, cast: Any) -> None:
    made, _secret = hook()
    hooks.set_paused(cast["system"], made, True)
    change("a")
    assert hooks.plan(timezone.now()) == 0

    hooks.set_paused(cast["system"], made, False)

    assert hooks.plan(timezone.now()) == 1


def test_the_receiver_of_a_key_that_no_longer_stands_is_told_nothing(hook: Any, make_key: Any) -> None:
    gone = make_key("lki_gone", revoked_at=timezone.now())
    no_scope = make_key("lki_none", scopes=["ratings"])
    hook(key=gone)
    hook(key=no_scope)
    change("a")

    assert hooks.plan(timezone.now()) == 0


def test_old_notices_are_forgotten_once_they_arrived(hook: Any) -> None:
    hook()
    change("a")
    now: datetime = timezone.now()
    hooks.plan(now)
    later = now + timedelta(days=31)
    assert hooks.forget_delivered(later) == 0
    HookDelivery.objects.update(delivered_at=now)

    assert hooks.forget_delivered(later) == 1
    assert FeedRow.objects.count() == 1


def test_the_check_on_the_how_to_page_is_the_right_one() -> None:
    page = (DOCS / "howto" / "partner-system.md").read_text("utf-8")
    (snippet,) = re.findall(r"```python\n(.*?)```", page, re.S)
    space: dict[str, Any] = {}
    exec(snippet, space)  # noqa: S102 - our own page
    now = int(time.time())

    assert space["genuine"]("s", str(now), sign("s", now, b"x"), b"x")
    assert not space["genuine"]("s", str(now), sign("t", now, b"x"), b"x")
    assert not space["genuine"]("s", str(now - 400), sign("s", now - 400, b"x"), b"x")
