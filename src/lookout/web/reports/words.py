"""Words of reports: secrecy, audience, cycles, states of templates."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Secrecy(TextChoices):
    """How far a report may go (密级). State secrets do not belong in this system at all."""

    PUBLIC = "public", _("公开")
    INTERNAL = "internal", _("内部")
    RESTRICTED = "restricted", _("工作秘密")


class Audience(TextChoices):
    """Whose offices read a report once it is signed (分送范围)."""

    PROVINCE = "province", _("省级")
    CITY = "city", _("地市")
    DISTRICT = "district", _("区县")


class Cycle(TextChoices):
    """How often a schedule makes a report (周期)."""

    DAY = "day", _("每日")
    WEEK = "week", _("每周")
    MONTH = "month", _("每月")
    QUARTER = "quarter", _("每季")
    YEAR = "year", _("每年")


class TemplateState(TextChoices):
    """What became of an uploaded template."""

    READY = "ready", _("已通过检查")
    IN_USE = "in_use", _("正在使用")
    RETIRED = "retired", _("已停用")


class FileForm(TextChoices):
    """What a file of a report is (格式)."""

    WORD = "docx", _("Word 文件")
    PDF = "pdf", _("PDF 文件")
    SIGNATURE = "p7s", _("Word 文件的签名")
