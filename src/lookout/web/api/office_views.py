"""The pages on which officers make keys, give them rights, and watch notices on their way."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lookout.web.accounts.access import at_place, for_roles, person, privileged
from lookout.web.accounts.roles import Place
from lookout.web.api import hooks, selectors, services
from lookout.web.api.access import (
    GIVES_RIGHTS,
    MAKES_KEYS,
    access_delivery,
    access_hook,
    access_key,
    rights_of,
)
from lookout.web.api.forms import KeyRightsForm, NewHookForm, NewKeyForm, ReasonForm, rights_as_written
from lookout.web.intake import keys
from lookout.web.ui.paging import Paging, read_offset

EDIT = require_http_methods(["GET", "POST"])
PAGE = 50


def _page(request: HttpRequest, template: str, **content: object) -> HttpResponse:
    return render(request, f"api/{template}.html", {**rights_of(person(request)), **content})


@require_safe
@at_place(Place.ADMINISTRATION)
def key_list(request: HttpRequest) -> HttpResponse:
    """List the keys."""
    return _page(request, "keys", lines=selectors.list_keys(timezone.now()))


@EDIT
@for_roles(Place.ADMINISTRATION, MAKES_KEYS)
@privileged
def key_new(request: HttpRequest) -> HttpResponse:
    """Make a key without rights and show it, once."""
    form = NewKeyForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        made, text = keys.make_partner_key(
            person(request), name=data["name"], agency=data["agency"], purpose=data["purpose"]
        )
        return _page(request, "key_shown", key=made, text=text)
    return _page(request, "new_key", form=form)


@require_safe
@at_place(Place.ADMINISTRATION)
def key_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show a key: what it may do, what it did, who is told of changes by it."""
    return _show_key(request, number, None)


def _show_key(request: HttpRequest, number: int, form: KeyRightsForm | None) -> HttpResponse:
    key = access_key(number)
    return _page(
        request,
        "key",
        line=selectors.state_of(key, timezone.now()),
        key=key,
        words=selectors.scope_words(key),
        reads=selectors.reads_of(key),
        hooks=selectors.list_hooks().filter(key=key),
        form=form or KeyRightsForm(initial=rights_as_written(key)),
        reason_form=ReasonForm(),
    )


@require_POST
@for_roles(Place.ADMINISTRATION, GIVES_RIGHTS)
@privileged
def key_rights(request: HttpRequest, number: int) -> HttpResponse:
    """Give a key its rights."""
    key, form = access_key(number), KeyRightsForm(request.POST)
    if not form.is_valid():
        return _show_key(request, number, form)
    reason = form.cleaned_data["reason"]
    changed = services.give_rights(person(request), key, form.values(), reason=reason)
    messages.success(request, _("权限已更改，立即生效。") if changed else _("没有变化，什么也没有改。"))
    return redirect("machines:key", number)


@require_POST
@for_roles(Place.ADMINISTRATION, MAKES_KEYS | GIVES_RIGHTS)
@privileged
def key_revoke(request: HttpRequest, number: int) -> HttpResponse:
    """Make a key useless for ever."""
    key, form = access_key(number), ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("没有作废：请写明依据。"))
    elif key.revoked_at is None:
        keys.revoke(person(request), key, reason=form.cleaned_data["reason"])
        messages.success(request, _("已作废，立即生效，不能恢复。"))
    return redirect("machines:key", number)


@require_safe
@at_place(Place.ADMINISTRATION)
def hook_list(request: HttpRequest) -> HttpResponse:
    """List the receivers of notices."""
    lines = [(hook, selectors.kind_words(hook)) for hook in selectors.list_hooks()]
    return _page(request, "hooks", lines=lines)


@EDIT
@for_roles(Place.ADMINISTRATION, MAKES_KEYS)
@privileged
def hook_new(request: HttpRequest) -> HttpResponse:
    """Make a receiver and show the secret that signs its notices, once."""
    form = NewHookForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        made, secret = hooks.make_hook(person(request), data["key"], data["url"], data["kinds"])
        return _page(request, "hook_shown", hook=made, secret=secret)
    return _page(request, "new_hook", form=form)


@require_safe
@at_place(Place.ADMINISTRATION)
def hook_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show a receiver and its notices."""
    hook, only_dead = access_hook(number), request.GET.get("state") == "dead"
    found = selectors.list_deliveries(hook, only_dead=only_dead)
    paging = Paging(read_offset(request.GET), PAGE, found.count())
    return _page(
        request,
        "hook",
        hook=hook,
        words=selectors.kind_words(hook),
        deliveries=found[paging.offset : paging.offset + PAGE],
        paging=paging,
        only_dead=only_dead,
        dead=selectors.list_deliveries(hook, only_dead=True).count(),
    )


@require_POST
@for_roles(Place.ADMINISTRATION, MAKES_KEYS)
@privileged
def hook_pause(request: HttpRequest, number: int) -> HttpResponse:
    """Stop telling a receiver, or go on."""
    hook = access_hook(number)
    hooks.set_paused(person(request), hook, hook.paused_at is None)
    messages.success(request, _("已暂停。") if hook.paused_at else _("已恢复，暂停期间的变动会补上。"))
    return redirect("machines:hook", number)


@require_POST
@for_roles(Place.ADMINISTRATION, MAKES_KEYS)
@privileged
def delivery_again(request: HttpRequest, number: int) -> HttpResponse:
    """Send a notice again."""
    delivery = access_delivery(number)
    hooks.redeliver(person(request), delivery, timezone.now())
    messages.success(request, _("已排入发送，一两分钟内发出。"))
    return redirect("machines:hook", delivery.hook_id)
