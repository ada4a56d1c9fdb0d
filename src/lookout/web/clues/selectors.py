"""Reads of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _

from lookout.web.accounts.models import User
from lookout.web.audit.models import AuditEntry
from lookout.web.audit.selectors import list_entries_of
from lookout.web.clues.access import visible
from lookout.web.clues.models import BANDS, Clue
from lookout.web.clues.states import CLOSED, OPEN, ClueState
from lookout.web.clues.words import CONFIRMED, Secrecy
from lookout.web.companies.watching import Arrival

GROUPS: dict[str, tuple[ClueState, ...]] = {"open": OPEN, "closed": CLOSED}


@dataclass(frozen=True)
class ClueFilter:
    """What to list; empty fields do not narrow. `state` may be "open", or "closed" for all with an outcome.

    `late_at`: something was due before this instant and was not done, with `agency` something of that agency's.
    `measures`: one of these kinds was taken, and approved where it had to be.
    """

    text: str = ""
    state: str = ""
    band: str = ""
    source: str = ""
    outcome: str = ""
    region: str = ""
    ledger: str = ""  # number of the Excel it came with
    late_at: datetime | None = None
    agency: int | None = None
    measures: tuple[str, ...] = ()
    reopened: bool = False


def clue_of_form(key: str) -> Clue | None:
    """Return the clue that a form with this `sent_key` has made already: sent twice it is one clue."""
    return Clue.objects.filter(imported_key=key).first() if key else None


def list_clues(user: User, wanted: ClueFilter) -> models.QuerySet[Clue]:
    """Return the clues a person may see that match, newest first, each with when something is due next."""
    running = models.Q(deadlines__met_at__isnull=True, deadlines__void_at__isnull=True)
    found = find_clues(user, wanted).select_related("owner")
    return found.annotate(next_due=models.Min("deadlines__due_at", filter=running))


def find_clues(user: User, wanted: ClueFilter) -> models.QuerySet[Clue]:
    """Return the same clues as `list_clues`, to be counted."""
    found = visible(user)
    if wanted.text:
        found = found.filter(
            models.Q(number__contains=wanted.text)
            | models.Q(company_name__contains=wanted.text)
            | models.Q(company=wanted.text.upper())
        )
    if wanted.state:
        found = found.filter(state__in=GROUPS.get(wanted.state, (wanted.state,)))
    if wanted.outcome:
        found = found.filter(outcome__in=CONFIRMED if wanted.outcome == "confirmed" else (wanted.outcome,))
    if wanted.ledger:
        found = found.filter(ledger_import=int(wanted.ledger)) if wanted.ledger.isdecimal() else found.none()
    for name in ("band", "source"):
        if value := getattr(wanted, name):
            found = found.filter(**{name: value})
    if wanted.region:
        found = found.filter(
            models.Q(region_business__startswith=wanted.region)
            | models.Q(region_registered__startswith=wanted.region)
        )
    if wanted.late_at:
        found = found.filter(pk__in=_with_late(wanted.late_at, wanted.agency).values("pk"))
    if wanted.measures:
        found = found.filter(pk__in=_with_measures(wanted.measures).values("pk"))
    return found.filter(reopened_times__gt=0) if wanted.reopened else found


# The relations are the neighbour's.
def _with_late(late_at: datetime, agency: int | None) -> models.QuerySet[Clue]:
    late = models.Q(
        deadlines__due_at__lt=late_at, deadlines__met_at__isnull=True, deadlines__void_at__isnull=True
    )
    return Clue.objects.filter(late & models.Q(deadlines__owner=agency) if agency else late)


def _with_measures(kinds: tuple[str, ...]) -> models.QuerySet[Clue]:
    counts = models.Q(orders__measures__needs_approval=False) | models.Q(
        orders__measures__approved_at__isnull=False
    )
    return Clue.objects.filter(counts, orders__measures__kind__in=kinds)


def list_history(clue: Clue) -> models.QuerySet[AuditEntry]:
    """Return everything that was done to a clue, oldest first."""
    return list_entries_of("clues.clue", clue.pk)


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


def arrivals(since: datetime, until: datetime) -> Iterator[Arrival]:
    """Yield the companies about which a clue was opened after one instant and up to another; sealed ones are not told."""
    fresh = Clue.objects.filter(opened_at__gt=since, opened_at__lte=until).exclude(company="")
    for company in (
        fresh.exclude(secrecy=Secrecy.SEALED).values_list("company", flat=True).distinct().order_by()
    ):
        yield Arrival(company, _("关注的企业有新线索"))


@dataclass(frozen=True)
class Precision:
    """How many clues of a band were closed, and how many of them were something; `share` None without any."""

    band: str
    flagged: int
    confirmed: int

    @property
    def share(self) -> float | None:
        """Return confirmed over flagged."""
        return self.confirmed / self.flagged if self.flagged else None


def precision(user: User) -> list[Precision]:
    """Return the precision known so far by band, from all closed clues a person may see, imported ones too."""
    counted = (
        visible(user)
        .filter(state__in=CLOSED)
        .order_by()
        .values("band")
        .annotate(
            flagged=models.Count("pk"), confirmed=models.Count("pk", filter=models.Q(outcome__in=CONFIRMED))
        )
    )
    by_band = {row["band"]: row for row in counted}
    return [
        Precision(band, by_band[band]["flagged"], by_band[band]["confirmed"])
        if band in by_band
        else Precision(band, 0, 0)
        for band, _title in BANDS
    ]
