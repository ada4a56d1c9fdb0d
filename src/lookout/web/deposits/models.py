"""Deposited contracts with their parties, signatures, stamps and checks; checks are only added."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import Agency
from lookout.web.attachments.models import Attachment
from lookout.web.audit.models import AppendOnlyError
from lookout.web.deposits.words import (
    BatchState,
    CertificateState,
    CheckCode,
    ContractKind,
    Intention,
    PartyKind,
    PartyRole,
    Result,
)
from lookout.web.evidence.models import Deposit

PERSON = settings.AUTH_USER_MODEL


class DepositBatch(models.Model):
    """A file with digests of many contracts (批量存证)."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="deposit_batches")
    file = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="deposit_batches")
    state = models.CharField(_("状态"), max_length=10, choices=BatchState.choices, default=BatchState.PREVIEW)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("上传时间"))
    done_at = models.DateTimeField(null=True)
    taken = models.PositiveIntegerField(_("已存证"), default=0)
    known = models.PositiveIntegerField(_("此前已有"), default=0)
    refused = models.PositiveIntegerField(_("退回"), default=0)

    class Meta:
        """Database rules."""

        verbose_name = _("批量存证")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        """Return the name of the file."""
        return self.file.name


class ContractDeposit(models.Model):
    """One deposited contract (合同存证): the document sealed, or nothing but its digests.

    `stored` is the path of the sealed document below the folder of attachments, '' when only digests were
    deposited. Money is yuan, the rate percent a year, the term days; None is "not told". Amount, rate, term
    and product are what the institution declares; `extracted` is what its document says. `checked_round` is
    the newest round of checks, with the counts of its results.
    """

    number = models.CharField(_("存证编号"), max_length=18, unique=True)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="contract_deposits", verbose_name=_("存证机构")
    )
    company = models.CharField(_("机构代码"), max_length=18, blank=True, db_index=True)
    region = models.CharField(_("地区"), max_length=6, db_index=True)
    contract_no = models.CharField(_("合同编号"), max_length=80, db_index=True)
    kind = models.CharField(_("合同类型"), max_length=12, choices=ContractKind.choices)
    product_code = models.CharField(_("产品（项目）代码"), max_length=80, blank=True)
    amount = models.DecimalField(_("金额（元）"), max_digits=18, decimal_places=2, null=True)
    rate_percent = models.DecimalField(_("年利率（%）"), max_digits=9, decimal_places=4, null=True)
    term_days = models.PositiveIntegerField(_("期限（天）"), null=True)
    signed_at = models.DateTimeField(_("签订时间"))
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    sm3 = models.CharField("SM3", max_length=64)
    size = models.PositiveBigIntegerField(_("字节数"))
    stored = models.CharField(max_length=120, blank=True)
    file_name = models.CharField(_("文件名"), max_length=200, blank=True)
    extracted = models.JSONField(default=dict)
    version_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="revisions", verbose_name=_("修订自")
    )
    revision = models.PositiveSmallIntegerField(_("版次"), default=1)
    batch = models.ForeignKey(DepositBatch, on_delete=models.PROTECT, null=True, related_name="deposits")
    deposited_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    deposited_at = models.DateTimeField(_("存证时间"), db_index=True)
    evidence = models.OneToOneField(
        Deposit, on_delete=models.PROTECT, related_name="contract", verbose_name=_("证据存证")
    )
    checked_round = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(_("核验时间"), null=True)
    run_id = models.CharField(max_length=80, blank=True)
    failed = models.PositiveSmallIntegerField(_("不通过"), default=0)
    unknown = models.PositiveSmallIntegerField(_("无法核验"), default=0)

    class Meta:
        """What cannot exist."""

        verbose_name = _("合同存证")
        ordering = ("-deposited_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$", sm3__regex=r"^[0-9a-f]{64}$"),
                name="a_contract_has_both_digests",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) | models.Q(amount__gte=0),
                name="a_contract_is_of_no_negative_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(rate_percent__isnull=True) | models.Q(rate_percent__gte=0),
                name="a_contract_has_no_negative_rate",
            ),
            models.CheckConstraint(
                condition=models.Q(version_of__isnull=True, revision=1)
                | models.Q(version_of__isnull=False, revision__gt=1),
                name="a_revision_revises_something",
            ),
            models.UniqueConstraint(fields=("agency", "sha256"), name="an_institution_deposits_a_file_once"),
        ]

    def __str__(self) -> str:
        """Return the numbers."""
        return f"{self.number} {self.contract_no}"

    @property
    def is_digest_only(self) -> bool:
        """Tell whether the document itself was never handed in."""
        return not self.stored

    @property
    def rate_words(self) -> str:
        """Return the rate without idle zeros, '' when it was not told."""
        return "" if self.rate_percent is None else f"{self.rate_percent.normalize():f}"

    @property
    def result(self) -> Result:
        """Return the gravest result of the newest checks."""
        if self.failed:
            return Result.FAIL
        return Result.UNKNOWN if self.unknown or not self.checked_round else Result.PASS


