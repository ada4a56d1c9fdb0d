"""Pages anybody may open: no account, no session, no cookie but the one that protects the form."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lookout.kernel.errors import DataError
from lookout.kernel.regions import region_name
from lookout.web.accounts.addresses import address_of
from lookout.web.complaints import allowances, keys, lookup, publishing, reporting, services
from lookout.web.complaints.models import Complaint, PublicNotice
from lookout.web.complaints.public_forms import (
    OPTIONAL,
    STEPS,
    TITLES,
    AddForm,
    CommentForm,
    ProgressForm,
    StepForm,
)
from lookout.web.complaints.states import ComplaintState
from lookout.web.complaints.words import Approach, CommentState, ComplaintKind, Trouble

ORDER = list(STEPS)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Offer the three things a person comes for."""
    return render(request, "report/home.html")


def _too_often(request: HttpRequest) -> HttpResponse:
    return render(request, "report/too_often.html", status=429)


def _may(request: HttpRequest, limit: allowances.Limit) -> bool:
    return allowances.take(limit, address_of(request), timezone.now())


@require_safe
def company(request: HttpRequest) -> HttpResponse:
    """Look a company up: licences and confirmed notices."""
    text = request.GET.get("q", "").strip()[:200]
    if not text:
        return render(request, "report/company.html")
    if not _may(request, allowances.LOOK_UP):
        return _too_often(request)
    found, has_more = lookup.find(text)
    context = {
        "text": text,
        "is_short": len(text) < lookup.SHORTEST,
        "companies": lookup.with_permits(found, timezone.now()),
        "has_more": has_more,
    }
    return render(request, "report/company.html", context)


# ---- the report ----------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, name: str) -> HttpResponse:
    """Ask one question; what was answered so far travels in the form, sealed."""
    if name not in STEPS:
        raise Http404
    now = timezone.now()
    if request.method != "POST":
        if name != "whom":
            return redirect("report:step", name="whom")
        return _ask(request, "whom", reporting.new_draft(now), initial=_asked_for(request))
    try:
        draft = reporting.read(request.POST.get("draft", ""), now)
    except DataError as problem:
        return render(request, "report/over.html", {"problem": str(problem)}, status=422)
    if "back" in request.POST:
        return _ask(request, ORDER[max(0, ORDER.index(name) - 1)], draft)
    if "go" in request.POST and request.POST["go"] in ORDER[: ORDER.index(name)]:
        return _ask(request, request.POST["go"], draft)
    if "drop" in request.POST:
        reporting.remove_file(draft, request.POST["drop"])
        return _ask(request, name, draft)
    form = STEPS[name](request.POST, request.FILES)
    if not form.is_valid():
        return _ask(request, name, draft, form=form, status=422)
    if name == "whom" and (answer := _choose_company(request, draft, form)):
        return answer
    if name == "files" and request.FILES:
        return _take_files(request, draft, form)
    if name == "review":
        return _send(request, draft)
    draft[name] = form.saved()
    return _ask(request, ORDER[ORDER.index(name) + 1], draft)


def _asked_for(request: HttpRequest) -> dict[str, str]:
    found = lookup.one(request.GET.get("company", "")[:120])
    return {"name": found.name, "company": found.identifier} if found else {}


def _ask(
    request: HttpRequest,
    name: str,
    draft: reporting.Draft,
    *,
    form: StepForm | None = None,
    initial: dict[str, Any] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "step": name,
        "title": TITLES[name],
        "number": ORDER.index(name) + 1,
        "steps": len(ORDER),
        "is_optional": name in OPTIONAL,
        "form": form or STEPS[name](initial=initial or draft.get(name, {})),
        "draft": reporting.write(draft),
        "files": draft["kept"],
        "answers": _answers(draft) if name == "review" else [],
        **more,
    }
    return render(request, "report/step.html", context, status=status)


def _choose_company(request: HttpRequest, draft: reporting.Draft, form: StepForm) -> HttpResponse | None:
    """Show which registered companies are called so, once; None when the person has chosen or there are none."""
    chosen, name = request.POST.get("chosen"), form.cleaned_data["name"]
    if chosen is not None:
        picked = lookup.one(chosen[:120])
        form.cleaned_data["company"] = picked.identifier if picked else ""
        if picked:
            form.cleaned_data["name"] = picked.name
        return None
    if form.cleaned_data["company"]:
        same = lookup.one(form.cleaned_data["company"])
        if same is not None and same.name == name:
            return None
    if not _may(request, allowances.LOOK_UP):
        form.cleaned_data["company"] = ""
        return None  # the report goes on with the name alone
    found, has_more = lookup.find(name)
    form.cleaned_data["company"] = ""
    if not found:
        return None
    companies = lookup.with_permits(found, timezone.now())
    return _ask(request, "whom", draft, initial={"name": name}, companies=companies, has_more=has_more)


def _take_files(request: HttpRequest, draft: reporting.Draft, form: StepForm) -> HttpResponse:
    if not _may(request, allowances.UPLOAD):
        return _too_often(request)
    problems = reporting.add_files(draft, form.cleaned_data["attachments"], timezone.now())
    if problems or "next" not in request.POST:
        return _ask(request, "files", draft, problems=problems, status=422 if problems else 200)
    return _ask(request, "where", draft)


