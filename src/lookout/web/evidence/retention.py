"""Files are kept until five years after the work they belong to ended; digests and the log for ever."""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction

from lookout.web.attachments import vault
from lookout.web.attachments.models import Attachment
from lookout.web.audit.services import record
from lookout.web.evidence.models import Deposit, DepositFile, Kind
from lookout.web.evidence.subjects import all_subjects, ended_at

KEEP_YEARS = 5  # 行政处罚法 art. 36: the longest time after which an act may still be punished
# Reports and contracts are kept by whoever made the deposit; of a digest there is no file.
OURS = (Kind.FILE, Kind.PHOTO, Kind.PAGE)


def follow(now: datetime) -> int:
    """Set until when files are kept, and clear it where work goes on again; return how many deposits changed."""
    live = Deposit.objects.filter(disposed_at=None, kind__in=OURS)
    known = [subject.kind for subject in all_subjects()]
    changed = 0
    for deposit in live.exclude(about_kind__in=known).filter(retained_until=None):
        deposit.retained_until = years_after(deposit.sealed_at, KEEP_YEARS)
        deposit.save(update_fields=["retained_until"])
        changed += 1
    records = (
        live.filter(about_kind__in=known).order_by().values_list("about_kind", "about_number").distinct()
    )
    for kind, number in records:
        ended = ended_at(kind, number)
        until = years_after(ended, KEEP_YEARS) if ended is not None else None
        of_it = live.filter(about_kind=kind, about_number=number)
        changed += of_it.exclude(retained_until=until).update(retained_until=until)
    return changed


def dispose_due(now: datetime) -> int:
    """Destroy the files whose time is over; return of how many deposits."""
    follow(now)
    due = Deposit.objects.filter(disposed_at=None, retained_until__lt=now, kind__in=OURS).order_by("pk")
    for deposit in due:
        dispose(deposit, now)
    return len(due)


def dispose(deposit: Deposit, now: datetime) -> None:
    """Destroy the files of a deposit; its record, digests and place in the log stay."""
    with transaction.atomic():
        files = list(deposit.files.all())
        paths = {file.stored for file in files if file.stored}
        deposit.files.update(stored="")
        attachment = deposit.attachment
        deposit.attachment, deposit.disposed_at = None, now
        deposit.save(update_fields=["attachment", "disposed_at"])
        if attachment is not None and not _is_used(attachment):
            paths |= {path for path in (attachment.stored, attachment.original) if path}
            attachment.delete()
        record(
            None,
            "evidence_dispose",
            deposit,
            before={"files": len(files)},
            after={"sha256": deposit.sha256},
            region=deposit.region,
        )
        transaction.on_commit(lambda: _remove(paths), robust=True)


def _is_used(attachment: Attachment) -> bool:
    """Tell whether anything else hangs on a file: a clue, a complaint, another deposit."""
    for relation in Attachment._meta.related_objects:
        field = relation.field
        if field.model._default_manager.filter(**{field.name: attachment}).exists():
            return True
    return False


def _remove(paths: set[str]) -> None:
    """Remove files that nothing refers to; equal files of several records are one file."""
    for path in sorted(paths):
        by_attachment = Attachment.objects.filter(models.Q(stored=path) | models.Q(original=path)).exists()
        if not by_attachment and not DepositFile.objects.filter(stored=path).exists():
            (vault.folder() / path).unlink(missing_ok=True)


def years_after(moment: datetime, years: int) -> datetime:
    """Return the same day so many years later; the first of March for a 29 February."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)
