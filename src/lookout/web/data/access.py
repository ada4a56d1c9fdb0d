"""The one door to deliveries: rows of all regions are for those who mend the data."""

from __future__ import annotations

from django.http import Http404

from lookout.hub.reading.model import BatchInfo
from lookout.web import published
from lookout.web.accounts.access import require_deliveries
from lookout.web.accounts.models import User


def access_batch(number: int) -> BatchInfo:
    """Return the particulars of a batch, which name no company; unknown is 404."""
    batch = published.reader().batch(number)
    if batch is None:
        raise Http404
    return batch


def access_refused_rows(user: User, number: int) -> BatchInfo:
    """Return a batch whose refused rows the person may read; 403 by role, 404 when unknown."""
    require_deliveries(user)
    return access_batch(number)
