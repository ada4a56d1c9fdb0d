"""Pages of complaints for officers: the list, one complaint, its reporter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.kernel.regions import region_name
from lookout.web.accounts.access import at_place, person, privileged
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place
from lookout.web.audit.services import record_about
from lookout.web.clues.access import visible as visible_clues
from lookout.web.complaints import linking, rewarding, selectors, services
from lookout.web.complaints.access import access_bundle, access_complaint, bundles, comments
from lookout.web.complaints.actions import ACTIONS, BY_NAME, Action
from lookout.web.complaints.bundling import judge
from lookout.web.complaints.detection import WORDS
from lookout.web.complaints.forms import JudgeForm
from lookout.web.complaints.ledger import HEAD, cells
from lookout.web.complaints.models import Complaint
from lookout.web.complaints.states import ComplaintState
from lookout.web.complaints.words import Approach, BundleVerdict, CommentState, ComplaintKind, Origin, Trouble
from lookout.web.dispatch.forms import StepForm
from lookout.web.notices.services import mark_read
from lookout.web.ui.excel import MOST_ROWS, excel_response
from lookout.web.ui.masking import mask_text
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50


@dataclass(frozen=True)
class Step:
    """One step on offer with its form and address."""

    action: Action
    form: StepForm
    address: str
    is_open: bool


def _wanted(request: HttpRequest) -> selectors.ComplaintFilter:
    query = request.GET
    return selectors.ComplaintFilter(
        text=query.get("q", "").strip(),
        state=query.get("state", ""),
        origin=query.get("origin", ""),
        kind=query.get("kind", ""),
        region=query.get("region", ""),
        held=query.get("held", ""),
    )


@require_safe
@at_place(Place.COMPLAINTS)
def complaint_list(request: HttpRequest) -> HttpResponse:
    """List the complaints a person may see."""
    user, wanted = person(request), _wanted(request)
    found = selectors.list_complaints(user, wanted)
    paging = Paging(read_offset(request.GET), PAGE, found.count())
    context = {
        "complaints": found[paging.offset : paging.offset + PAGE],
        "paging": paging,
        "wanted": wanted,
        "states": ComplaintState.choices,
        "origins": Origin.choices,
        "kinds": ComplaintKind.choices,
        "facets": selectors.count_states(user),
        "query": request.GET.urlencode(),
        "open_bundles": bundles(user).filter(verdict=BundleVerdict.OPEN).count(),
        "waiting_comments": comments(user).filter(state=CommentState.WAITING).count(),
    }
    return render(request, "complaints/list.html", context)


@require_safe
@at_place(Place.COMPLAINTS)
def complaint_export(request: HttpRequest) -> HttpResponseBase:
    """Write the complaints that the list shows to Excel; recorded."""
    user = person(request)
    found = selectors.list_complaints(user, _wanted(request))[:MOST_ROWS]
    record_about(
        user,
        "export_complaints",
        object_type="complaints.complaint",
        object_id="list",
        after={"query": request.GET.urlencode(), "rows": found.count()},
    )
    return excel_response("complaints", HEAD, (cells(one) for one in found.iterator(chunk_size=2000)), [])


@require_safe
@at_place(Place.COMPLAINTS)
def complaint_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one complaint with what can be done now."""
    user = person(request)
    return render(request, "complaints/page.html", _context(user, access_complaint(user, number)))


def _context(user: User, complaint: Complaint, refused: tuple[str, StepForm] | None = None) -> dict[str, Any]:
    steps = []
    for action in ACTIONS:
        if not action.may(complaint):
            continue
        is_open = refused is not None and refused[0] == action.name
        form = (
            refused[1]
            if refused is not None and is_open
            else action.form(initial={"version": complaint.version})
        )
        address = reverse("complaints:step", args=[complaint.number, action.name])
        steps.append(Step(action, form, address, is_open))
    same = selectors.list_same_target(user, complaint)
    sees_clue = complaint.clue_id and visible_clues(user).filter(pk=complaint.clue_id).exists()
    return {
        "complaint": complaint,
        "text": mask_text(complaint.text),
        "troubles": [Trouble(one).label for one in complaint.troubles],
        "region_words": region_name(complaint.place_region) if complaint.place_region else "",
        "approach": Approach(complaint.approach).label if complaint.approach else "",
        "steps": steps,
        "patterns": [WORDS[code] for code in complaint.bundle.patterns] if complaint.bundle else [],
        "said": [(one, mask_text(one.text)) for one in complaint.messages.select_related("by")],
        "same": same[:10],
        "same_count": same.count(),
        "clue": complaint.clue if sees_clue else None,
        "open_clue": linking.open_clue_of(user, complaint) if complaint.clue_id is None else None,
        "monitored_clue": linking.monitored_clue_of(user, complaint) if complaint.clue_id is None else None,
        "rewards": complaint.rewards.all(),
        "obstacles": rewarding.obstacles(complaint) if complaint.is_real_name else [],
        "waits": complaint.signals.filter(sent_at=None).first(),
        "history": selectors.list_history(complaint),
    }


