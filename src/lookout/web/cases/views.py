"""Pages of cases: the list, a new one, one case with its events and figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.kernel.regions import region_name
from lookout.web.accounts.access import at_place, person, places_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place, Role
from lookout.web.audit.services import record_about
from lookout.web.cases import selectors
from lookout.web.cases.access import HANDLES, access_case, may_handle, reads_totals
from lookout.web.cases.columns import HEAD, cells
from lookout.web.cases.figures import standing_of
from lookout.web.cases.forms import CaseForm, EventForm, FigureForm
from lookout.web.cases.models import Case
from lookout.web.cases.rules import case_rules
from lookout.web.cases.services import FROM_OUTCOMES, add_figure, file_case, happen
from lookout.web.cases.states import CaseState, CaseVerb, allowed
from lookout.web.cases.words import Figure, Industry
from lookout.web.clues.access import access_clue
from lookout.web.clues.models import Clue
from lookout.web.clues.services import place_of
from lookout.web.ui.excel import MOST_ROWS, excel_response
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50


def read_day(text: str) -> date | None:
    """Return a day from an address, None when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _wanted(request: HttpRequest) -> selectors.CaseFilter:
    query = request.GET
    return selectors.CaseFilter(
        text=query.get("q", "").strip(),
        state=query.get("state", ""),
        industry=query.get("industry", ""),
        region=query.get("region", "").strip(),
        filed_from=read_day(query.get("from", "")),
        filed_to=read_day(query.get("to", "")),
        major=query.get("major") == "1",
    )


@require_safe
@at_place(Place.CASES)
def case_list(request: HttpRequest) -> HttpResponse:
    """List the cases a person may see."""
    user, today, wanted = person(request), timezone.localdate(), _wanted(request)
    found = selectors.list_cases(user, wanted, today)
    total = len(found) if isinstance(found, list) else found.count()
    paging = Paging(read_offset(request.GET), PAGE, total)
    shown = list(found[paging.offset : paging.offset + PAGE])
    context = {
        "cases": selectors.standing_by_number(shown, today),
        "paging": paging,
        "wanted": wanted,
        "states": CaseState.choices,
        "industries": Industry.choices,
        "query": request.GET.urlencode(),
        "may_file": Role(user.role) in HANDLES,
        "reads_totals": reads_totals(user),
    }
    return render(request, "cases/list.html", context)


@require_safe
@at_place(Place.CASES)
def case_export(request: HttpRequest) -> HttpResponseBase:
    """Write the cases that the list shows to Excel, in the columns of the onward report; recorded."""
    user, today = person(request), timezone.localdate()
    found = list(selectors.list_cases(user, _wanted(request), today)[:MOST_ROWS])
    record_about(
        user,
        "export_cases",
        object_type="cases.case",
        object_id="list",
        after={"query": request.GET.urlencode(), "rows": len(found)},
    )
    lines = (cells(one) for one in selectors.standing_by_number(found, today))
    return excel_response("cases", list(HEAD.values()), lines, [("截至", today.isoformat())])


@require_http_methods(["GET", "POST"])
@at_place(Place.CASES)
def case_new(request: HttpRequest) -> HttpResponse:
    """File a case, from a closed clue (`?clue=`) or by hand."""
    user = person(request)
    if Role(user.role) not in HANDLES:
        raise PermissionDenied
    number = request.GET.get("clue", "")
    clue = access_clue(user, number) if number else None
    if clue is not None and (made := selectors.case_of(clue)):
        return redirect("cases:case", access_case(user, made.number).number)
    form = CaseForm(user, request.POST or None, initial=_from_clue(clue) if clue else _from_person(user))
    if form.is_valid():
        try:
            case = file_case(user, form.filing(), now=timezone.now(), clue=clue)
        except DataError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(
                request, _("已立案 %(number)s，请在 24 小时内报快报。") % {"number": case.number}
            )
            return redirect("cases:case", case.number)
    fits = clue is None or clue.outcome in FROM_OUTCOMES
    return render(request, "cases/new.html", {"form": form, "clue": clue, "fits": fits})


