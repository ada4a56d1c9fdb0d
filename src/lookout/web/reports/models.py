"""Reports, their files, templates and schedules."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import Agency
from lookout.web.reports.states import OUT, ReportState
from lookout.web.reports.words import Cycle, FileForm, Secrecy, TemplateState

PERSON = settings.AUTH_USER_MODEL


class Serial(models.Model):
    """The last number given under a key: one day's reports, or one issue word's year."""

    key = models.CharField(max_length=120, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        """Return key and number."""
        return f"{self.key} {self.last}"


class ReportTemplate(models.Model):
    """One version of a kind's template that an office drew in Word and that passed the check (模板).

    `stored` is a path of the attachments' vault, bound to `sha256`. Without one in use the shipped template serves.
    """

    kind = models.CharField(_("报告种类"), max_length=40)
    version = models.PositiveIntegerField(_("版本"))
    state = models.CharField(
        _("状态"), max_length=10, choices=TemplateState.choices, default=TemplateState.READY
    )
    name = models.CharField(_("文件名"), max_length=200)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    stored = models.CharField(max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64)
    sm3 = models.CharField("SM3", max_length=64)
    size = models.PositiveIntegerField(_("字节数"))
    uploaded_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("上传时间"))
    used_from = models.DateTimeField(_("启用时间"), null=True)

    class Meta:
        """One version number once, one template in use."""

        verbose_name = _("报告模板")
        ordering = ("kind", "-version")
        constraints = [
            models.UniqueConstraint(fields=("kind", "version"), name="one_template_per_version"),
            models.UniqueConstraint(
                fields=("kind",), condition=models.Q(state="in_use"), name="one_template_in_use_per_kind"
            ),
        ]

    def __str__(self) -> str:
        """Return kind and version."""
        return f"{self.kind} v{self.version}"


class Schedule(models.Model):
    """A report that is made by itself (定期报告): as drafts of `owner`, with what that person may see.

    `from_hour` is the hour of the day in Shanghai from which it is made. `made_until`: last day of the newest period
    that was made.
    """

    kind = models.CharField(_("报告种类"), max_length=40)
    cycle = models.CharField(_("周期"), max_length=10, choices=Cycle.choices)
    scope = models.CharField(max_length=10, default="none")
    subject = models.CharField(_("对象"), max_length=120, blank=True)
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", verbose_name=_("拟稿人"))
    from_hour = models.PositiveSmallIntegerField(_("几点起"), default=6)
    is_active = models.BooleanField(_("启用"), default=True)
    made_until = models.DateField(_("已编到"), null=True)
    problem = models.CharField(_("上次没有编成的原因"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("设置时间"))

    class Meta:
        """Database rules."""

        verbose_name = _("定期报告")
        ordering = ("kind", "pk")
        constraints = [models.CheckConstraint(condition=models.Q(from_hour__lte=23), name="hour_of_a_day")]

    def __str__(self) -> str:
        """Return kind and cycle."""
        return f"{self.kind} {self.cycle}"


class Report(models.Model):
    """One report (报告). `content` holds its figures, tables, charts and texts as they were found, `content_sha256`
    their digest; neither changes afterwards.

    `number` is in addresses; `document_number` (发文字号) is printed. `subject` as the provider got it; `region` is
    that of the drafting agency. `run_id` and `as_of` '' and None without a published run. `distribution` are the
    agencies that read it once it is signed. `deposits` are the numbers of the evidence deposits made at signing.
    """

    number = models.CharField(_("编号"), max_length=20, unique=True)
    kind = models.CharField(_("种类"), max_length=40)
    title = models.CharField(_("标题"), max_length=200)
    issue_word = models.CharField(max_length=60)
    issue_year = models.PositiveSmallIntegerField()
    issue_serial = models.PositiveIntegerField()
    document_number = models.CharField(_("发文字号"), max_length=80)
    scope = models.CharField(max_length=10, default="none")
    subject = models.CharField(_("对象"), max_length=120, blank=True, db_index=True)
    subject_name = models.CharField(_("对象名称"), max_length=200, blank=True)
    period_start = models.DateField(_("期间起"))
    period_end = models.DateField(_("期间止"))
    run_id = models.CharField(_("评级批次"), max_length=80, blank=True)
    as_of = models.DateTimeField(_("数据截至"), null=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", verbose_name=_("拟稿单位"))
    region = models.CharField(max_length=6, db_index=True)
    secrecy = models.CharField(_("密级"), max_length=12, choices=Secrecy.choices)
    recipients = models.CharField(_("主送"), max_length=300)
    distribution = models.ManyToManyField(Agency, related_name="received_reports", verbose_name=_("分送范围"))
    template = models.ForeignKey(ReportTemplate, on_delete=models.PROTECT, null=True, related_name="reports")
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, null=True, related_name="reports")
    content = models.JSONField()
    content_sha256 = models.CharField(max_length=64)
    state = models.CharField(
        _("状态"), max_length=10, choices=ReportState.choices, default=ReportState.DRAFT, db_index=True
    )
    drafted_by = models.ForeignKey(
        PERSON, on_delete=models.PROTECT, related_name="+", verbose_name=_("拟稿人")
    )
    drafted_at = models.DateTimeField(_("拟稿时间"))
    submitted_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(
        PERSON, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("签发人")
    )
    signed_at = models.DateTimeField(_("签发时间"), null=True)
    archived_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    archived_at = models.DateTimeField(_("归档时间"), null=True)
    reason = models.CharField(_("退回或作废的理由"), max_length=500, blank=True)
    deposits = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """What cannot exist."""

        verbose_name = _("报告")
        ordering = ("-drafted_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("issue_word", "issue_year", "issue_serial"), name="one_report_per_document_number"
            ),
            models.UniqueConstraint(
                fields=("schedule", "period_start"),
                condition=models.Q(schedule__isnull=False),
                name="one_report_per_schedule_and_period",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=OUT)
                | models.Q(signed_by__isnull=False, signed_at__isnull=False),
                name="a_signed_report_has_a_signer",
            ),
            models.CheckConstraint(
                condition=models.Q(signed_by__isnull=True) | ~models.Q(signed_by=models.F("submitted_by")),
                name="nobody_signs_what_they_submitted",
            ),
            models.CheckConstraint(
                condition=models.Q(period_end__gte=models.F("period_start")), name="report_period_is_forward"
            ),
        ]

    def __str__(self) -> str:
        """Return document number and title."""
        return f"{self.document_number} {self.title}"


class ReportFile(models.Model):
    """One file of a report: an edition of the Word file, or what was made of it at signing.

    `edition` counts up from 1, the draft as it was made; PDF and signature belong to the edition they were made of.
    `differences` is what an uploaded edition changed about numbers (comparing.Difference as mappings).
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="files")
    form = models.CharField(_("格式"), max_length=6, choices=FileForm.choices)
    edition = models.PositiveIntegerField(_("稿次"))
    stored = models.CharField(max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64)
    sm3 = models.CharField("SM3", max_length=64)
    size = models.PositiveIntegerField(_("字节数"))
    note = models.CharField(_("修改说明"), max_length=200, blank=True)
    differences = models.JSONField(default=list)
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        """One file of a form in an edition."""

        verbose_name = _("报告文件")
        ordering = ("-edition", "form")
        constraints = [
            models.UniqueConstraint(
                fields=("report", "form", "edition"), name="one_file_per_form_and_edition"
            )
        ]

    def __str__(self) -> str:
        """Return the report, edition and form."""
        return f"{self.report.number} {self.edition}.{self.form}"
