"""Two addresses for machines: hand a file over, and ask what became of it. JSON only, no session."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from lookout.kernel.inbox import Inbox
from lookout.web.intake import services
from lookout.web.intake.services import RefusedError

logger = logging.getLogger(__name__)
_CHUNK = 1 << 20
_SHOWN = (
    "receipt", "state", "file", "sha256", "bytes", "received_at", "delivered_at", "batch_no", "rows", "accepted",
    "rejected", "doubled", "is_stale", "sentence", "settled_at",
)  # fmt: skip


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(_CHUNK):
        yield chunk


def _answer(content: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(content, status=status, json_dumps_params={"ensure_ascii": False})


def _refused(error: RefusedError) -> JsonResponse:
    answer = _answer({"reason": error.reason}, error.status)
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if error.status in (429, 503):
        answer.headers["Retry-After"] = "60"
    return answer


def _receipt(content: dict[str, Any]) -> dict[str, Any]:
    return {name: content[name] for name in _SHOWN if name in content}


@csrf_exempt
@require_POST
def deliver(request: HttpRequest, connection: str) -> JsonResponse:
    """Take a file in: 202 with a receipt, 200 with the earlier one when these bytes are known.

    Exempt from CSRF, since no cookie counts here: only the key does.
    """
    now = timezone.now()
    try:
        key = services.recognise(connection, request.headers.get("Authorization", ""), now)
    except RefusedError as error:
        # Not in the record of changes, which strangers could fill otherwise.
        logger.warning("push to %s refused: %s", connection, error.status)
        return _refused(error)
    file = request.headers.get("X-Lookout-File", "")
    try:
        headers = services.read_headers(
            file,
            request.headers.get("Content-Digest", ""),
            request.headers.get("X-Lookout-Delivered-At", ""),
            now,
        )
        length = request.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > key.most_bytes:
            raise RefusedError(413, f"文件超过 {key.most_bytes >> 20} MB；请分成几个文件")
        content, is_new = services.take_in(key, headers, _chunks(request), now)
    except RefusedError as error:
        services.note(key, "intake_refuse", file=file, after={"status": error.status}, reason=error.reason)
        return _refused(error)
    after = {"receipt": content["receipt"], "sha256": content["sha256"], "bytes": content["bytes"]}
    services.note(key, "intake_receive" if is_new else "intake_repeat", file=headers.file, after=after)
    return _answer(_receipt(content), 202 if is_new else 200)


@require_safe
def receipt(request: HttpRequest, number: str) -> JsonResponse:
    """Tell what became of a file: received, landed as a batch with counts, or refused with the reason."""
    try:
        key = services.recognise("", request.headers.get("Authorization", ""), timezone.now())
    except RefusedError as error:
        return _refused(error)
    known = Inbox(settings.LOOKOUT_HOME, key.connection).state(number)
    if known is None:
        return _refused(RefusedError(404, "这把钥匙没有这个回执；请核对回执号"))
    return _answer(_receipt(known))
