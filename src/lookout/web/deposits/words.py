"""Code lists of the contract vault, each with the officer's word."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ContractKind(TextChoices):
    """What kind of contract it is (合同类型)."""

    LOAN = "loan", _("借款")
    LENDING = "lending", _("出借")
    TRANSFER = "transfer", _("转让")
    GUARANTEE = "guarantee", _("担保")
    LEASE = "lease", _("租赁")
    FACTORING = "factoring", _("保理")
    MEMBERSHIP = "membership", _("会员")
    OTHER = "other", _("其他")


class PartyRole(TextChoices):
    """As what a party stands in a contract (身份)."""

    LENDER = "lender", _("出借人")
    BORROWER = "borrower", _("借款人")
    GUARANTOR = "guarantor", _("担保人")
    TRANSFEROR = "transferor", _("转让人")
    TRANSFEREE = "transferee", _("受让人")
    LESSOR = "lessor", _("出租人")
    LESSEE = "lessee", _("承租人")
    INVESTOR = "investor", _("投资人")
    MANAGER = "manager", _("管理人")
    INTERMEDIARY = "intermediary", _("居间人")
    OTHER = "other", _("其他")


class PartyKind(TextChoices):
    """A person or a company."""

    PERSON = "person", _("自然人")
    COMPANY = "company", _("单位")


class Intention(TextChoices):
    """How a party showed at signing that it meant to sign (签署意愿核验方式)."""

    SMS = "sms", _("短信验证码")
    FACE = "face", _("人脸识别")
    OTP = "otp", _("动态口令")
    VIDEO = "video", _("视频见证")
    OFFLINE = "offline", _("线下面签")


class Factor(TextChoices):
    """What was verified of a party's identity (核验要素)."""

    NAME = "name", _("姓名")
    ID_NUMBER = "id_number", _("证件号码")
    BANK_CARD = "bank_card", _("银行卡号")
    PHONE = "phone", _("预留手机号")
    USCC = "uscc", _("统一社会信用代码")
    TRANSFER = "transfer", _("对公打款")
    AUTHORISATION = "authorisation", _("法定代表人或经办人授权")


class CheckCode(TextChoices):
    """The twelve checks of a deposited contract (合同核验)."""

    C1 = "C1", "C1"
    C2 = "C2", "C2"
    C3 = "C3", "C3"
    C4 = "C4", "C4"
    C5 = "C5", "C5"
    C6 = "C6", "C6"
    C7 = "C7", "C7"
    C8 = "C8", "C8"
    C9 = "C9", "C9"
    C10 = "C10", "C10"
    C11 = "C11", "C11"
    C12 = "C12", "C12"


class Result(TextChoices):
    """What a check found (核验结果)."""

    PASS = "pass", _("通过")
    FAIL = "fail", _("不通过")
    UNKNOWN = "unknown", _("无法核验")


class CertificateState(TextChoices):
    """How a certificate stood when it was used to sign (证书状态)."""

    VALID = "valid", _("有效")
    EXPIRED = "expired", _("已过期")
    REVOKED = "revoked", _("已吊销")
    UNTRUSTED = "untrusted", _("颁发机构不受信任")
    UNKNOWN = "unknown", _("无法确认")


class BatchState(TextChoices):
    """Where a file of digests stands."""

    PREVIEW = "preview", _("待确认")
    DONE = "done", _("已存证")
