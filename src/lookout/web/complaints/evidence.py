"""What was sealed about a complaint: who sees it, and until when it is kept."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from lookout.web.complaints.access import visible
from lookout.web.complaints.models import Complaint
from lookout.web.complaints.states import OPEN, ComplaintState
from lookout.web.evidence.subjects import Subject, ended_at


def _closed_at(number: str) -> datetime | None:
    complaint = Complaint.objects.select_related("clue", "duplicate_of").filter(number=number).first()
    if complaint is None or complaint.state in OPEN:
        return None
    if complaint.clue is not None:
        return ended_at("clue", complaint.clue.number)
    if complaint.duplicate_of is not None:
        return _closed_at(complaint.duplicate_of.number)
    # A refused one is never closed; nothing more is done to it after it came.
    return complaint.received_at if complaint.state == ComplaintState.REFUSED else complaint.closed_at


SUBJECT = Subject(
    kind="complaint",
    title=pgettext_lazy("一个", "举报"),
    numbers=lambda user: visible(user).values_list("number", flat=True),
    address=lambda number: reverse("complaints:page", args=[number]),
    closed_at=_closed_at,
)
