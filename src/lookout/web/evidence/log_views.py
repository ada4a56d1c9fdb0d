"""The log for those who watch it: the newest signed head, and proofs to take along."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lookout.kernel.errors import DataError
from lookout.proof.heads import SignedHead
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.evidence import proofs, selectors
from lookout.web.evidence.access import may_seal, visible
from lookout.web.ui.paging import Paging

SHOWN = 30


@require_safe
@at_place(Place.EVIDENCE)
def log_page(request: HttpRequest) -> HttpResponse:
    """Show what the log is today, its signed heads, and one entry that is looked for."""
    log, heads = proofs.log(), proofs.heads()
    numbers = heads.numbers()[::-1]
    newest = heads.read(numbers[0]) if numbers else None
    asked = request.GET.get("q", "").strip()
    entry = _entry(asked) if asked else None
    context = {
        "size": log.size,
        "origin": log.origin,
        "newest": newest,
        "problem": _problem(newest),
        "heads": [heads.read(number) for number in numbers[:SHOWN]],
        "paging": Paging(0, SHOWN, len(numbers)),
        "waiting": selectors.waiting_for_the_log(),
        "asked": asked,
        "may_seal": may_seal(person(request)),
        "entry": entry,
        "deposit": visible(person(request)).filter(number=entry["leaf"].number).first() if entry else None,
    }
    return render(request, "evidence/log.html", context)


def _problem(newest: SignedHead | None) -> str:
    """Return why the log is not what was signed last, '' when it is."""
    if newest is None:
        return ""
    try:
        log = proofs.log()
        if log.origin != newest.head.origin:
            return "origin"
        return "" if log.root(newest.head.size) == newest.head.root else "changed"
    except DataError:
        return "cut"


def _entry(asked: str) -> dict[str, Any] | None:
    """Return an entry by its place in the log or by a record's number, with the head that covers it."""
    log = proofs.log()
    if asked.isascii() and asked.isdigit() and len(asked) < 16:
        index = int(asked)
        if index >= log.size:
            return None
    else:
        found = log.find("deposit", asked.upper())
        if not found:
            return None
        index = found[0]
    return {"index": index, "leaf": log.entry(index), "head": proofs.heads().covering(index)}


@require_safe
@at_place(Place.EVIDENCE)
def head_file(request: HttpRequest, number: int) -> HttpResponse:
    """Download a signed head, to keep it elsewhere; the offline verifier reads it."""
    heads = proofs.heads()
    if number not in heads.numbers():
        raise Http404
    response = HttpResponse(heads.read(number).as_json(), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="lookout-head-{number:08d}.json"'
    return response


@require_safe
@at_place(Place.EVIDENCE)
def inclusion_file(request: HttpRequest, index: int) -> HttpResponse:
    """Download the proof that an entry stands in the log under the newest head."""
    log, newest = proofs.log(), proofs.heads().newest()
    if newest is None or index >= newest.head.size:
        raise Http404
    proof = log.inclusion(index, newest.head.size)
    content = {
        "index": index,
        "size": proof.size,
        "root": newest.head.root.hex(),
        "leaf": log.leaf(index).decode(),
        "path": [step.hex() for step in proof.path],
        "made_at": timezone.now().isoformat(),
    }
    return _download(content, f"lookout-inclusion-{index}.json")


@require_safe
@at_place(Place.EVIDENCE)
def consistency_file(request: HttpRequest, number: int) -> HttpResponse:
    """Download the proof that an earlier head is the beginning of the newest one."""
    heads = proofs.heads()
    newest = heads.newest()
    if newest is None or number not in heads.numbers():
        raise Http404
    earlier = heads.read(number)
    proof = proofs.log().consistency(earlier.head.size, newest.head.size)
    content = {
        "old_size": earlier.head.size,
        "old_root": earlier.head.root.hex(),
        "new_size": newest.head.size,
        "new_root": newest.head.root.hex(),
        "path": [step.hex() for step in proof.path],
    }
    return _download(content, f"lookout-consistency-{number}-{newest.number}.json")


def _download(content: dict[str, Any], name: str) -> JsonResponse:
    response = JsonResponse(content, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
