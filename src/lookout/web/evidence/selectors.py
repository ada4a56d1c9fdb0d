"""Read deposits."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from lookout.web.accounts.models import User
from lookout.web.evidence.access import visible, visible_captures
from lookout.web.evidence.models import Capture, Deposit


@dataclass(frozen=True)
class DepositFilter:
    """What to look for; empty fields do not narrow. `text` is part of a number, a name or a digest."""

    text: str = ""
    kind: str = ""
    about_kind: str = ""
    about_number: str = ""
    mine: str = ""


def list_deposits(user: User, wanted: DepositFilter) -> models.QuerySet[Deposit]:
    """Return the deposits a person may see that match, newest first."""
    found = visible(user).select_related("sealed_by")
    if text := wanted.text:
        found = found.filter(
            models.Q(number__icontains=text)
            | models.Q(name__icontains=text)
            | models.Q(sha256__istartswith=text)
            | models.Q(sm3__istartswith=text)
            | models.Q(about_number=text)
        )
    for field in ("kind", "about_kind", "about_number"):
        if value := getattr(wanted, field):
            found = found.filter(**{field: value})
    return found.filter(sealed_by=user) if wanted.mine else found


def count_kinds(user: User) -> dict[str, int]:
    """Return how many deposits of each kind a person may see."""
    rows = visible(user).order_by().values("kind").annotate(count=models.Count("pk"))
    return {row["kind"]: row["count"] for row in rows}


def list_deposits_of(user: User, kind: str, number: str) -> models.QuerySet[Deposit]:
    """Return the deposits of one record, oldest first."""
    found = visible(user).filter(about_kind=kind, about_number=number)
    return found.select_related("sealed_by").order_by("sealed_at", "pk")


def count_deposits_of(user: User, kind: str, number: str) -> int:
    """Return how many deposits of a record a person may see."""
    return visible(user).filter(about_kind=kind, about_number=number).count()


def public_deposit(number: str) -> Deposit | None:
    """Return a deposit for the page anybody may open; that page shows digests and times only."""
    return Deposit.objects.filter(number=number.strip().upper()).first()


def waiting_for_the_log() -> int:
    """Return how many deposits are not in the log yet."""
    return Deposit.objects.filter(log_index=None).count()


def list_captures(user: User) -> models.QuerySet[Capture]:
    """Return the captures a person asked for, newest first."""
    return visible_captures(user).select_related("deposit")
