"""Who may do what here: system officers make accounts, security officers give rights, auditors read."""

from __future__ import annotations

from django.http import Http404

from lookout.web.accounts.models import Agency, User
from lookout.web.accounts.roles import Role

MAKES_ACCOUNTS = frozenset({Role.SYSTEM_ADMIN})
GIVES_RIGHTS = frozenset({Role.SECURITY_ADMIN})
READS_RECORD = frozenset({Role.AUDITOR})


def access_person(number: int) -> User:
    """Return an account; one that does not exist is 404."""
    found = User.objects.select_related("agency").filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def access_agency(number: int) -> Agency:
    """Return an agency; one that does not exist is 404."""
    found = Agency.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return found
