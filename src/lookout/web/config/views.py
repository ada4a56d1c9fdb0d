"""Error pages and the sign of life for the load balancer."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

RETRY_SECONDS = 60


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the role does not include this place, and where to go instead."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that nothing is here, without telling whether it exists for others."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that we failed, or that the desk's database cannot be reached.

    No request, no people, no data: so that this page cannot fail too.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        unavailable = HttpResponse(render_to_string("unavailable.html"), status=503)
        unavailable.headers["Retry-After"] = str(RETRY_SECONDS)
        return unavailable
    return HttpResponse(render_to_string("500.html"), status=500)


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Answer that the desk is up; says nothing about data or people."""
    return HttpResponse("ok", content_type="text/plain")
