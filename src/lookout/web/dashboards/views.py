"""The first page: today's warnings and what changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from lookout.web import published
from lookout.web.accounts.access import at_place, person, places_of
from lookout.web.accounts.roles import Place
from lookout.web.accounts.selectors import landing_address
from lookout.web.dashboards import selectors


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to the first place of their role."""
    if not request.user.is_authenticated:
        return redirect("accounts:login")
    return redirect(landing_address(person(request)))


@require_safe
@at_place(Place.TODAY)
def today_page(request: HttpRequest) -> HttpResponse:
    """Answer what stands, what changed, and who is new among the reds."""
    run = published.reader().current()
    if run is None:
        return render(request, "nothing_published.html")
    previous = published.reader().run(run.previous_run_id) if run.previous_run_id else None
    context = {
        "today": selectors.today(person(request), run.run_id),
        "run": run,
        "previous": previous,
        "may_open_runs": Place.RUNS in places_of(person(request)),
    }
    return render(request, "dashboards/today.html", context)
