"""Orders, their deadlines, what was seen and done on site, and the checks afterwards."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import Agency
from lookout.web.attachments.models import Attachment
from lookout.web.clues.models import Clue
from lookout.web.clues.words import Outcome
from lookout.web.dispatch.states import OPEN, OrderState, ReturnReason, VisitFinding

PERSON = settings.AUTH_USER_MODEL


class DispatchOrder(models.Model):
    """What one agency was asked to do about a clue (分派单). A clue has one open lead order, others join in."""

    clue = models.ForeignKey(Clue, on_delete=models.PROTECT, related_name="orders", verbose_name=_("线索"))
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="orders", verbose_name=_("承办单位")
    )
    from_agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="sent_orders", verbose_name=_("分派单位")
    )
    is_lead = models.BooleanField(_("主办"), default=True)
    state = models.CharField(_("状态"), max_length=12, choices=OrderState.choices, default=OrderState.SENT)
    instruction = models.TextField(_("要求"), blank=True)
    sent_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("分派时间"))
    accepted_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(_("签收时间"), null=True)
    return_reason = models.CharField(_("退回理由"), max_length=20, choices=ReturnReason.choices, blank=True)
    return_note = models.CharField(_("退回说明"), max_length=500, blank=True)
    report = models.TextField(_("反馈内容"), blank=True)
    proposed_outcome = models.CharField(_("建议结果"), max_length=12, choices=Outcome.choices, blank=True)
    reported_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    reported_at = models.DateTimeField(_("反馈时间"), null=True)
    reviewed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(_("复核时间"), null=True)
    review_note = models.CharField(_("复核意见"), max_length=1000, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """What cannot exist."""

        verbose_name = _("分派单")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=("clue",),
                condition=models.Q(is_lead=True, state__in=OPEN),
                name="one_open_lead_order_per_clue",
            ),
            models.UniqueConstraint(
                fields=("clue", "agency"),
                condition=models.Q(state__in=OPEN),
                name="one_open_order_per_clue_and_agency",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=OrderState.RETURNED) | ~models.Q(return_reason=""),
                name="a_returned_order_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=(OrderState.REPORTED, OrderState.APPROVED))
                | (~models.Q(report="") & ~models.Q(proposed_outcome="")),
                name="a_reported_order_says_what_was_found",
            ),
        ]

    def __str__(self) -> str:
        """Return clue and agency."""
        return f"{self.clue.number} → {self.agency}"


class Deadline(models.Model):
    """When something is due, and from whom (时限). Without an owner none can exist.

    `event` is one of the catalogue, or with `measure` the code of the measure that must be carried out. `met_at` is when it was
    done, None while it is not; `void_at` when it no longer matters.
    """

    clue = models.ForeignKey(Clue, on_delete=models.CASCADE, related_name="deadlines")
    order = models.ForeignKey(DispatchOrder, on_delete=models.CASCADE, null=True, related_name="deadlines")
    owner = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="deadlines")
    measure = models.ForeignKey("Measure", on_delete=models.CASCADE, null=True, related_name="deadlines")
    event = models.CharField(max_length=30)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)
    basis = models.CharField(max_length=100)
    met_at = models.DateTimeField(null=True)
    void_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        """Database rules."""

        ordering = ("due_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("order", "event"),
                condition=models.Q(
                    order__isnull=False, measure__isnull=True, met_at__isnull=True, void_at__isnull=True
                ),
                name="one_running_deadline_per_order_and_event",
            ),
            models.UniqueConstraint(
                fields=("measure",),
                condition=models.Q(measure__isnull=False, met_at__isnull=True, void_at__isnull=True),
                name="one_running_deadline_per_measure",
            ),
        ]

    def __str__(self) -> str:
        """Return the event."""
        return self.event


class Extension(models.Model):
    """A request for more time, and what was decided (延期)."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="extensions")
    days = models.PositiveSmallIntegerField(_("延长天数"))
    reason = models.CharField(_("理由"), max_length=500)
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    is_granted = models.BooleanField(null=True)
    note = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        """Return what was asked."""
        return f"{self.deadline.event} +{self.days}"


