"""What the forms of the steps begin with: nobody types what the desk knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from lookout.kernel.regions import region_name
from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.clues.models import Clue
from lookout.web.clues.services import place_of
from lookout.web.dispatch.models import DispatchOrder, Visit
from lookout.web.dispatch.states import OPEN, OrderState

Initial = dict[str, Any]


def initial(kind: str, step: str, thing: Any, user: User, now: datetime) -> Initial:
    """Return what is known for the form of a step of a kind of thing."""
    fill = _FILLERS.get((kind, step))
    return {"version": getattr(thing, "version", None), **(fill(thing, user, now) if fill else {})}


def _triage(clue: Clue, user: User, now: datetime) -> Initial:
    return {name: getattr(clue, name) for name in ("band", "activity_class", "summary", "advice", "secrecy")}


def _facts(clue: Clue, user: User, now: datetime) -> Initial:
    names = ("activity_class", "disguise_type", "amount", "participants")
    places = "、".join(region_name(code) for code in clue.involved_regions)
    return {**{name: getattr(clue, name) for name in names}, "involved_regions": places}


def _identify(clue: Clue, user: User, now: datetime) -> Initial:
    return {"company": clue.company, "region_business": place_of(clue)}


def _dispatch(clue: Clue, user: User, now: datetime) -> Initial:
    """Offer the lead office of the place where the company trades; while there is a lead, another one joins in."""
    if clue.orders.filter(is_lead=True, state__in=OPEN).exists():
        return {"part": "join"}
    offices = Agency.objects.filter(kind=AgencyKind.LEAD, is_active=True, region=place_of(clue))
    return {"part": "lead", "agency": offices.exclude(pk=user.agency_id or 0).order_by("pk").first()}


def _close(clue: Clue, user: User, now: datetime) -> Initial:
    told = clue.orders.filter(state=OrderState.APPROVED, is_lead=True).last()
    return {"outcome": told.proposed_outcome, "outcome_reason": told.report} if told else {}


def _visit(order: DispatchOrder, user: User, now: datetime) -> Initial:
    """Offer this moment, the place of the visit before, and the two officers who went the last time."""
    last = Visit.objects.filter(entered_by=user).order_by("-at", "-pk").first()
    here = Visit.objects.filter(order__clue=order.clue_id).last()
    officers = last.officers if last else [{"name": str(user), "card": ""}]
    found: Initial = {"at": timezone.localtime(now), "place": here.place if here else ""}
    for number, officer in enumerate(officers[:2], start=1):
        found |= {f"officer_{number}": officer["name"], f"card_{number}": officer["card"]}
    return found


def _report(order: DispatchOrder, user: User, now: datetime) -> Initial:
    return {"text": order.report, "proposed_outcome": order.proposed_outcome} if order.report else {}


_FILLERS: Mapping[tuple[str, str], Callable[[Any, User, datetime], Initial]] = {
    ("clue", "triage"): _triage,
    ("clue", "facts"): _facts,
    ("clue", "identify"): _identify,
    ("clue", "dispatch"): _dispatch,
    ("clue", "close"): _close,
    ("order", "visit"): _visit,
    ("order", "report"): _report,
}
