"""Seal things: the row in the caller's transaction, the log right after it, and again by a job."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.web.attachments import vault
from lookout.web.attachments.models import Attachment
from lookout.web.attachments.services import store
from lookout.web.audit.services import record
from lookout.web.evidence import ledger
from lookout.web.evidence.models import Deposit, DepositFile, Kind

if TYPE_CHECKING:
    from lookout.web.accounts.models import User

# No letter or digit that is taken for another when read from paper.
ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
DIGEST_LENGTH = 64
SYSTEM = "system"  # the name in the log when a job seals


@dataclass(frozen=True)
class KeptFile:
    """One file of a deposit as it lies in the vault of attachments."""

    name: str
    media_type: str
    size: int
    sha256: str
    sm3: str
    stored: str
    is_sealed: bool = False
    note: str = ""


def seal(
    *,
    by: User | None,
    kind: str,
    name: str,
    sha256: str,
    sm3: str,
    size: int,
    now: datetime,
    media_type: str = "",
    attachment: Attachment | None = None,
    about: tuple[str, str] | None = None,
    note: str = "",
    files: Sequence[KeptFile] = (),
    at_once: bool = True,
) -> Deposit:
    """Make the deposit of a thing by its digests; the same thing sealed again gives the deposit there is.

    `about` is (kind, number) of the record it belongs to. The row is part of the caller's transaction; it is entered
    in the log when that is done, and by a job when the process dies in between. Raises DataError for
    digests that are none. `at_once` False leaves log and stamp to the job: thousands together are entered in one go.
    """
    sha256, sm3 = _checked_digest("SHA-256", sha256), _checked_digest("SM3", sm3)
    about_kind, about_number = about or ("", "")
    same = Deposit.objects.filter(kind=kind, sha256=sha256, about_kind=about_kind, about_number=about_number)
    if not about_kind:
        same = same.filter(sealed_by=by)
    if (found := same.first()) is not None:
        return found
    deposit = Deposit(
        number=_new_number(now),
        kind=Kind(kind),
        name=name[:200],
        media_type=media_type or (attachment.media_type if attachment is not None else ""),
        size=size,
        sha256=sha256,
        sm3=sm3,
        attachment=attachment,
        about_kind=about_kind,
        about_number=about_number,
        sealed_by=by,
        entered_as=by.username if by is not None else SYSTEM,
        region=by.region if by is not None else "",
        sealed_at=now,
        note=note[:500],
    )
    try:
        with transaction.atomic():
            deposit.save()
            DepositFile.objects.bulk_create(DepositFile(deposit=deposit, **vars(file)) for file in files)
            record(
                by,
                "evidence_seal",
                deposit,
                after={"sha256": sha256, "sm3": sm3, "about": " ".join(filter(None, about or ()))},
                region=deposit.region,
            )
    except IntegrityError:
        # Somebody else sealed it in the same moment.
        if (found := same.first()) is not None:
            return found
        raise
    if at_once:
        transaction.on_commit(partial(ledger.enter_now, deposit.pk), robust=True)
    return deposit


def seal_attachment(
    attachment: Attachment, *, by: User, now: datetime, about: tuple[str, str] | None = None, note: str = ""
) -> Deposit:
    """Seal a file as it came: of a photo with hidden data that is the sealed original, not the copy pages show."""
    sha256, sm3, size, stored = attachment.sha256, attachment.sm3, attachment.size, attachment.stored
    if attachment.original:
        content = vault.get_sealed(attachment.original, attachment.original_sha256)
        sha256, sm3 = attachment.original_sha256, attachment.original_sm3
        size, stored = len(content), attachment.original
    kept = KeptFile(
        name=attachment.name,
        media_type=attachment.media_type,
        size=size,
        sha256=sha256,
        sm3=sm3,
        stored=stored,
        is_sealed=bool(attachment.original),
        note="收到时的原件",
    )
    return seal(
        by=by,
        kind=Kind.PHOTO if attachment.is_image else Kind.FILE,
        name=attachment.name,
        sha256=sha256,
        sm3=sm3,
        size=size,
        attachment=attachment,
        about=about,
        note=note,
        files=[kept],
        now=now,
    )


def seal_upload(
    upload: UploadedFile[bytes],
    *,
    by: User,
    now: datetime,
    about: tuple[str, str] | None = None,
    note: str = "",
) -> Deposit:
    """Take a file in and seal it. Raises DataError when it is none of the kinds that are taken."""
    with transaction.atomic():
        return seal_attachment(store(upload, by=by, at=now), by=by, now=now, about=about, note=note)


def _checked_digest(title: str, digest: str) -> str:
    plain = digest.strip().lower()
    if len(plain) != DIGEST_LENGTH or not set(plain) <= set("0123456789abcdef"):
        raise DataError(f"{title} 摘要应为 64 位十六进制数字，例如 {'ab12' * 2}…；请从计算工具中完整复制")
    return plain


def _new_number(now: datetime) -> str:
    """Return a fresh number; the public may look it up, so it cannot be guessed from another."""
    code = "".join(secrets.choice(ALPHABET) for _place in range(8))
    return f"E{now.astimezone(SHANGHAI):%Y%m%d}-{code}"
