"""Who is told of a step of an order, and how it is recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from lookout.web.accounts.models import Agency, User
from lookout.web.audit.services import record
from lookout.web.clues.models import Clue
from lookout.web.clues.services import place_of
from lookout.web.dispatch.models import DispatchOrder
from lookout.web.notices.services import notify, people_of


def tell(agency: Agency, kind: str, text: str, clue: Clue, now: datetime) -> None:
    """Tell the people of an agency something about a clue."""
    notify(people_of(agency), kind, text, reverse("dispatch:clue", args=[clue.number]), now=now)


def tell_sender(order: DispatchOrder, text: str, now: datetime) -> None:
    """Tell whoever sent an order; `text` has places for the agency and the clue."""
    said = text % {"agency": order.agency, "clue": order.clue}
    if order.from_agency is not None:
        tell(order.from_agency, "report", said, order.clue, now)
    else:
        link = reverse("dispatch:clue", args=[order.clue.number])
        notify([order.sent_by], "report", said, link, now=now)


def record_order(by: User, verb: str, order: DispatchOrder, **values: Any) -> None:
    """Record a step of an order with its clue."""
    clue = order.clue
    record(
        by,
        verb,
        clue,
        company=clue.company,
        region=place_of(clue),
        **{**values, "after": {"order": order.pk, **values.get("after", {})}},
    )
