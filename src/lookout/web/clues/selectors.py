"""Reads of the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from lookout.web.accounts.models import User
from lookout.web.audit.models import AuditEntry
from lookout.web.clues.access import visible
from lookout.web.clues.models import Clue
from lookout.web.clues.states import OPEN


@dataclass(frozen=True)
class ClueFilter:
    """What to list; empty fields do not narrow. `state` may be "open" for all that are not closed."""

    text: str = ""
    state: str = ""
    band: str = ""
    source: str = ""
    outcome: str = ""
    region: str = ""


def list_clues(user: User, wanted: ClueFilter) -> models.QuerySet[Clue]:
    """Return the clues a person may see that match, newest first."""
    running = models.Q(deadlines__met_at__isnull=True, deadlines__void_at__isnull=True)
    found = visible(user).select_related("owner")
    # The relation is the neighbour's; the ledger only shows when something is due next.
    found = found.annotate(next_due=models.Min("deadlines__due_at", filter=running))
    if wanted.text:
        found = found.filter(
            models.Q(number__contains=wanted.text)
            | models.Q(company_name__contains=wanted.text)
            | models.Q(company=wanted.text.upper())
        )
    if wanted.state:
        found = found.filter(state__in=OPEN) if wanted.state == "open" else found.filter(state=wanted.state)
    for name in ("band", "source", "outcome"):
        if value := getattr(wanted, name):
            found = found.filter(**{name: value})
    if wanted.region:
        found = found.filter(
            models.Q(region_business__startswith=wanted.region)
            | models.Q(region_registered__startswith=wanted.region)
        )
    return found


def list_history(clue: Clue) -> models.QuerySet[AuditEntry]:
    """Return everything that was done to a clue, oldest first."""
    return AuditEntry.objects.filter(object_type="clues.clue", object_id=str(clue.pk)).order_by("number")


def list_related(user: User, *, company: str, company_name: str) -> models.QuerySet[Clue]:
    """Return clues about the same company or the same name, whatever their state: to be seen before another is opened."""
    same = models.Q(company_name=company_name)
    if company:
        same |= models.Q(company=company)
    return visible(user).filter(same).order_by("-opened_at", "-pk")


def count_states(user: User) -> dict[str, int]:
    """Return how many of the clues a person may see stand in each state."""
    counted = visible(user).order_by().values("state").annotate(number=models.Count("pk"))
    return {row["state"]: row["number"] for row in counted}
