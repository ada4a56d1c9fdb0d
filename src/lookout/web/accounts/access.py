"""Who may enter which place, and which regions a person sees."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from lookout.kernel.regions import tree_prefix
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import PLACES, READS_RAW_DELIVERIES, Place, Role
from lookout.web.accounts.sessions import privileged_until

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def person(request: HttpRequest) -> User:
    """Return the signed-in person; a view without one is a programming error made visible as 403."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def places_of(user: User) -> tuple[Place, ...]:
    """Return the places a person may enter, in the order of the bar."""
    return PLACES[Role(user.role)]


def at_place(place: Place) -> Callable[[View[Rest]], View[Rest]]:
    """Let only signed-in people whose role includes the place reach a view."""

    def decorate(view: View[Rest]) -> View[Rest]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
            if place not in places_of(person(request)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate


def for_roles(place: Place, roles: frozenset[Role]) -> Callable[[View[Rest]], View[Rest]]:
    """Let only some of those who may enter a place reach a view."""

    def decorate(view: View[Rest]) -> View[Rest]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
            if Role(person(request).role) not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return at_place(place)(guarded)

    return decorate


def privileged(view: View[Rest]) -> View[Rest]:
    """Let a view be reached only in the privileged mode; others are asked for their password and a reason first."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if privileged_until(request.session, timezone.now()) is None:
            # What was being sent is not sent again by itself: the person comes back to the page it stood on.
            back = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "/")
            return redirect(f"{reverse('accounts:privilege')}?{urlencode({'next': back})}")
        return view(request, *args, **kwargs)

    return guarded


def scope_of(user: User) -> tuple[str, ...] | None:
    """Return the region prefixes a person sees; an empty tuple sees nothing.

    None, everything, is for those who answer for the whole province: a company whose region is unknown, or that is
    registered elsewhere, would otherwise be seen by nobody.
    """
    if sees_whole_province(user):
        return None
    return (tree_prefix(user.region),) if user.region else ()


def may_read_deliveries(user: User) -> bool:
    """Tell whether a person may read refused rows and unresolved names of all regions."""
    return Role(user.role) in READS_RAW_DELIVERIES


def require_deliveries(user: User) -> None:
    """Refuse people who may not read rows of all regions."""
    if not may_read_deliveries(user):
        raise PermissionDenied


def sees_whole_province(user: User) -> bool:
    """Tell whether counts over the whole province equal what the person can open."""
    return len(user.region) == 2 and may_read_deliveries(user)
