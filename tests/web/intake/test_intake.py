"""Files pushed over HTTP: only with a key, whole or not at all, the same bytes once, every call on record."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from lookout.kernel.inbox import Inbox
from lookout.web.audit.models import AuditEntry
from lookout.web.intake.keys import make_key, revoke_keys
from lookout.web.intake.models import MachineKey

DATA = b"uscc,tax_type\n1,2\n"
ADDRESS = "/intake/tax_push/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.LOOKOUT_HOME = tmp_path
    return tmp_path


@pytest.fixture
def key(home: Path) -> str:
    return make_key("tax_push", most_bytes=1000, per_minute=5)


def send(
    key: str, data: bytes = DATA, *, address: str = ADDRESS, file: str = "欠税.csv", **headers: str
) -> Any:
    """Send a file as a machine does: no cookie, CSRF checks on."""
    return Client(enforce_csrf_checks=True).post(
        address,
        data,
        content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {key}", "X-Lookout-File": quote(file), **headers},
    )


def ask(key: str, receipt: str) -> Any:
    return Client().get(f"/intake/receipt/{receipt}/", headers={"Authorization": f"Bearer {key}"})


def digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def test_a_file_is_received_whole_and_waits_with_its_name(home: Path, key: str):
    answer = send(
        key, **{"Content-Digest": digest(DATA), "X-Lookout-Delivered-At": "2026-10-31T06:00:00+08:00"}
    )

    assert answer.status_code == 202
    told = answer.json()
    assert (told["sha256"], told["bytes"]) == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    (waiting,) = Inbox(home, "tax_push").waiting()
    assert (waiting.file, waiting.delivered_at) == ("欠税.csv", "2026-10-31T06:00:00+08:00")
    assert Inbox(home, "tax_push").data(waiting.receipt).read_bytes() == DATA
    assert ask(key, told["receipt"]).json()["state"] == "received"


def test_the_same_bytes_get_the_same_receipt_and_wait_once(home: Path, key: str):
    first, second = send(key), send(key, file="again.csv")

    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["receipt"] == second.json()["receipt"]
    assert second.json()["file"] == "欠税.csv"
    assert len(Inbox(home, "tax_push").waiting()) == 1


def test_refused_bytes_may_be_sent_again_once_the_connection_is_mended(home: Path, key: str):
    receipt = send(key).json()["receipt"]
    inbox = Inbox(home, "tax_push")
    (waiting,) = inbox.waiting()
    inbox.settle(waiting, {"state": "refused", "sentence": "缺少列"})
    inbox.clear(receipt, keep=True)
    assert ask(key, receipt).json()["sentence"] == "缺少列"

    assert send(key).status_code == 202
    assert ask(key, receipt).json()["state"] == "received"


@pytest.mark.parametrize(
    ("data", "headers", "file", "status"),
    [
        (b"", {}, "a.csv", 400),
        (DATA, {}, "", 400),
        (DATA, {}, "../a.csv", 400),
        (DATA, {}, "a\\b.csv", 400),
        (DATA, {}, "a\nb.csv", 400),
        (DATA, {"Content-Digest": "sha-256=:AAAA:"}, "a.csv", 400),
        (DATA, {"Content-Digest": digest(b"other")}, "a.csv", 409),
        (DATA, {"X-Lookout-Delivered-At": "yesterday"}, "a.csv", 400),
        (DATA, {"X-Lookout-Delivered-At": "2199-01-01T00:00:00"}, "a.csv", 400),
        (b"x" * 1001, {}, "a.csv", 413),
    ],
)
def test_what_cannot_be_taken_is_refused_in_plain_words_and_leaves_nothing(
    home: Path, key: str, data: bytes, headers: dict[str, str], file: str, status: int
):
    answer = send(key, data, file=file, **headers)

    assert answer.status_code == status
    assert answer.json()["reason"]
    assert [path for path in (home / "inbox").rglob("*") if path.is_file()] == []
    assert AuditEntry.objects.last().verb == "intake_refuse"


def test_more_bytes_than_announced_are_stopped_on_the_way(home: Path):
    from lookout.kernel.inbox import TooLargeError

    with pytest.raises(TooLargeError):
        Inbox(home, "tax_push").receive(iter([b"x" * 600, b"x" * 600]), 1000)
    assert [path for path in (home / "inbox").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("wrong", ["", "lki_wrong", "lki_" + "x" * 43])
def test_without_a_standing_key_nothing_is_told(home: Path, key: str, wrong: str):
    assert send(wrong).status_code == 401
    assert ask(wrong, "0" * 32).status_code == 401
    assert send(key, address="/intake/other_push/").status_code == 401


def test_a_revoked_key_is_worth_nothing(key: str):
    assert revoke_keys("tax_push") == 1

    assert send(key).status_code == 401


def test_one_senders_receipts_are_not_anothers(home: Path, key: str):
    receipt = send(key).json()["receipt"]
    other = make_key("court_push", most_bytes=1000, per_minute=5)

    assert ask(other, receipt).status_code == 404
    assert ask(key, "../../keys").status_code == 404


def test_too_many_calls_in_a_minute_must_wait(home: Path, key: str):
    statuses = [send(key, DATA + bytes([number])).status_code for number in range(6)]

    assert statuses == [202] * 5 + [429]
    assert len(Inbox(home, "tax_push").waiting()) == 5


def test_of_a_key_only_a_keyed_digest_is_kept(key: str):
    held = MachineKey.objects.get()

    assert key not in str(held.__dict__)
    assert held.digest != hashlib.sha256(key.encode()).hexdigest()


def test_every_call_of_a_known_sender_is_on_record_with_its_receipt(home: Path, key: str):
    receipt = send(key).json()["receipt"]
    send(key)

    verbs = list(AuditEntry.objects.values_list("verb", flat=True))
    assert verbs == ["key_make", "intake_receive", "intake_repeat"]
    assert AuditEntry.objects.last().after["receipt"] == receipt


def test_a_disk_without_room_takes_nothing_and_says_when_to_come_again(
    home: Path, key: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("lookout.web.intake.services.LEAST_FREE", 1 << 62)

    answer = send(key)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert Inbox(home, "tax_push").waiting() == []


def test_a_large_file_is_not_stopped_by_the_limit_of_forms(
    home: Path, key: str, monkeypatch: pytest.MonkeyPatch
):
    from lookout.web.attachments import middleware

    monkeypatch.setattr(middleware, "MOST_OF_A_FORM", 4)

    assert send(key).status_code == 202
