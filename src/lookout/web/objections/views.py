"""Pages of officers: the letter, the objections with their deadlines, the answer."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.audit.selectors import list_entries_of
from lookout.web.companies.access import access_score
from lookout.web.notices.services import mark_read
from lookout.web.objections import services
from lookout.web.objections.access import access_objection, may_answer, visible
from lookout.web.objections.states import OPEN, ObjectionState, ObjectionVerb, after
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50


@never_cache
@require_POST
@at_place(Place.COMPANIES)
def letter(request: HttpRequest, identifier: str) -> HttpResponse:
    """Issue a letter and show it for printing; its code is never shown again."""
    user = person(request)
    row, _lines = access_score(user, identifier)
    if not may_answer(user):
        raise PermissionDenied
    try:
        issued, code = services.issue(user, row, now=timezone.now())
    except DataError as problem:
        messages.error(request, str(problem))
        return redirect("companies:page", row.identifier)
    return render(request, "objections/letter.html", {"letter": issued, "code": code, "agency": user.agency})


@require_safe
@at_place(Place.COMPANIES)
def objection_list(request: HttpRequest) -> HttpResponse:
    """List the objections of the person's regions, the one due next first."""
    found, state = visible(person(request)), request.GET.get("state", "open")
    if state == "open":
        found = found.filter(state__in=OPEN)
    elif state in ObjectionState.values:
        found = found.filter(state=state)
    paging = Paging(read_offset(request.GET), PAGE, found.count())
    context = {
        "objections": found[paging.offset : paging.offset + PAGE],
        "paging": paging,
        "state": state,
        "states": ObjectionState.choices,
    }
    return render(request, "objections/list.html", context)


@require_safe
@at_place(Place.COMPANIES)
def objection_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show one objection with what can be done now."""
    user = person(request)
    objection = access_objection(user, number)
    mark_read(user, now=timezone.now(), link=request.path)
    state = ObjectionState(objection.state)
    context = {
        "objection": objection,
        "steps": [verb for verb in ObjectionVerb if may_answer(user) and after(state, verb) is not None],
        "history": list_entries_of("objections.objection", objection.pk),
    }
    return render(request, "objections/page.html", context)


@require_POST
@at_place(Place.COMPANIES)
def take_step(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """Take one step."""
    user = person(request)
    objection = access_objection(user, number)
    if name not in ObjectionVerb.values:
        raise Http404
    version, verb = request.POST.get("version", ""), ObjectionVerb(name)
    try:
        services.take(
            user,
            objection,
            verb,
            version=int(version) if version.isdecimal() else 0,
            answer=request.POST.get("answer", "")[:4000],
            now=timezone.now(),
        )
    except DataError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("已办理：%(step)s。") % {"step": verb.label})
    return redirect("objections:page", objection.pk)
