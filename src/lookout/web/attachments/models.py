"""Files that were handed in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Attachment(models.Model):
    """One file (附件). `stored` and `original` are paths below the folder of attachments.

    The digests are those of the file as served. A picture is served without its hidden data; then
    `original` is the file as it came, sealed, and `original_sha256`/`original_sm3` are its digests.
    """

    name = models.CharField(_("文件名"), max_length=200)
    media_type = models.CharField(_("类型"), max_length=100)
    size = models.PositiveBigIntegerField(_("字节数"))
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    sm3 = models.CharField("SM3", max_length=64)
    stored = models.CharField(max_length=120)
    original = models.CharField(max_length=120, blank=True)
    original_sha256 = models.CharField(max_length=64, blank=True)
    original_sm3 = models.CharField(max_length=64, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="attachments"
    )
    uploaded_at = models.DateTimeField(_("上传时间"))

    class Meta:
        """Database rules."""

        verbose_name = _("附件")
        ordering = ("pk",)

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    @property
    def is_image(self) -> bool:
        """Tell whether a page may show it."""
        return self.media_type.startswith("image/")
