"""Pages of the ledger."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.clues import selectors
from lookout.web.clues.access import access_clue
from lookout.web.clues.states import ClueState
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50


@require_safe
@at_place(Place.CLUES)
def clue_list(request: HttpRequest) -> HttpResponse:
    """List the clues a person may see."""
    query = request.GET
    wanted = selectors.ClueFilter(
        text=query.get("q", "").strip(),
        state=query.get("state", ""),
        band=query.get("band", ""),
        source=query.get("source", ""),
        outcome=query.get("outcome", ""),
        region=query.get("region", ""),
    )
    found = selectors.list_clues(person(request), wanted)
    paging = Paging(read_offset(query), PAGE, found.count())
    context = {
        "clues": found[paging.offset : paging.offset + PAGE],
        "paging": paging,
        "wanted": wanted,
        "states": ClueState.choices,
    }
    return render(request, "clues/list.html", context)


@require_safe
@at_place(Place.CLUES)
def clue_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one clue."""
    clue = access_clue(person(request), number)
    return render(request, "clues/page.html", {"clue": clue, "history": selectors.list_history(clue)})
