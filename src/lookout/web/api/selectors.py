"""Reads of the pages about keys and receivers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _

from lookout.web.api.forms import KIND_WORDS
from lookout.web.api.models import Hook, HookDelivery, ReadTally
from lookout.web.intake.models import MachineKey
from lookout.web.intake.scopes import KeyScope

RESOURCE_WORDS = {
    **KIND_WORDS, "index": KeyScope.INDEXES.label, "log": KeyScope.LOG.label,
}  # fmt: skip


@dataclass(frozen=True)
class KeyLine:
    """A key as lists show it."""

    key: MachineKey
    state: str
    is_standing: bool

    @property
    def words(self) -> list[str]:
        """Return what the key is good for, in words."""
        return scope_words(self.key)


def state_of(key: MachineKey, now: datetime) -> KeyLine:
    """Return a key with its state in a word."""
    if key.revoked_at is not None:
        return KeyLine(key, _("已作废"), is_standing=False)
    if key.expires_at is not None and key.expires_at <= now:
        return KeyLine(key, _("已过期"), is_standing=False)
    return KeyLine(key, _("有效") if key.scopes else _("还没有权限"), is_standing=bool(key.scopes))


def list_keys(now: datetime) -> list[KeyLine]:
    """Return all keys, standing ones first."""
    lines = [state_of(key, now) for key in MachineKey.objects.select_related("agency")]
    return sorted(
        lines, key=lambda line: (line.key.revoked_at is not None, not line.is_standing, line.key.name)
    )


def scope_words(key: MachineKey) -> list[str]:
    """Return what a key is good for, in words."""
    return [str(scope.label) for scope in KeyScope if scope.value in key.scopes]


def reads_of(key: MachineKey) -> list[dict[str, object]]:
    """Return what a key has read, by resource: calls, records, and when last."""
    rows = ReadTally.objects.filter(key=key).values("resource").annotate(
        all_calls=models.Sum("calls"), all_rows=models.Sum("rows"), newest=models.Max("last_at")
    )  # fmt: skip
    return [{**row, "word": resource_word(row["resource"])} for row in rows.order_by("resource")]


def resource_word(resource: str) -> str:
    """Return a resource in words."""
    first, _space, rest = resource.partition(" ")
    if first == "export":
        return _("导出%(what)s") % {"what": resource_word(rest)}
    return str(RESOURCE_WORDS.get(resource, resource))


def list_hooks() -> models.QuerySet[Hook]:
    """Return all receivers with how many notices wait and how many were given up."""
    waits = models.Q(deliveries__delivered_at=None, deliveries__dead_at=None)
    return (
        Hook.objects.select_related("key")
        .annotate(
            waiting=models.Count("deliveries", filter=waits & models.Q(deliveries__pk__isnull=False)),
            dead=models.Count("deliveries", filter=models.Q(deliveries__dead_at__isnull=False)),
        )
        .order_by("pk")
    )


def kind_words(hook: Hook) -> list[str]:
    """Return what a receiver is told of, in words."""
    return [str(KIND_WORDS[kind]) for kind in hook.kinds if kind in KIND_WORDS]


def list_deliveries(hook: Hook, *, only_dead: bool) -> models.QuerySet[HookDelivery]:
    """Return the notices of a receiver, newest first."""
    found = HookDelivery.objects.filter(hook=hook)
    return found.filter(dead_at__isnull=False) if only_dead else found
