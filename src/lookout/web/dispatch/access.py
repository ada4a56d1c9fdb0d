"""Who may act on an order: the one door to them."""

from __future__ import annotations

from django.http import Http404

from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Role
from lookout.web.attachments.models import Attachment
from lookout.web.clues.access import may_decide, visible
from lookout.web.dispatch.models import DispatchOrder

# Roles that carry out orders of their agency.
CARRIES_OUT = frozenset(
    {
        Role.PROVINCE_ADMIN,
        Role.CITY_SUPERVISOR,
        Role.DISTRICT_HANDLER,
        Role.INDUSTRY_REGULATOR,
        Role.MARKET_REGULATOR,
        Role.POLICE_LIAISON,
    }
)


def access_order(user: User, number: int) -> DispatchOrder:
    """Return an order about a clue the person sees; unknown and foreign ones are both 404."""
    found = DispatchOrder.objects.select_related("clue", "agency", "from_agency").filter(pk=number).first()
    if found is None or not visible(user).filter(pk=found.clue_id).exists():
        raise Http404
    return found


def may_carry_out(user: User, order: DispatchOrder) -> bool:
    """Tell whether the order is for the person's own agency."""
    return user.agency_id == order.agency_id and Role(user.role) in CARRIES_OUT


def may_review(user: User, order: DispatchOrder) -> bool:
    """Tell whether the person may review, extend and push: an office that decides, and not the one that reports."""
    return may_decide(user, order.clue) and user.agency_id != order.agency_id


def may_approve_measure(user: User, order: DispatchOrder, approval: str) -> bool:
    """Tell whether the person may sign a measure: a legal reviewer or supervisor, for `city` of a city or above."""
    role = Role(user.role)
    if not visible(user).filter(pk=order.clue_id).exists():
        return False
    above = role in (Role.PROVINCE_ADMIN, Role.CITY_SUPERVISOR)
    return above or (role is Role.LEGAL_REVIEWER and (approval != "city" or len(user.region) <= 4))


def may_read_photo(user: User, attachment: Attachment) -> bool:
    """Answer for photos of visits."""
    return visible(user).filter(orders__visits__photos=attachment).exists()
