"""The end of a clue and what comes after it: closed, checked for effect, started again, merged and taken apart."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lookout.kernel.errors import DataError
from lookout.web import published
from lookout.web.accounts.models import User
from lookout.web.clues import services as clues
from lookout.web.clues.models import Clue
from lookout.web.clues.states import ClueState
from lookout.web.dispatch import deadlines
from lookout.web.dispatch.models import EffectCheck
from lookout.web.dispatch.states import OPEN, OrderState
from lookout.web.dispatch.telling import tell

CHECK_DAYS = (30, 90, 180)


def close_clue(
    by: User, clue: Clue, *, version: int, outcome: str, outcome_reason: str, now: datetime
) -> Clue:
    """Close a clue whose orders are all settled; its effect checks are due from now on."""
    with transaction.atomic():
        unsettled = clue.orders.filter(state__in=OPEN).select_related("agency").first()
        if unsettled is not None:
            state = OrderState(unsettled.state).label
            raise DataError(f"{unsettled.agency} 的分派单还是“{state}”，了结之后才能办结")
        closed = clues.close(
            by,
            clue,
            version=version,
            now=now,
            outcome=outcome,
            outcome_reason=outcome_reason,
            rated=_rated_now(clue.company),
        )
        deadlines.void(now, clue=closed, but_measures=True)
        plan_checks(closed, now)
        for agency in closed.agencies.all():
            tell(agency, "closed", _("已办结：%(clue)s") % {"clue": closed}, closed, now)
    return closed


def _rated_now(company: str) -> tuple[str, Decimal | None]:
    """Return the level and score of a company today, '' and None when it is unknown or nothing is published."""
    reader = published.reader()
    if not company or reader.current() is None:
        return "", None
    rows = [row for row, _mark in reader.marked_rows([company], None)]
    return (rows[0].band or "", rows[0].score) if rows else ("", None)


def plan_checks(clue: Clue, now: datetime) -> None:
    """Plan the effect checks of a closed clue; those whose day is over are left out."""
    if clue.closed_at is None:
        return
    day = timezone.localdate(clue.closed_at)
    EffectCheck.objects.bulk_create(
        EffectCheck(
            clue=clue,
            days=days,
            closed_at=clue.closed_at,
            due_on=day + timedelta(days=days),
            score_then=clue.score,
        )
        for days in CHECK_DAYS
        if day + timedelta(days=days) >= timezone.localdate(now)
    )


def reopen_clue(by: User, clue: Clue, *, version: int | None, reason: str, now: datetime) -> Clue:
    """Start a closed clue again by a person's decision; the checks of its earlier closing that wait are dropped."""
    with transaction.atomic():
        again = clues.reopen(by, clue, reason=reason, version=version)
        EffectCheck.objects.filter(clue=again, computed_at=None).delete()
        deadlines.start(again, "dispatch", now, owner=deadlines.deciding_agency(again))
    return again


def merge_clue(by: User, clue: Clue, into: Clue, *, version: int, reason: str, now: datetime) -> Clue:
    """Let a clue go on as part of another one; its own clocks stop."""
    with transaction.atomic():
        merged = clues.merge(by, clue, into, version=version, reason=reason)
        deadlines.void(now, clue=merged)
    return merged


def unmerge_clue(by: User, clue: Clue, *, version: int, reason: str, now: datetime) -> Clue:
    """Take a clue out of another one; the clock of the step it waits for starts again."""
    with transaction.atomic():
        parted = clues.unmerge(by, clue, version=version, reason=reason)
        if parted.state in (ClueState.NEW, ClueState.REOPENED):
            deadlines.start_judging(Clue, clue=parted, now=now)
        elif parted.state == ClueState.TRIAGED:
            deadlines.start(parted, "dispatch", now, owner=deadlines.deciding_agency(parted))
    return parted
