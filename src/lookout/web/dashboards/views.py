"""The first page: what is mine to do, today's warnings and what changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lookout.web import published
from lookout.web.accounts.access import at_place, person, places_of
from lookout.web.accounts.duties import duties
from lookout.web.accounts.roles import Place
from lookout.web.accounts.selectors import landing_address
from lookout.web.dashboards import selectors
from lookout.web.dispatch.selectors import my_work

TASKS_SHOWN = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to the first place of their role."""
    if not request.user.is_authenticated:
        return redirect("accounts:login")
    return redirect(landing_address(person(request)))


@require_safe
@at_place(Place.TODAY)
def today_page(request: HttpRequest) -> HttpResponse:
    """Answer what is mine to do, what stands, what changed, and who is new among the reds."""
    now = timezone.now()
    run, work = published.reader().current(), my_work(person(request), now, limit=TASKS_SHOWN)
    others = duties(person(request), now)
    if run is None:
        # Clues also come from elsewhere: work does not wait for the first rating.
        return (
            redirect("dispatch:work") if work.total or others else render(request, "nothing_published.html")
        )
    previous = published.reader().run(run.previous_run_id) if run.previous_run_id else None
    context = {
        "today": selectors.today(person(request), run.run_id),
        "run": run,
        "work": work,
        "duties": others,
        "waiting": work.total + sum(one.total for one in others),
        "late": work.overdue + sum(one.overdue for one in others),
        "previous": previous,
        "may_open_runs": Place.RUNS in places_of(person(request)),
    }
    return render(request, "dashboards/today.html", context)
