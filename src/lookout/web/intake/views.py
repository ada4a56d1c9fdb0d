"""Two addresses for machines: hand a file over, and ask what became of it. JSON only, no session."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from lookout.kernel.inbox import Inbox
from lookout.web.accounts.addresses import address_of
from lookout.web.intake import services
from lookout.web.intake.keys import recognise
from lookout.web.intake.models import MachineKey
from lookout.web.intake.refusals import RefusedError
from lookout.web.intake.scopes import KeyScope

logger = logging.getLogger(__name__)
_CHUNK = 1 << 20


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
        answer.headers["Retry-After"] = str(error.retry_after or 60)
    return answer


def _key_of(request: HttpRequest, now: datetime, connection: str = "") -> MachineKey:
    key = recognise(request.headers.get("Authorization", ""), address_of(request), now)
    if not key.may(KeyScope.DELIVERIES) or not key.connection or connection not in ("", key.connection):
        raise RefusedError(401, "没有钥匙或钥匙不对；请在 Authorization 头中写 Bearer 加钥匙")
    return key


@csrf_exempt
@require_POST
def deliver(request: HttpRequest, connection: str) -> JsonResponse:
    """Take a file in: 202 with a receipt, 200 with the earlier one when these bytes are known.

    Exempt from CSRF, since no cookie counts here: only the key does.
    """
    now = timezone.now()
    try:
        key = _key_of(request, now, connection)
    except RefusedError as error:
        # Not in the record of changes, which strangers could fill otherwise.
        logger.warning("push to %s refused: %s", connection, error.status)
        return _refused(error)
    try:
        content, is_new = services.receive(key, request.headers, _chunks(request), now)
    except RefusedError as error:
        return _refused(error)
    return _answer(services.shown(content), 202 if is_new else 200)


@require_safe
def receipt(request: HttpRequest, number: str) -> JsonResponse:
    """Tell what became of a file: received, landed as a batch with counts, or refused with the reason."""
    try:
        key = _key_of(request, timezone.now())
    except RefusedError as error:
        return _refused(error)
    known = Inbox(settings.LOOKOUT_HOME, key.connection).state(number)
    if known is None:
        return _refused(RefusedError(404, "这把钥匙没有这个回执；请核对回执号"))
    return _answer(services.shown(known))
