"""Lists of clues kept under a name, as lists of companies are."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.companies.access import access_saved_view
from lookout.web.companies.services import save_view

CLUE_LIST = "clues"
# What an address of the ledger may say; the page number is no part of a view.
CONDITIONS = (
    "q", "state", "band", "source", "outcome", "region", "import", "late", "agency", "measure", "reopened",
)  # fmt: skip


def tidy(text: str) -> str:
    """Return the conditions of an address of the ledger; what is none is left out."""
    given, kept = QueryDict(text), QueryDict(mutable=True)
    for name in CONDITIONS:
        values = [value[:100] for value in given.getlist(name) if value]
        if values:
            kept.setlist(name, values)
    return kept.urlencode()


@require_POST
@at_place(Place.CLUES)
def save(request: HttpRequest) -> HttpResponse:
    """Keep the list on the screen under a name."""
    name, query = request.POST.get("name", "").strip(), tidy(request.POST.get("query", ""))
    if not 0 < len(name) <= 40:
        messages.error(request, _("没有保存：请给视图起一个 40 字以内的名字。"))
        return redirect("clues:list")
    view = save_view(person(request), name=name, query=query, place=CLUE_LIST)
    messages.success(request, _("已保存视图“%(name)s”。") % {"name": view.name})
    return redirect(f"{reverse('clues:list')}?{view.query}")


@require_POST
@at_place(Place.CLUES)
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Forget a saved list."""
    view = access_saved_view(person(request), number, CLUE_LIST)
    view.delete()
    messages.success(request, _("已删除视图“%(name)s”。") % {"name": view.name})
    return redirect("clues:list")
