"""The one door to runs; they hold counts of the whole province and no company."""

from __future__ import annotations

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from lookout.hub.reading.model import RunInfo
from lookout.web import published
from lookout.web.accounts.access import Rest, View, person
from lookout.web.accounts.roles import Role

# Who keeps the installation alive, or checks that somebody does. A system officer sees no other page here.
OPERATES = frozenset({Role.PROVINCE_ADMIN, Role.SYSTEM_ADMIN, Role.AUDITOR})


def for_operators(view: View[Rest]) -> View[Rest]:
    """Let only operators reach a view."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if Role(person(request).role) not in OPERATES:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)


def is_operator(request: HttpRequest) -> bool:
    """Tell whether the person may see how the installation fares."""
    return Role(person(request).role) in OPERATES


def access_run(run_id: str) -> RunInfo:
    """Return a kept run; one that was never made or is no longer kept is 404."""
    run = published.reader().run(run_id)
    if run is None:
        raise Http404
    return run
