"""Complaints, what was said about them since, and what was sent on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.attachments.models import Attachment
from lookout.web.clues.models import Clue
from lookout.web.complaints.states import FOUND, ComplaintState
from lookout.web.complaints.words import (
    Approach,
    BundleVerdict,
    CommentState,
    ComplaintKind,
    Finding,
    ImportState,
    Origin,
    Refusal,
    RewardState,
)

PERSON = settings.AUTH_USER_MODEL


class Bundle(models.Model):
    """Reports about one target that look organised (疑似有组织举报): kept together, counted as one signal.

    `patterns` are codes of detection.WORDS. `target_key` is that of its complaints.
    """

    target_key = models.CharField(max_length=200, db_index=True)
    company = models.CharField(_("企业代码"), max_length=120, blank=True)
    company_name = models.CharField(_("被举报对象"), max_length=200)
    region = models.CharField(_("地区"), max_length=6, blank=True)
    company_region = models.CharField(_("注册地"), max_length=6, blank=True)
    patterns = models.JSONField(default=list)
    opened_at = models.DateTimeField(_("发现时间"))
    verdict = models.CharField(
        _("处理"), max_length=10, choices=BundleVerdict.choices, default=BundleVerdict.OPEN
    )
    judged_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    judged_at = models.DateTimeField(null=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        """Database rules."""

        verbose_name = _("疑似有组织举报")
        ordering = ("-opened_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("target_key",), condition=models.Q(verdict="open"), name="one_open_bundle_per_target"
            )
        ]

    def __str__(self) -> str:
        """Return whom it is about."""
        return self.company_name


class Complaint(models.Model):
    """One complaint or report (投诉举报).

    `code_digest` finds it by the reporter's receipt code, '' for imported ones, which have `source_number`.
    `target_key` is the company's identifier, or the cleaned name while nobody knows the company. `amount` is in
    yuan, `latitude`/`longitude` in degrees rounded to about a hundred metres. `sealed_contact` holds name and phone
    encrypted; `contact_digest` and `sender_digest` are keyed, the latter forgotten after days. `is_signal`: it
    counts for the score while its state does not void it. `answer` is what the reporter reads.
    """

    number = models.CharField(_("编号"), max_length=20, unique=True)
    origin = models.CharField(_("来源"), max_length=20, choices=Origin.choices, default=Origin.COMPLAINT)
    source_number = models.CharField(_("来源编号"), max_length=80, blank=True)
    code_digest = models.CharField(max_length=64, blank=True)
    company = models.CharField(_("企业代码"), max_length=120, blank=True, db_index=True)
    company_name = models.CharField(_("被举报对象"), max_length=200)
    target_key = models.CharField(max_length=200, db_index=True)
    company_region = models.CharField(_("注册地"), max_length=6, blank=True, db_index=True)
    region = models.CharField(_("发生地"), max_length=6, blank=True, db_index=True)
    place = models.CharField(_("具体地点"), max_length=200, blank=True)
    latitude = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    longitude = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    kind = models.CharField(_("类别"), max_length=30, choices=ComplaintKind.choices)
    troubles = models.JSONField(_("情形"), default=list, blank=True)
    approach = models.CharField(_("接触途径"), max_length=10, choices=Approach.choices, blank=True)
    happened_on = models.DateField(_("发生日期"), null=True, blank=True)
    text = models.TextField(_("内容"))
    amount = models.DecimalField(_("涉及金额（元）"), max_digits=18, decimal_places=2, null=True, blank=True)
    participants = models.PositiveIntegerField(_("涉及人数"), null=True, blank=True)
    files = models.ManyToManyField(Attachment, related_name="complaints", blank=True)
    is_real_name = models.BooleanField(_("实名"), default=False)
    sealed_contact = models.TextField(blank=True)
    contact_digest = models.CharField(max_length=64, blank=True, db_index=True)
    sender_digest = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(_("收到时间"), db_index=True)
    state = models.CharField(
        _("状态"), max_length=12, choices=ComplaintState.choices, default=ComplaintState.RECEIVED
    )
    state_at = models.DateTimeField(_("最近办理"))
    refusal = models.CharField(_("不予受理的原因"), max_length=12, choices=Refusal.choices, blank=True)
    finding = models.CharField(_("核实结果"), max_length=14, choices=Finding.choices, blank=True)
    answer = models.TextField(_("答复"), blank=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="duplicates"
    )
    resembles = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    bundle = models.ForeignKey(Bundle, on_delete=models.PROTECT, null=True, related_name="complaints")
    is_signal = models.BooleanField(_("计入评级"), default=True)
    clue = models.ForeignKey(Clue, on_delete=models.PROTECT, null=True, related_name="complaints")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """What cannot exist."""

        verbose_name = _("投诉举报")
        ordering = ("-received_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("code_digest",),
                condition=~models.Q(code_digest=""),
                name="one_complaint_per_receipt_code",
            ),
            models.UniqueConstraint(
                fields=("origin", "source_number"),
                condition=~models.Q(source_number=""),
                name="one_complaint_per_imported_number",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ComplaintState.REFUSED) | ~models.Q(refusal=""),
                name="a_refusal_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=FOUND) | ~models.Q(finding=""),
                name="an_answer_has_a_finding",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ComplaintState.DUPLICATE, duplicate_of__isnull=False)
                | (~models.Q(state=ComplaintState.DUPLICATE) & models.Q(duplicate_of__isnull=True)),
                name="joined_exactly_when_to_another",
            ),
            models.CheckConstraint(
                condition=models.Q(is_real_name=False) | ~models.Q(sealed_contact=""),
                name="a_real_name_is_sealed",
            ),
        ]
        indexes = [
            models.Index(fields=("target_key", "received_at"), name="complaint_of_a_target"),
            models.Index(fields=("state", "received_at"), name="complaint_by_state"),
            # What waits where is counted on every first page: from the index alone, not from the texts.
            models.Index(
                fields=("state", "region", "company_region", "received_at"),
                name="complaint_by_state_and_place",
            ),
        ]

    def __str__(self) -> str:
        """Return the number and whom it is about."""
        return f"{self.number} {self.company_name}"

    @property
    def place_region(self) -> str:
        """Return the region it is handled in: where it happened, else where the company is registered."""
        return self.region or self.company_region


class Message(models.Model):
    """Something said after the complaint, by the reporter or, to the reporter, by an officer (`by`)."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="messages")
    text = models.CharField(_("内容"), max_length=2000)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        """Order of reading."""

        ordering = ("pk",)

    def __str__(self) -> str:
        """Return the complaint."""
        return str(self.complaint)


