"""The same with a real Chromium and real sites of this machine, plain and encrypted."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.evidence import captures
from lookout.web.evidence.capture.limits import Limits
from lookout.web.evidence.capture.record import Piece
from tests.web.evidence.test_evidence_pages import _verify

pytestmark = pytest.mark.browser
PAGE = (
    "<!doctype html><title>稳赚不赔</title><h1>保本保息 年化 18%</h1><img src=/picture.png>"
    "<img src='http://10.255.255.1/inner.png'><script>window.open('/other')</script><div style='height:3000px'></div>"
)


class _Site(http.server.BaseHTTPRequestHandler):
    inner = ""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self._say(302, b"", Location="/")
        elif self.path == "/inside":
            self._say(302, b"", Location=self.inner)
        elif self.path == "/file":
            self._say(
                200, b"x" * 10, **{"Content-Type": "application/zip", "Content-Disposition": "attachment"}
            )
        elif self.path == "/endless":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"<p>more</p>" * 5000)
            except OSError:
                return
        elif self.path == "/busy":
            script = b"<p>x</p><script>setTimeout(() => { for (;;); }, 200)</script>"
            self._say(200, script, **{"Content-Type": "text/html"})
        elif self.path == "/":
            self._say(200, PAGE.encode(), **{"Content-Type": "text/html; charset=utf-8"})
        else:
            self._say(404, b"")

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: Any) -> None:
        pass


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "自签证书")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "site.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    plain = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    encrypted = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path_factory.mktemp("site")))
    encrypted.socket = context.wrap_socket(encrypted.socket, server_side=True)
    threads = [threading.Thread(target=one.serve_forever, daemon=True) for one in (plain, encrypted)]
    for thread in threads:
        thread.start()
    _Site.inner = "http://127.0.0.2:8099/secret"
    yield {
        "plain": f"http://127.0.0.1:{plain.server_address[1]}",
        "encrypted": f"https://127.0.0.1:{encrypted.server_address[1]}",
    }
    for server, thread in zip((plain, encrypted), threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def _this_machine_is_allowed(settings: Any) -> None:
    settings.CAPTURE_NETWORKS = ("127.0.0.1/32",)


def _take(url: str, limits: Limits | None = None) -> dict[str, Piece]:
    return {one.name: one for one in captures.take(url, asked_by="wu", clock=timezone.now, limits=limits)}


def test_a_page_is_kept_whole_and_nothing_inner_is_reached(sites: dict[str, str]) -> None:
    pieces = _take(f"{sites['plain']}/moved")

    about = json.loads(pieces["manifest.json"].content)
    network = json.loads(pieces["network.json"].content)
    refused = [one for one in network["connections"] if one["problem"]]
    assert (about["title"], about["status"], about["final_url"]) == ("稳赚不赔", 200, f"{sites['plain']}/")
    assert pieces["screenshot.png"].content.startswith(b"\x89PNG")
    assert "保本保息" in pieces["page.html.txt"].content.decode()
    assert [one["host"] for one in refused] == ["10.255.255.1"]
    assert any("10.255.255.1" in problem for problem in about["problems"])
    assert {one["host"] for one in network["connections"]} == {"127.0.0.1", "10.255.255.1"}


def test_of_an_encrypted_page_the_certificates_are_kept_and_judged(sites: dict[str, str]) -> None:
    pieces = _take(f"{sites['encrypted']}/")

    network = json.loads(pieces["network.json"].content)
    assert "BEGIN CERTIFICATE" in pieces["certificates.pem"].content.decode()
    assert network["certificates"][0]["subject"] == "CN=自签证书"
    assert network["certificate_check"].startswith("无效")
    assert network["protocol"].startswith("TLS")


def test_a_page_that_leads_inside_is_not_followed(sites: dict[str, str]) -> None:
    with pytest.raises(DataError, match="内部网络"):
        _take(f"{sites['plain']}/inside")


def test_a_download_is_refused(sites: dict[str, str]) -> None:
    with pytest.raises(DataError, match="下载文件"):
        _take(f"{sites['plain']}/file")


def test_a_page_without_end_is_ended(sites: dict[str, str]) -> None:
    limits = Limits(seconds=8, most_bytes=2 * 2**20)

    try:
        pieces = _take(f"{sites['plain']}/endless", limits)
    except DataError as problem:
        assert "MB" in str(problem) or "秒" in str(problem)  # noqa: PT017 - either end is right
    else:
        assert any("MB" in one for one in json.loads(pieces["manifest.json"].content)["problems"])


def test_a_page_that_never_stops_computing_is_ended(
    sites: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lookout.web.evidence.capture.browser.GRACE_SECONDS", 2.0)

    with pytest.raises(DataError, match="停不下来"):
        _take(f"{sites['plain']}/busy", Limits(seconds=5))


def test_an_expert_checks_a_captured_page_without_us(
    sites: dict[str, str], cast: dict[str, User], tmp_path: Path, as_person: Callable[..., Any]
) -> None:
    from lookout.web.evidence import packaging

    asked = captures.ask(f"{sites['plain']}/", by=cast["wu"], now=timezone.now())
    deposit = captures.run(asked.pk, clock=timezone.now)
    assert deposit is not None
    target = tmp_path / "package.zip"

    packaging.package_of([deposit], target, now=timezone.now(), about={})

    assert _verify(target, tmp_path)["code"] == 3
