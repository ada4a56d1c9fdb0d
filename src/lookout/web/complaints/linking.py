"""From a complaint to a clue: a new one, or more evidence for the company's open one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.clues.access import visible
from lookout.web.clues.models import Clue
from lookout.web.clues.services import Found, add_evidence, open_clue
from lookout.web.clues.states import OPEN, ClueState
from lookout.web.clues.words import ActivityClass, Element, Source
from lookout.web.complaints.models import Complaint
from lookout.web.complaints.services import change, lock
from lookout.web.dispatch.closing import reopen_clue
from lookout.web.ui.masking import mask_text

EVENT = "complaint"


def open_clue_of(user: User, complaint: Complaint) -> Clue | None:
    """Return the open clue about a complaint's company that the person sees; the oldest when there are several."""
    if not complaint.company:
        return None
    found = visible(user).filter(company=complaint.company, state__in=OPEN)
    return found.order_by("opened_at", "pk").first()


def monitored_clue_of(user: User, complaint: Complaint) -> Clue | None:
    """Return the clue about a complaint's company that was closed last and is still monitored, if the person sees it."""
    if not complaint.company:
        return None
    found = visible(user).filter(company=complaint.company, state=ClueState.MONITORING)
    return found.order_by("-closed_at", "-pk").first()


def to_clue(by: User, complaint: Complaint, *, now: datetime, version: int | None = None) -> Clue:
    """Put a complaint into the ledger: as evidence of the company's open clue, or of the one that is monitored, which
    starts again by it, else as a clue of its own.

    The reporter's name stays behind: the clue learns the number, the words with numbers hidden, and the files.
    """
    with transaction.atomic():
        current = lock(complaint, version)
        if current.clue_id is not None:
            raise DataError("这件举报已经在线索里")
        clue = open_clue_of(by, current) or _started_again(by, current, now)
        clue = clue or open_clue(by, _found(current), now=now)
        add_evidence(
            by,
            clue,
            title=f"{current.get_origin_display()} {current.number}",
            note=mask_text(current.text),
            element=_element(current),
            now=now,
        )
        for file in current.files.all():
            add_evidence(by, clue, title=f"{current.number} {file.name}", attachment=file, now=now)
        change(by, current, "to_clue", {"clue": clue}, now=now)
    return clue


def _started_again(by: User, complaint: Complaint, now: datetime) -> Clue | None:
    monitored = monitored_clue_of(by, complaint)
    if monitored is None:
        return None
    reason = f"再监测期间收到新的举报 {complaint.number}"
    return reopen_clue(by, monitored, version=None, reason=reason, now=now)


def _found(complaint: Complaint) -> Found:
    is_class = complaint.kind in ActivityClass.values
    return Found(
        source=Source(complaint.origin),
        company=complaint.company,
        company_name=complaint.company_name,
        event_key=EVENT if complaint.company else "",
        found_at=complaint.received_at,
        region_registered=complaint.company_region,
        region_business=complaint.region or complaint.company_region,
        activity_class=complaint.kind if is_class else "",
        amount=complaint.amount,
        participants=complaint.participants,
        summary=mask_text(complaint.text),
    )


def _element(complaint: Complaint) -> str:
    """Return the element a complaint speaks for, '' when it speaks for none in particular."""
    if "promised" in complaint.troubles:
        return Element.INDUCEMENT
    return Element.OPEN_PROMOTION if complaint.approach in ("street", "video", "meeting", "app") else ""
