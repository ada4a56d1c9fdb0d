"""What waits for a person among objections."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.duties import Duty, of_own_place
from lookout.web.accounts.models import User
from lookout.web.objections.access import may_answer, visible
from lookout.web.objections.states import UNANSWERED


def duties(user: User, now: datetime) -> Iterator[Duty]:
    """Yield the objections a person has to answer."""
    if not may_answer(user):
        return
    mine = visible(user).filter(of_own_place(user, "letter__region", nearest=4), state__in=UNANSWERED)
    found = mine.order_by().aggregate(
        total=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)), first=Min("due_at")
    )
    address = reverse("objections:list")
    yield Duty("objections", _("答复异议"), found["total"], address, found["late"], found["first"])
