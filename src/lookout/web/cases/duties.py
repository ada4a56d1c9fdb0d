"""What waits for a person among cases and their reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.duties import Duty
from lookout.web.accounts.models import User
from lookout.web.cases.access import HANDLES, reads_totals, visible
from lookout.web.cases.selectors import list_reports
from lookout.web.cases.states import CaseState


def duties(user: User, now: datetime) -> Iterator[Duty]:
    """Yield the reports to submit, review or accept, and the open cases of the own agency."""
    if reads_totals(user):
        lines = list_reports(user, "mine", now)
        yield Duty(
            "case_reports",
            _("案件报告"),
            len(lines),
            f"{reverse('cases:reports')}?view=mine",
            sum(line.is_late for line in lines),
            min((line.report.due_at for line in lines), default=None),
        )
    if user.role in HANDLES and user.agency_id is not None:
        own = visible(user).filter(agency_id=user.agency_id).exclude(state=CaseState.CLOSED)
        yield Duty("cases", _("主办案件"), own.count(), f"{reverse('cases:list')}?state=open")