def _from_person(user: User) -> dict[str, Any]:
    return {"lead_region": user.region if len(user.region) == 6 else "", "filed_on": timezone.localdate()}


def _from_clue(clue: Clue) -> dict[str, Any]:
    return {
        "name": _("%(company)s涉嫌非法集资案") % {"company": clue.company_name},
        "company_name": clue.company_name,
        "company": clue.company,
        "clue_source": clue.source,
        "lead_region": clue.region_registered or place_of(clue),
        "involved_regions": "、".join(clue.involved_regions),
        "first_found_on": timezone.localdate(clue.found_at),
        "filed_on": timezone.localdate(),
        "absorbed": clue.amount,
        "participants": clue.participants,
    }


@require_safe
@at_place(Place.CASES)
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one case with everything that happened and what can be entered now."""
    user = person(request)
    return render(request, "cases/case.html", _context(user, access_case(user, number)))


@require_POST
@at_place(Place.CASES)
def case_event(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Enter what happened; what was not accepted is shown again where it was written."""
    user, now = person(request), timezone.now()
    case = access_case(user, number)
    if verb not in CaseVerb.values:
        raise Http404
    if not may_handle(user, case):
        raise PermissionDenied
    what = CaseVerb(verb)
    form = EventForm(what, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            happen(
                user,
                case,
                what,
                on=data["on"],
                now=now,
                version=data["version"],
                value=form.value,
                note=data["note"],
            )
        except DataError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("已登记：%(what)s。") % {"what": what.label})
            return redirect("cases:case", case.number)
    return render(request, "cases/case.html", _context(user, case, refused=(verb, form)), status=422)


@require_POST
@at_place(Place.CASES)
def case_figure(request: HttpRequest, number: str) -> HttpResponse:
    """Add a figure as of a day."""
    user, now = person(request), timezone.now()
    case = access_case(user, number)
    if not may_handle(user, case):
        raise PermissionDenied
    form = FigureForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            add_figure(
                user, case, Figure(data["figure"]), data["value"], on=data["on"], now=now, note=data["note"]
            )
        except DataError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("已登记数据。"))
            return redirect("cases:case", case.number)
    return render(request, "cases/case.html", _context(user, case, figure_form=form), status=422)


def _context(
    user: User,
    case: Case,
    *,
    refused: tuple[str, EventForm] | None = None,
    figure_form: FigureForm | None = None,
) -> dict[str, Any]:
    today = timezone.localdate()
    initial = {"version": case.version, "on": today}
    steps = []
    if may_handle(user, case):
        verbs = allowed(
            CaseState(case.state),
            case.police_state,
            suspended=case.is_suspended,
            determination=case.determination,
        )
        for verb in verbs:
            is_refused = refused is not None and refused[0] == verb.value
            form = refused[1] if refused and is_refused else EventForm(verb, initial=initial)
            steps.append((verb, form, is_refused))
    standing = standing_of(case, today)
    lost = refused is not None and all(not again for _verb, _form, again in steps)
    return {
        "case": case,
        "one": standing,
        "region": region_name(case.lead_region),
        "other_regions": [region_name(code) for code in standing.regions],
        "steps": steps,
        "lost": refused[1].non_field_errors() if refused and lost else (),
        "may_handle": may_handle(user, case) and case.state != CaseState.CLOSED,
        "figure_form": figure_form or FigureForm(initial={"on": today}),
        "figures": selectors.figure_history(case),
        "events": case.events.select_related("entered_by").order_by("-on", "-pk"),
        "reports": case.reports.select_related("agency") if reads_totals(user) else (),
        "decide_by": case.filed_on + timedelta(days=case_rules().decide_within_days),
        "rules": case_rules(),
        "reads_totals": reads_totals(user),
        "sees_clue": case.clue is not None and Place.CLUES in places_of(user),
    }
