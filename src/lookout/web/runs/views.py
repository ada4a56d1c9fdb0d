"""Pages of runs: the list, and one run with what it changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lookout.kernel.clock import naive_local
from lookout.web import published
from lookout.web.accounts.access import at_place, person, places_of
from lookout.web.accounts.roles import Place
from lookout.web.companies.selectors import moves
from lookout.web.runs import selectors
from lookout.web.runs.access import access_run, for_operators, is_operator
from lookout.web.runs.operation import read_operation


@require_safe
@at_place(Place.RUNS)
def run_list(request: HttpRequest) -> HttpResponse:
    """Show the kept runs."""
    context = {"runs": selectors.list_runs(), "is_operator": is_operator(request)}
    return render(request, "runs/list.html", context)


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


@require_safe
@for_operators
def operation_page(request: HttpRequest) -> HttpResponse:
    """Show how the installation fares."""
    state = read_operation(naive_local(timezone.now()))
    return render(request, "runs/operation.html", {"state": state, "opens": may_open_data(request)})


@require_safe
@for_operators
def operation_figures(request: HttpRequest) -> JsonResponse:
    """Answer the same as JSON; `is_well` is all a monitor has to read."""
    state = read_operation(naive_local(timezone.now()))
    return JsonResponse(state.as_json(), json_dumps_params={"ensure_ascii": False})


def may_open_data(request: HttpRequest) -> bool:
    """Tell whether the person may follow a link to the data pages."""
    return Place.DATA in places_of(person(request))
