"""Deposits, the files that belong to each, and captures of pages."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lookout.web.attachments.models import Attachment
from lookout.web.evidence.states import CaptureState


class Kind(models.TextChoices):
    """What was sealed (存证类型). A digest is of a file that stayed with its owner."""

    FILE = "file", _("文件")
    PHOTO = "photo", pgettext_lazy("一个", "照片")
    PAGE = "page", _("网页")
    REPORT = "report", _("报告")
    CONTRACT = "contract", _("合同")
    DIGEST = "digest", _("仅摘要")


class Deposit(models.Model):
    """One sealed thing (存证).

    `sha256` and `sm3` are the digests that stand in the log; of a page they are those of the capture's list
    of files. `about_kind` and `about_number` name the clue, complaint or other record it belongs to, '' when
    none. `entered_as` is the name written into the log. `log_index` is its place there, None until it
    is entered; `head` the size of the first signed head that covers it; `token` a time-stamp over the SHA-256.
    After `disposed_at` the files are gone; the record, the digests and the log stay.
    """

    number = models.CharField(_("存证编号"), max_length=24, unique=True)
    kind = models.CharField(_("类型"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("名称"), max_length=200)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(_("字节数"))
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    sm3 = models.CharField("SM3", max_length=64)
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="deposits")
    about_kind = models.CharField(_("所属业务"), max_length=20, blank=True)
    about_number = models.CharField(_("业务编号"), max_length=120, blank=True)
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="deposits"
    )
    entered_as = models.CharField(max_length=150)
    region = models.CharField(_("地区"), max_length=6, blank=True, db_index=True)
    sealed_at = models.DateTimeField(_("存证时间"), db_index=True)
    log_index = models.PositiveBigIntegerField(_("日志序号"), null=True)
    head = models.PositiveBigIntegerField(null=True)
    token = models.BinaryField(null=True)
    stamped_at = models.DateTimeField(_("时间戳时间"), null=True)
    retained_until = models.DateTimeField(_("保存到"), null=True)
    disposed_at = models.DateTimeField(_("销毁时间"), null=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        """What cannot exist."""

        verbose_name = _("存证")
        ordering = ("-sealed_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in Kind]), name="deposit_kind_is_known"
            ),
            models.UniqueConstraint(
                fields=("kind", "sha256", "about_kind", "about_number"),
                condition=~models.Q(about_kind=""),
                name="one_deposit_per_thing_and_record",
            ),
            models.UniqueConstraint(
                fields=("kind", "sha256", "sealed_by"),
                condition=models.Q(about_kind=""),
                name="one_deposit_per_thing_and_person",
            ),
        ]
        indexes = [
            models.Index(fields=("about_kind", "about_number"), name="deposits_of_a_record"),
            models.Index(fields=("log_index",), name="deposits_by_log_index"),
        ]

    def __str__(self) -> str:
        """Return number and name."""
        return f"{self.number} {self.name}"

    def get_absolute_url(self) -> str:
        """Return the page for officers."""
        return reverse("evidence:page", args=[self.number])


class DepositFile(models.Model):
    """One file of a deposit that is kept here. `stored` is a path in the vault of attachments.

    `is_sealed` tells that the bytes are encrypted there, and may hold what the shown copy does not: place,
    time and camera of a photo.
    """

    deposit = models.ForeignKey(Deposit, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    stored = models.CharField(max_length=120)
    is_sealed = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        """Database rules."""

        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("deposit", "name"), name="one_file_of_a_name_per_deposit")
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Capture(models.Model):
    """One page that somebody asked to keep as it is (网页取证). `problem` says in words why it was not."""

    url = models.CharField(_("网址"), max_length=2000)
    about_kind = models.CharField(max_length=20, blank=True)
    about_number = models.CharField(max_length=120, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    state = models.CharField(
        _("状态"), max_length=10, choices=CaptureState.choices, default=CaptureState.WAITING
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="captures"
    )
    asked_at = models.DateTimeField(_("提出时间"))
    started_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    deposit = models.OneToOneField(Deposit, on_delete=models.PROTECT, null=True, related_name="capture")

    class Meta:
        """Database rules."""

        verbose_name = _("网页取证")
        ordering = ("-asked_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=CaptureState.SEALED, deposit__isnull=False)
                | (~models.Q(state=CaptureState.SEALED) & models.Q(deposit__isnull=True)),
                name="a_sealed_capture_has_its_deposit",
            )
        ]

    def __str__(self) -> str:
        """Return the address."""
        return self.url


class Entered(models.Model):
    """How far a chain that lives in the database has been entered in the log: `name` audit, `number` the last."""

    name = models.CharField(max_length=20, unique=True)
    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        """Return the name."""
        return self.name
