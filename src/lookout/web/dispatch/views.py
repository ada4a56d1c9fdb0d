"""What is mine to do; the page of a clue, the steps taken on it, and the pack for the visit."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.duties import duties
from lookout.web.accounts.roles import Place
from lookout.web.clues.access import access_clue
from lookout.web.dispatch import pages, selectors
from lookout.web.dispatch.actions import KINDS, find_action, find_thing
from lookout.web.dispatch.rules import checklist
from lookout.web.dispatch.services import once
from lookout.web.notices.services import mark_read
from lookout.web.ui.paging import Paging, read_offset

WORK_SHOWN = 50


@require_safe
@at_place(Place.CLUES)
def work_page(request: HttpRequest) -> HttpResponse:
    """Show everything that waits for a person, or with `step` what waits for one step."""
    known = {one.code for one in selectors.STEPS}
    step = request.GET.get("step", "") if request.GET.get("step", "") in known else ""
    offset = read_offset(request.GET)
    user, now = person(request), timezone.now()
    work = selectors.my_work(user, now, step=step, offset=offset, limit=WORK_SHOWN)
    total = sum(one.total for one in work.steps if step in ("", one.code))
    others = () if step else duties(user, now)
    context = {
        "work": work,
        "duties": others,
        "waiting": work.total + sum(one.total for one in others),
        "late": work.overdue + sum(one.overdue for one in others),
        "step": step,
        "paging": Paging(offset, WORK_SHOWN, total),
    }
    return render(request, "dispatch/work.html", context)


@require_safe
@at_place(Place.CLUES)
def clue_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one clue with everything done and everything that can be done now."""
    user, now = person(request), timezone.now()
    clue = access_clue(user, number)
    mark_read(user, now=now, link=request.path)
    return render(request, "dispatch/clue.html", pages.clue_context(user, clue, now))


@require_POST
@at_place(Place.CLUES)
def take_step(request: HttpRequest, number: str, kind: str, pk: int, name: str) -> HttpResponse:
    """Take one step; what was not accepted is shown again where it was written."""
    user, now = person(request), timezone.now()
    clue, found = access_clue(user, number), KINDS.get(kind)
    thing = find_thing(found, clue, pk) if found else None
    action = find_action(found, name) if found else None
    if thing is None or action is None:
        raise Http404
    address = reverse("dispatch:clue", args=[clue.number])
    form = action.form(request.POST, request.FILES)
    if not action.may(user, thing):
        messages.error(
            request, _("现在不能“%(action)s”：别人可能刚刚办过，或不归您办。") % {"action": action.title}
        )
        return redirect(address)
    if form.is_valid():
        try:
            once(user, form.cleaned_data["form_key"], lambda: action.run(user, thing, form, now), now=now)
        except DataError as problem:
            form.add_error(None, _with_photos_lost(str(problem), request))
        else:
            messages.success(request, _("已完成：%(action)s。") % {"action": action.title})
            return redirect(address)
    refused = pages.Refused(kind, pk, name, form)
    return render(request, "dispatch/clue.html", pages.clue_context(user, clue, now, refused), status=422)


def _with_photos_lost(problem: str, request: HttpRequest) -> str:
    """Add to what was wrong that files must be chosen again: a browser does not keep them."""
    if not request.FILES:
        return problem
    return f"{problem}{_('（刚才选的文件没有保存，请重新选择）')}"


@require_safe
@at_place(Place.CLUES)
def inspection_pack(request: HttpRequest, number: str) -> HttpResponse:
    """Show the pack two officers take along: reasons, what to look at, an empty form; made for paper."""
    user, now = person(request), timezone.now()
    clue = access_clue(user, number)
    context = pages.clue_context(user, clue, now)
    return render(request, "dispatch/pack.html", {**context, "questions": checklist().values()})
