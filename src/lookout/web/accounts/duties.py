"""What waits for a person outside the steps of clues: each app tells of its own, the first page shows all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise

from lookout.web.accounts.models import Agency, AgencyKind, User

PROVINCE = 2  # digits of its region


@dataclass(frozen=True)
class Duty:
    """One kind of thing that waits: how many, how many of them overdue, when the first is due, where they are.

    `due` is None when no clock runs.
    """

    code: str
    title: str | Promise
    total: int
    address: str
    overdue: int = 0
    due: datetime | None = None


def of_own_place(user: User, region: str, otherwise: str = "", *, nearest: int = 6) -> Q:
    """Return what lies in a person's region and no office nearer to its place answers for.

    `region` names the field of the place, `otherwise` the one that counts where the first is empty; what has
    neither is the province's. `nearest`: how many digits the region of an office may have that does such
    things, 4 for a city's.
    """
    if not user.region:
        return Q(pk__in=())

    def within(prefix: str) -> Q:
        inside = Q(**{f"{region}__startswith": prefix})
        return inside | Q(**{region: "", f"{otherwise}__startswith": prefix}) if otherwise else inside

    mine = within(user.region)
    if len(user.region) == PROVINCE:
        mine |= Q(**{name: "" for name in (region, otherwise) if name})
    offices = Agency.objects.filter(kind=AgencyKind.LEAD, is_active=True, region__startswith=user.region)
    for place in offices.values_list("region", flat=True).distinct().order_by():
        if len(user.region) < len(place) <= nearest:
            mine &= ~within(place)
    return mine


Teller = Callable[[User, datetime], Iterable[Duty]]
_TELLERS: dict[str, Teller] = {}


def register(teller: Teller) -> None:
    """Let an app tell what waits for a person there. Registering the same one again changes nothing."""
    _TELLERS[f"{teller.__module__}.{teller.__qualname__}"] = teller


def duties(user: User, now: datetime) -> tuple[Duty, ...]:
    """Return what waits for a person, overdue first, then what is due first; kinds with nothing are left out."""
    found = [duty for _name, teller in sorted(_TELLERS.items()) for duty in teller(user, now) if duty.total]
    return tuple(sorted(found, key=lambda one: (-bool(one.overdue), one.due is None, one.due or now)))
