"""Turn away what is too large before it is read."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# One form with several photos; each file has its own, smaller limit.
MOST_OF_A_FORM = 64 * 2**20
# What machines send are no forms: each sender's key says how large it may be.
_OWN_LIMIT = ("/intake/", "/api/")


class UploadLimitMiddleware:
    """Answer 413 to a form that announces more bytes than any of ours may hold."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass everything else on."""
        if request.path.startswith(_OWN_LIMIT):
            return self.get_response(request)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > MOST_OF_A_FORM:
            return render(
                request, "attachments/too_large.html", {"most": MOST_OF_A_FORM // 2**20}, status=413
            )
        return self.get_response(request)
