"""Pages of runs: the list, and one run with what it changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lookout.web import published
from lookout.web.accounts.access import at_place, person, places_of
from lookout.web.accounts.roles import Place
from lookout.web.companies.selectors import moves
from lookout.web.runs import selectors
from lookout.web.runs.access import access_run


@require_safe
@at_place(Place.RUNS)
def run_list(request: HttpRequest) -> HttpResponse:
    """Show the kept runs."""
    return render(request, "runs/list.html", {"runs": selectors.list_runs()})


@require_safe
@at_place(Place.RUNS)
def run_page(request: HttpRequest, run_id: str) -> HttpResponse:
    """Show one run; what moved can be opened only for the current one and by those who see companies."""
    run, current = access_run(run_id), published.reader().current()
    user = person(request)
    is_current = current is not None and current.run_id == run.run_id
    opens = is_current and Place.COMPANIES in places_of(user)
    context = {
        "run": run,
        "is_current": is_current,
        "moves": moves(user) if opens else None,
        "stages": selectors.list_stages(run),
        "figures": selectors.flat_figures(run.figures),
        "seconds": (run.finished_at - run.started_at).total_seconds(),
    }
    return render(request, "runs/page.html", context)
