"""How often one address may ask: counted by a keyed digest, so that no address is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest

from lookout.web.accounts.addresses import address_of
from lookout.web.complaints.keys import digest
from lookout.web.complaints.models import Allowance


@dataclass(frozen=True)
class Limit:
    """So many times in so long a stretch. Whole families and offices share one address, so none is tight."""

    name: str
    most: int
    stretch: timedelta


LOOK_UP = Limit("look_up", 30, timedelta(minutes=10))
SEND = Limit("send", 20, timedelta(hours=1))
UPLOAD = Limit("upload", 60, timedelta(hours=1))
PROGRESS = Limit("progress", 20, timedelta(minutes=10))
COMMENT = Limit("comment", 10, timedelta(hours=1))


def take(limit: Limit, address: str, now: datetime) -> bool:
    """Use one of an address's times; return False when all are used up until the stretch ends."""
    seconds = int(limit.stretch.total_seconds())
    window = int(now.timestamp()) // seconds
    key = digest("allowances", limit.name, str(window), address)
    ends_at = datetime.fromtimestamp((window + 1) * seconds, tz=now.tzinfo)
    with transaction.atomic():
        Allowance.objects.get_or_create(key=key, defaults={"ends_at": ends_at})
        row = Allowance.objects.select_for_update().get(key=key)
        if row.used >= limit.most:
            return False
        row.used += 1
        row.save(update_fields=["used"])
    return True


def sender_digest(request: HttpRequest, now: datetime) -> str:
    """Return what tells two reports of one device on one day apart from two devices; it means nothing the day after."""
    browser = str(request.META.get("HTTP_USER_AGENT", ""))[:300]
    return digest("senders", now.strftime("%Y-%m-%d"), address_of(request), browser)


def forget_over(now: datetime) -> int:
    """Delete what has ended; return how many."""
    return Allowance.objects.filter(ends_at__lt=now).delete()[0]
