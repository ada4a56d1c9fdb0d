"""Which region a person may look at."""

from __future__ import annotations

from django.http import Http404

from lookout.kernel.regions import PROVINCES, regions, tree_prefix
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User


def access_region(user: User, wanted: str) -> str:
    """Return the prefix of the region to show: the one asked for, or all the person sees ('' = everything).

    Unknown regions, and those that reach beyond the person's, are both 404.
    """
    scope = scope_of(user)
    if not wanted:
        return "" if scope is None else next(iter(scope), "")
    code = wanted.ljust(6, "0")
    known = len(wanted) in (2, 4, 6) and (wanted in PROVINCES or code in regions())
    prefix = tree_prefix(code)
    if not known or (scope is not None and not (scope and prefix.startswith(scope))):
        raise Http404
    return prefix