class Signal(models.Model):
    """One version of a complaint on its way to the rating; written with the change, sent afterwards.

    `row` holds columns of the complaint table. `given_up_at`: refused by the receiver, an operator must look.
    """

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="signals")
    sequence = models.PositiveIntegerField()
    row = models.JSONField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        """Database rules."""

        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("complaint", "sequence"), name="one_signal_per_version")
        ]
        indexes = [models.Index(fields=("sent_at", "next_try_at"), name="signal_waiting")]

    def __str__(self) -> str:
        """Return the event's number."""
        return f"{self.complaint.number}-{self.sequence}"


class Allowance(models.Model):
    """How often one address has asked for something in one stretch of time; `key` is a keyed digest."""

    key = models.CharField(max_length=64, unique=True)
    used = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Return how many."""
        return str(self.used)


class PublicNotice(models.Model):
    """A confirmed notice about a company that anybody may read (已核实公示); public from `confirmed_at` to `withdrawn_at`."""

    company = models.CharField(_("企业代码"), max_length=120, db_index=True)
    company_name = models.CharField(_("企业名称"), max_length=200)
    region = models.CharField(_("地区"), max_length=6, blank=True)
    title = models.CharField(_("标题"), max_length=120)
    text = models.TextField(_("内容"), max_length=4000)
    basis = models.CharField(_("依据文书"), max_length=200)
    drafted_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        """What cannot exist."""

        verbose_name = _("公示")
        ordering = ("-drafted_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("drafted_by")),
                name="a_notice_is_confirmed_by_another_person",
            )
        ]

    def __str__(self) -> str:
        """Return the title."""
        return f"{self.company_name} {self.title}"

    @property
    def is_public(self) -> bool:
        """Tell whether anybody may read it."""
        return self.confirmed_at is not None and self.withdrawn_at is None


class Comment(models.Model):
    """What somebody wrote below a public notice; public once a person has let it through."""

    notice = models.ForeignKey(PublicNotice, on_delete=models.CASCADE, related_name="comments")
    text = models.CharField(_("评论"), max_length=500)
    form_key = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=CommentState.choices, default=CommentState.WAITING)
    moderated_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    moderated_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        """Order of reading."""

        verbose_name = _("评论")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        """Return the beginning."""
        return self.text[:40]


class Reward(models.Model):
    """Money for a report (举报奖励), by the rule table: proposed by one person, approved by another, paid.

    `least` and `most` are what the table allowed when it was proposed, all in yuan.
    """

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="rewards")
    level = models.CharField(_("线索等级"), max_length=10)
    confirmed_amount = models.DecimalField(_("认定的涉案金额（元）"), max_digits=18, decimal_places=2)
    least = models.PositiveIntegerField()
    most = models.PositiveIntegerField()
    amount = models.PositiveIntegerField(_("奖励金额（元）"))
    state = models.CharField(
        _("状态"), max_length=10, choices=RewardState.choices, default=RewardState.PROPOSED
    )
    reason = models.CharField(_("理由"), max_length=500)
    proposed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(_("审批意见"), max_length=500, blank=True)
    paid_at = models.DateTimeField(null=True)
    paid_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    voucher = models.CharField(_("付款凭证号"), max_length=80, blank=True)

    class Meta:
        """What cannot exist."""

        verbose_name = _("举报奖励")
        ordering = ("-proposed_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("complaint",),
                condition=~models.Q(state=RewardState.REFUSED),
                name="one_reward_per_complaint",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("proposed_by")),
                name="a_reward_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=models.F("least"), amount__lte=models.F("most")),
                name="a_reward_is_within_the_table",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=RewardState.PAID) | ~models.Q(voucher=""),
                name="a_paid_reward_has_a_voucher",
            ),
        ]

    def __str__(self) -> str:
        """Return what it is for."""
        return f"{self.complaint.number} {self.amount}"


class Import(models.Model):
    """One file of another office's tickets: looked at first, taken in afterwards."""

    form = models.CharField(_("来源"), max_length=20)
    file = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.PREVIEW)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))
    done_at = models.DateTimeField(null=True)
    taken = models.PositiveIntegerField(_("新增"), default=0)
    known = models.PositiveIntegerField(_("此前已有"), default=0)
    refused = models.PositiveIntegerField(_("退回"), default=0)

    class Meta:
        """Order of reading."""

        verbose_name = _("导入")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        """Return the file's name."""
        return self.file.name
