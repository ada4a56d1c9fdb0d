"""What was sealed about a report: who sees it, and until when it is kept."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lookout.web.evidence.subjects import Subject
from lookout.web.reports.access import visible
from lookout.web.reports.models import Report


def _closed_at(number: str) -> datetime | None:
    return Report.objects.filter(number=number).values_list("archived_at", flat=True).first()


SUBJECT = Subject(
    kind="report",
    title=_("报告"),
    numbers=lambda user: visible(user).values_list("number", flat=True),
    address=lambda number: reverse("reports:page", args=[number]),
    closed_at=_closed_at,
)
