"""Letters that let a company see its own rating, and what it objects to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.attachments.models import Attachment
from lookout.web.objections.states import UNANSWERED, ObjectionState


class AccessLetter(models.Model):
    """A letter with a code for one company (查阅函). Only the keyed digest of the code is kept."""

    company = models.CharField(_("企业代码"), max_length=120, db_index=True)
    company_name = models.CharField(_("企业名称"), max_length=200)
    region = models.CharField(_("所在地"), max_length=6, blank=True)
    code_digest = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("发出时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    opened_at = models.DateTimeField(_("首次打开"), null=True)

    class Meta:
        """Database rules."""

        verbose_name = _("查阅函")
        ordering = ("-issued_at", "-pk")

    def __str__(self) -> str:
        """Return the company's name."""
        return self.company_name


class Objection(models.Model):
    """What a company says is wrong (异议). `table` and `fact_on` name the fact; `form_key` makes sending twice one."""

    letter = models.ForeignKey(AccessLetter, on_delete=models.PROTECT, related_name="objections")
    form_key = models.CharField(max_length=40, unique=True)
    table = models.CharField(max_length=60)
    fact = models.CharField(_("异议事项"), max_length=200)
    why = models.TextField(_("为什么不对"))
    attachment = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, related_name="objections", verbose_name=_("材料")
    )
    state = models.CharField(
        _("状态"), max_length=12, choices=ObjectionState.choices, default=ObjectionState.RECEIVED
    )
    received_at = models.DateTimeField(_("收到时间"))
    due_at = models.DateTimeField(_("答复期限"), db_index=True)
    answer = models.TextField(_("答复"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    reminded_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """What cannot exist."""

        verbose_name = _("异议")
        ordering = ("due_at", "pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=UNANSWERED)
                | (~models.Q(answer="") & models.Q(answered_at__isnull=False)),
                name="a_decided_objection_has_an_answer",
            )
        ]

    def __str__(self) -> str:
        """Return whose objection to what."""
        return f"{self.letter} · {self.fact}"
