"""Pages beside the complaints themselves: rewards, public notices and comments, files of other offices."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.kernel.regions import is_inside
from lookout.web.accounts.access import at_place, person, scope_of
from lookout.web.accounts.roles import Place
from lookout.web.audit.services import record_about
from lookout.web.complaints import access, importing, lookup, publishing, rewarding
from lookout.web.complaints.forms import ImportForm, NoticeForm
from lookout.web.complaints.ledger import REWARD_HEAD, reward_cells
from lookout.web.complaints.rules import reward_rules
from lookout.web.complaints.words import CommentState, RewardState
from lookout.web.ui.excel import Cell, excel_response
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50
SHOWN_LINES = 200


def _tried(request: HttpRequest, done: str, problem: DataError | None) -> None:
    if problem is None:
        messages.success(request, done)
    else:
        messages.error(request, str(problem))


# ---- rewards -------------------------------------------------------------------------------------
@require_safe
@at_place(Place.COMPLAINTS)
def reward_list(request: HttpRequest) -> HttpResponse:
    """List rewards with their sums."""
    user = person(request)
    found = access.rewards(user).select_related("complaint", "proposed_by", "decided_by")
    state = request.GET.get("state", "")
    chosen = found.filter(state=state) if state else found
    paging = Paging(read_offset(request.GET), PAGE, chosen.count())
    levels = reward_rules().levels
    rows = [
        (one, levels[one.level].title if one.level in levels else one.level)
        for one in chosen[paging.offset : paging.offset + PAGE]
    ]
    totals = rewarding.totals(found)
    context = {
        "rows": rows,
        "paging": paging,
        "state": state,
        "sums": [(code, title, *totals[code]) for code, title in RewardState.choices],
        "whole": totals[""],
        "may_approve": access.may_approve(user),
        "rules": reward_rules(),
    }
    return render(request, "complaints/rewards.html", context)


@require_safe
@at_place(Place.COMPLAINTS)
def reward_export(request: HttpRequest) -> HttpResponseBase:
    """Write the ledger of rewards to Excel; recorded."""
    user = person(request)
    found = access.rewards(user).select_related("complaint", "proposed_by", "decided_by")
    record_about(user, "export_rewards", object_type="complaints.reward", object_id="list")
    return excel_response("rewards", REWARD_HEAD, (reward_cells(one) for one in found.iterator()), [])


@require_POST
@at_place(Place.COMPLAINTS)
def reward_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Approve, refuse or pay a reward."""
    user, now = person(request), timezone.now()
    reward = access.access_reward(user, pk)
    problem = None
    try:
        if name == "pay":
            rewarding.pay(user, reward, voucher=request.POST.get("voucher", "")[:80], now=now)
        elif access.may_approve(user):
            note = request.POST.get("note", "")[:500]
            rewarding.decide(user, reward, is_approved=name == "approve", note=note, now=now)
        else:
            problem = DataError(_("奖励由市级以上负责人批准。"))
    except DataError as error:
        problem = error
    _tried(request, _("已记下。"), problem)
    return redirect("complaints:rewards")


# ---- notices and comments ------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.COMPLAINTS)
def notice_list(request: HttpRequest) -> HttpResponse:
    """List public notices and the comments below them, and take a new notice."""
    user, now = person(request), timezone.now()
    form = NoticeForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        company = lookup.one(data["company"].replace(" ", "").upper())
        scope = scope_of(user)
        is_ours = company is not None and (
            scope is None or any(is_inside(company.region, prefix) for prefix in scope)
        )
        if company is None or not is_ours:
            form.add_error("company", _("没有找到这家企业，或不在您的辖区"))
        else:
            publishing.draft(
                user,
                company=company.identifier,
                company_name=company.name,
                region=company.region,
                title=data["title"],
                text=data["text"],
                basis=data["basis"],
                now=now,
            )
            messages.success(request, _("已起草，等另一位同事确认后公开。"))
            return redirect("complaints:notices")
    context = {
        "notices": access.notices(user).select_related("drafted_by", "confirmed_by")[:100],
        "comments": access.comments(user).filter(state=CommentState.WAITING).select_related("notice")[:100],
        "form": form,
        "may_confirm": access.may_approve(user),
    }
    return render(request, "complaints/notices.html", context, status=422 if form.errors else 200)


@require_POST
@at_place(Place.COMPLAINTS)
def notice_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Confirm or withdraw a notice."""
    user, now = person(request), timezone.now()
    notice = access.access_notice(user, pk)
    problem = None
    try:
        if not access.may_approve(user):
            problem = DataError(_("公示由市级以上负责人确认和撤下。"))
        elif name == "confirm":
            publishing.confirm(user, notice, now=now)
        else:
            publishing.withdraw(user, notice, reason=request.POST.get("reason", "")[:500], now=now)
    except DataError as error:
        problem = error
    _tried(request, _("已记下。"), problem)
    return redirect("complaints:notices")


@require_POST
@at_place(Place.COMPLAINTS)
def comment_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Let a comment through, or keep it back."""
    user = person(request)
    comment = access.access_comment(user, pk)
    problem = None
    try:
        reason = request.POST.get("reason", "")
        publishing.moderate(user, comment, is_shown=name == "show", reason=reason, now=timezone.now())
    except DataError as error:
        problem = error
    _tried(request, _("已记下。"), problem)
    return redirect("complaints:notices")


# ---- files of other offices ----------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.COMPLAINTS)
def import_list(request: HttpRequest) -> HttpResponse:
    """List imports and take a new file."""
    user = person(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = importing.upload(user, data["form"], data["file"], now=timezone.now())
        except DataError as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("complaints:import", made.pk)
    titles = dict(form.fields["form"].choices)  # type: ignore[attr-defined]  # a ChoiceField has choices
    found = access.imports(user).select_related("file", "by")[:50]
    context = {"imports": [(one, titles.get(one.form, one.form)) for one in found], "form": form}
    return render(request, "complaints/imports.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.COMPLAINTS)
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a file holds, line by line, and take it in."""
    user, now = person(request), timezone.now()
    found = access.access_import(user, pk)
    if request.method == "POST":
        done = importing.take_in(user, found, now=now)
        said = _("新增 %(taken)s 件，此前已有 %(known)s 件，退回 %(refused)s 行。")
        messages.success(request, said % {"taken": done.taken, "known": done.known, "refused": done.refused})
        return redirect("complaints:import", pk)
    sheet = importing.read(found, user, now)
    context = {
        "found": found,
        "sheet": sheet,
        "fresh": sheet.fresh[:SHOWN_LINES],
        "refused": sheet.refused[:SHOWN_LINES],
    }
    return render(request, "complaints/import.html", context)


@require_safe
@at_place(Place.COMPLAINTS)
def import_refused(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Write the lines that were sent back to Excel, each with its reasons, to be mended by their office."""
    user = person(request)
    found = access.access_import(user, pk)
    sheet = importing.read(found, user, timezone.now())
    names = importing.titles(found.form, sheet)
    head = ("行号", "退回原因", *(title for _name, title in names))
    rows = (
        (
            Cell(str(line.number)),
            Cell("；".join(line.problems)),
            *(Cell(line.cells.get(name, "")) for name, _title in names),
        )
        for line in sheet.refused
    )
    return excel_response(f"refused-{pk}", head, rows, [])
