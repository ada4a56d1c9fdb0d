"""What waits for a person among reviews of levels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.access import places_of
from lookout.web.accounts.duties import Duty
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place, Role
from lookout.web.companies.reviewing import DECIDES, visible
from lookout.web.companies.states import ReviewState


def duties(user: User, now: datetime) -> Iterator[Duty]:
    """Yield the reviews a person may decide as the second one; city and province both may."""
    if Role(user.role) not in DECIDES or Place.COMPANIES not in places_of(user):
        return
    waiting = visible(user).filter(state=ReviewState.PROPOSED).exclude(proposed_by=user)
    address = f"{reverse('companies:reviews')}?state={ReviewState.PROPOSED}"
    yield Duty("reviews", _("决定等级复核"), waiting.count(), address)
