"""Pages of the stewards: the queue, one case with both sides, judging, undoing, history."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.stewards import selectors, services
from lookout.web.stewards.access import access_case, access_judgement
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50
LATER = "stewards_later"
MOST_LATER = 200
LONGEST_REASON = 500


def _later(request: HttpRequest) -> list[str]:
    found: list[str] = request.session.get(LATER, [])
    return found


@require_safe
@at_place(Place.STEWARDS)
def queue_list(request: HttpRequest) -> HttpResponse:
    """Show the cases, those with most rows first."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in selectors.KINDS else ""
    rows, offset = selectors.list_cases(kind, _later(request)), read_offset(request.GET)
    context = {
        "rows": rows[offset : offset + PAGE],
        "total": len(rows),
        "waiting": sum(row.rows for row in rows),
        "kind": kind,
        "kinds": selectors.KINDS,
        "later": _later(request),
        "paging": Paging(offset, PAGE, len(rows)),
    }
    return render(request, "stewards/list.html", context)


@require_safe
@at_place(Place.STEWARDS)
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one case: what both sides say, how they compare, which facts hang on them."""
    case = access_case(number)
    before, after = selectors.beside(selectors.list_cases("", _later(request)), number)
    context = {
        "case": case,
        "facts": selectors.facts_of(case),
        "kinds": selectors.KINDS,
        "parts": selectors.PARTS,
        "before": before,
        "after": after,
    }
    return render(request, "stewards/case.html", context)


@require_POST
@at_place(Place.STEWARDS)
def judge_case(request: HttpRequest, number: str) -> HttpResponseBase:
    """Judge a case, or put it off, and go on to the next."""
    case = access_case(number)
    _before, after = selectors.beside(selectors.list_cases("", _later(request)), number)
    verdict, reason = request.POST.get("verdict", ""), request.POST.get("reason", "")[:LONGEST_REASON]
    if verdict == "later":
        request.session[LATER] = [*_later(request), number][-MOST_LATER:]
    elif verdict in {"same", "other"}:
        try:
            made = services.judge(person(request), case, is_same=verdict == "same", reason=reason)
        except DataError as error:
            messages.error(request, str(error))
            return redirect("stewards:case", number)
        words = {"same": _("已记为同一家"), "other": _("已记为不是同一家")}
        messages.success(
            request,
            _("%(name)s：%(what)s，编号 %(number)s。下一次运行起计入，可在判断记录中撤销。")
            % {"name": case.row.left_name, "what": words[verdict], "number": made},
        )
    else:
        messages.error(request, _("请选择同一家、不是同一家或暂缓"))
        return redirect("stewards:case", number)
    return redirect("stewards:case", after) if after else redirect("stewards:list")


@require_safe
@at_place(Place.STEWARDS)
def history(request: HttpRequest) -> HttpResponse:
    """Show all judgements with author, time and score, newest first."""
    rows, offset = selectors.list_judgements(), read_offset(request.GET)
    context = {
        "rows": rows[offset : offset + PAGE],
        "total": len(rows),
        "verbs": selectors.VERBS,
        "paging": Paging(offset, PAGE, len(rows)),
    }
    return render(request, "stewards/history.html", context)


@require_POST
@at_place(Place.STEWARDS)
def undo_judgement(request: HttpRequest, judgement_no: str) -> HttpResponseBase:
    """Undo a judgement; both stay in the record."""
    row = access_judgement(judgement_no)
    try:
        made = services.undo(person(request), row, reason=request.POST.get("reason", "")[:LONGEST_REASON])
    except DataError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已撤销，编号 %(number)s。下一次运行起计入。") % {"number": made})
    return redirect("stewards:history")