class Visit(models.Model):
    """One visit on site (现场核查), by at least two officers."""

    order = models.ForeignKey(DispatchOrder, on_delete=models.PROTECT, related_name="visits")
    at = models.DateTimeField(_("到场时间"))
    place = models.CharField(_("地点"), max_length=200)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True)
    officers = models.JSONField(_("执法人员"))  # [{"name", "card"}], two or more
    finding = models.CharField(_("现场情况"), max_length=12, choices=VisitFinding.choices)
    checklist = models.JSONField(_("检查清单"), default=dict)
    note = models.TextField(_("情况说明"), blank=True)
    photos = models.ManyToManyField(Attachment, related_name="visits", verbose_name=_("照片"))
    entered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    form_key = models.CharField(max_length=40, unique=True)  # the same form sent twice is one visit

    class Meta:
        """Database rules."""

        ordering = ("at", "pk")

    def __str__(self) -> str:
        """Return the place."""
        return self.place


class Measure(models.Model):
    """One measure taken (处置措施). What needs approval does not count before it has one."""

    order = models.ForeignKey(DispatchOrder, on_delete=models.PROTECT, related_name="measures")
    kind = models.CharField(_("措施"), max_length=30)
    basis = models.CharField(_("法律依据"), max_length=200)
    note = models.CharField(_("说明"), max_length=1000, blank=True)
    amount = models.DecimalField(_("金额（元）"), max_digits=18, decimal_places=2, null=True)
    due_on = models.DateField(_("完成期限"), null=True)
    taken_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(_("作出时间"))
    needs_approval = models.BooleanField(default=False)
    approved_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    approval_note = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(_("完成时间"), null=True)
    form_key = models.CharField(max_length=40, unique=True)

    class Meta:
        """Database rules."""

        ordering = ("taken_at", "pk")

    def __str__(self) -> str:
        """Return the kind."""
        return self.kind


class Supervision(models.Model):
    """A push from above (督办)."""

    order = models.ForeignKey(DispatchOrder, on_delete=models.CASCADE, related_name="supervisions")
    text = models.CharField(_("督办要求"), max_length=500)
    sent_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    answer = models.CharField(_("回复"), max_length=500, blank=True)
    answered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """Database rules."""

        ordering = ("pk",)

    def __str__(self) -> str:
        """Return the text."""
        return self.text


class EffectCheck(models.Model):
    """Whether handling helped, some days after a clue was closed (处置效果评估).

    `score_then` and `score_now` are None when the company was not rated; `effect` is 0 to 1, None until
    computed or when there is nothing to compute it from.
    """

    clue = models.ForeignKey(Clue, on_delete=models.CASCADE, related_name="effect_checks")
    days = models.PositiveSmallIntegerField()
    closed_at = models.DateTimeField()  # of which closing: a reopened clue is checked anew
    due_on = models.DateField(db_index=True)
    score_then = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    computed_at = models.DateTimeField(null=True)
    run_id = models.CharField(max_length=80, blank=True)
    score_now = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    new_complaints = models.PositiveIntegerField(null=True)
    adverts_online = models.PositiveIntegerField(null=True)
    new_companies = models.PositiveIntegerField(null=True)  # opened since by the same people
    effect = models.DecimalField(max_digits=4, decimal_places=3, null=True)

    class Meta:
        """Database rules."""

        ordering = ("due_on", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("clue", "closed_at", "days"), name="one_check_per_closing_and_day"
            )
        ]

    def __str__(self) -> str:
        """Return the day."""
        return str(self.due_on)


class SentForm(models.Model):
    """The form of a step that was taken; written with the step itself, so that sending it again takes no second one."""

    key = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        """Return the key."""
        return self.key
