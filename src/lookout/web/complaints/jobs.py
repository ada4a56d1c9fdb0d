"""What time must do for complaints. Each is safe to do again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import ProtectedError, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from lookout.web.accounts.models import Agency, AgencyKind
from lookout.web.attachments import vault
from lookout.web.attachments.models import Attachment
from lookout.web.complaints import allowances, signals
from lookout.web.complaints.models import Complaint
from lookout.web.complaints.states import ComplaintState
from lookout.web.dispatch.rules import calendar
from lookout.web.notices.services import notify, people_of

# The device is told apart from others for so long, and then forgotten.
KEEP_SENDERS = timedelta(days=7)
KEEP_UNSENT = timedelta(days=1)
ACCEPT_WITHIN = 7  # working days


def retry_signals(now: datetime) -> int:
    """Send what the live store has not taken yet; return how many have arrived."""
    return signals.send_waiting(now)["arrived"]


def forget_unsent_files(now: datetime) -> int:
    """Delete files of reports that were begun and never sent; return how many."""
    unsent = Attachment.objects.filter(uploaded_by=None, complaints=None, uploaded_at__lt=now - KEEP_UNSENT)
    deleted = 0
    for file in unsent:
        try:
            file.delete()
        except ProtectedError:
            continue  # it has become evidence
        deleted += 1
        for path in filter(None, (file.stored, file.original)):
            if not Attachment.objects.filter(Q(stored=path) | Q(original=path)).exists():
                (vault.folder() / path).unlink(missing_ok=True)
    return deleted


def forget_senders(now: datetime) -> int:
    """Forget from which devices reports came; return of how many."""
    old = Complaint.objects.filter(received_at__lt=now - KEEP_SENDERS).exclude(sender_digest="")
    return old.update(sender_digest="")


def forget_allowances(now: datetime) -> int:
    """Forget who asked how often in stretches that are over."""
    return allowances.forget_over(now)


def remind_of_waiting(now: datetime) -> int:
    """Tell the lead offices how many complaints wait longer than they may; return how many people were told."""
    waiting = Complaint.objects.filter(
        state=ComplaintState.RECEIVED, received_at__lt=now - timedelta(days=ACCEPT_WITHIN)
    )
    counts: dict[str, int] = {}
    for one in waiting.only("region", "company_region", "received_at"):
        if calendar().end(one.received_at, ACCEPT_WITHIN, "working_days") < now:
            counts[one.place_region] = counts.get(one.place_region, 0) + 1
    told = 0
    for agency in Agency.objects.filter(kind=AgencyKind.LEAD, is_active=True):
        if number := counts.get(agency.region, 0):
            text = _("%(number)s 件举报超过 7 个工作日还没有受理") % {"number": number}
            link = f"{reverse('complaints:list')}?state={ComplaintState.RECEIVED.value}"
            told += notify(people_of(agency), "complaints_waiting", text, link, now=now)
    return told