class ContractParty(models.Model):
    """One party (合同当事人). What identifies a person is sealed; the masked fields are for pages.

    `name` is '' for persons, and the registered name for companies. `factors` are the Factor values that were
    verified. Times and counts are None, and texts '', when the institution did not tell.
    """

    deposit = models.ForeignKey(ContractDeposit, on_delete=models.CASCADE, related_name="parties")
    place = models.PositiveSmallIntegerField()
    role = models.CharField(_("身份"), max_length=12, choices=PartyRole.choices)
    kind = models.CharField(_("类别"), max_length=8, choices=PartyKind.choices)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, db_index=True)
    name = models.CharField(_("单位名称"), max_length=200, blank=True)
    masked = models.JSONField(default=dict)
    sealed = models.BinaryField()
    token = models.CharField(max_length=64, blank=True, db_index=True)
    factors = models.JSONField(default=list)
    verified_at = models.DateTimeField(_("身份核验时间"), null=True)
    verified_by = models.CharField(_("身份核验方"), max_length=100, blank=True)
    intention = models.CharField(_("签署意愿核验方式"), max_length=10, choices=Intention.choices, blank=True)
    intended_at = models.DateTimeField(_("意愿核验时间"), null=True)
    read_seconds = models.PositiveIntegerField(_("阅读时长（秒）"), null=True)

    class Meta:
        """Database rules."""

        ordering = ("deposit", "place")
        constraints = [
            models.UniqueConstraint(fields=("deposit", "place"), name="one_contract_party_per_place"),
            models.CheckConstraint(
                condition=~models.Q(kind=PartyKind.PERSON) | models.Q(name="", uscc=""),
                name="a_person_in_a_contract_is_sealed",
            ),
        ]

    def __str__(self) -> str:
        """Return the name that pages may show."""
        return self.name or str(self.masked.get("name") or self.uscc)


class ContractSignature(models.Model):
    """One electronic signature as it was found in the document (合同签名)."""

    deposit = models.ForeignKey(ContractDeposit, on_delete=models.CASCADE, related_name="signatures")
    place = models.PositiveSmallIntegerField()
    signer = models.CharField(_("签署人"), max_length=200)
    serial = models.CharField(_("证书序列号"), max_length=80)
    issuer = models.CharField(_("颁发机构"), max_length=200)
    algorithm = models.CharField(_("算法"), max_length=40)
    signed_at = models.DateTimeField(_("签署时间"), null=True)
    is_intact = models.BooleanField(_("签名完好"))
    covers_file = models.BooleanField(_("覆盖全文"))
    certificate_state = models.CharField(_("证书状态"), max_length=10, choices=CertificateState.choices)
    problems = models.JSONField(default=list)

    class Meta:
        """Database rules."""

        ordering = ("deposit", "place")
        constraints = [
            models.UniqueConstraint(fields=("deposit", "place"), name="one_contract_signature_per_place")
        ]

    def __str__(self) -> str:
        """Return the signer."""
        return self.signer


class ContractStamp(models.Model):
    """The time-stamp on a signature (时间戳)."""

    signature = models.OneToOneField(ContractSignature, on_delete=models.CASCADE, related_name="stamp")
    authority = models.CharField(_("时间戳服务机构"), max_length=200)
    serial = models.CharField(_("序列号"), max_length=80)
    policy = models.CharField(_("策略"), max_length=80)
    stamped_at = models.DateTimeField(_("时间"), null=True)
    is_ok = models.BooleanField(_("有效"))
    is_test = models.BooleanField(_("测试用"))
    problems = models.JSONField(default=list)

    class Meta:
        """Words."""

        verbose_name = _("时间戳")

    def __str__(self) -> str:
        """Return who stamped."""
        return self.authority


class Added(models.QuerySet[Any]):
    """Rows that are only added and read."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("checks of a contract are never changed; check again")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("checks of a contract are never deleted; check again")


class ContractCheck(models.Model):
    """What one check found in one round (合同核验).

    `compared` are lines {what, contract, other, source, agrees}; `run_id` and `as_of` say which filings and
    fund flows were read, '' and None when none were needed.
    """

    deposit = models.ForeignKey(ContractDeposit, on_delete=models.PROTECT, related_name="checks")
    round = models.PositiveIntegerField(_("轮次"))
    code = models.CharField(_("核验项"), max_length=3, choices=CheckCode.choices)
    result = models.CharField(_("结果"), max_length=8, choices=Result.choices)
    reason = models.TextField(_("理由"))
    basis = models.CharField(_("依据"), max_length=300)
    compared = models.JSONField(default=list)
    checked_at = models.DateTimeField(_("核验时间"))
    run_id = models.CharField(max_length=80, blank=True)
    as_of = models.DateTimeField(null=True)

    objects = Added.as_manager()

    class Meta:
        """Database rules."""

        ordering = ("deposit", "-round", "pk")
        constraints = [
            models.UniqueConstraint(fields=("deposit", "round", "code"), name="each_check_once_in_a_round"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="a_check_gives_its_reason"),
        ]

    def __str__(self) -> str:
        """Return code and result."""
        return f"{self.code} {self.get_result_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; a second time is refused."""
        if self.pk is not None:
            raise AppendOnlyError("checks of a contract are never changed; check again")
        super().save(*args, **kwargs)


class DepositCounter(models.Model):
    """The last number given on a day; writers queue for the row."""

    day = models.DateField(unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        """Words."""

        verbose_name = _("存证编号")

    def __str__(self) -> str:
        """Return the day."""
        return self.day.isoformat()
