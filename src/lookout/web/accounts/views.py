"""Signing in and out, the password, the second factor, and the privileged mode."""

from __future__ import annotations

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lookout.web.accounts import second_factor, sessions
from lookout.web.accounts.access import person
from lookout.web.accounts.forms import ChangePasswordForm, CodeForm, PrivilegeForm, SignInForm
from lookout.web.accounts.models import User
from lookout.web.accounts.selectors import demo_logins, landing_address
from lookout.web.accounts.services import note_own_password, note_privilege


class SignIn(LoginView):
    """Ask for user name and password; lock-out is the business of axes."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    extra_context = {"demo_logins": demo_logins}

    def get_default_redirect_url(self) -> str:
        """Go to the first place of the role: not everybody has Today."""
        return landing_address(person(self.request))


class SignOut(LogoutView):
    """End the session (POST only)."""


class ChangePassword(PasswordChangeView):
    """Change the password and say that it is done."""

    template_name = "accounts/password.html"
    form_class = ChangePasswordForm
    success_url = reverse_lazy("accounts:password")

    def form_valid(self, form: ChangePasswordForm) -> HttpResponse:  # type: ignore[override]  # no other form gets here
        """Keep the person signed in."""
        answer = super().form_valid(form)
        note_own_password(person(self.request))
        messages.success(self.request, _("密码已更改，下次登录请用新密码。"))
        return answer


def next_address(request: HttpRequest, user: User) -> str:
    """Return where the person was going, if that is on this desk, otherwise the first place of the role."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if own else landing_address(user)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def code_page(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor."""
    user, form = person(request), CodeForm(request.POST or None)
    if form.is_valid():
        answer = second_factor.show(request, user, form.cleaned_data["code"])
        if answer == "shown":
            return redirect(next_address(request, user))
        form.add_error(
            "code",
            _("刚才输错了，请稍等片刻再试；每错一次要多等一会儿。")
            if answer == "wait"
            else _("验证码不对或已过期。请等手机上换了新码再试。"),
        )
    return render(request, "accounts/code.html", {"form": form, "next": next_address(request, user)})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def enrol_page(request: HttpRequest) -> HttpResponse:
    """Bind an authenticator: show the picture to scan, check one code, give the codes for paper once."""
    user = person(request)
    if second_factor.is_enrolled(user):
        return render(request, "accounts/enrolled.html")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        codes = second_factor.enrol(request, user, form.cleaned_data["code"].strip())
        if codes:
            return render(
                request, "accounts/paper_codes.html", {"codes": codes, "next": next_address(request, user)}
            )
        form.add_error("code", _("验证码不对。请确认手机的时间是自动校准的，再输入最新的 6 位数字。"))
    device = second_factor.pending_device(user)
    picture = segno.make(device.config_url, error="m").svg_inline(scale=5, border=2, omitsize=True)
    context = {
        "form": form,
        "picture": picture,
        "address": device.config_url,
        "next": next_address(request, user),
    }
    return render(request, "accounts/enrol.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def privilege_page(request: HttpRequest) -> HttpResponse:
    """Open the privileged mode for a quarter of an hour."""
    user, form = person(request), PrivilegeForm(request.POST or None)
    if form.is_valid():
        if user.check_password(form.cleaned_data["password"]):
            until = sessions.enter_privileged(request.session, timezone.now())
            note_privilege(user, reason=form.cleaned_data["reason"], until=until)
            return redirect(next_address(request, user))
        form.add_error("password", _("密码不对。"))
    return render(request, "accounts/privilege.html", {"form": form, "next": next_address(request, user)})


@login_required
@require_POST
def privilege_leave(request: HttpRequest) -> HttpResponse:
    """Close the privileged mode before its time."""
    sessions.leave_privileged(request.session)
    return redirect(next_address(request, person(request)))
