"""Tell partners' systems that something changed: planned from the feed, signed, sent, tried again.

A notice says which records changed, not what they say: the receiver reads them with its key. So a notice that is
lost, doubled, late or caught by somebody else does no harm.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lookout.kernel.regions import tree_prefix
from lookout.web import sealing
from lookout.web.accounts.models import User
from lookout.web.api import feed
from lookout.web.api.models import FeedRow, Hook, HookDelivery
from lookout.web.api.posting import Outcome, checked_receiver, post
from lookout.web.api.records import KINDS, Kind
from lookout.web.api.signatures import sign
from lookout.web.audit.services import record
from lookout.web.evidence.capture.addresses import Guard, read_networks
from lookout.web.intake.keys import WATCHED_BY
from lookout.web.intake.models import MachineKey
from lookout.web.notices.services import notify

_SEALED = "hooks"
PLACES = {"rating": "ratings", "warning": "warnings", "clue": "clues", "complaint": "complaints"}
AT_ONCE = 100  # records in one notice
MOST_LISTED = 1000  # beyond that one notice says how many: a nightly run may move every rating
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
_PER_ROUND = 20  # notices to one receiver in one round
_WORKERS = 8
KEPT_FOR = timedelta(days=30)


def guard() -> Guard:
    """Return what keeps notices out of the office's own network, but for the parts it chose."""
    return Guard(read_networks(settings.HOOK_NETWORKS))


def make_hook(by: User | None, key: MachineKey, url: str, kinds: Sequence[str]) -> tuple[Hook, str]:
    """Make a receiver and return it with its secret, which is shown once. Raises DataError for a bad address.

    It is told what changes from now on.
    """
    checked = checked_receiver(url, guard())
    secret = "lks_" + secrets.token_urlsafe(32)
    with transaction.atomic():
        made = Hook.objects.create(
            key=key, url=checked, kinds=sorted(kinds), sealed_secret=b"", sequence=feed.head().sequence,
            made_at=timezone.now(), made_by=by,
        )  # fmt: skip
        made.sealed_secret = sealing.seal(_SEALED, secret.encode(), str(made.pk))
        made.save(update_fields=["sealed_secret"])
        record(by, "hook_make", made, after={"url": checked, "kinds": made.kinds, "key": str(key)})
    return made, secret


def set_paused(by: User, hook: Hook, paused: bool) -> None:
    """Stop telling a receiver, or go on with all that changed since."""
    with transaction.atomic():
        before, hook.paused_at = hook.paused_at, timezone.now() if paused else None
        hook.save(update_fields=["paused_at"])
        record(by, "hook_change", hook, before={"paused_at": before}, after={"paused_at": hook.paused_at})


def redeliver(by: User, delivery: HookDelivery, now: datetime) -> None:
    """Let a notice be sent again at once, whatever became of it."""
    with transaction.atomic():
        delivery.dead_at = delivery.delivered_at = None
        delivery.tries, delivery.next_try_at, delivery.problem = 0, now, ""
        delivery.save()
        record(by, "hook_redeliver", delivery.hook, after={"event": delivery.event})


def plan(now: datetime) -> int:
    """Write the notices of what changed since each receiver was last told; return how many."""
    standing = models.Q(key__revoked_at=None) & (
        models.Q(key__expires_at=None) | models.Q(key__expires_at__gt=now)
    )
    hooks = Hook.objects.filter(standing, paused_at=None).exclude(key__region="")
    return sum(_plan(number, now) for number in hooks.values_list("pk", flat=True))


def _plan(number: int, now: datetime) -> int:
    with transaction.atomic():
        hook = Hook.objects.select_for_update().select_related("key").get(pk=number)
        until, planned = feed.head().sequence, 0
        for name in hook.kinds:
            kind = KINDS.get(name)
            if kind is not None and hook.key.may(kind.scope):
                planned += _plan_kind(hook, kind, until, now)
        hook.sequence = until
        hook.save(update_fields=["sequence"])
    return planned


def _plan_kind(hook: Hook, kind: Kind, until: int, now: datetime) -> int:
    prefix = tree_prefix(hook.key.region)
    rows = FeedRow.objects.filter(kind=kind.name, region__startswith=prefix)
    rows = rows.filter(sequence__gt=hook.sequence, sequence__lte=until).order_by("sequence")
    count = rows.count()
    if not count:
        return 0
    first = rows.values_list("updated_at", flat=True)[0]
    if count > MOST_LISTED:
        _write(hook, kind, [], count, first, now)
        return 1
    changed = list(rows.values_list("identifier", "updated_at"))
    parts = [changed[start : start + AT_ONCE] for start in range(0, count, AT_ONCE)]
    for part in parts:
        _write(hook, kind, part, len(part), part[0][1], now)
    return len(parts)


