"""Keys made, revoked and recognised, and pushed files put into the inbox."""

from __future__ import annotations

import base64
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.inbox import Inbox, Pushed, TooLargeError, receipt_of
from lookout.web.audit.services import record, record_about
from lookout.web.intake.models import IntakeKey

_PREFIX = "lki_"  # so that a key left in a file or a log is recognised as one
_HINT = 8
_SENDER = "推送方"
LEAST_FREE = 512 << 20  # bytes that stay free for the desk and the landing
_LATEST = timedelta(minutes=5)  # a sender's clock may be a little ahead
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")


class RefusedError(Exception):
    """A call that is not served: HTTP status and a Chinese sentence saying why and what to do."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Headers:
    """What a sender says of a file. `sha256` is '' when no digest was sent."""

    file: str
    sha256: str
    delivered_at: str


def _digest(key: str) -> str:
    # Keys are long and random, so a slow hash would protect nothing and only slow every call.
    return salted_hmac("lookout.intake.key", key, algorithm="sha256").hexdigest()


def make_key(connection: str, *, most_bytes: int, per_minute: int) -> str:
    """Make a key for a connection and return it; nobody can read it again."""
    key = _PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        made = IntakeKey.objects.create(
            connection=connection,
            digest=_digest(key),
            hint=key[:_HINT],
            most_bytes=most_bytes,
            per_minute=per_minute,
            made_at=timezone.now(),
        )
        record(None, "intake_make_key", made, after={"connection": connection})
    return key


def revoke_keys(connection: str) -> int:
    """Make the keys of a connection useless; return how many."""
    with transaction.atomic():
        keys = list(IntakeKey.objects.select_for_update().filter(connection=connection, revoked_at=None))
        for key in keys:
            key.revoked_at = timezone.now()
            key.save(update_fields=["revoked_at"])
            record(None, "intake_revoke_key", key)
    return len(keys)


def recognise(connection: str, authorization: str, now: datetime) -> IntakeKey:
    """Return the key of a call; `connection` '' leaves open for which it is.

    Raises RefusedError: 401 without a standing key, 429 for too many calls.
    """
    scheme, _, text = authorization.partition(" ")
    unknown = RefusedError(401, "没有钥匙或钥匙不对；请在 Authorization 头中写 Bearer 加钥匙")
    if scheme.lower() != "bearer" or not text.strip():
        raise unknown
    with transaction.atomic():
        held = IntakeKey.objects.select_for_update().filter(digest=_digest(text.strip()), revoked_at=None)
        key = held.first()
        if key is None or connection not in ("", key.connection):
            raise unknown
        minute = int(now.timestamp() // 60)
        key.calls = key.calls + 1 if key.minute == minute else 1
        key.minute = minute
        key.save(update_fields=["minute", "calls"])
    if key.calls > key.per_minute:
        raise RefusedError(429, f"一分钟内超过 {key.per_minute} 次；请一分钟后再试")
    return key


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
    key: IntakeKey, headers: Headers, chunks: Iterable[bytes], now: datetime
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


def note(key: IntakeKey, verb: str, *, file: str, after: dict[str, Any], reason: str = "") -> None:
    """Record one call of a known sender."""
    record_about(
        None, verb, object_type="intake.push", object_id=key.connection, object_name=file, after=after,
        reason=reason, actor_name=f"{_SENDER} {key}",
    )  # fmt: skip
