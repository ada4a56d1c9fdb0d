"""What waits for a person among complaints, organised ones, comments, rewards and public notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.access import places_of
from lookout.web.accounts.duties import Duty, of_own_place
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place
from lookout.web.complaints import access
from lookout.web.complaints.jobs import ACCEPT_WITHIN
from lookout.web.complaints.states import ComplaintState
from lookout.web.complaints.words import BundleVerdict, CommentState, RewardState
from lookout.web.dispatch.rules import calendar

_TO_DO = (
    (ComplaintState.ACCEPTED, _("核实举报")),
    (ComplaintState.VERIFYING, _("答复举报")),
    (ComplaintState.ANSWERED, _("办结举报")),
)


def duties(user: User, now: datetime) -> Iterator[Duty]:
    """Yield what waits for a person: of their own place, and what only a second person may do."""
    if Place.COMPLAINTS not in places_of(user):
        return
    yield from _of_complaints(user, now)
    here = of_own_place(user, "region", "company_region")
    open_ones = access.bundles(user).filter(here, verdict=BundleVerdict.OPEN)
    yield Duty("bundles", _("判断疑似有组织举报"), open_ones.count(), reverse("complaints:bundles"))
    waiting = access.comments(user).filter(of_own_place(user, "notice__region"), state=CommentState.WAITING)
    yield Duty("comments", _("审核评论"), waiting.count(), reverse("complaints:notices"))
    if access.may_approve(user):
        proposed = access.rewards(user).filter(state=RewardState.PROPOSED).exclude(proposed_by=user)
        yield Duty("rewards", _("审批举报奖励"), proposed.count(), reverse("complaints:rewards"))
        drafts = access.notices(user).filter(confirmed_at=None, withdrawn_at=None).exclude(drafted_by=user)
        yield Duty("notices", _("复核公示"), drafts.count(), reverse("complaints:notices"))


def _of_complaints(user: User, now: datetime) -> Iterator[Duty]:
    """Yield complaints by the step they wait for; those that count as part of another one wait for nobody."""
    mine = access.visible(user).filter(of_own_place(user, "region", "company_region"))
    states = [ComplaintState.RECEIVED, *(state for state, _title in _TO_DO)]
    rows = mine.filter(state__in=states).order_by().values("state")
    latest = _received_before(now)
    found = {
        row["state"]: row
        for row in rows.annotate(
            total=Count("pk"), late=Count("pk", filter=Q(received_at__lt=latest)), first=Min("received_at")
        )
    }
    address = reverse("complaints:list")
    if (new := found.get(ComplaintState.RECEIVED)) is not None:
        yield Duty(
            "complaints_received",
            _("受理举报"),
            new["total"],
            f"{address}?state={ComplaintState.RECEIVED}",
            new["late"],
            calendar().end(new["first"], ACCEPT_WITHIN, "working_days"),
        )
    for state, title in _TO_DO:
        if state in found:
            yield Duty(f"complaints_{state}", title, found[state]["total"], f"{address}?state={state}")


def _received_before(now: datetime) -> datetime:
    """Return the instant such that what came before it should have been taken up by now."""
    days = ACCEPT_WITHIN
    while calendar().end(now - timedelta(days=days), ACCEPT_WITHIN, "working_days") >= now:
        days += 1
    return now - timedelta(days=days)
