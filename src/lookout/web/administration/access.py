"""Who may do what here: system officers make accounts, security officers give rights, auditors read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from lookout.web.accounts.access import Rest, View, at_place, person
from lookout.web.accounts.models import Agency, User
from lookout.web.accounts.roles import Place, Role

MAKES_ACCOUNTS = frozenset({Role.SYSTEM_ADMIN})
GIVES_RIGHTS = frozenset({Role.SECURITY_ADMIN})
READS_RECORD = frozenset({Role.AUDITOR})


def for_roles(roles: frozenset[Role]) -> Callable[[View[Rest]], View[Rest]]:
    """Let only some of those who may enter this place reach a view."""

    def decorate(view: View[Rest]) -> View[Rest]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
            if Role(person(request).role) not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return at_place(Place.ADMINISTRATION)(guarded)

    return decorate


def access_person(number: int) -> User:
    """Return an account; one that does not exist is 404."""
    found = User.objects.select_related("agency").filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def access_agency(number: int) -> Agency:
    """Return an agency; one that does not exist is 404."""
    found = Agency.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return found
