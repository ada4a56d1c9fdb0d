"""Pages on which something is sealed: a file, a digest, a file where it is shown, a page of the web."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lookout.kernel.errors import DataError
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place
from lookout.web.attachments.access import access_attachment
from lookout.web.evidence import captures, selectors, services
from lookout.web.evidence.access import access_capture, may_seal
from lookout.web.evidence.capture.browser import what_is_missing
from lookout.web.evidence.forms import CaptureForm, DigestForm, SealForm
from lookout.web.evidence.models import Deposit, Kind
from lookout.web.evidence.states import CaptureState
from lookout.web.evidence.subjects import access_subject
from lookout.web.ui.paging import Paging, read_offset

PAGE = 20


def _sealer(request: HttpRequest) -> User:
    """Return the person, who may seal."""
    user = person(request)
    if not may_seal(user):
        raise PermissionDenied
    return user


def _about(request: HttpRequest, user: User) -> tuple[str, str] | None:
    """Return the record that is named in the address or form, if the person may see it; 404 otherwise."""
    values = request.POST if request.method == "POST" else request.GET
    kind, number = values.get("about", ""), values.get("number", "")
    if not kind:
        return None
    access_subject(user, kind, number)
    return kind, number


def _context(user: User, about: tuple[str, str] | None, **more: Any) -> dict[str, Any]:
    context: dict[str, Any] = {"about": None, **more}
    if about is not None:
        subject = access_subject(user, *about)
        context["about"] = {
            "kind": about[0],
            "number": about[1],
            "title": subject.title,
            "address": subject.address(about[1]),
        }
    return context


def _done(request: HttpRequest, deposit: Deposit, *, is_new: bool) -> None:
    if is_new:
        messages.success(request, _("已存证：%(number)s。") % {"number": deposit.number})
    else:
        messages.info(request, _("以前已经存证过，没有重复登记：%(number)s。") % {"number": deposit.number})


@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.EVIDENCE)
def new(request: HttpRequest) -> HttpResponse:
    """Upload a file and seal it."""
    user = _sealer(request)
    about = _about(request, user)
    form = SealForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            deposit = services.seal_upload(
                form.cleaned_data["file"], by=user, now=now, about=about, note=form.cleaned_data["note"]
            )
        except DataError as problem:
            form.add_error("file", str(problem))
        else:
            _done(request, deposit, is_new=deposit.sealed_at == now)
            return redirect("evidence:page", deposit.number)
    status = 422 if request.method == "POST" else 200
    return render(request, "evidence/new.html", _context(user, about, form=form), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.EVIDENCE)
def digest(request: HttpRequest) -> HttpResponse:
    """Seal the digests of a file that is not handed in."""
    user = _sealer(request)
    about = _about(request, user)
    form = DigestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now, said = timezone.now(), form.cleaned_data
        try:
            deposit = services.seal(by=user, kind=Kind.DIGEST, about=about, now=now, **said)
        except DataError as problem:
            form.add_error(None, str(problem))
        else:
            _done(request, deposit, is_new=deposit.sealed_at == now)
            return redirect("evidence:page", deposit.number)
    status = 422 if request.method == "POST" else 200
    return render(request, "evidence/digest.html", _context(user, about, form=form), status=status)


@require_POST
@at_place(Place.EVIDENCE)
def seal_one(request: HttpRequest, attachment: int) -> HttpResponse:
    """Seal a file where it is shown, in one click; a second click gives the same deposit."""
    user, now = _sealer(request), timezone.now()
    found = access_attachment(user, attachment)
    about = _about(request, user)
    deposit = services.seal_attachment(found, by=user, now=now, about=about)
    _done(request, deposit, is_new=deposit.sealed_at == now)
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("evidence:page", deposit.number)


@require_http_methods(["GET", "HEAD", "POST"])
@at_place(Place.EVIDENCE)
def pages(request: HttpRequest) -> HttpResponse:
    """Ask for a page of the web; list those asked for."""
    user = _sealer(request)
    about = _about(request, user)
    form, missing = CaptureForm(request.POST or None), what_is_missing()
    if request.method == "POST" and not missing and form.is_valid():
        try:
            asked = captures.ask(
                form.cleaned_data["url"],
                by=user,
                now=timezone.now(),
                about=about,
                note=form.cleaned_data["note"],
            )
        except DataError as problem:
            form.add_error("url", str(problem))
        else:
            captures.start(asked)
            return redirect("evidence:page_state", asked.pk)
    found = selectors.list_captures(user)
    paging = Paging(read_offset(request.GET), PAGE, found.count())
    context = _context(
        user,
        about,
        form=form,
        missing=missing,
        paging=paging,
        captures=found[paging.offset : paging.offset + PAGE],
    )
    return render(request, "evidence/pages.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@at_place(Place.EVIDENCE)
def page_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a capture is; the page asks again by itself until it is sealed or has failed."""
    capture = access_capture(_sealer(request), pk)
    if capture.deposit is not None:
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": capture.deposit.get_absolute_url()})
        return redirect(capture.deposit)
    is_going_on = capture.state in (CaptureState.WAITING, CaptureState.RUNNING)
    template = "evidence/_capture.html" if request.headers.get("HX-Request") else "evidence/capture.html"
    return render(request, template, {"capture": capture, "is_going_on": is_going_on})
