"""Pages of the rules: how the score is made, indicators, labels, one entry."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lookout.hub.reading.model import CompanyFilter
from lookout.web import published
from lookout.web.accounts.access import at_place, person, places_of, sees_whole_province
from lookout.web.accounts.roles import Place
from lookout.web.catalogues import selectors
from lookout.web.catalogues.access import access_entry
from lookout.web.companies.selectors import count_list


@require_safe
@at_place(Place.MODELS)
def score_page(request: HttpRequest) -> HttpResponse:
    """Say how the score is made."""
    run = published.reader().current()
    if run is None:
        return render(request, "nothing_published.html")
    groups = selectors.list_indicator_groups()
    weights = run.figures.get("dimension_weights", {})
    return render(request, "catalogues/score.html", {"groups": groups, "weights": weights, "run": run})


@require_safe
@at_place(Place.MODELS)
def indicator_list(request: HttpRequest) -> HttpResponse:
    """Show the indicators with weight and curve."""
    groups = [
        (group, [(entry, selectors.curve_of(entry)) for entry in group.entries])
        for group in selectors.list_indicator_groups()
    ]
    return render(request, "catalogues/indicators.html", {"groups": groups})


@require_safe
@at_place(Place.MODELS)
def label_list(request: HttpRequest) -> HttpResponse:
    """Show the labels by family."""
    asked = selectors.LabelQuery(request.GET.get("q", "").strip()[:60], request.GET.get("state", ""))
    groups = selectors.list_label_groups(asked)
    user = person(request)
    may_open = Place.COMPANIES in places_of(user)
    context = {
        "groups": groups,
        "asked": asked,
        "total": sum(len(group.entries) for group in groups),
        "may_open": may_open,
        "may_count": may_open and sees_whole_province(user),
    }
    return render(request, "catalogues/labels.html", context)


@require_safe
@at_place(Place.MODELS)
def entry_page(request: HttpRequest, code: str) -> HttpResponse:
    """Explain one label or indicator, with the number of the reader's own companies it holds for."""
    entry, user = access_entry(code), person(request)
    opens = entry.kind == "label" and Place.COMPANIES in places_of(user)
    context = {
        "entry": entry,
        "curve": selectors.curve_of(entry),
        "facts": selectors.facts_of(entry),
        "waits": selectors.waits_for(entry),
        "queries": entry.details.get("evidence", []),
        "hits": count_list(user, CompanyFilter(label=code)) if opens else None,
    }
    return render(request, "catalogues/entry.html", context)
