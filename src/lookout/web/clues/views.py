"""Pages of the ledger: the list and a new line."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lookout.kernel.errors import DataError
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place, Role
from lookout.web.accounts.selectors import agency_by_number, list_agencies_in_use
from lookout.web.clues import selectors
from lookout.web.clues.access import DECIDES, may_import
from lookout.web.clues.forms import ClueForm, sent_key
from lookout.web.clues.models import Clue
from lookout.web.clues.register import district_of, find_company
from lookout.web.clues.saved_views import CLUE_LIST
from lookout.web.clues.services import open_clue
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import Outcome, Source
from lookout.web.companies.selectors import list_saved_views as saved_views
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50


def wanted_of(request: HttpRequest) -> selectors.ClueFilter:
    """Return which clues a request asks for."""
    query = request.GET
    agency, is_late = query.get("agency", ""), bool(query.get("late"))
    return selectors.ClueFilter(
        text=query.get("q", "").strip(),
        state=query.get("state", ""),
        band=query.get("band", ""),
        source=query.get("source", ""),
        outcome=query.get("outcome", ""),
        region=query.get("region", ""),
        ledger=query.get("import", ""),
        late_at=timezone.now() if is_late else None,
        agency=int(agency)
        if is_late and agency.isascii() and agency.isdigit() and len(agency) < 10
        else None,
        measures=tuple(query.getlist("measure")),
        reopened=bool(query.get("reopened")),
    )


@require_safe
@at_place(Place.CLUES)
def clue_list(request: HttpRequest) -> HttpResponse:
    """List the clues a person may see."""
    wanted = wanted_of(request)
    found = selectors.list_clues(person(request), wanted)
    paging = Paging(read_offset(request.GET), PAGE, found.count())
    context = {
        "clues": found[paging.offset : paging.offset + PAGE],
        "paging": paging,
        "wanted": wanted,
        "states": ClueState.choices,
        "sources": Source.choices,
        "outcomes": Outcome.choices,
        "facets": selectors.count_states(person(request)),
        "query": request.GET.urlencode(),
        "saved_views": saved_views(person(request), CLUE_LIST),
        "agencies": list_agencies_in_use(),
        "decides": Role(person(request).role) in DECIDES,
        "may_import": may_import(person(request)),
        "agency_title": agency_by_number(wanted.agency) if wanted.agency else None,
    }
    return render(request, "clues/list.html", context)


def _known(user: User, code: str) -> dict[str, str]:
    """Return what a new clue's form need not ask: the company by its code, and the person's own district."""
    row = find_company(user, code)
    here = user.region if len(user.region) == 6 else ""
    known = {"company": code, "region_business": (district_of(row) if row else "") or here}
    return {**known, "company_name": row.name} if row else known


@require_http_methods(["GET", "POST"])
@at_place(Place.CLUES)
def clue_new(request: HttpRequest) -> HttpResponse:
    """Enter a clue from elsewhere; clues about the same company are shown first."""
    user = person(request)
    form = ClueForm(request.POST or None, initial=_known(user, request.GET.get("company", "")[:120]))
    related: list[Clue] = []
    if form.is_valid():
        data = form.cleaned_data
        if sent := selectors.clue_of_form(sent_key(user, data["form_key"])):
            return redirect("dispatch:clue", sent.number)
        related = list(
            selectors.list_related(user, company=data["company"], company_name=data["company_name"])[:20]
        )
        if not related or data["seen_related"]:
            try:
                made = open_clue(user, form.found(user), now=timezone.now())
            except DataError as problem:
                form.add_error(None, str(problem))
            else:
                messages.success(request, _("已登记线索 %(number)s。") % {"number": made.number})
                return redirect("dispatch:clue", made.number)
        else:
            # Sending the form again, after looking at these, opens a new one.
            form = ClueForm({**request.POST.dict(), "seen_related": "on"})
    return render(request, "clues/new.html", {"form": form, "related": related})
