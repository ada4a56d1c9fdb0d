"""Pages of watch lists, and putting companies on and off them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lookout.hub.reading.model import CompanyFilter
from lookout.kernel.errors import DataError
from lookout.web import published
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place
from lookout.web.companies import watching
from lookout.web.companies.access import access_score, within_scope
from lookout.web.companies.filters import read_query, write_query
from lookout.web.companies.forms import WatchListForm
from lookout.web.companies.models import WatchList
from lookout.web.companies.selectors import PAGE_SIZE


@require_http_methods(["GET", "POST"])
@at_place(Place.COMPANIES)
def watch_lists(request: HttpRequest) -> HttpResponse:
    """Show the lists a person sees; make one."""
    user = person(request)
    form = WatchListForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            watching.make_list(user, name=data["name"], is_shared=data["is_shared"], now=timezone.now())
        except DataError as problem:
            form.add_error("name", str(problem))
        else:
            return redirect("companies:watch_lists")
    lists = watching.lists_of(user).annotate(companies=Count("watched"))
    return render(request, "companies/watch_lists.html", {"lists": lists, "form": form})


@require_POST
@at_place(Place.COMPANIES)
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Delete a list."""
    user = person(request)
    found = watching.access_list(user, number)
    try:
        watching.delete_list(user, found)
    except DataError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("已删除名单“%(name)s”。") % {"name": found.name})
    return redirect("companies:watch_lists")


@require_POST
@at_place(Place.COMPANIES)
def watch_one(request: HttpRequest, identifier: str) -> HttpResponse:
    """Put a company on a list or off it."""
    user = person(request)
    row, _lines = access_score(user, identifier)
    chosen, is_off = _list(user, request.POST.get("list", "")), request.POST.get("step") == "remove"
    try:
        if is_off:
            watching.remove(user, chosen, [row.identifier])
        else:
            watching.add(user, chosen, [row], now=timezone.now())
    except DataError as problem:
        messages.error(request, str(problem))
    else:
        said = (
            _("已移出名单“%(name)s”。") if is_off else _("已加入名单“%(name)s”，等级变化和新线索会通知您。")
        )
        messages.success(request, said % {"name": chosen.name})
    return redirect("companies:page", row.identifier)


@require_POST
@at_place(Place.COMPANIES)
def watch_many(request: HttpRequest) -> HttpResponse:
    """Put the ticked companies of a list on a watch list, or off it."""
    user = person(request)
    back = write_query(read_query(QueryDict(request.POST.get("next", ""))))
    chosen = _list(user, request.POST.get("list", ""))
    ticked = tuple(request.POST.getlist("company"))[:PAGE_SIZE]
    try:
        if request.POST.get("step") == "remove":
            count = watching.remove(user, chosen, ticked)
            said = _("已从名单“%(name)s”移出 %(count)s 家。")
        else:
            asked = within_scope(user, CompanyFilter(identifiers=ticked, rated_only=False))
            rows = published.reader().list_companies(asked, limit=PAGE_SIZE).rows
            count = watching.add(user, chosen, rows, now=timezone.now())
            said = _("名单“%(name)s”新增 %(count)s 家。")
    except DataError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said % {"name": chosen.name, "count": count})
    return redirect(f"{reverse('companies:list')}?{back}")


def _list(user: User, text: str) -> WatchList:
    """Return the chosen list, the person's first one when none was chosen."""
    if not text.isdecimal():
        return watching.default_list(user, timezone.now())
    return watching.access_list(user, int(text))