@require_POST
@at_place(Place.COMPLAINTS)
def take_step(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Take one step; what was not accepted is shown again where it was written."""
    user = person(request)
    complaint, action = access_complaint(user, number), BY_NAME.get(name)
    if action is None:
        raise Http404
    address = reverse("complaints:page", args=[number])
    if not action.may(complaint):
        messages.error(request, _("现在不能“%(action)s”：别人可能刚刚办过。") % {"action": action.title})
        return redirect(address)
    form = action.form(request.POST)
    if form.is_valid():
        try:
            action.run(user, complaint, form.cleaned_data, timezone.now())
        except DataError as problem:
            form.add_error(None, str(problem))
        except Http404:
            form.add_error(None, _("没有这个编号的举报，或不在您的辖区"))
        else:
            messages.success(request, _("已完成：%(action)s。") % {"action": action.title})
            return redirect(address)
    complaint = access_complaint(user, number)
    return render(request, "complaints/page.html", _context(user, complaint, (name, form)), status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.COMPLAINTS)
@privileged
def reporter(request: HttpRequest, number: str) -> HttpResponse:
    """Show who reported, once, after a reason was given; recorded."""
    user = person(request)
    complaint = access_complaint(user, number)
    if not complaint.is_real_name:
        raise Http404
    reason, contact, problem = request.POST.get("reason", ""), None, ""
    if request.method == "POST":
        try:
            contact = services.reveal(user, complaint, reason=reason[:500])
        except DataError as error:
            problem = str(error)
    context = {
        "complaint": complaint,
        "contact": contact,
        "problem": problem,
        "text": complaint.text if contact else "",
    }
    return render(request, "complaints/reporter.html", context, status=422 if problem else 200)


# ---- reports that look organised -----------------------------------------------------------------
@require_safe
@at_place(Place.COMPLAINTS)
def bundle_list(request: HttpRequest) -> HttpResponse:
    """List what looks organised, the unjudged first."""
    found = bundles(person(request)).order_by("judged_at", "-opened_at")
    paging = Paging(read_offset(request.GET), PAGE, found.count())
    rows = [
        (one, [WORDS[code] for code in one.patterns], one.complaints.count())
        for one in found[paging.offset : paging.offset + PAGE]
    ]
    return render(request, "complaints/bundles.html", {"rows": rows, "paging": paging})


@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.COMPLAINTS)
def bundle_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the reports of a bundle side by side, and take the judgement."""
    user, now = person(request), timezone.now()
    bundle = access_bundle(user, pk)
    form = JudgeForm(request.POST or None)
    if form.is_valid():
        verdict = BundleVerdict(form.cleaned_data["verdict"])
        judge(user, bundle, verdict, note=form.cleaned_data["note"], now=now)
        messages.success(request, _("已记下判断。"))
        return redirect("complaints:bundle", pk)
    mark_read(user, now=now, link=request.path)
    found = bundle.complaints.order_by("received_at", "pk")
    paging = Paging(read_offset(request.GET), PAGE, found.count())
    context = {
        "bundle": bundle,
        "patterns": [WORDS[code] for code in bundle.patterns],
        "rows": [(one, mask_text(one.text)) for one in found[paging.offset : paging.offset + PAGE]],
        "paging": paging,
        "counted": found.filter(is_signal=True).count(),
        "form": form,
    }
    return render(request, "complaints/bundle.html", context, status=422 if form.errors else 200)
