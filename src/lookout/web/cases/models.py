"""Cases with their events and figures, reports of them, and publicity work; events and figures are only added."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import Agency
from lookout.web.audit.models import AppendOnlyError
from lookout.web.cases.states import CaseState, CaseVerb, Determination, PoliceState
from lookout.web.cases.words import (
    OWN_MONITORING,
    Figure,
    Industry,
    ReportKind,
    ReportState,
    Stability,
)
from lookout.web.clues.models import Clue
from lookout.web.clues.words import Source

PERSON = settings.AUTH_USER_MODEL
NOT_EMPTY = ~models.Q(state__in=(ReportState.DUE, ReportState.RETURNED))


class Case(models.Model):
    """One case of illegal fund-raising (非法集资案件).

    `number` is region (6 digits), year (4) and a counter (4). State, determination and the like are what the
    events say today; what stood on another day is read from the events. Whether a case is a major one, or
    crosses the province, is computed and cannot be typed.
    """

    number = models.CharField(_("案件编号"), max_length=14, unique=True)
    name = models.CharField(_("案件名称"), max_length=200)
    clue = models.OneToOneField(
        Clue, on_delete=models.PROTECT, null=True, related_name="case", verbose_name=_("线索")
    )
    clue_source = models.CharField(_("线索来源"), max_length=20, choices=Source.choices)
    company = models.CharField(_("企业代码"), max_length=120, blank=True, db_index=True)
    company_name = models.CharField(_("企业名称"), max_length=200)
    lead_region = models.CharField(_("牵头地区"), max_length=6, db_index=True)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="cases", verbose_name=_("主办单位")
    )
    industry = models.CharField(_("行业"), max_length=20, choices=Industry.choices)
    mode = models.CharField(_("集资方式"), max_length=300)
    first_found_on = models.DateField(_("首次发现日期"))
    filed_on = models.DateField(_("立案日期"), db_index=True)
    state = models.CharField(_("状态"), max_length=15, choices=CaseState.choices, default=CaseState.FILED)
    police_state = models.CharField(_("刑事进展"), max_length=20, choices=PoliceState.choices, blank=True)
    is_suspended = models.BooleanField(_("已要求暂停集资"), default=False)
    determination = models.CharField(_("性质认定"), max_length=15, choices=Determination.choices, blank=True)
    stability = models.CharField(
        _("稳定形势"), max_length=10, choices=Stability.choices, default=Stability.STABLE
    )
    closed_on = models.DateField(_("结案日期"), null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """What cannot exist."""

        verbose_name = _("案件")
        ordering = ("-filed_on", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=CaseState.CLOSED, closed_on__isnull=False)
                | (~models.Q(state=CaseState.CLOSED) & models.Q(closed_on__isnull=True)),
                name="a_case_is_closed_on_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(first_found_on__lte=models.F("filed_on")),
                name="a_case_is_found_before_it_is_filed",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on__isnull=True) | models.Q(closed_on__gte=models.F("filed_on")),
                name="a_case_is_closed_after_it_is_filed",
            ),
            models.CheckConstraint(
                condition=~models.Q(determination="")
                | models.Q(state__in=(CaseState.FILED, CaseState.INVESTIGATING, CaseState.CLOSED)),
                name="a_case_is_disposed_of_after_a_determination",
            ),
            models.CheckConstraint(
                condition=models.Q(lead_region__regex=r"^[0-9]{6}$"), name="a_case_lies_in_a_district"
            ),
        ]

    def __str__(self) -> str:
        """Return number and name."""
        return f"{self.number} {self.name}"

    @property
    def is_found_by_own_monitoring(self) -> bool:
        """Tell whether it was found by those who watch."""
        return Source(self.clue_source) in OWN_MONITORING


class CaseRegion(models.Model):
    """A region that a case reaches besides the leading one (涉及地区); six digits, also of other provinces."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="regions")
    region = models.CharField(max_length=6, db_index=True)

    class Meta:
        """Database rules."""

        ordering = ("region",)
        constraints = [models.UniqueConstraint(fields=("case", "region"), name="one_row_per_case_and_region")]

    def __str__(self) -> str:
        """Return the region."""
        return self.region


class CaseCounter(models.Model):
    """The last number given in a region and year; writers queue for the row."""

    region = models.CharField(max_length=6)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        """Database rules."""

        constraints = [
            models.UniqueConstraint(fields=("region", "year"), name="one_case_counter_per_region_and_year")
        ]

    def __str__(self) -> str:
        """Return place and year."""
        return f"{self.region} {self.year}"


