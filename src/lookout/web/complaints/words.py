"""Code lists of complaints, each with the citizen's and the officer's word."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Origin(TextChoices):
    """How a complaint reached the desk (来源); the values are sources of clues too."""

    COMPLAINT = "complaint", _("举报页面")
    SNAPSHOT = "snapshot", _("随手拍")
    HOTLINE = "hotline12345", _("12345 热线")
    PETITION = "petition", _("信访")
    NATIONAL = "national", _("国家平台下发")


# Written by members of the public themselves.
FROM_PUBLIC = (Origin.COMPLAINT, Origin.SNAPSHOT)


class ComplaintKind(TextChoices):
    """What it is about (类别); the values are those of the complaint table of the data dictionary."""

    FUND_RAISING = "illegal_fundraising", _("集资、投资理财")
    SECURITIES = "illegal_securities", _("荐股、原始股")
    FUTURES = "illegal_futures", _("期货、现货交易")
    FOREX = "illegal_forex", _("炒外汇")
    GOLD = "illegal_gold", _("炒黄金、贵金属")
    PAYMENT = "illegal_payment", _("支付、收款码、跑分")
    TOKEN = "illegal_token", _("虚拟币")
    LOAN = "loan", _("借贷")
    COLLECTION = "collection", _("催收")
    CONSUMER = "consumer", _("预付卡、消费返利")
    OTHER = "other", _("说不清或其他")


class Trouble(TextChoices):
    """What has happened so far (情形); the label is the tag sent on."""

    PROMISED = "promised", _("承诺保本高息")
    WITHDRAWAL = "withdrawal", _("无法提现")
    LIMITED = "limited", _("限额兑付")
    STOPPED = "stopped", _("停止兑付")
    GONE = "gone", _("人员失联")
    RECRUITING = "recruiting", _("拉人有奖励")
    ELDERLY = "elderly", _("向老年人推销")


# The words of the data dictionary, whatever language the page speaks.
TAGS = {
    Trouble.PROMISED: "承诺保本高息",
    Trouble.WITHDRAWAL: "无法提现",
    Trouble.LIMITED: "限额兑付",
    Trouble.STOPPED: "停止兑付",
    Trouble.GONE: "失联",
    Trouble.RECRUITING: "拉人头",
    Trouble.ELDERLY: "涉老年人",
}


class Approach(TextChoices):
    """How the person was approached (怎么接触到的)."""

    FRIEND = "friend", _("亲友、熟人介绍")
    STREET = "street", _("路边发传单、门店")
    PHONE = "phone", _("电话、短信")
    GROUP = "group", _("微信群、QQ 群")
    VIDEO = "video", _("短视频、直播")
    APP = "app", _("网站、手机应用")
    MEETING = "meeting", _("讲座、酒会、旅游")
    OTHER = "other", _("其他")


class Refusal(TextChoices):
    """Why a complaint is not followed (不予受理的原因)."""

    NOT_OURS = "not_ours", _("不属于受理范围，已告知应向哪个部门反映")
    TOO_LITTLE = "too_little", _("没有具体对象或事实，无法核查")
    IN_COURT = "in_court", _("已进入诉讼、仲裁或公安办理程序")
    FALSE = "false", _("经核对不实")


class Finding(TextChoices):
    """What was found (核实结果)."""

    SUBSTANTIATED = "substantiated", _("属实")
    PARTIAL = "partial", _("部分属实")
    UNFOUNDED = "unfounded", _("不属实")
    UNKNOWN = "unknown", _("无法核实")


class BundleVerdict(TextChoices):
    """What an officer decided about reports that look organised (处理)."""

    OPEN = "open", _("待判断")
    BRIGADE = "brigade", _("有组织刷单，不计入")
    GENUINE = "genuine", _("真实，全部计入")


class RewardState(TextChoices):
    """Where a reward stands."""

    PROPOSED = "proposed", _("待批准")
    APPROVED = "approved", _("已批准，待发放")
    PAID = "paid", _("已发放")
    REFUSED = "refused", _("未批准")


class CommentState(TextChoices):
    """Where a public comment stands."""

    WAITING = "waiting", _("待审核")
    SHOWN = "shown", _("已公开")
    HIDDEN = "hidden", _("不公开")


class ImportState(TextChoices):
    """Where an import stands."""

    PREVIEW = "preview", _("待确认")
    DONE = "done", _("已导入")
