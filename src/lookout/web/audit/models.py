"""The record of changes: a chain of entries and its head."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.proof import GENESIS


class AppendOnlyError(RuntimeError):
    """Somebody tried to change or delete an entry through the desk's own code."""


class AppendOnlyEntries(models.QuerySet["AuditEntry"]):
    """A query that reads only."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("an audit entry is never changed")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("an audit entry is never deleted")


class AuditEntry(models.Model):
    """One change (操作记录): actor, verb, object, old → new, reason.

    `actor` may be empty: a member of the public, or a job. `company` is an identifier as in
    addresses ('' when the change is about no company), `region` the six-digit region it lies in.
    `before` and `after` hold the changed fields only, as JSON texts and numbers.
    """

    number = models.PositiveBigIntegerField(_("序号"), unique=True)
    at = models.DateTimeField(_("时间"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="audit_entries"
    )
    actor_name = models.CharField(_("操作人"), max_length=150)
    verb = models.CharField(_("动作"), max_length=60)
    object_type = models.CharField(_("对象类型"), max_length=60)
    object_id = models.CharField(_("对象编号"), max_length=120)
    object_name = models.CharField(_("对象"), max_length=200, blank=True)
    company = models.CharField(_("企业代码"), max_length=120, blank=True, db_index=True)
    region = models.CharField(_("地区"), max_length=6, blank=True, db_index=True)
    before = models.JSONField(_("原值"), default=dict)
    after = models.JSONField(_("新值"), default=dict)
    reason = models.CharField(_("理由"), max_length=1000, blank=True)
    digest = models.CharField(_("摘要"), max_length=64)

    objects = AppendOnlyEntries.as_manager()

    class Meta:
        """Database rules."""

        verbose_name = _("操作记录")
        ordering = ("number",)
        indexes = [models.Index(fields=("object_type", "object_id"), name="audit_of_an_object")]

    def __str__(self) -> str:
        """Return who did what to what."""
        return f"{self.number} {self.actor_name} {self.verb} {self.object_type} {self.object_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new entry; an existing one is never written again."""
        if self.pk is not None:
            raise AppendOnlyError("an audit entry is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("an audit entry is never deleted")

    def content(self) -> dict[str, Any]:
        """Return what the digest covers: everything but the digest itself, as JSON values."""
        return {
            "number": self.number,
            "at": self.at.isoformat(timespec="microseconds"),
            "actor": self.actor_id,
            "actor_name": self.actor_name,
            "verb": self.verb,
            "object_type": self.object_type,
            "object_id": self.object_id,
            "object_name": self.object_name,
            "company": self.company,
            "region": self.region,
            "before": self.before,
            "after": self.after,
            "reason": self.reason,
        }


class AuditHead(models.Model):
    """The end of the chain; writers queue for this one row, and a cut-off end shows against it."""

    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        """Database rules."""

        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_audit_head")]

    def __str__(self) -> str:
        """Return the last number."""
        return str(self.number)
