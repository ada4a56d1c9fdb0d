"""Sign and seal the files of a report: PDF within (PAdES B-LTA), Word beside it, both digests in the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lookout.proof.pdf import seal_pdf
from lookout.web.accounts.models import User
from lookout.web.evidence import proofs
from lookout.web.evidence.services import KeptFile, seal
from lookout.web.reports.keeping import keep
from lookout.web.reports.models import Report, ReportFile
from lookout.web.reports.pdf import available, to_pdf
from lookout.web.reports.words import FileForm

MEDIA = {
    FileForm.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileForm.PDF: "application/pdf",
    FileForm.SIGNATURE: "application/pkcs7-signature",
}


@dataclass(frozen=True)
class Sealed:
    """What signing made of a Word file: its detached signature, and the signed PDF, None without a converter."""

    signature: bytes
    pdf: bytes | None


def seal_files(report: Report, word: bytes, now: datetime) -> Sealed:
    """Return signature and signed PDF of a Word file; nothing is kept yet."""
    signer = proofs.signer(now)
    pdf = None
    if available():
        pdf = seal_pdf(to_pdf(word), signer, proofs.stamper(), reason=report.document_number)
    return Sealed(signer.sign_detached(word, at=now), pdf)


def deposit(by: User, report: Report, word: ReportFile, sealed: Sealed, now: datetime) -> list[str]:
    """Keep what was made, and seal it; return the numbers of the deposits. Call it in the transaction of signing."""
    signature = keep(report, FileForm.SIGNATURE, word.edition, sealed.signature, by=by, now=now)
    numbers = [_deposit(by, report, [word, signature], now)]
    if sealed.pdf is not None:
        pdf = keep(report, FileForm.PDF, word.edition, sealed.pdf, by=by, now=now)
        numbers.append(_deposit(by, report, [pdf], now))
    return numbers


def _deposit(by: User, report: Report, files: list[ReportFile], now: datetime) -> str:
    first = files[0]
    made = seal(
        by=by,
        kind="report",
        name=f"{report.document_number} {report.title}.{first.form}",
        sha256=first.sha256,
        sm3=first.sm3,
        size=first.size,
        media_type=MEDIA[FileForm(first.form)],
        about=("report", report.number),
        note=f"报告所附数据的 SHA-256：{report.content_sha256}",
        files=[
            KeptFile(
                name=f"{report.number}.{one.form}",
                media_type=MEDIA[FileForm(one.form)],
                size=one.size,
                sha256=one.sha256,
                sm3=one.sm3,
                stored=one.stored,
                is_sealed=True,
            )
            for one in files
        ],
        now=now,
    )
    return made.number
