"""Between signing in and the desk: the session must be alive, the password one's own, the second factor shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from lookout.web.accounts.models import User
from lookout.web.accounts.second_factor import is_enrolled, is_shown
from lookout.web.accounts.sessions import why_over

Respond = Callable[[HttpRequest], HttpResponse]
# What a person who has not finished signing in may reach.
ALWAYS = frozenset({"accounts:login", "accounts:logout", "set_language", "health"})


class SignedInRulesMiddleware:
    """Send a person whose session is over to sign in, and one whose sign-in is not complete to the missing step."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; the rules need to know the view."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Let complete sessions through."""
        match = request.resolver_match
        name = match.view_name if match else ""
        if not isinstance(request.user, User) or name in ALWAYS:
            return None
        over = why_over(
            request.session,
            timezone.now(),
            idle=timedelta(minutes=settings.SESSION_IDLE_MINUTES),
            signed_out_at=request.user.signed_out_at,
        )
        if over:
            logout(request)
            messages.info(
                request,
                _("太久没有操作，已自动退出，请重新登录。")
                if over == "idle"
                else _("您的账号有变动，请重新登录。"),
            )
            return _then_back(settings.LOGIN_URL, request)
        step = _missing_step(request, request.user)
        return _then_back(step, request) if step and step != name else None


def _missing_step(request: HttpRequest, user: User) -> str:
    if is_enrolled(user) and not is_shown(request):
        return "accounts:code"
    if user.must_change_password:
        return "accounts:password"
    if settings.SECOND_FACTOR_REQUIRED and not is_enrolled(user):
        return "accounts:enrol"
    return ""


def _then_back(name: str, request: HttpRequest) -> HttpResponse:
    return redirect(f"{reverse(name)}?{urlencode({'next': request.get_full_path()})}")
