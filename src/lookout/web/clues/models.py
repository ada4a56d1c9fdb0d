"""The ledger: clues, their elements, their evidence."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import Agency
from lookout.web.attachments.models import Attachment
from lookout.web.clues.states import CLOSED, OPEN, ClueState
from lookout.web.clues.words import ActivityClass, Disguise, Element, Outcome, Secrecy, Source, Verdict

BANDS = (("red", _("红色")), ("orange", _("橙色")), ("yellow", _("黄色")))


class Clue(models.Model):
    """One line of the ledger (线索台账).

    `number` is region (6 digits), day (8) and a counter (4). `company` is an identifier as in addresses, ''
    while nobody knows the company. `band`, `score`, `coverage`, `run_id` are those of the rating it was opened
    or last raised by, None or '' when no rating was behind it. `amount` is in yuan. `event_key` names the
    event, so that one company has one open clue for it. `version` rises at every change.
    """

    number = models.CharField(_("线索编号"), max_length=18, unique=True)
    source = models.CharField(_("线索来源"), max_length=20, choices=Source.choices)
    company = models.CharField(_("企业代码"), max_length=120, blank=True, db_index=True)
    company_name = models.CharField(_("企业名称"), max_length=200)
    event_key = models.CharField(max_length=80, blank=True)
    activity_class = models.CharField(_("活动类别"), max_length=30, choices=ActivityClass.choices, blank=True)
    disguise_type = models.PositiveSmallIntegerField(
        _("伪装形式"), null=True, blank=True, choices=Disguise.choices
    )
    band = models.CharField(_("等级"), max_length=10, choices=BANDS, blank=True)
    score = models.DecimalField(_("得分"), max_digits=5, decimal_places=2, null=True, blank=True)
    coverage = models.FloatField(_("数据覆盖度"), null=True, blank=True)
    run_id = models.CharField(max_length=80, blank=True)
    hit_rules = models.JSONField(_("主要原因"), default=list, blank=True)
    hit_labels = models.JSONField(_("命中标签"), default=list, blank=True)
    found_at = models.DateTimeField(_("发现时间"))
    region_registered = models.CharField(_("注册地"), max_length=6, blank=True, db_index=True)
    region_business = models.CharField(_("经营地"), max_length=6, blank=True, db_index=True)
    amount = models.DecimalField(_("涉及金额（元）"), max_digits=18, decimal_places=2, null=True, blank=True)
    participants = models.PositiveIntegerField(_("参与人数"), null=True, blank=True)
    involved_regions = models.JSONField(_("涉及地区"), default=list, blank=True)
    summary = models.TextField(_("线索摘要"), blank=True)
    advice = models.TextField(_("处置建议"), blank=True)
    secrecy = models.CharField(_("密级"), max_length=10, choices=Secrecy.choices, default=Secrecy.INTERNAL)
    state = models.CharField(_("状态"), max_length=12, choices=ClueState.choices, default=ClueState.NEW)
    opened_at = models.DateTimeField(_("建立时间"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    triaged_at = models.DateTimeField(_("定级时间"), null=True, blank=True)
    triaged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    owner = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="owned_clues", verbose_name=_("主办单位")
    )
    # Everybody who has or had an order about it may see it.
    agencies = models.ManyToManyField(Agency, related_name="clues", verbose_name=_("经办单位"))
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    outcome = models.CharField(_("核查结果"), max_length=12, choices=Outcome.choices, blank=True)
    outcome_reason = models.TextField(_("结果说明"), blank=True)
    # The rating on the day of closing; whether the company stirs is judged against it.
    closing_band = models.CharField(max_length=10, blank=True)
    closing_score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    reopened_times = models.PositiveSmallIntegerField(_("重启次数"), default=0)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged", verbose_name=_("并入")
    )
    state_before_merge = models.CharField(max_length=12, blank=True)
    imported_key = models.CharField(max_length=120, blank=True)
    own_number = models.CharField(_("原台账编号"), max_length=60, blank=True)
    ledger_import = models.ForeignKey(
        "LedgerImport", on_delete=models.PROTECT, null=True, related_name="clues", verbose_name=_("导入批次")
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """What cannot exist."""

        verbose_name = _("线索")
        ordering = ("-opened_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("company", "event_key"),
                condition=models.Q(state__in=OPEN) & ~models.Q(company="") & ~models.Q(event_key=""),
                name="one_open_clue_per_company_and_event",
            ),
            models.UniqueConstraint(
                fields=("imported_key",),
                condition=~models.Q(imported_key=""),
                name="one_clue_per_imported_line",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=CLOSED)
                | (~models.Q(outcome="") & models.Q(closed_at__isnull=False)),
                name="a_closed_clue_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ClueState.HANDLING) | models.Q(owner__isnull=False),
                name="a_clue_in_hand_has_an_owner",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ClueState.MERGED, merged_into__isnull=False)
                | (~models.Q(state=ClueState.MERGED) & models.Q(merged_into__isnull=True)),
                name="merged_exactly_when_into_another",
            ),
        ]
        indexes = [models.Index(fields=("state", "band"), name="clue_by_state_and_band")]

    def __str__(self) -> str:
        """Return the number and whom it is about."""
        return f"{self.number} {self.company_name}"

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to do something about it."""
        return ClueState(self.state) in OPEN


