"""Rights of keys, given and taken by officers."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from lookout.web.accounts.models import User
from lookout.web.audit.services import record
from lookout.web.intake.models import MachineKey


def give_rights(by: User, key: MachineKey, values: dict[str, Any], *, reason: str) -> bool:
    """Give a key the rights in `values`, by field; return whether anything changed."""
    with transaction.atomic():
        held = MachineKey.objects.select_for_update().get(pk=key.pk)
        before = {name: getattr(held, name) for name, value in values.items() if getattr(held, name) != value}
        if not before:
            return False
        for name in before:
            setattr(held, name, values[name])
        held.save(update_fields=list(before))
        record(
            by,
            "key_rights",
            held,
            before=before,
            after={name: values[name] for name in before},
            reason=reason,
        )
    return True
