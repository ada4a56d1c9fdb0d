"""The page anybody may open: that something was sealed, when, and whether a file is the one."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from lookout.web.accounts.addresses import address_of
from lookout.web.evidence.certificates import certificate_of
from lookout.web.evidence.selectors import public_deposit

LONGEST_NUMBER = 24
# Numbers cannot be guessed; this keeps somebody who tries from keeping everybody else waiting.
MOST, WITHIN_SECONDS = 60, 600


@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a number."""
    number = request.GET.get("number", "").strip().upper().replace("/", "")[:LONGEST_NUMBER]
    return redirect("verify:page", number) if number else render(request, "evidence/verify_ask.html")


@require_safe
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """Show what the public may know of a deposit: digests, times, its place in the log."""
    now = timezone.now()
    if not _may_ask(address_of(request), now):
        return render(request, "evidence/verify_none.html", {"too_often": True}, status=429)
    deposit = public_deposit(number[:LONGEST_NUMBER])
    if deposit is None:
        return render(request, "evidence/verify_none.html", status=404)
    context = {"deposit": deposit, "certificate": certificate_of(deposit, now)}
    return render(request, "evidence/verify.html", context)


def _may_ask(address: str, now: datetime) -> bool:
    """Count a question of an address; counted in memory, by a keyed digest, and forgotten after ten minutes."""
    window = int(now.timestamp()) // WITHIN_SECONDS
    key = salted_hmac("lookout.web.evidence.verify", f"{window} {address}").hexdigest()
    cache.add(key, 0, WITHIN_SECONDS)
    try:
        return cache.incr(key) <= MOST
    except ValueError:  # it ended between the two
        return True
