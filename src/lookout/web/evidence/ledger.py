"""Bring deposits and the record of changes into the log. Everything here is safe to do again after a crash."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from django.db import connection, models

from lookout.kernel.errors import DataError, LookoutError
from lookout.proof import canonical, sha256_hex, sm3_hex
from lookout.proof.entry import Entry
from lookout.proof.stamps import TimeStampAuthority, check_stamp
from lookout.web.audit.models import AuditEntry
from lookout.web.evidence import proofs
from lookout.web.evidence.models import Deposit, Entered

logger = logging.getLogger(__name__)
DEPOSIT = "deposit"
AUDIT = "audit"
CHUNK = 2000
LONGEST_NAME = 64


def entry_of(deposit: Deposit) -> Entry:
    """Return what stands in the log of a deposit; the same for ever, whenever it is asked."""
    return Entry(
        kind=DEPOSIT,
        number=deposit.number,
        sha256=deposit.sha256,
        sm3=deposit.sm3,
        at=deposit.sealed_at,
        by=deposit.entered_as[:LONGEST_NAME],
    )


def enter(deposits: Sequence[Deposit]) -> None:
    """Enter deposits in the log and note their places; those that stand there already keep them."""
    places = proofs.log().append_once([entry_of(deposit) for deposit in deposits])
    for deposit, place in zip(deposits, places, strict=True):
        deposit.log_index = place
        Deposit.objects.filter(pk=deposit.pk).update(log_index=place)


def enter_now(pk: int) -> None:
    """Enter and stamp one deposit right after it was made; what fails is done by the job."""
    deposit = Deposit.objects.filter(pk=pk, log_index=None).first()
    if deposit is None:
        return
    try:
        enter([deposit])
        stamper = proofs.stamper()
        if stamper.is_test:
            stamp([deposit], stamper)
        else:
            # Another machine may take its time, and nobody's page waits for it.
            threading.Thread(target=_stamp_aside, args=(deposit,), daemon=True).start()
    except (LookoutError, OSError):
        logger.exception("deposit %s waits for the log or its stamp", deposit.number)


def _stamp_aside(deposit: Deposit) -> None:
    try:
        stamp([deposit], proofs.stamper())
    except (LookoutError, OSError):
        logger.exception("deposit %s waits for its stamp", deposit.number)
    finally:
        connection.close()


def stamp(deposits: Sequence[Deposit], stamper: TimeStampAuthority) -> None:
    """Stamp deposits with the time, over their SHA-256. Raises DataError for a token that does not hold."""
    roots = stamper.roots
    for deposit in deposits:
        digest = bytes.fromhex(deposit.sha256)
        token = stamper.stamp(digest)
        found = check_stamp(token, digest, roots=roots)
        if not found.ok:
            raise DataError(f"时间戳机构给存证 {deposit.number} 的时间戳不能用：{'；'.join(found.problems)}")
        deposit.token, deposit.stamped_at = token, found.gen_time
        Deposit.objects.filter(pk=deposit.pk).update(token=token, stamped_at=found.gen_time)


def stamp_deposits() -> int:
    """Stamp every deposit in the log that has no stamp yet; return how many."""
    waiting = Deposit.objects.filter(token=None, log_index__isnull=False).order_by("pk")
    done = 0
    while found := list(waiting[:CHUNK]):
        stamp(found, proofs.stamper())
        done += len(found)
    return done


def enter_deposits() -> int:
    """Enter every deposit that waits for it; return how many."""
    done = 0
    while waiting := list(Deposit.objects.filter(log_index=None).order_by("pk")[:CHUNK]):
        enter(waiting)
        done += len(waiting)
    return done


def enter_audit() -> int:
    """Enter the record of changes from where the log ends; return how many entries."""
    mark, _made = Entered.objects.get_or_create(name=AUDIT)
    done = 0
    while waiting := list(_audit_after(mark.number)[:CHUNK]):
        proofs.log().append_once([_audit_entry(entry) for entry in waiting])
        mark.number = waiting[-1].number
        mark.save(update_fields=["number"])
        done += len(waiting)
    return done


def _audit_after(number: int) -> models.QuerySet[AuditEntry]:
    return AuditEntry.objects.select_related("actor").filter(number__gt=number).order_by("number")


def _audit_entry(entry: AuditEntry) -> Entry:
    content = canonical(entry.content())
    return Entry(
        kind=AUDIT,
        number=str(entry.number),
        sha256=sha256_hex(content),
        sm3=sm3_hex(content),
        at=entry.at,
        # A name of a person is no user name, and has no place in a log that is handed out.
        by=entry.actor.username[:LONGEST_NAME] if entry.actor is not None else "system",
    )
