"""Pages of reviews of ratings: the list, proposing, deciding."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.web import published
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.companies import reviewing
from lookout.web.companies.access import access_score
from lookout.web.companies.forms import ReviewForm
from lookout.web.companies.states import ReviewState, ReviewVerb
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50


@require_safe
@at_place(Place.COMPANIES)
def review_list(request: HttpRequest) -> HttpResponse:
    """List the reviews of the person's regions."""
    found, state = reviewing.visible(person(request)), request.GET.get("state", "")
    if state in ReviewState.values:
        found = found.filter(state=state)
    paging = Paging(read_offset(request.GET), PAGE, found.count())
    context = {
        "reviews": found[paging.offset : paging.offset + PAGE],
        "paging": paging,
        "state": state,
        "states": ReviewState.choices,
    }
    return render(request, "companies/reviews.html", context)


@require_POST
@at_place(Place.COMPANIES)
def propose(request: HttpRequest, identifier: str) -> HttpResponse:
    """Propose another level; what was not accepted is shown again."""
    user, now, run = person(request), timezone.now(), published.reader().current()
    row, _lines = access_score(user, identifier)
    today = timezone.localdate(now)
    form = ReviewForm(request.POST, request.FILES, today=today, band=row.band)
    if form.is_valid() and run is not None:
        data = form.cleaned_data
        try:
            reviewing.propose(
                user,
                row,
                run_id=run.run_id,
                band=data["band"],
                reason=data["reason"],
                expires_on=data["expires_on"],
                now=now,
                upload=data["file"],
            )
        except DataError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("已提出等级复核，等第二个人决定。"))
            return redirect(reverse("companies:page", args=[row.identifier]) + "#review")
    return render(request, "companies/propose.html", {"form": form, "row": row}, status=422)


@require_POST
@at_place(Place.COMPANIES)
def take_step(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """Decide, withdraw or end a review."""
    user = person(request)
    review = reviewing.access_review(user, number)
    if name not in ReviewVerb.values:
        raise Http404
    version, verb = request.POST.get("version", ""), ReviewVerb(name)
    try:
        reviewing.take(
            user,
            review,
            verb,
            version=int(version) if version.isdecimal() else 0,
            note=request.POST.get("note", "")[:500],
            now=timezone.now(),
        )
    except DataError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("已办理：%(step)s。") % {"step": verb.label})
    return redirect(reverse("companies:page", args=[review.company]) + "#review")
