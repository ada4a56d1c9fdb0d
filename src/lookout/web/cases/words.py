"""Code lists of cases and reports (handbook §1.7), each with the officer's word."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from lookout.web.clues.words import Source


class Industry(TextChoices):
    """In what trade the money was raised (行业)."""

    INTERMEDIARY = "intermediary", _("投融资中介")
    P2P = "p2p", _("网络借贷")
    PRIVATE_FUND = "private_fund", _("私募")
    REAL_ESTATE = "real_estate", _("房地产")
    AGRICULTURE = "agriculture", _("农业")
    TRADE = "trade", _("商贸")
    ELDERLY_CARE = "elderly_care", _("养老")
    VIRTUAL_CURRENCY = "virtual_currency", _("虚拟币")
    CULTURE = "culture", _("文旅影视")
    DEBT_SERVICE = "debt_service", _("解债服务")
    OTHER = "other", _("其他")


class Figure(TextChoices):
    """What is counted of a case (数据): money in yuan, shares in percent."""

    ABSORBED = "absorbed", _("吸收资金（元）")
    UNPAID = "unpaid", _("未兑付金额（元）")
    PARTICIPANTS = "participants", _("参与人数")
    UNPAID_PARTICIPANTS = "unpaid_participants", _("未兑付人数")
    ELDERLY_SHARE = "elderly_share", _("老年人占比（%）")
    FROZEN = "frozen", _("查封冻结资产（元）")
    RECOVERED = "recovered", _("追回资产（元）")
    REPAID = "repaid", _("已清退金额（元）")
    SUSPECTS = "suspects", _("涉案人员数")
    DETAINED = "detained", _("采取强制措施人数")
    ONLINE_HEAT = "online_heat", _("网络关注度（条）")


MONEY = (Figure.ABSORBED, Figure.UNPAID, Figure.FROZEN, Figure.RECOVERED, Figure.REPAID)
# What a report adds up; shares and heat are no sums.
SUMMED = tuple(one for one in Figure if one not in (Figure.ELDERLY_SHARE, Figure.ONLINE_HEAT))


class Stability(TextChoices):
    """How calm those who lost money are (稳定形势)."""

    STABLE = "stable", _("稳定")
    WATCHED = "watched", _("关注")
    SENSITIVE = "sensitive", _("敏感")


class ReportKind(TextChoices):
    """What is reported (报送类别)."""

    FLASH = "flash", _("快报")
    MONTHLY = "monthly", _("月报")
    QUARTERLY = "quarterly", _("季报")
    YEARLY = "yearly", _("年报")


class ReportState(TextChoices):
    """Where a report stands (状态)."""

    DUE = "due", _("待报送")
    SUBMITTED = "submitted", _("已报送，待审核")
    REVIEWED = "reviewed", _("已审核，待接收")
    ACCEPTED = "accepted", _("已接收")
    RETURNED = "returned", _("已退回")


# Found by those who watch, not told by somebody else.
OWN_MONITORING = (Source.MODEL, Source.GRID, Source.COMMUNITY, Source.SNAPSHOT)
