"""Answers of the machine door: in the reader's language, and never a page where a document is expected."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from lookout.web.api import problems

PREFIX = "/api/v1/"


class MachineAnswersMiddleware:
    """Speak the language a machine asks for, and turn pages about errors into problems that it can read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass everything else on."""
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        language = _language(request.headers.get("Accept-Language", ""))
        with translation.override(language):
            response = self.get_response(request)
            if response.status_code >= 400 and response.headers.get("Content-Type") != problems.MEDIA_TYPE:
                told = problems.by_status(response.status_code)
                if "Allow" in response.headers:
                    told.headers["Allow"] = response.headers["Allow"]
                response = told
        response.headers["Content-Language"] = language
        patch_vary_headers(response, ["Accept-Language"])
        return response


def _language(accepted: str) -> str:
    """Return English when it is asked for before Chinese; Chinese otherwise."""
    for part in accepted.lower().split(","):
        name = part.partition(";")[0].strip()
        if name.startswith(("zh", "en")):
            return "en" if name.startswith("en") else "zh-hans"
    return "zh-hans"
