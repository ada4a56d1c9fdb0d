"""What was sealed about a contract: who sees it, and how long it is kept."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lookout.web.deposits.selectors import numbers_seen
from lookout.web.deposits.services import SUBJECT as KIND
from lookout.web.evidence.subjects import Subject


def _closed_at(number: str) -> datetime | None:
    # A deposited contract has no end: whoever deposited it decides how long it is kept.
    return None


SUBJECT = Subject(
    kind=KIND,
    title=_("合同"),
    numbers=numbers_seen,
    address=lambda number: reverse("deposits:page", args=[number]),
    closed_at=_closed_at,
)
