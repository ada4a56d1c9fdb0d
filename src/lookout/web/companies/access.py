"""The one door to companies: every read carries the scope of the person who asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.http import Http404

from lookout.hub.reading.model import (
    CompanyFilter,
    CompanyRow,
    Contribution,
    Dossier,
    Evidence,
    EvidenceGroup,
    TimelineEvent,
)
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.companies.models import COMPANY_LIST, SavedView


def within_scope(user: User, asked: CompanyFilter) -> CompanyFilter:
    """Return a filter that cannot reach beyond the person's regions, whatever it asks for."""
    return replace(asked, scope=scope_of(user))


def access_company(
    user: User,
    identifier: str,
    *,
    events: int,
    enough: Callable[[Sequence[TimelineEvent]], bool] | None = None,
    with_profile: bool = True,
) -> Dossier:
    """Return a company's dossier with its newest events, or `enough` of them; unknown and foreign ones are both 404.

    Without `with_profile` what the register says is left out.
    """
    dossier = published.reader().get_company(
        identifier, scope_of(user), events=events, enough=enough, with_profile=with_profile
    )
    if dossier is None:
        raise Http404
    return dossier


def access_score(user: User, identifier: str) -> tuple[CompanyRow, tuple[Contribution, ...]]:
    """Return a company and the lines of its score; unknown and foreign ones are both 404."""
    found = published.reader().contributions(identifier, scope_of(user))
    if found is None:
        raise Http404
    return found


def access_evidence(user: User, identifier: str, code: str) -> Evidence | None:
    """Return what stands behind one number; None when it has no rows of its own, or is foreign."""
    return published.reader().evidence(identifier, code, scope_of(user))


def access_table_rows(user: User, identifier: str, table: str) -> EvidenceGroup:
    """Return all raw rows of one table of a company; unknown and foreign are both 404."""
    group = published.reader().table_rows(identifier, table, scope_of(user))
    if group is None:
        raise Http404
    return group


def access_saved_view(user: User, number: int, place: str = COMPANY_LIST) -> SavedView:
    """Return one of the person's own views of a list; others' are 404."""
    found = SavedView.objects.filter(owner=user, place=place, pk=number).first()
    if found is None:
        raise Http404
    return found
