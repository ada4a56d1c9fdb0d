"""What a key of a machine may be good for; a pure table."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class KeyScope(TextChoices):
    """One thing a key is good for (钥匙用途范围)."""

    WARNINGS = "warnings", _("读预警")
    RATINGS = "ratings", _("读评级")
    COMPANIES = "companies", _("查单个企业的评级和理由")
    CLUES = "clues", _("读线索")
    COMPLAINTS = "complaints", _("查投诉办理状态")
    INDEXES = "indexes", _("读地区风险指数")
    EXPORTS = "exports", _("整份导出")
    LOG = "log", _("读存证日志")
    EVENTS = "events", _("推送事件")
    FILINGS = "filings", _("报送报表")
    DELIVERIES = "deliveries", _("推送文件")


# They bring data in; a key that has none of these only reads.
WRITES = frozenset({KeyScope.EVENTS, KeyScope.FILINGS, KeyScope.DELIVERIES})
