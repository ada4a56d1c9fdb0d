"""Pages of deposits for officers: the list, one deposit, its certificate and files, the packages."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from lookout.kernel.errors import DataError
from lookout.web.accounts.access import at_place, person, privileged
from lookout.web.accounts.roles import Place
from lookout.web.attachments.kinds import KINDS
from lookout.web.audit.services import record, record_about
from lookout.web.evidence import packaging, selectors
from lookout.web.evidence.access import access_deposit, may_seal
from lookout.web.evidence.capture.record import PICTURE
from lookout.web.evidence.certificates import certificate_of, verify_address
from lookout.web.evidence.models import Deposit, Kind
from lookout.web.evidence.subjects import access_subject, all_subjects, find_subject
from lookout.web.ui.paging import Paging, read_offset

PAGE = 50


@require_safe
@at_place(Place.EVIDENCE)
def deposit_list(request: HttpRequest) -> HttpResponse:
    """List the deposits a person may see."""
    user, query = person(request), request.GET
    wanted = selectors.DepositFilter(
        text=query.get("q", "").strip(),
        kind=query.get("kind", ""),
        about_kind=query.get("about", ""),
        about_number=query.get("number", ""),
        mine=query.get("mine", ""),
    )
    found = selectors.list_deposits(user, wanted)
    paging = Paging(read_offset(query), PAGE, found.count())
    subject = find_subject(wanted.about_kind)
    context = {
        "deposits": found[paging.offset : paging.offset + PAGE],
        "paging": paging,
        "wanted": wanted,
        "kinds": Kind.choices,
        "counts": selectors.count_kinds(user),
        "may_seal": may_seal(user),
        "subject_titles": {one.kind: one.title for one in all_subjects()},
        "about_address": subject.address(wanted.about_number) if subject and wanted.about_number else "",
        "about_title": subject.title if subject else "",
    }
    return render(request, "evidence/list.html", context)


@require_safe
@at_place(Place.EVIDENCE)
def deposit_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one deposit: what was sealed, when, where it stands in the log."""
    user = person(request)
    deposit = access_deposit(user, number)
    files = list(deposit.files.all())
    subject = find_subject(deposit.about_kind)
    context = {
        **_certified(deposit),
        "files": files,
        "picture": next((file for file in files if file.name == PICTURE and file.stored), None),
        "subject": subject,
        "subject_address": subject.address(deposit.about_number) if subject is not None else "",
        "needs_privilege": packaging.needs_privilege([deposit]),
    }
    return render(request, "evidence/page.html", context)


@require_safe
@at_place(Place.EVIDENCE)
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Show the certificate of a deposit, made for paper."""
    deposit = access_deposit(person(request), number)
    return render(request, "evidence/certificate.html", _certified(deposit))


def _certified(deposit: Deposit) -> dict[str, Any]:
    return {"deposit": deposit, "certificate": certificate_of(deposit, timezone.now())}


@require_safe
@at_place(Place.EVIDENCE)
def deposit_file(request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """Open one file of a deposit; an original with hidden data only in the privileged mode, recorded."""
    deposit = access_deposit(person(request), number)
    found = deposit.files.filter(pk=pk).first()
    if found is None:
        raise Http404
    return _sealed_file(request, deposit, pk) if found.is_sealed else _open(deposit, pk)


@privileged
def _sealed_file(request: HttpRequest, deposit: Deposit, pk: int) -> HttpResponseBase:
    record(person(request), "open_original", deposit)
    return _open(deposit, pk)


def _open(deposit: Deposit, pk: int) -> HttpResponse:
    file = deposit.files.get(pk=pk)
    kind = KINDS.get(file.media_type)
    is_shown = kind is not None and kind.is_shown
    # Whatever a page said it was: what is not a picture is a download, and nothing in it can run.
    response = HttpResponse(
        packaging.content_of(file), content_type=file.media_type if is_shown else "application/octet-stream"
    )
    disposition = content_disposition_header(not is_shown, file.name)
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@at_place(Place.EVIDENCE)
def package(request: HttpRequest, number: str) -> HttpResponseBase:
    """Download everything about a deposit that an expert needs, without a network."""
    deposit = access_deposit(person(request), number)
    about = {"verify": verify_address(deposit.number)}
    answer = _privileged_package if packaging.needs_privilege([deposit]) else _package
    return answer(request, [deposit], about, deposit.number, deposit.get_absolute_url())


@require_safe
@at_place(Place.EVIDENCE)
def package_of_record(request: HttpRequest, kind: str, number: str) -> HttpResponseBase:
    """Download all deposits of one record in one package."""
    user = person(request)
    subject = access_subject(user, kind, number)
    deposits = list(selectors.list_deposits_of(user, kind, number).filter(disposed_at=None))
    about = {"record": f"{subject.title} {number}"}
    answer = _privileged_package if packaging.needs_privilege(deposits) else _package
    return answer(request, deposits, about, f"{kind}-{number}", subject.address(number))


@privileged
def _privileged_package(
    request: HttpRequest, deposits: Sequence[Deposit], about: dict[str, Any], name: str, back: str
) -> HttpResponseBase:
    return _package(request, deposits, about, name, back)


def _package(
    request: HttpRequest, deposits: Sequence[Deposit], about: dict[str, Any], name: str, back: str
) -> HttpResponseBase:
    user = person(request)
    with tempfile.TemporaryDirectory(prefix="lookout-package-") as folder:
        try:
            written = packaging.package_of(
                deposits, Path(folder) / "package.zip", now=timezone.now(), about=about
            )
        except DataError as problem:
            messages.error(request, str(problem))
            return redirect(back)
        record_about(
            user,
            "evidence_package",
            object_type="evidence.deposit",
            object_id=name,
            after={"deposits": [deposit.number for deposit in deposits], "sha256": written.sha256},
        )
        # The open file outlives its name, and goes when it has been sent.
        handle = written.path.open("rb")
    return FileResponse(handle, as_attachment=True, filename=f"evidence-{name}.zip")