class NumberCounter(models.Model):
    """The last number given in a region on a day; writers queue for the row."""

    region = models.CharField(max_length=6)
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        """Database rules."""

        constraints = [
            models.UniqueConstraint(fields=("region", "day"), name="one_counter_per_region_and_day")
        ]

    def __str__(self) -> str:
        """Return the place and day."""
        return f"{self.region} {self.day}"


class ElementFinding(models.Model):
    """How far one of the four elements is shown for a clue (四要素)."""

    clue = models.ForeignKey(Clue, on_delete=models.CASCADE, related_name="elements")
    element = models.CharField(_("要素"), max_length=15, choices=Element.choices)
    verdict = models.CharField(_("认定程度"), max_length=10, choices=Verdict.choices, default=Verdict.UNKNOWN)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    judged_at = models.DateTimeField(null=True)

    class Meta:
        """Database rules."""

        constraints = [models.UniqueConstraint(fields=("clue", "element"), name="one_finding_per_element")]

    def __str__(self) -> str:
        """Return the element."""
        return self.element


class Evidence(models.Model):
    """One thing that speaks for or against (证据): facts behind a rating, a file, or a note.

    `code` and `run_id` lead to the rows behind an indicator or label as rated then. A withdrawn one
    stays in the record.
    """

    clue = models.ForeignKey(Clue, on_delete=models.CASCADE, related_name="evidence")
    element = models.CharField(_("要素"), max_length=15, choices=Element.choices, blank=True)
    title = models.CharField(_("名称"), max_length=300)
    note = models.TextField(_("说明"), blank=True)
    code = models.CharField(max_length=20, blank=True)
    run_id = models.CharField(max_length=80, blank=True)
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="evidence")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField(_("加入时间"))
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Database rules."""

        verbose_name = _("证据")
        ordering = ("pk",)

    def __str__(self) -> str:
        """Return the title."""
        return self.title


class LedgerImport(models.Model):
    """A bureau's own ledger that was handed in (台账导入). The counts are of lines, as they were when it was done.

    `done_at` None: looked at only, nothing was made. `source` is for lines that name none.
    """

    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="ledger_imports")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="ledger_imports")
    source = models.CharField(_("线索来源"), max_length=20, choices=Source.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ledger_imports")
    at = models.DateTimeField(_("上传时间"))
    done_at = models.DateTimeField(_("导入时间"), null=True)
    opened = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        """Database rules."""

        verbose_name = _("台账导入")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        """Return the name of the file."""
        return self.attachment.name
