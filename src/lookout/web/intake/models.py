"""The keys with which machines of others come in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import REGION_CODE, Agency
from lookout.web.intake.scopes import KeyScope


class MachineKey(models.Model):
    """One key of a partner's machine (钥匙); of the key itself only a keyed digest is kept.

    `scopes` are values of KeyScope. `region` is the only place it reads of, '' for none. `networks` are the
    address ranges it may come from, empty for everywhere. `connection` and `source` are what it delivers for,
    '' for nothing; `institution` is the only one it files for, '' for any. `most_bytes` bounds one body.
    `minute` and `calls` count the calls of the running minute, `day` (ordinal, Shanghai) and `day_calls` those
    of the day.
    """

    name = models.CharField(_("名称"), max_length=80)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="keys", verbose_name=_("单位")
    )
    purpose = models.CharField(_("用途"), max_length=200, blank=True)
    scopes = models.JSONField(_("可以做什么"), default=list, blank=True)
    region = models.CharField(_("地区"), max_length=6, blank=True, validators=[REGION_CODE])
    networks = models.JSONField(_("可以从哪些网络来"), default=list, blank=True)
    connection = models.CharField(_("连接"), max_length=41, blank=True, db_index=True)
    source = models.CharField(_("来源"), max_length=60, blank=True)
    institution = models.CharField(_("报送机构代码"), max_length=18, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    most_bytes = models.PositiveBigIntegerField(_("一次最多字节"))
    per_minute = models.PositiveIntegerField(_("每分钟最多次数"))
    per_day = models.PositiveIntegerField(_("每天最多次数"), default=100_000)
    made_at = models.DateTimeField(_("建立时间"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    expires_at = models.DateTimeField(_("到期"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("作废时间"), null=True)
    used_at = models.DateTimeField(_("最近使用"), null=True)
    minute = models.PositiveBigIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    day = models.PositiveIntegerField(default=0)
    day_calls = models.PositiveIntegerField(default=0)

    class Meta:
        """Database rules."""

        verbose_name = _("钥匙")
        ordering = ("pk",)

    def __str__(self) -> str:
        """Return whose it is and the beginning of the key."""
        return f"{self.name} {self.hint}…"

    def may(self, scope: KeyScope) -> bool:
        """Tell whether it is good for something."""
        return scope.value in self.scopes
