"""Notices and how each person wants them by mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """One thing one person should know (通知). `link` is an address of this desk."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(_("类别"), max_length=40)
    text = models.CharField(_("内容"), max_length=300)
    link = models.CharField(max_length=300)
    due = models.DateTimeField(_("期限"), null=True, blank=True)
    created_at = models.DateTimeField(_("时间"), db_index=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Database rules."""

        verbose_name = _("通知")
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=("person", "read_at"), name="unread_of_a_person")]

    def __str__(self) -> str:
        """Return the text."""
        return self.text


class ByMail(models.TextChoices):
    """When notices go out by mail (邮件)."""

    NEVER = "never", _("不发邮件")
    DIGEST = "digest", _("每天一封汇总")
    AT_ONCE = "at_once", _("随时发")


class MailChoice(models.Model):
    """How a person wants notices by mail; without a row: a digest."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_choice"
    )
    by_mail = models.CharField(_("邮件通知"), max_length=10, choices=ByMail.choices, default=ByMail.DIGEST)

    class Meta:
        """Database rules."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(by_mail__in=[one.value for one in ByMail]), name="mail_choice_is_known"
            )
        ]

    def __str__(self) -> str:
        """Return the choice."""
        return self.by_mail
