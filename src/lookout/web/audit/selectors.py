"""Read the record of changes, and check that it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from lookout.proof import Link, canonical, find_break
from lookout.web.audit.models import AuditEntry, AuditHead

CHUNK = 2000


@dataclass(frozen=True)
class AuditFilter:
    """What to look for; empty fields do not narrow. `since` is included, `until` is not."""

    person: str = ""
    company: str = ""
    object_type: str = ""
    object_id: str = ""
    verb: str = ""
    since: datetime | None = None
    until: datetime | None = None


def list_entries(wanted: AuditFilter) -> models.QuerySet[AuditEntry]:
    """Return the matching entries, newest first."""
    found = AuditEntry.objects.order_by("-number")
    if wanted.person:
        found = found.filter(
            models.Q(actor__username=wanted.person) | models.Q(actor_name__contains=wanted.person)
        )
    for field in ("company", "object_type", "object_id", "verb"):
        if value := getattr(wanted, field):
            found = found.filter(**{field: value})
    if wanted.since is not None:
        found = found.filter(at__gte=wanted.since)
    if wanted.until is not None:
        found = found.filter(at__lt=wanted.until)
    return found


def list_entries_of(object_type: str, number: int) -> models.QuerySet[AuditEntry]:
    """Return everything that was done to one object, oldest first."""
    return AuditEntry.objects.filter(object_type=object_type, object_id=str(number)).order_by("number")


@dataclass(frozen=True)
class Wholeness:
    """Whether the record holds. `kind`: '' whole · changed · gap · cut (the end is missing); `number`: where."""

    entries: int
    kind: str = ""
    number: int | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing was changed, left out or cut off."""
        return not self.kind


def check_wholeness() -> Wholeness:
    """Walk the whole chain from its beginning."""
    head = AuditHead.objects.filter(pk=1).first()
    expected = head.number if head else 0
    found = find_break(_links())
    if found is not None and found.number <= expected:
        return Wholeness(expected, found.kind, found.number)
    last = AuditEntry.objects.order_by("-number").first()
    kept = last.number if last else 0
    if kept != expected or (last is not None and head is not None and last.digest != head.digest):
        return Wholeness(expected, "cut", min(kept, expected) + 1)
    return Wholeness(expected)


def _links() -> Iterator[Link]:
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=CHUNK):
        yield Link(entry.number, canonical(entry.content()), entry.digest)
