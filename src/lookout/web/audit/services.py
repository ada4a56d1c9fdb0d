"""Write one entry for one change, in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import timezone

from lookout.proof import canonical, chain_digest
from lookout.web.audit.models import AuditEntry, AuditHead

if TYPE_CHECKING:
    from lookout.web.accounts.models import User

SYSTEM = "系统"  # the actor's name when a job acted by itself


def record(
    actor: User | None,
    verb: str,
    changed: models.Model,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    company: str = "",
    region: str = "",
    actor_name: str = "",
) -> AuditEntry:
    """Append what was done to an object; call it inside the transaction that does it.

    `before` and `after` name fields with their old and new values; personal values must come masked.
    `actor` None needs no `actor_name` when the system itself acted.
    """
    return record_about(
        actor,
        verb,
        object_type=changed._meta.label_lower,
        object_id=str(changed.pk),
        object_name=str(changed),
        before=before,
        after=after,
        reason=reason,
        company=company,
        region=region,
        actor_name=actor_name,
    )


def record_about(
    actor: User | None,
    verb: str,
    *,
    object_type: str,
    object_id: str,
    object_name: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    company: str = "",
    region: str = "",
    actor_name: str = "",
) -> AuditEntry:
    """Append what was done to something that is no row of the desk, such as a company or an export."""
    with transaction.atomic():
        AuditHead.objects.get_or_create(pk=1)
        head = AuditHead.objects.select_for_update().get(pk=1)
        entry = AuditEntry(
            number=head.number + 1,
            # In UTC, as every database gives it back.
            at=timezone.now().astimezone(UTC),
            actor=actor,
            actor_name=actor_name or (str(actor) if actor is not None else SYSTEM),
            verb=verb,
            object_type=object_type,
            object_id=object_id,
            object_name=object_name[:200],
            company=company,
            region=region,
            before=_plain(before or {}),
            after=_plain(after or {}),
            reason=reason,
        )
        entry.digest = chain_digest(head.digest, canonical(entry.content()))
        entry.save()
        head.number, head.digest = entry.number, entry.digest
        head.save()
    return entry


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    """Return a value as JSON knows it, so that it reads back as it was digested."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain_value(one) for one in value]
    if isinstance(value, Mapping):
        return _plain(value)
    return str(value)
