"""Writes of the companies app: saved views and the mark of having looked."""

from __future__ import annotations

from datetime import datetime

from lookout.hub.reading.model import CompanyRow
from lookout.web.accounts.models import User
from lookout.web.companies.models import COMPANY_LIST, Look, SavedView


def save_view(owner: User, *, name: str, query: str, place: str = COMPANY_LIST) -> SavedView:
    """Keep a list under a name; the same name again replaces its query."""
    view, _created = SavedView.objects.update_or_create(
        owner=owner, place=place, name=name, defaults={"query": query}
    )
    return view


def record_look(viewer: User, row: CompanyRow, *, run_id: str, at: datetime) -> Look | None:
    """Note what the person sees now; return what they saw under an earlier result, None the first time.

    Looking again at the same result adds nothing, so a reload still shows "since I last looked".
    """
    Look.objects.get_or_create(
        viewer=viewer,
        identifier=row.identifier,
        run_id=run_id,
        defaults={"band": row.band or "", "score": row.score, "looked_at": at},
    )
    looks = Look.objects.filter(viewer=viewer, identifier=row.identifier)
    return looks.exclude(run_id=run_id).order_by("-looked_at").first()
