"""The regional index month by month, with every revision."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from lookout.web.audit.models import AppendOnlyError


class IndexPoint(models.Model):
    """The index of one region and month as computed from one run; the newest of a month counts, earlier ones are kept.

    `region` is a prefix, '' never. `raw` is the month alone, `value` smoothed with the month before (None: no part
    could be measured). `known` is the weight of the parts that something was known about, 0 to 1. `parts`: part →
    measured, scaled, points. `holding` is what it was computed from; `detail` who it is made of (see index_history).
    """

    region = models.CharField(_("地区"), max_length=6)
    month = models.CharField(_("月份"), max_length=7)
    run_id = models.CharField(max_length=80)
    as_of = models.DateTimeField(_("评级截至"))
    computed_at = models.DateTimeField(_("计算时间"))
    base = models.CharField(_("基期"), max_length=40)
    version = models.CharField(_("公式版本"), max_length=20)
    raw = models.DecimalField(max_digits=5, decimal_places=2)
    value = models.DecimalField(_("指数"), max_digits=5, decimal_places=2)
    known = models.DecimalField(max_digits=4, decimal_places=3)
    parts = models.JSONField()
    holding = models.JSONField()
    detail = models.JSONField()

    class Meta:
        """What cannot exist."""

        verbose_name = _("区域指数")
        ordering = ("region", "month", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("region", "month", "run_id", "base", "version"),
                name="one_index_per_region_month_and_run",
            ),
            models.CheckConstraint(
                condition=models.Q(value__gte=0, value__lte=100, raw__gte=0, raw__lte=100),
                name="an_index_is_between_0_and_100",
            ),
            models.CheckConstraint(condition=~models.Q(region=""), name="an_index_has_a_region"),
        ]

    def __str__(self) -> str:
        """Return region and month."""
        return f"{self.region} {self.month}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; a second time is refused."""
        if self.pk is not None:
            raise AppendOnlyError("a published index is never changed; compute a revision")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("a published index is never deleted")
