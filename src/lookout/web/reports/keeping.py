"""Where the files of reports and templates lie: encrypted in the vault of attachments, bound to their digest."""

from __future__ import annotations

from datetime import datetime

from cryptography.exceptions import InvalidTag

from lookout.kernel.errors import DataError
from lookout.proof import sha256_hex, sm3_hex
from lookout.web.accounts.models import User
from lookout.web.attachments import vault
from lookout.web.reports.models import Report, ReportFile, ReportTemplate
from lookout.web.reports.words import FileForm


def keep(
    report: Report,
    form: FileForm,
    edition: int,
    content: bytes,
    *,
    by: User,
    now: datetime,
    note: str = "",
    differences: list[dict[str, str]] | None = None,
) -> ReportFile:
    """Keep one file of a report; call it in the transaction of the change it belongs to."""
    digest = sha256_hex(content)
    return ReportFile.objects.create(
        report=report,
        form=form,
        edition=edition,
        stored=vault.put_sealed(content, digest),
        sha256=digest,
        sm3=sm3_hex(content),
        size=len(content),
        note=note[:200],
        differences=differences or [],
        made_by=by,
        made_at=now,
    )


def content_of(kept: ReportFile | ReportTemplate) -> bytes:
    """Return the bytes. Raises DataError when they are gone or not what was kept."""
    try:
        content = vault.get_sealed(kept.stored, kept.sha256)
    except InvalidTag:
        raise DataError("文件与留存的摘要不符，可能被改动；请从备份恢复附件目录") from None
    if sha256_hex(content) != kept.sha256:
        raise DataError("文件与留存的摘要不符，可能被改动；请从备份恢复附件目录")
    return content


def newest(report: Report, form: FileForm) -> ReportFile | None:
    """Return the newest file of a form, None without one."""
    return report.files.filter(form=form).order_by("-edition").first()


def newest_word(report: Report) -> ReportFile:
    """Return the newest Word file; a report always has one."""
    return report.files.filter(form=FileForm.WORD).order_by("-edition")[0]


def is_intact(kept: ReportFile) -> bool:
    """Tell whether a file still is what was kept."""
    try:
        content_of(kept)
    except DataError:
        return False
    return True
