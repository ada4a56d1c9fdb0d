"""A person's own notices."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookout.web.accounts.access import person
from lookout.web.notices import selectors, services
from lookout.web.notices.forms import MailForm
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50


@require_safe
@login_required
def notice_list(request: HttpRequest) -> HttpResponse:
    """List a person's notices, newest first."""
    user = person(request)
    found = selectors.list_notices(user)
    paging = Paging(read_offset(request.GET), PAGE, found.count())
    context = {
        "notices": found[paging.offset : paging.offset + PAGE],
        "paging": paging,
        "unread": services.unread_count(user),
        "form": MailForm(initial={"by_mail": selectors.mail_choice_of(user)}),
        "mail_is_set_up": settings.MAIL_IS_SET_UP,
        "has_address": bool(user.email),
    }
    return render(request, "notices/list.html", context)


@require_safe
@login_required
def notice_open(request: HttpRequest, number: int) -> HttpResponse:
    """Mark a notice as read and go where it leads."""
    user = person(request)
    found = selectors.access_notice(user, number)
    services.mark_read(user, now=timezone.now(), number=found.pk)
    return redirect(found.link)


@require_POST
@login_required
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    services.mark_read(person(request), now=timezone.now())
    return redirect("notices:list")


@require_POST
@login_required
def mail_choice(request: HttpRequest) -> HttpResponse:
    """Keep the choice about mail."""
    form = MailForm(request.POST)
    if form.is_valid():
        services.choose_mail(person(request), form.cleaned_data["by_mail"])
        messages.success(request, _("已保存。"))
    return redirect("notices:list")