class Added(models.QuerySet[Any]):
    """Rows that are only added and read."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("events and figures of a case are never changed; add a correcting one")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("events and figures of a case are never deleted; add a correcting one")


class AddedRow(models.Model):
    """What was entered once: by whom and when, and for which day it holds."""

    on = models.DateField(_("日期"), db_index=True)
    entered_at = models.DateTimeField(_("录入时间"))
    entered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(_("说明"), max_length=1000, blank=True)

    objects = Added.as_manager()

    class Meta:
        """No table of its own."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; a second time is refused."""
        if self.pk is not None:
            raise AppendOnlyError("events and figures of a case are never changed; add a correcting one")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("events and figures of a case are never deleted; add a correcting one")


class CaseEvent(AddedRow):
    """Something that happened to a case (案件事件).

    `value` is what the verb needs: the determination, the fine in yuan, the stability; '' for others. `state` and
    `police_state` are where the case stood afterwards.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    verb = models.CharField(_("事件"), max_length=20, choices=CaseVerb.choices)
    value = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=15, choices=CaseState.choices)
    police_state = models.CharField(max_length=20, blank=True)

    class Meta:
        """Database rules."""

        ordering = ("on", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("case",), condition=models.Q(verb=CaseVerb.FILE), name="a_case_is_filed_once"
            ),
            models.UniqueConstraint(
                fields=("case",), condition=models.Q(verb=CaseVerb.CLOSE), name="a_case_is_closed_once"
            ),
        ]

    def __str__(self) -> str:
        """Return what happened."""
        return self.get_verb_display()


class CaseFigure(AddedRow):
    """A figure of a case as of a day; a later row for the same day corrects it, both stay."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="figures")
    figure = models.CharField(_("数据"), max_length=20, choices=Figure.choices)
    value = models.DecimalField(_("数值"), max_digits=18, decimal_places=2)

    class Meta:
        """Database rules."""

        ordering = ("on", "pk")
        constraints = [
            models.CheckConstraint(condition=models.Q(value__gte=0), name="a_figure_is_not_negative"),
            models.CheckConstraint(
                condition=~models.Q(figure=Figure.ELDERLY_SHARE) | models.Q(value__lte=100),
                name="a_share_is_at_most_the_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(figure__in=[one.value for one in Figure]), name="figure_is_known"
            ),
        ]

    def __str__(self) -> str:
        """Return figure and value."""
        return f"{self.get_figure_display()} {self.value}"


class Report(models.Model):
    """What an agency owes or has reported for a period (报送), or about one case at once (快报).

    `content` is computed from events when it is submitted, and frozen with its digest.
    """

    kind = models.CharField(_("类别"), max_length=10, choices=ReportKind.choices)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="reports", verbose_name=_("报送单位")
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="reports")
    event = models.OneToOneField(CaseEvent, on_delete=models.PROTECT, null=True, related_name="report")
    period_start = models.DateField(_("起"))
    period_end = models.DateField(_("止"), db_index=True)
    due_at = models.DateTimeField(_("报送期限"), db_index=True)
    state = models.CharField(
        _("状态"), max_length=10, choices=ReportState.choices, default=ReportState.DUE, db_index=True
    )
    content = models.JSONField(default=dict)
    digest = models.CharField(_("摘要值"), max_length=64, blank=True)
    remark = models.TextField(_("情况说明"), blank=True)
    first_submitted_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(_("报送时间"), null=True)
    submitted_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(_("审核时间"), null=True)
    reviewed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(_("接收时间"), null=True)
    accepted_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    returned_times = models.PositiveSmallIntegerField(_("退回次数"), default=0)
    return_reason = models.CharField(_("退回理由"), max_length=500, blank=True)
    reminded_at = models.DateTimeField(null=True)
    pressed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """What cannot exist."""

        verbose_name = _("报送")
        ordering = ("-period_end", "kind", "agency__region", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("kind", "agency", "period_start"),
                condition=models.Q(case__isnull=True),
                name="one_report_per_agency_and_period",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=ReportKind.FLASH, case__isnull=False, event__isnull=False)
                | (~models.Q(kind=ReportKind.FLASH) & models.Q(case__isnull=True)),
                name="a_flash_report_is_about_a_case",
            ),
            models.CheckConstraint(
                condition=~NOT_EMPTY | (~models.Q(digest="") & models.Q(submitted_at__isnull=False)),
                name="a_submitted_report_is_frozen",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ReportState.RETURNED) | ~models.Q(return_reason=""),
                name="a_returned_report_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        """Return kind, agency and period."""
        return f"{self.get_kind_display()} {self.agency} {self.period_start}—{self.period_end}"


class Outreach(AddedRow):
    """One piece of publicity and education (宣传教育)."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="outreach")
    title = models.CharField(_("活动"), max_length=200)
    people = models.PositiveIntegerField(_("受众人数"))

    class Meta:
        """Database rules."""

        ordering = ("-on", "-pk")

    def __str__(self) -> str:
        """Return the title."""
        return self.title
