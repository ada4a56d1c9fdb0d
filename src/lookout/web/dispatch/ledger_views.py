"""Bureaus' own ledgers coming in, and one step for many clues."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.accounts.selectors import list_agencies_in_use
from lookout.web.audit.services import record_about
from lookout.web.clues.access import access_import, may_import, visible_imports
from lookout.web.clues.forms import BY_HAND
from lookout.web.clues.importing import services as importing
from lookout.web.clues.importing.services import Plan
from lookout.web.clues.ledger import HEAD
from lookout.web.clues.models import BANDS
from lookout.web.clues.selectors import ClueFilter, list_clues, precision
from lookout.web.clues.views import wanted_of
from lookout.web.clues.words import Source
from lookout.web.dispatch import bulk
from lookout.web.dispatch.closing import plan_checks
from lookout.web.dispatch.ledger import FULL_HEAD, full_cells
from lookout.web.ui.excel import MOST_ROWS, Cell, excel_response

SHOWN = 200
EARLIER = 20


class ImportForm(forms.Form):
    """A ledger, and where its clues came from when a line does not say."""

    file = forms.FileField(
        label=gettext_lazy("台账文件"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=gettext_lazy(
            "Excel（xlsx）或 CSV，最多 2000 行；表头写“企业名称”“发现时间”等即可，顺序不限。"
        ),
    )
    source = forms.ChoiceField(
        label=gettext_lazy("没写来源的行按"), choices=BY_HAND, initial=Source.REGULATOR.value
    )


@require_http_methods(["GET", "POST"])
@at_place(Place.CLUES)
def import_new(request: HttpRequest) -> HttpResponse:
    """Hand a ledger in; show those that came before and the precision known so far."""
    user = person(request)
    if not may_import(user):
        raise PermissionDenied
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = importing.receive(user, data["file"], source=data["source"], now=timezone.now())
        except DataError as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("dispatch:import", made.pk)
    context = {
        "form": form,
        "earlier": visible_imports(user)[:EARLIER],
        "precision": precision(user),
        "heads": HEAD,
    }
    return render(request, "dispatch/import_new.html", context)


@require_safe
@at_place(Place.CLUES)
def import_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show what would be made of a ledger line by line, or what was."""
    user = person(request)
    ledger = access_import(user, number)
    planned = importing.plan(user, ledger, now=timezone.now())
    worst_first = sorted(planned.lines, key=lambda line: (line.fate != "refused", line.entry.line.number))
    context = {
        "ledger": ledger,
        "plan": planned,
        "lines": worst_first[:SHOWN],
        "refused": planned.of("refused"),
        "good": len(planned.of("open")) + len(planned.of("closed")),
        "precision": precision(user),
    }
    return render(request, "dispatch/import_page.html", context)


@require_POST
@at_place(Place.CLUES)
def import_run(request: HttpRequest, number: int) -> HttpResponse:
    """Put the good lines of a ledger into ours."""
    user = person(request)
    ledger = access_import(user, number)
    try:
        done = importing.carry_out(user, ledger, now=timezone.now(), follow=plan_checks)
    except DataError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("已导入 %(count)s 条线索。") % {"count": done.opened + done.closed})
    return redirect("dispatch:import", ledger.pk)


@require_safe
@at_place(Place.CLUES)
def import_rejects(request: HttpRequest, number: int) -> HttpResponseBase:
    """Give back the lines that were not taken, as they came, each with its reasons."""
    user = person(request)
    ledger = access_import(user, number)
    planned = importing.plan(user, ledger, now=timezone.now())
    record_about(
        user,
        "export_clues",
        object_type="clues.ledgerimport",
        object_id=str(ledger.pk),
        after={"rejected": len(planned.of("refused"))},
    )
    head = [*planned.table.heads, "行号", "未导入原因"]
    return excel_response("rejected", head, _reject_rows(planned), [("文件", ledger.attachment.name)])


def _reject_rows(planned: Plan) -> list[list[Cell]]:
    return [
        [
            *(Cell(line.entry.line.cells.get(head, "")) for head in planned.table.heads),
            Cell(str(line.entry.line.number), line.entry.line.number),
            Cell("；".join(line.entry.problems)),
        ]
        for line in planned.of("refused")
    ]


@require_safe
@at_place(Place.CLUES)
def clue_export(request: HttpRequest) -> HttpResponseBase:
    """Write the clues that the list shows to Excel, with what was done about them; recorded."""
    user = person(request)
    found = list_clues(user, wanted_of(request))[:MOST_ROWS]
    after = {"query": request.GET.urlencode(), "rows": found.count()}
    record_about(user, "export_clues", object_type="clues.clue", object_id="list", after=after)
    return excel_response("clues", FULL_HEAD, full_cells(found), [])


@require_POST
@at_place(Place.CLUES)
def bulk_step(request: HttpRequest) -> HttpResponseBase:
    """Take one step for every chosen clue, and show line by line what was done."""
    user = person(request)
    chosen = bulk.read_chosen(request.POST.getlist("clue"))
    if not chosen:
        messages.error(request, _("请先勾选线索。"))
        return redirect("clues:list")
    step = request.POST.get("step", "")
    if step == "export":
        numbers = [number for number, _seen in chosen]
        found = list_clues(user, ClueFilter()).filter(number__in=numbers)
        after = {"numbers": [clue.number for clue in found], "rows": len(found)}
        record_about(user, "export_clues", object_type="clues.clue", object_id="list", after=after)
        return excel_response("clues", FULL_HEAD, full_cells(found), [])
    if step == "triage" and request.POST.get("band") in dict(BANDS):
        done = bulk.triage(user, chosen, band=request.POST["band"], now=timezone.now())
    elif step == "dispatch":
        text = request.POST.get("agency", "")
        agency = list_agencies_in_use().filter(pk=int(text)).first() if text.isdecimal() else None
        if agency is None:
            messages.error(request, _("请选择承办单位。"))
            return redirect("clues:list")
        done = bulk.dispatch(user, chosen, agency=agency, now=timezone.now())
    else:
        messages.error(request, _("请选择要做的一步。"))
        return redirect("clues:list")
    return render(request, "dispatch/bulk.html", {"done": done, "good": sum(not one.problem for one in done)})