def _answers(draft: reporting.Draft) -> list[tuple[str, Any, str]]:
    """Return what was answered, screen by screen: its step, its question, the answer in words."""
    whom, what = draft.get("whom", {}), draft.get("what", {})
    many, where, contact = (draft.get(name, {}) for name in ("many", "where", "contact"))
    numbers = [
        _("%(amount)s 万元") % {"amount": many["amount_wan"]} if "amount_wan" in many else "",
        _("%(count)s 人") % {"count": many["participants"]} if "participants" in many else "",
        many.get("happened_on", ""),
        str(Approach(many["approach"]).label) if many.get("approach") else "",
    ]
    kind = draft.get("kind", {}).get("kind")
    troubles = [str(Trouble(one).label) for one in what.get("troubles", ())]
    place = [region_name(where.get("region", "")) if where.get("region") else "", where.get("place", "")]
    if "latitude" in where:
        place.append(_("已附手机定位（约 100 米）"))
    named = f"{contact.get('name', '')} {contact.get('phone', '')}".strip()
    written = {
        "whom": whom.get("name", ""),
        "kind": str(ComplaintKind(kind).label) if kind else "",
        "what": "\n".join(filter(None, [what.get("text", ""), "、".join(troubles)])),
        "many": "，".join(filter(None, numbers)),
        "files": "、".join(one[1] for one in draft["kept"]),
        "where": " ".join(filter(None, place)),
        "contact": named or _("匿名"),
    }
    return [(name, TITLES[name], text) for name, text in written.items()]


def _send(request: HttpRequest, draft: reporting.Draft) -> HttpResponse:
    now = timezone.now()
    is_known = Complaint.objects.filter(code_digest=keys.code_digest(draft["code"])).exists()
    if not is_known and not _may(request, allowances.SEND):
        return _too_often(request)
    try:
        report = reporting.to_report(draft, allowances.sender_digest(request, now))
    except DataError as problem:
        return render(request, "report/over.html", {"problem": str(problem)}, status=422)
    made, _is_new = services.receive(report, now=now)
    context = {"code": keys.shown_code(draft["code"]), "complaint": made}
    return render(request, "report/receipt.html", context)


# ---- afterwards ----------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """Tell how far a report has come; the code is sent in the body and stands in no address."""
    form = ProgressForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "report/progress.html", {"form": form})
    if not _may(request, allowances.PROGRESS):
        return _too_often(request)
    code = keys.clean_code(form.cleaned_data["code"])
    found = Complaint.objects.filter(code_digest=keys.code_digest(code)).first()
    if found is None:
        form.add_error("code", _("没有这个凭证；请核对每一个字母和数字"))
        return render(request, "report/progress.html", {"form": form}, status=422)
    added, is_said = AddForm(request.POST if "text" in request.POST else None), False
    if added.is_valid():
        is_said = _say_once(found, added.cleaned_data["text"])
        added = AddForm()
    context = {
        "complaint": found,
        "code": keys.shown_code(code),
        "says": _in_words(found),
        "messages_said": found.messages.all(),
        "add": added,
        "is_said": is_said,
    }
    return render(request, "report/state.html", context)


def _say_once(complaint: Complaint, text: str) -> bool:
    """Add a message unless it is the very one said last: a reloaded page says nothing new."""
    last = complaint.messages.filter(by=None).last()
    if last is None or last.text != text.strip():
        services.say(complaint, text, by=None, now=timezone.now())
    return True


def _in_words(complaint: Complaint) -> str:
    """Return where a report stands, in words that tell nothing about what the office does with the company."""
    words = {
        ComplaintState.RECEIVED: _("已经收到，等待工作人员阅看。一般 7 个工作日内告知是否受理。"),
        ComplaintState.ACCEPTED: _("已经受理，将安排核实。"),
        ComplaintState.VERIFYING: _("正在核实。核实期间不便透露细节，请谅解。"),
        ComplaintState.DUPLICATE: _("与更早的举报是同一件事，已合并办理。"),
        ComplaintState.REFUSED: _("不予受理。"),
    }
    state = ComplaintState(complaint.state)
    if state in words:
        return words[state]
    return _("已经办结，核实结果：%(finding)s。") % {"finding": complaint.get_finding_display()}


@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a confirmed notice with the comments that were let through, and take a new one."""
    found = PublicNotice.objects.filter(pk=pk, confirmed_at__isnull=False, withdrawn_at=None).first()
    if found is None:
        raise Http404
    form, is_kept = CommentForm(request.POST or None, initial={"form_key": uuid4().hex}), False
    if form.is_valid():
        if not _may(request, allowances.COMMENT):
            return _too_often(request)
        data = form.cleaned_data
        publishing.comment(found, data["text"], form_key=data["form_key"], now=timezone.now())
        form, is_kept = CommentForm(initial={"form_key": uuid4().hex}), True
    context = {
        "notice": found,
        "comments": found.comments.filter(state=CommentState.SHOWN)[:100],
        "form": form,
        "is_kept": is_kept,
    }
    return render(request, "report/notice.html", context, status=422 if form.errors else 200)
