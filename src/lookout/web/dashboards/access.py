"""What a person may see on the first page: counts inside their regions, and the funnel of the whole."""

from __future__ import annotations

from lookout.web.accounts.access import scope_of, sees_whole_province
from lookout.web.accounts.models import User

__all__ = ["scope_of", "shows_funnel"]


def shows_funnel(user: User) -> bool:
    """Tell whether the counts of the whole province are also this person's counts."""
    return sees_whole_province(user)
