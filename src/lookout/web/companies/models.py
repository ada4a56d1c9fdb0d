"""What people keep about companies: saved lists, when they last looked, what they watch, what they judge otherwise."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import Agency
from lookout.web.attachments.models import Attachment
from lookout.web.companies.states import LIVE, ReviewState

BAND_CHOICES = (
    ("red", _("红色")),
    ("orange", _("橙色")),
    ("yellow", _("黄色")),
    ("normal", _("正常")),
    ("grey", _("灰色")),
)
COMPANY_LIST = "companies"


class SavedView(models.Model):
    """A list with its filters under a name (我的视图), seen by its owner only; `place` tells which list."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    place = models.CharField(max_length=20, default=COMPANY_LIST)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Database rules."""

        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint(fields=("owner", "place", "name"), name="one_view_per_place_and_name")
        ]

    def __str__(self) -> str:
        """Return the name on its chip."""
        return self.name


class Look(models.Model):
    """What a person saw when they first opened a company's page after a run (上次查看)."""

    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="looks")
    identifier = models.CharField(max_length=120)
    run_id = models.CharField(max_length=80)
    band = models.CharField(max_length=10, blank=True)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    looked_at = models.DateTimeField()

    class Meta:
        """Database rules."""

        constraints = [
            models.UniqueConstraint(fields=("viewer", "identifier", "run_id"), name="one_look_per_result")
        ]

    def __str__(self) -> str:
        """Return who looked at what."""
        return f"{self.viewer_id}:{self.identifier}"


class WatchList(models.Model):
    """Companies somebody keeps an eye on (关注名单): the owner's own, or shared with the whole agency.

    `agency` None: only the owner sees it.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watch_lists")
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="watch_lists", verbose_name=_("共享给")
    )
    name = models.CharField(_("名称"), max_length=40)
    created_at = models.DateTimeField()

    class Meta:
        """Database rules."""

        verbose_name = _("关注名单")
        ordering = ("created_at", "pk")
        constraints = [models.UniqueConstraint(fields=("owner", "name"), name="one_watch_list_per_name")]

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Watched(models.Model):
    """One company on a watch list. `run_id` and `band` are those last seen by the job that tells of changes."""

    list = models.ForeignKey(WatchList, on_delete=models.CASCADE, related_name="watched")
    company = models.CharField(_("企业代码"), max_length=120, db_index=True)
    company_name = models.CharField(_("企业名称"), max_length=200)
    run_id = models.CharField(max_length=80, blank=True)
    band = models.CharField(max_length=10, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        """Database rules."""

        ordering = ("-added_at", "-pk")
        constraints = [models.UniqueConstraint(fields=("list", "company"), name="watched_once_per_list")]

    def __str__(self) -> str:
        """Return the company's name."""
        return self.company_name


class RatingReview(models.Model):
    """A person's judgement of a rating beside the model's (等级复核); it never changes the computed score.

    `model_band`, `model_score` and `run_id` are what was rated when it was proposed. It counts from its approval by
    a second person until the end of `expires_on` (Shanghai).
    """

    company = models.CharField(_("企业代码"), max_length=120, db_index=True)
    company_name = models.CharField(_("企业名称"), max_length=200)
    region = models.CharField(_("所在地"), max_length=6, blank=True)
    run_id = models.CharField(max_length=80)
    model_band = models.CharField(_("模型评级"), max_length=10, choices=BAND_CHOICES)
    model_score = models.DecimalField(_("模型评分"), max_digits=5, decimal_places=2, null=True)
    proposed_band = models.CharField(_("复核等级"), max_length=10, choices=BAND_CHOICES)
    reason = models.TextField(_("依据"))
    attachment = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, related_name="reviews", verbose_name=_("证据")
    )
    expires_on = models.DateField(_("有效期至"))
    state = models.CharField(
        _("状态"), max_length=10, choices=ReviewState.choices, default=ReviewState.PROPOSED
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("提出人")
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("复核人"),
    )
    decided_at = models.DateTimeField(_("复核时间"), null=True)
    decision_note = models.CharField(_("复核意见"), max_length=500, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """What cannot exist."""

        verbose_name = _("等级复核")
        ordering = ("-proposed_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("company",), condition=models.Q(state__in=LIVE), name="one_live_review_per_company"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("proposed_by")),
                name="a_review_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ReviewState.APPROVED) | models.Q(decided_by__isnull=False),
                name="an_approved_review_was_decided",
            ),
            models.CheckConstraint(
                condition=~models.Q(proposed_band=models.F("model_band")),
                name="a_review_differs_from_the_model",
            ),
        ]

    def __str__(self) -> str:
        """Return whom it is about."""
        return self.company_name
