"""Reads on record: counted by key, kind and hour, and put into the record of changes once the hour is over.

A row of the record for every page would drown what people do in what machines do; the count loses nothing that is
asked later: who read what, when, how much, and for which purpose. A question about one named company is no such
page: it goes on record at once, with the company.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from lookout.web.api.access import Caller
from lookout.web.api.models import ReadTally
from lookout.web.audit.services import record_about
from lookout.web.intake.models import MachineKey


def actor_name(key: MachineKey) -> str:
    """Return how a partner's machine is named in the record."""
    return f"接口 {key}"


def note_read(caller: Caller, resource: str, rows: int) -> None:
    """Count one read."""
    hour = int(caller.now.timestamp() // 3600)
    times = {"first_at": caller.now, "last_at": caller.now}
    with transaction.atomic():
        ReadTally.objects.get_or_create(key=caller.key, resource=resource, hour=hour, defaults=times)
        tally = ReadTally.objects.select_for_update().get(key=caller.key, resource=resource, hour=hour)
        tally.calls += 1
        tally.rows += rows
        tally.last_at = max(caller.now, tally.last_at)
        tally.recorded_at = None
        tally.save()


def note_question(caller: Caller, company: str, name: str, purpose: str) -> None:
    """Record that one company was asked about."""
    record_about(
        None,
        "api_ask",
        object_type="company",
        object_id=company,
        object_name=name,
        company=company,
        reason=purpose or caller.key.purpose,
        actor_name=actor_name(caller.key),
    )


def record_tallies(now: datetime) -> int:
    """Put the reads of the hours that are over on record; return how many entries that made."""
    hour = int(now.timestamp() // 3600)
    waiting = ReadTally.objects.filter(recorded_at=None, hour__lt=hour).order_by("hour", "pk")
    numbers = list(waiting.values_list("pk", flat=True))
    for number in numbers:
        with transaction.atomic():
            tally = ReadTally.objects.select_for_update().select_related("key").get(pk=number)
            record_about(
                None,
                "api_read",
                object_type=tally.key._meta.label_lower,
                object_id=str(tally.key_id),
                object_name=f"{tally.key.name} {tally.resource}",
                after={
                    "calls": tally.calls, "rows": tally.rows,
                    "first_at": tally.first_at, "last_at": tally.last_at,
                },
                reason=tally.key.purpose,
                region=tally.key.region,
                actor_name=actor_name(tally.key),
            )  # fmt: skip
            tally.recorded_at = now
            tally.save(update_fields=["recorded_at"])
    return len(numbers)
