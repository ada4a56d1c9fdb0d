"""The situation: on the desk, on a phone, and on a wall."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lookout.web import published
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.companies.filters import region_title
from lookout.web.situation import selectors
from lookout.web.situation.access import access_region
from lookout.web.situation.index_selectors import newest_index
from lookout.web.situation.outlines import drawing
from lookout.web.situation.places import FIGURES, LEVELS

WALL_REFRESH_SECONDS = 300


@require_safe
@at_place(Place.SITUATION)
def situation_page(request: HttpRequest) -> HttpResponse:
    """Show how things stand in the person's region or one below it; with `wall` made for a screen on a wall."""
    user = person(request)
    region = access_region(user, request.GET.get("region", ""))
    run = published.reader().current()
    if run is None:
        return render(request, "nothing_published.html")
    wanted = request.GET.get("show", "")
    figure = wanted if wanted in FIGURES else "rate"
    home = access_region(user, "")
    on_wall = bool(request.GET.get("wall"))
    whole = len(region) < 4
    it = selectors.situation(user, region, figure, timezone.now())
    context = {
        "it": it,
        "most": max((place.value for place in it.places if place.value is not None), default=None),
        "index": newest_index(region),
        "run": run,
        "region": region,
        "title": region_title(region or "44"),
        "up": _up(region, home),
        "figure": figure,
        "figure_title": FIGURES[figure],
        "figures": FIGURES,
        "drawing": drawing() if whole else None,
        "levels": range(1, LEVELS + 1),
        "refresh": WALL_REFRESH_SECONDS,
        "now": timezone.now(),
    }
    return render(request, "situation/wall.html" if on_wall else "situation/page.html", context)


def _up(region: str, home: str) -> str | None:
    """Return the region above, '' for everything; None when the person sees no further."""
    if region == home or not region.startswith(home):
        return None
    above = region[:-2] if len(region) > 4 else ""
    return above if above.startswith(home) else home
