"""Reads of complaints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _

from lookout.web.accounts.models import User
from lookout.web.audit.models import AuditEntry
from lookout.web.companies.watching import Arrival
from lookout.web.complaints.access import visible
from lookout.web.complaints.models import Complaint
from lookout.web.complaints.states import OPEN, VOID


@dataclass(frozen=True)
class ComplaintFilter:
    """What to list; empty fields do not narrow. `state` may be "open"; `held` is "yes" for what does not count yet."""

    text: str = ""
    state: str = ""
    origin: str = ""
    kind: str = ""
    region: str = ""
    held: str = ""


def list_complaints(user: User, wanted: ComplaintFilter) -> models.QuerySet[Complaint]:
    """Return the complaints a person may see that match, newest first."""
    found = visible(user).select_related("bundle", "clue")
    if wanted.text:
        found = found.filter(
            models.Q(number__contains=wanted.text.upper())
            | models.Q(source_number=wanted.text)
            | models.Q(company_name__contains=wanted.text)
            | models.Q(company=wanted.text.upper())
        )
    if wanted.state:
        found = found.filter(state__in=OPEN) if wanted.state == "open" else found.filter(state=wanted.state)
    for name in ("origin", "kind"):
        if value := getattr(wanted, name):
            found = found.filter(**{name: value})
    if wanted.held:
        found = found.filter(is_signal=wanted.held != "yes")
    if wanted.region:
        found = found.filter(
            models.Q(region__startswith=wanted.region) | models.Q(company_region__startswith=wanted.region)
        )
    return found


def count_states(user: User) -> dict[str, int]:
    """Return how many of the complaints a person may see stand in each state."""
    counted = visible(user).order_by().values("state").annotate(number=models.Count("pk"))
    return {row["state"]: row["number"] for row in counted}


def list_history(complaint: Complaint) -> models.QuerySet[AuditEntry]:
    """Return everything that was done to a complaint, oldest first."""
    found = AuditEntry.objects.filter(object_type="complaints.complaint", object_id=str(complaint.pk))
    return found.order_by("number")


def list_same_target(user: User, complaint: Complaint) -> models.QuerySet[Complaint]:
    """Return the other complaints about the same target that the person sees, newest first."""
    return visible(user).filter(target_key=complaint.target_key).exclude(pk=complaint.pk)


def arrivals(since: datetime, until: datetime) -> Iterator[Arrival]:
    """Yield the companies about which a complaint came after one instant and up to another; repeated ones are not told."""
    fresh = Complaint.objects.filter(received_at__gt=since, received_at__lte=until).exclude(company="")
    for company in fresh.exclude(state__in=VOID).values_list("company", flat=True).distinct().order_by():
        yield Arrival(company, _("关注的企业有新投诉"))