def _write(
    hook: Hook,
    kind: Kind,
    changed: Sequence[tuple[str, datetime]],
    count: int,
    first: datetime,
    now: datetime,
) -> None:
    event = f"evt_{secrets.token_hex(16)}"
    payload = {
        "event": event,
        "kind": kind.name,
        "made_at": timezone.localtime(now).isoformat(),
        "count": count,
        "records": [
            {"identifier": one, "updated_at": timezone.localtime(at).isoformat()} for one, at in changed
        ],
        "read": f"/api/v1/{PLACES[kind.name]}",
        "updated_since": timezone.localtime(first).isoformat(),
    }
    HookDelivery.objects.create(
        hook=hook, event=event, kind=kind.name, payload=payload, made_at=now, next_try_at=now
    )


def send(now: datetime) -> int:
    """Send what is due to every receiver side by side; return how many notices were taken.

    After its first failure a receiver has had its turn: one that hangs costs its own time only.
    """
    due: dict[int, list[HookDelivery]] = defaultdict(list)
    waiting = HookDelivery.objects.select_related("hook").filter(
        delivered_at=None,
        dead_at=None,
        next_try_at__lte=now,
        hook__paused_at=None,
        hook__key__revoked_at=None,
    )
    for delivery in waiting.order_by("pk").iterator():
        if len(due[delivery.hook_id]) < _PER_ROUND:
            due[delivery.hook_id].append(delivery)
    if not due:
        return 0
    where = guard()
    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        rounds = list(pool.map(lambda batch: _send_round(batch, where, now), due.values()))
    taken = 0
    for batch, outcomes in zip(due.values(), rounds, strict=True):
        for delivery, outcome in zip(batch, outcomes, strict=False):
            taken += _settle(delivery, outcome, now)
    return taken


def _send_round(batch: Sequence[HookDelivery], where: Guard, now: datetime) -> list[Outcome]:
    """Send to one receiver in order until it fails; runs in a thread of its own and touches no database."""
    outcomes: list[Outcome] = []
    for delivery in batch:
        outcomes.append(_send_one(delivery, where, now))
        if outcomes[-1].problem:
            break
    return outcomes


def _send_one(delivery: HookDelivery, where: Guard, now: datetime) -> Outcome:
    hook = delivery.hook
    secret = sealing.unseal(_SEALED, bytes(hook.sealed_secret), str(hook.pk)).decode()
    body = json.dumps(delivery.payload, ensure_ascii=False).encode()
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Lookout",
        "Lookout-Event": delivery.event,
        "Lookout-Timestamp": str(timestamp),
        "Lookout-Signature": sign(secret, timestamp, body),
    }
    return post(hook.url, headers, body, where)


def _settle(delivery: HookDelivery, outcome: Outcome, now: datetime) -> int:
    """Write what became of a notice; return 1 when it was taken."""
    delivery.tries += 1
    delivery.status, delivery.problem = outcome.status, outcome.problem[:300]
    with transaction.atomic():
        if not outcome.problem:
            delivery.delivered_at = now
            Hook.objects.filter(pk=delivery.hook_id).update(delivered_at=now)
        elif delivery.tries > len(BACK_OFF):
            delivery.dead_at = now
            _tell_dead(delivery, now)
        else:
            delivery.next_try_at = now + BACK_OFF[delivery.tries - 1]
        delivery.save()
    return int(not outcome.problem)


def _tell_dead(delivery: HookDelivery, now: datetime) -> None:
    said = _("发往 %(url)s 的变动通知多次没有送达，已放弃；请联系对方，修好后可重发") % {
        "url": delivery.hook.url[:120]
    }
    people = User.objects.filter(role__in=WATCHED_BY, is_active=True)
    notify(people, "hook", said, f"/administration/hooks/{delivery.hook_id}/", now=now)


def forget_delivered(now: datetime) -> int:
    """Drop notices that arrived long ago; return how many."""
    return HookDelivery.objects.filter(delivered_at__lt=now - KEPT_FOR).delete()[0]
