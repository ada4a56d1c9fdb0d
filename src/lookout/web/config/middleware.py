"""Language by choice, private caching, and a page for data that cannot be read."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_cache_control

from lookout.hub.reading import NothingPublishedError
from lookout.kernel.errors import LookoutError

logger = logging.getLogger(__name__)
Respond = Callable[[HttpRequest], HttpResponse]


class SecureCookiesMiddleware:
    """Bind every cookie to https as soon as the desk is reached by it.

    Django's own switches are fixed at start, and would lock a bureau out that still serves plain http.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the flag on the cookies of this answer."""
        response = self.get_response(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response


class ChosenLanguageMiddleware:
    """Speak Chinese unless the person chose otherwise.

    Django's own middleware also follows the browser, which on many office machines says English.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the language of the cookie for this request."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class PrivatePagesMiddleware:
    """Keep pages of signed-in people out of shared caches and of the browser's disk."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark the answer as private."""
        response = self.get_response(request)
        patch_cache_control(response, private=True, no_store=True)
        return response


class ReadFailureMiddleware:
    """Turn an error of the published data into a page that says what is safe and what to do."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 503 for errors Lookout raises on purpose; let all others become 500.

        That nothing was published yet is no failure but a state of its own.
        """
        if isinstance(error, NothingPublishedError):
            return render(request, "nothing_published.html")
        if not isinstance(error, LookoutError):
            return None
        logger.error("reading published data failed at %s", request.path, exc_info=error)
        return render(request, "failed.html", {"reason": str(error)}, status=503)
