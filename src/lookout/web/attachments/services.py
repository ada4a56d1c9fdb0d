"""Take a file in."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile

from lookout.kernel.errors import DataError
from lookout.proof import sha256_hex, sm3_hex
from lookout.web.attachments import vault
from lookout.web.attachments.kinds import find_kind, without_hidden_data
from lookout.web.attachments.models import Attachment

if TYPE_CHECKING:
    from lookout.web.accounts.models import User

MOST_BYTES = 20 * 2**20
NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]+")


def store(
    upload: UploadedFile[bytes], *, by: User | None, at: datetime, most_bytes: int = MOST_BYTES
) -> Attachment:
    """Look at a file, clean it, keep it; return its record.

    The record of changes is written by whoever uses it: a file alone is no change. Raises DataError
    with what is wrong and what to do.
    """
    if upload.size is None or upload.size > most_bytes:
        raise DataError(f"文件超过 {most_bytes // 2**20} MB；请压缩或分开后再上传")
    content = upload.read()
    if not content:
        raise DataError("文件是空的；请检查后重新选择")
    kind = find_kind(content)
    shown = without_hidden_data(content, kind)
    digest = sha256_hex(shown)
    kept = Attachment(
        name=tidy_name(upload.name or "", kind.extension),
        media_type=kind.media_type,
        size=len(shown),
        sha256=digest,
        sm3=sm3_hex(shown),
        stored=vault.put(shown, digest),
        uploaded_by=by,
        uploaded_at=at,
    )
    if shown != content:
        kept.original_sha256, kept.original_sm3 = sha256_hex(content), sm3_hex(content)
        kept.original = vault.put_sealed(content, kept.original_sha256)
    kept.save()
    return kept


def tidy_name(name: str, extension: str) -> str:
    """Return a name without path, control or direction marks, ending in what the file truly is."""
    last = re.split(r"[/\\]", name)[-1]
    stem = NOT_IN_A_NAME.sub("", last).rsplit(".", 1)[0].strip(" .")[:100] or "附件"
    return f"{stem}.{extension}"
