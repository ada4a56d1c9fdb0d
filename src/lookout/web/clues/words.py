"""Code lists of clues (DOMAIN §1.5, §1.6 of the handbook), each with the officer's word."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Source(TextChoices):
    """Where a clue came from (线索来源)."""

    MODEL = "model", _("监测预警")
    HOTLINE = "hotline12345", _("12345 热线")
    PETITION = "petition", _("信访")
    SNAPSHOT = "snapshot", _("随手拍")
    COMPLAINT = "complaint", _("投诉举报")
    GRID = "grid", _("网格排查")
    COMMUNITY = "community", _("居（村）委会")
    BANK_REPORT = "bank_str", _("银行可疑资金报告")
    NATIONAL = "national", _("国家平台下发")
    OTHER_REGION = "other_region", _("外地移交")
    MEDIA = "media", _("媒体报道")
    REGULATOR = "regulator", _("行业主管部门")
    COURT = "court", _("法院")
    POLICE = "police", _("公安机关")


class Outcome(TextChoices):
    """What was found in the end (核查结果)."""

    EXCLUDED = "excluded", _("排除")
    WATCH = "watch", _("持续监测")
    ASSIST = "assist", _("帮扶")
    ADMINISTRATIVE = "admin", _("行政处置")
    CASE = "case", _("立案调查认定")
    TRANSFERRED = "transferred", _("移送公安")
    LOST = "lost", _("失联空壳")


# What was flagged was indeed something: the office acted, or the police did.
CONFIRMED = (Outcome.ADMINISTRATIVE, Outcome.CASE, Outcome.TRANSFERRED)


class ActivityClass(TextChoices):
    """The seven classes of illegal financial activity (活动类别)."""

    FUND_RAISING = "illegal_fundraising", _("非法集资")
    SECURITIES = "illegal_securities", _("非法证券")
    FUTURES = "illegal_futures", _("非法期货")
    FOREX = "illegal_forex", _("非法外汇")
    GOLD = "illegal_gold", _("非法黄金")
    PAYMENT = "illegal_payment", _("非法支付")
    TOKEN = "illegal_token", _("非法代币")


class Disguise(IntegerChoices):
    """Under what business money is raised: the conduct of article 2 of the interpretation of 2022 (伪装形式)."""

    SALES_BUYBACK = 1, _("返本销售、售后包租")
    FOREST_RIGHTS = 2, _("转让林权代管")
    PLANTING = 3, _("代种植养殖、联合种养")
    CONSIGNMENT = 4, _("商品回购、寄存代售")
    FALSE_SECURITIES = 5, _("虚假转让股权、发售债券")
    FICTITIOUS_FUND = 6, _("发售虚构基金")
    FALSE_INSURANCE = 7, _("假冒保险公司、伪造保单")
    ONLINE = 8, _("网络借贷、投资入股、虚拟币交易")
    ENTRUSTED = 9, _("委托理财、融资租赁")
    ELDERLY_CARE = 10, _("提供养老服务、投资养老项目")
    MUTUAL_AID = 11, _("民间“会”“社”")
    OTHER = 12, _("其他")


class Secrecy(TextChoices):
    """How a clue may travel (密级)."""

    INTERNAL = "internal", _("内部")
    SEALED = "sealed", _("保密通道")


class Element(TextChoices):
    """What must be shown: three elements of the regulation, and the fourth of the criminal interpretation."""

    ILLEGALITY = "illegality", _("非法性")
    INDUCEMENT = "inducement", _("利诱性")
    PUBLICITY = "publicity", _("社会性")
    OPEN_PROMOTION = "open_promotion", _("公开性")


class Verdict(TextChoices):
    """How far an element is shown (认定程度)."""

    UNKNOWN = "unknown", _("尚不清楚")
    SUSPECTED = "suspected", _("有迹象")
    SHOWN = "shown", _("有证据")
    ABSENT = "absent", _("没有")
