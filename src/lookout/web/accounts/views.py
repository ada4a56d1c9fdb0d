"""Signing in and out, and changing one's password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from lookout.web.accounts.access import person
from lookout.web.accounts.forms import ChangePasswordForm, SignInForm
from lookout.web.accounts.selectors import demo_logins, landing_address


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
        messages.success(self.request, _("密码已更改，下次登录请用新密码。"))
        return super().form_valid(form)
