"""The bar of places: by kind of work on wide screens; on a phone four places at hand and the rest behind one button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext_lazy

from lookout.web.accounts.access import places_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place, Role

GROUPS: tuple[tuple[Any, tuple[Place, ...]], ...] = (
    (
        pgettext_lazy("栏目组", "办理"),
        (Place.TODAY, Place.COMPANIES, Place.CLUES, Place.COMPLAINTS, Place.CASES),
    ),
    (pgettext_lazy("栏目组", "研判"), (Place.SITUATION, Place.REPORTS)),
    (pgettext_lazy("栏目组", "证据"), (Place.EVIDENCE, Place.DEPOSITS)),
    (pgettext_lazy("栏目组", "数据与模型"), (Place.DATA, Place.STEWARDS, Place.RUNS, Place.MODELS)),
    (pgettext_lazy("栏目组", "系统"), (Place.ADMINISTRATION,)),
)
# A phone is 390 wide: five words stand beside each other and can be hit with a thumb.
MOST_AT_HAND = 5
# What each role opens most often away from the office. Others see their first places.
AT_HAND: dict[Role, tuple[Place, ...]] = {
    Role.PROVINCE_ADMIN: (Place.TODAY, Place.CLUES, Place.COMPANIES, Place.SITUATION),
    Role.ANALYST: (Place.TODAY, Place.COMPANIES, Place.CLUES, Place.REPORTS),
    Role.CITY_SUPERVISOR: (Place.TODAY, Place.CLUES, Place.COMPANIES, Place.COMPLAINTS),
    Role.DISTRICT_HANDLER: (Place.TODAY, Place.CLUES, Place.COMPLAINTS, Place.EVIDENCE),
}
# Rooms without a place of their own, and the place one comes from.
BELONGS_TO = {
    "dispatch": Place.CLUES,
    "objections": Place.COMPANIES,
    "intake": Place.DATA,
    "machines": Place.ADMINISTRATION,
}


@dataclass(frozen=True)
class Group:
    """Places of one kind of work."""

    title: Any
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Bar:
    """The places of one person. `rest` is empty when all are at hand; `here` is the place of the open page."""

    groups: tuple[Group, ...]
    at_hand: tuple[Place, ...]
    rest: tuple[Group, ...]
    here: Place | None

    @property
    def is_grouped(self) -> bool:
        """Tell whether the groups need headings: a short bar is read at a glance."""
        return bool(self.rest)

    @property
    def is_at_rest(self) -> bool:
        """Tell whether the open page is in none of the places at hand."""
        return any(self.here in group.places for group in self.rest)


def bar_of(user: User, room: str) -> Bar:
    """Return the bar of a person who has a page of the named room open."""
    places = places_of(user)
    groups = _grouped(places)
    in_order = tuple(place for group in groups for place in group.places)
    at_hand = in_order
    if len(places) > MOST_AT_HAND:
        # One of the five is the button that opens the rest.
        at_hand = AT_HAND.get(Role(user.role), in_order)[: MOST_AT_HAND - 1]
    rest = _grouped(tuple(place for place in places if place not in at_hand))
    here = BELONGS_TO.get(room) or next((place for place in places if place.value == room), None)
    return Bar(groups, at_hand, rest, here)


def _grouped(places: tuple[Place, ...]) -> tuple[Group, ...]:
    kept = ((title, tuple(place for place in group if place in places)) for title, group in GROUPS)
    return tuple(Group(title, held) for title, held in kept if held)
