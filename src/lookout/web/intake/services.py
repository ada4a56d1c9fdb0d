"""Pushed files put into the inbox."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from django.conf import settings

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.inbox import Inbox, Pushed, TooLargeError, receipt_of
from lookout.web.audit.services import record_about
from lookout.web.intake.models import MachineKey
from lookout.web.intake.refusals import RefusedError

_SENDER = "推送方"
_SHOWN = (
    "receipt", "state", "file", "sha256", "bytes", "received_at", "delivered_at", "batch_no", "rows", "accepted",
    "rejected", "doubled", "is_stale", "sentence", "settled_at",
)  # fmt: skip
LEAST_FREE = 512 << 20  # bytes that stay free for the desk and the landing
_LATEST = timedelta(minutes=5)  # a sender's clock may be a little ahead
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")


@dataclass(frozen=True)
class Headers:
    """What a sender says of a file. `sha256` is '' when no digest was sent."""

    file: str
    sha256: str
    delivered_at: str


def read_headers(file: str, digest: str, delivered_at: str, now: datetime) -> Headers:
    """Read what a sender says of a file; the name may be percent-encoded. Raises RefusedError 400."""
    name = unquote(file).strip()
    if (
        not name
        or len(name) > 200
        or PurePosixPath(name).name != name
        or not name.isprintable()
        or "\\" in name
    ):
        raise RefusedError(400, "X-Lookout-File 应为带扩展名的文件名，不含路径；中文用百分号编码")
    sha256 = ""
    if digest:
        found = _DIGEST.search(digest)
        try:
            sha256 = base64.b64decode(found[1], validate=True).hex() if found else ""
        except ValueError:
            sha256 = ""
        if len(sha256) != 64:
            raise RefusedError(400, "Content-Digest 应为 sha-256=:…:（RFC 9530），冒号之间是 Base64")
    moment = ""
    if delivered_at:
        try:
            stated = datetime.fromisoformat(delivered_at)
        except ValueError:
            raise RefusedError(
                400, "X-Lookout-Delivered-At 不是时刻；应写成 2026-10-31T06:00:00+08:00"
            ) from None
        stated = stated if stated.tzinfo else stated.replace(tzinfo=SHANGHAI)
        if stated > now + _LATEST:
            raise RefusedError(400, "X-Lookout-Delivered-At 晚于现在；请核对时刻与时区")
        moment = min(stated, now).astimezone(SHANGHAI).isoformat()
    return Headers(name, sha256, moment)


def take_in(
    key: MachineKey, headers: Headers, chunks: Iterable[bytes], now: datetime
) -> tuple[dict[str, Any], bool]:
    """Put a file into the inbox; return its receipt and whether it is new.

    The same bytes have the same receipt, unless they were refused: then they are tried again.
    Raises RefusedError: 400 without bytes, 409 when the digest is another, 413 for too many bytes, 503
    while the disk has no room to spare.
    """
    inbox = Inbox(settings.LOOKOUT_HOME, key.connection)
    no_room = RefusedError(503, "接收方暂时没有存放的空间；请过一会儿再送")
    if shutil.disk_usage(settings.LOOKOUT_HOME).free < key.most_bytes + LEAST_FREE:
        raise no_room
    try:
        received = inbox.receive(chunks, key.most_bytes)
    except TooLargeError:
        raise RefusedError(413, f"文件超过 {key.most_bytes >> 20} MB；请分成几个文件") from None
    except OSError as error:
        raise no_room from error
    try:
        if not received.size:
            raise RefusedError(400, "没有收到任何字节；请把文件作为请求体发送")
        if headers.sha256 and headers.sha256 != received.sha256:
            raise RefusedError(409, "收到的字节与 Content-Digest 不符，传输中损坏；请重新发送")
        receipt = receipt_of(key.connection, received.sha256)
        known = inbox.state(receipt)
        if known is not None and known["state"] != "refused":
            return known, False
        pushed = Pushed(
            receipt, key.connection, headers.file, received.sha256, received.size,
            now.astimezone(SHANGHAI).isoformat(), headers.delivered_at,
        )  # fmt: skip
        inbox.put(received, pushed)
    finally:
        received.path.unlink(missing_ok=True)
    return {"state": "received", **pushed.__dict__}, True


def receive(
    key: MachineKey, said: Mapping[str, str], chunks: Iterable[bytes], now: datetime
) -> tuple[dict[str, Any], bool]:
    """Take a file in as its headers say and record it; return its receipt and whether it is new.

    Raises RefusedError, which is on record too.
    """
    file = said.get("X-Lookout-File", "")
    try:
        digest, delivered_at = said.get("Content-Digest", ""), said.get("X-Lookout-Delivered-At", "")
        headers = read_headers(file, digest, delivered_at, now)
        length = said.get("Content-Length", "")
        if length.isdigit() and int(length) > key.most_bytes:
            raise RefusedError(413, f"文件超过 {key.most_bytes >> 20} MB；请分成几个文件")
        content, is_new = take_in(key, headers, chunks, now)
    except RefusedError as error:
        note(key, "intake_refuse", file=file, after={"status": error.status}, reason=error.reason)
        raise
    after = {"receipt": content["receipt"], "sha256": content["sha256"], "bytes": content["bytes"]}
    note(key, "intake_receive" if is_new else "intake_repeat", file=headers.file, after=after)
    return content, is_new


def shown(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a sender is told of a file."""
    return {name: content[name] for name in _SHOWN if name in content}


def note(key: MachineKey, verb: str, *, file: str, after: dict[str, Any], reason: str = "") -> None:
    """Record one call of a known sender."""
    record_about(
        None, verb, object_type="intake.push", object_id=key.connection, object_name=file, after=after,
        reason=reason, actor_name=f"{_SENDER} {key}",
    )  # fmt: skip
