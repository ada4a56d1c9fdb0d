"""Signed heads of the log: when deposits wait for one, and once a day for everything else."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from lookout.kernel.errors import ConfigError
from lookout.proof.heads import SignedHead, publish_head
from lookout.web.evidence import proofs
from lookout.web.evidence.models import Deposit

DAY = timedelta(hours=20)  # so that it does not wander through the day


def newest_head() -> SignedHead | None:
    """Return the newest signed head, None before the first."""
    return proofs.heads().newest()


def publish() -> SignedHead:
    """Sign and stamp the log as it is now; deposits it covers first are noted with it.

    The instant is that of signing and not of whatever asked for it: what was entered since would lie in its future.
    Raises ConfigError when the clock was set back, DataError when the log is not what it was.
    """
    try:
        head = _publish(timezone.now())
    except ConfigError:  # somebody sealed between the look at the clock and the turn to sign
        head = _publish(timezone.now())
    note_covered()
    return head


def _publish(at: datetime) -> SignedHead:
    return publish_head(proofs.log(), proofs.signer(at), proofs.stamper(), at, proofs.heads())


def note_covered() -> int:
    """Note with each deposit the first head that covers it; return how many were noted."""
    done, heads = 0, proofs.heads()
    while True:
        first = Deposit.objects.filter(head=None, log_index__isnull=False).order_by("log_index").first()
        if first is None or first.log_index is None or (head := heads.covering(first.log_index)) is None:
            return done
        size = head.head.size
        done += Deposit.objects.filter(head=None, log_index__lt=size).update(head=size)


def publish_due(now: datetime) -> int:
    """Publish a head when deposits wait for one, and once a day for everything else that was entered."""
    note_covered()
    newest, size = newest_head(), proofs.log().size
    has_grown = size > (newest.head.size if newest is not None else 0)
    is_late = newest is None or now - newest.head.at >= DAY
    if not has_grown or not (is_late or Deposit.objects.filter(head=None, log_index__isnull=False).exists()):
        return 0
    publish()
    return 1


def head_over(index: int) -> SignedHead:
    """Return the newest head if it covers an entry, else a fresh one."""
    newest = newest_head()
    return newest if newest is not None and newest.head.size > index else publish()
