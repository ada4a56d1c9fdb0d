"""What partners deliver: each write once, however often it is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lookout.pipeline.live import Event, accept
from lookout.web.api.access import Caller
from lookout.web.api.formats import Filing
from lookout.web.api.models import IdempotentCall
from lookout.web.api.tallies import actor_name
from lookout.web.audit.services import record_about
from lookout.web.intake.refusals import RefusedError

KEPT_FOR = timedelta(days=7)
_ABANDONED_AFTER = timedelta(minutes=2)  # by then a call has ended, or its process has
_LONGEST_NAME = 80
# The column that takes the month of a filing, '' where rows have dates of their own.
PERIOD_COLUMNS = {"offsite_statement": "period", "offsite_submission": "period", "offsite_product": ""}


@dataclass(frozen=True)
class Done:
    """The answer to a write; `is_replayed` when it was given before."""

    status: int
    content: dict[str, Any]
    is_replayed: bool


def once(
    caller: Caller, name: str, address: str, body: bytes, do: Callable[[], tuple[int, dict[str, Any]]]
) -> Done:
    """Do a write unless it was done before under this name; then give the same answer.

    Raises RefusedError: 400 without a name, 409 when the name was used for something else or is being done. What
    failed was not done and may be sent again.
    """
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isascii() or not name.isprintable():
        raise RefusedError(
            400, _("写入要带 Idempotency-Key 头：1 至 80 个字符的编号，每次写入各用一个"), code="idempotency_key_missing"
        )  # fmt: skip
    call, known = _begin(caller, name, address, hashlib.sha256(body).hexdigest())
    if known is not None:
        return known
    try:
        status, content = do()
    except BaseException:
        call.delete()
        raise
    call.status, call.answer = status, content
    call.save(update_fields=["status", "answer"])
    return Done(status, content, is_replayed=False)


def _begin(caller: Caller, name: str, address: str, digest: str) -> tuple[IdempotentCall, Done | None]:
    with transaction.atomic():
        call, is_new = IdempotentCall.objects.get_or_create(
            key=caller.key,
            name=name,
            defaults={"address": address, "body_sha256": digest, "made_at": caller.now},
        )
        if is_new:
            return call, None
        call = IdempotentCall.objects.select_for_update().get(pk=call.pk)
        if (call.address, call.body_sha256) != (address, digest):
            raise RefusedError(
                409, _("这个 Idempotency-Key 已用于别的内容；请换一个新的，或原样重送"), code="body_conflict"
            )
        if call.status:
            return call, Done(call.status, call.answer, is_replayed=True)
        if call.made_at > caller.now - _ABANDONED_AFTER:
            raise RefusedError(
                409, _("同一编号的请求正在处理；请稍后原样重送"), code="in_progress", retry_after=5
            )
        call.made_at = caller.now
        call.save(update_fields=["made_at"])
    return call, None


def forget_calls(now: datetime) -> int:
    """Drop the answers of writes that nobody repeats any more; return how many."""
    return IdempotentCall.objects.filter(made_at__lt=now - KEPT_FOR).delete()[0]


def take_events(caller: Caller, events: Sequence[Mapping[str, Any]]) -> tuple[int, dict[str, Any]]:
    """Hand events of the key's source to the live rating; return the status and what became of each."""
    source = _source(caller)
    return _accept(
        caller,
        [Event(source, one["table"], one["event_id"], one["row"]) for one in events],
        "events",
    )


def take_filing(caller: Caller, filing: Filing) -> tuple[int, dict[str, Any]]:
    """Hand the rows of a filing to the live rating. A corrected row replaces the one with the same table key.

    Raises RefusedError 403 for another institution's, 422 when a row names another one.
    """
    source, own = _source(caller), caller.key.institution
    if own and filing.institution != own:
        said = _("这把钥匙只为 %(own)s 报送") % {"own": own}
        raise RefusedError(403, said, code="scope_missing")
    fixed = {"uscc": filing.institution}
    if column := PERIOD_COLUMNS[filing.table]:
        fixed[column] = filing.period
    events = []
    for number, row in enumerate(filing.rows, 1):
        differing = [name for name, value in fixed.items() if row.get(name, value) != value]
        if differing:
            said = _("第 %(row)s 行的 %(names)s 与报送的抬头不同") % {
                "row": number,
                "names": "、".join(differing),
            }
            raise RefusedError(422, said, code="invalid")
        whole = {**row, **fixed}
        mark = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:12]
        events.append(Event(source, filing.table, f"{filing.number}:{number}:{mark}", whole))
    return _accept(caller, events, f"filing {filing.number}")


def _source(caller: Caller) -> str:
    if not caller.key.source:
        raise RefusedError(403, _("这把钥匙没有登记来源，不能推送；请发钥匙的单位补上"), code="scope_missing")
    return caller.key.source


def _accept(caller: Caller, events: Sequence[Event], what: str) -> tuple[int, dict[str, Any]]:
    options = settings.LOOKOUT
    receipts = accept(
        settings.LOOKOUT_HOME,
        events,
        now=caller.now,
        personal_key=options.personal_key,
        live=options.live_database,
    )
    counts = dict.fromkeys(("accepted", "known", "refused"), 0)
    for receipt in receipts:
        counts[receipt.outcome] += 1
    record_about(
        None, "api_write", object_type="api.write", object_id=str(caller.key.pk), object_name=what, after=counts,
        reason=caller.key.purpose, actor_name=actor_name(caller.key),
    )  # fmt: skip
    told = [
        {"event_id": one.event_id, "outcome": one.outcome, "reasons": list(one.reasons)} for one in receipts
    ]
    return 200, {**counts, "receipts": told}
