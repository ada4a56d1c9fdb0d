"""What a complaint tells the rating: written down with each change, sent at once, tried again until it has arrived."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lookout.kernel.errors import LookoutError
from lookout.kernel.identifiers import is_uscc
from lookout.web.complaints.models import Complaint, Signal
from lookout.web.complaints.states import FOUND, TAKEN_UP, VOID, ComplaintState
from lookout.web.complaints.words import TAGS, Origin, Trouble

logger = logging.getLogger(__name__)
SOURCE, TABLE = "lookout_complaints", "complaint_ticket"
AT_ONCE = 500
LONGEST_WAIT = timedelta(hours=1)
MASS = 5  # so many persons in one complaint are a group, as the data dictionary counts
CHANNELS = {
    Origin.COMPLAINT: "app",
    Origin.SNAPSHOT: "photo",
    Origin.HOTLINE: "hotline12345",
    Origin.PETITION: "petition",
}
STATES = {
    ComplaintState.ACCEPTED: "accepted",
    ComplaintState.VERIFYING: "handling",
    ComplaintState.ANSWERED: "replied",
    ComplaintState.CLOSED: "closed",
    ComplaintState.REFUSED: "refused",
    ComplaintState.DUPLICATE: "duplicate",
}


def counts(complaint: Complaint) -> bool:
    """Tell whether a complaint adds to its company's number of complaints."""
    return complaint.is_signal and ComplaintState(complaint.state) not in VOID


def row_of(complaint: Complaint) -> dict[str, Any]:
    """Return a complaint as a row of the complaint table.

    Before an officer has taken it up it says that one person complained, and of what kind; sums, numbers of people,
    places and troubles that a stranger claims are not believed unread. What was written never leaves the desk.
    """
    state = ComplaintState(complaint.state)
    row: dict[str, Any] = {
        "ticket_no": complaint.source_number or complaint.number,
        "channel": CHANNELS[Origin(complaint.origin)],
        "received_on": timezone.localdate(complaint.received_at).isoformat(),
        "is_real_name": complaint.is_real_name,
        "target_name": complaint.company_name,
        "complaint_type": complaint.kind,
        "attachments": complaint.files.count(),
    }
    if is_uscc(complaint.company):
        row["target_uscc"] = complaint.company
    if complaint.contact_digest:
        row["reporter"] = complaint.contact_digest
    if state in VOID or not complaint.is_signal:
        return row | {"state": STATES[state] if state in VOID else "duplicate"}
    if state in STATES:
        row["state"] = STATES[state]
    if state in TAKEN_UP:
        row |= _claims(complaint)
    if state in FOUND:
        row["result"] = complaint.finding
    if complaint.closed_at:
        row["closed_on"] = timezone.localdate(complaint.closed_at).isoformat()
    return row


def _claims(complaint: Complaint) -> dict[str, Any]:
    claimed: dict[str, Any] = {}
    if complaint.troubles:
        claimed["tags"] = [TAGS[Trouble(one)] for one in complaint.troubles]
    if complaint.amount is not None:
        claimed["amount_yuan"] = str(complaint.amount)
    if complaint.participants is not None:
        claimed |= {"persons": complaint.participants, "is_mass": complaint.participants >= MASS}
    if complaint.region:
        claimed["region"] = complaint.region
    return claimed


def follow(complaint: Complaint, now: datetime) -> Signal | None:
    """Write down what the rating should know of a complaint now; call it inside the transaction of the change.

    Nothing is written when nothing has changed, or when it never counted. It is sent when the transaction has
    succeeded; the complaint is safe whatever becomes of the sending.
    """
    if Origin(complaint.origin) not in CHANNELS:
        return None  # the national platform delivers its clues to the rating itself
    last = complaint.signals.order_by("-sequence").first()
    if last is None and not counts(complaint):
        return None
    row = row_of(complaint)
    if last is not None and last.row == row:
        return None
    sequence = last.sequence + 1 if last else 1
    made = Signal.objects.create(
        complaint=complaint, sequence=sequence, row=row, made_at=now, next_try_at=now
    )
    transaction.on_commit(lambda: _send([made], now), robust=True)
    return made


def send_waiting(now: datetime) -> dict[str, int]:
    """Send what has not arrived yet and is due; return how many arrived and how many wait on."""
    waiting = Signal.objects.select_related("complaint").filter(
        sent_at=None, given_up_at=None, next_try_at__lte=now
    )
    arrived = tried = 0
    # What is sent or postponed is no longer due, so each look finds the next ones.
    while batch := list(waiting.order_by("pk")[:AT_ONCE]):
        tried += len(batch)
        arrived += _send(batch, now)
    return {"arrived": arrived, "waiting": tried - arrived}


def _send(batch: Sequence[Signal], now: datetime) -> int:
    """Hand signals to the live store; return how many arrived."""
    from lookout.pipeline.live import Event, accept  # heavy, and not needed before the first complaint

    events = [Event(SOURCE, TABLE, str(one), one.row) for one in batch]
    options = settings.LOOKOUT
    try:
        receipts = accept(
            settings.LOOKOUT_HOME,
            events,
            now=now,
            personal_key=options.personal_key,
            live=options.live_database,
        )
    except (LookoutError, OSError) as error:
        logger.warning("complaints wait for the live store: %s", error)
        for one in batch:
            _postpone(one, str(error), now)
        return 0
    arrived = 0
    for one, receipt in zip(batch, receipts, strict=True):
        if receipt.outcome == "refused":
            one.problem, one.given_up_at = "；".join(receipt.reasons)[:500], now
            logger.error("the live store refused complaint %s: %s", one, one.problem)
        else:
            one.sent_at, one.problem = now, ""
            arrived += 1
        one.tries += 1
        one.save()
    return arrived


def _postpone(signal: Signal, problem: str, now: datetime) -> None:
    signal.tries += 1
    signal.problem = problem[:500]
    signal.next_try_at = now + min(timedelta(minutes=2 ** min(signal.tries, 6)), LONGEST_WAIT)
    signal.save()
