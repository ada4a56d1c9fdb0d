"""What was seen, as files that anybody can open: picture, source, WARC, headers, certificates, steps, and their list."""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from lookout.proof import sha256_hex, sm3_hex
from lookout.web.evidence.capture.browser import Fetched, Seen

FORM = 1  # of the list of files
# A package takes the files of a list of this name for sealed when the list itself is.
LIST = "manifest.json"
PICTURE = "screenshot.png"
# The body is kept as the browser decoded it, so what spoke of its packing would be wrong.
_OF_THE_PACKING = {"content-encoding", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Piece:
    """One file of a capture."""

    name: str
    media_type: str
    content: bytes
    note: str


def pieces_of(
    seen: Seen, *, started_at: datetime, asked_by: str, clock_state: str, verdict: str
) -> list[Piece]:
    """Return the files of a capture, the list of all others (with both digests of each) first.

    `clock_state` says whether this machine's clock follows a time server, `verdict` what a check of the
    certificates found ('' for a page without).
    """
    kept = [
        Piece(PICTURE, "image/png", seen.picture, "整页截图"),
        Piece("page.html.txt", "text/plain", seen.page.encode(), "网页源码，取证时浏览器中的样子"),
        Piece("responses.warc.gz", "application/warc", warc_of(seen, started_at), "浏览器收到的全部回应"),
        Piece("headers.json", "application/json", _json(_headers(seen)), "每个请求和回应的头部"),
        Piece("network.json", "application/json", _json(_network(seen, verdict)), "连接过的主机、地址和证书"),
        Piece("steps.json", "application/json", _json(_steps(seen)), "取证步骤和时间"),
    ]
    if seen.certificates:
        kept.append(
            Piece("certificates.pem", "application/x-pem-file", _pem(seen.certificates), "网站的证书链")
        )
    about = {
        "form": FORM,
        "url": seen.url,
        "final_url": seen.final_url,
        "title": seen.title,
        "status": seen.status,
        "asked_by": asked_by,
        "started_at": started_at.isoformat(),
        "finished_at": seen.steps[-1][0].isoformat() if seen.steps else started_at.isoformat(),
        "clock": clock_state,
        "collector": {
            "browser": seen.browser,
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "problems": seen.problems,
        "files": [
            {
                "name": piece.name,
                "media_type": piece.media_type,
                "size": len(piece.content),
                "sha256": sha256_hex(piece.content),
                "sm3": sm3_hex(piece.content),
                "note": piece.note,
            }
            for piece in kept
        ],
    }
    return [Piece(LIST, "application/json", _json(about), "文件清单：存证日志中登记的就是它的摘要"), *kept]


def warc_of(seen: Seen, at: datetime) -> bytes:
    """Return the answers as a WARC file."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    file = io.BytesIO()
    writer = WARCWriter(file, gzip=True)
    date = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = {"software": f"lookout {seen.browser}", "format": "WARC File Format 1.0"}
    writer.write_record(writer.create_warcinfo_record("responses.warc.gz", said))
    for answer in seen.answers:
        headers = StatusAndHeaders(
            f"{answer.status} {answer.reason}".strip(), _kept_headers(answer), protocol="HTTP/1.1"
        )
        record = writer.create_warc_record(
            answer.url,
            "response",
            payload=io.BytesIO(answer.body or b""),
            http_headers=headers,
            warc_headers_dict={"WARC-Date": date},
        )
        asked = StatusAndHeaders(
            f"{answer.method} {_path(answer.url)} HTTP/1.1",
            list(answer.request_headers),
            is_http_request=True,
        )
        request = writer.create_warc_record(
            answer.url, "request", http_headers=asked, warc_headers_dict={"WARC-Date": date}
        )
        writer.write_request_response_pair(request, record)
    return file.getvalue()


def _path(url: str) -> str:
    return "/" + url.split("://", 1)[-1].partition("/")[2]


def _kept_headers(answer: Fetched) -> list[tuple[str, str]]:
    kept = []
    for name, value in answer.headers:
        # A header given several times comes in lines.
        for line in value.split("\n"):
            kept.append((f"X-Orig-{name}" if name.lower() in _OF_THE_PACKING else name, line))
    return [*kept, ("Content-Length", str(len(answer.body or b"")))]


def _headers(seen: Seen) -> list[dict[str, Any]]:
    return [
        {
            "url": answer.url,
            "method": answer.method,
            "kind": answer.kind,
            "status": answer.status,
            "request": list(answer.request_headers),
            "response": list(answer.headers),
            "size": None if answer.body is None else len(answer.body),
            "sha256": None if answer.body is None else sha256_hex(answer.body),
        }
        for answer in seen.answers
    ]


def _network(seen: Seen, verdict: str) -> dict[str, Any]:
    return {
        "connections": [vars(one) for one in seen.connections],
        "protocol": seen.protocol,
        "certificate_check": verdict,
        "certificates": [_certificate(one) for one in seen.certificates],
    }


def _certificate(der: bytes) -> dict[str, str]:
    found = x509.load_der_x509_certificate(der)
    return {
        "subject": found.subject.rfc4514_string(),
        "issuer": found.issuer.rfc4514_string(),
        "serial": f"{found.serial_number:x}",
        "from": found.not_valid_before_utc.isoformat(),
        "until": found.not_valid_after_utc.isoformat(),
        "sha256": found.fingerprint(SHA256()).hex(),
    }


def _pem(certificates: Sequence[bytes]) -> bytes:
    return b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in certificates)


def _steps(seen: Seen) -> list[dict[str, str]]:
    return [{"at": at.isoformat(), "step": step} for at, step in seen.steps]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()
