"""The way of a report: edited in Word, sent for signature, signed and sealed, archived; each step recorded once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lookout.kernel.errors import DataError
from lookout.proof import sha256_hex
from lookout.web.accounts.models import Agency, User
from lookout.web.audit.services import record
from lookout.web.clues.services import NotNowError, StaleObjectError
from lookout.web.notices.services import notify, people_of
from lookout.web.reports import freezing
from lookout.web.reports.access import may_sign, signers
from lookout.web.reports.comparing import compare
from lookout.web.reports.drafting import write
from lookout.web.reports.keeping import content_of, keep, newest_word
from lookout.web.reports.models import Report
from lookout.web.reports.packages import check_package, open_package
from lookout.web.reports.rendering import all_figures
from lookout.web.reports.sealing import Sealed, deposit, seal_files
from lookout.web.reports.states import ReportState, ReportVerb, after
from lookout.web.reports.words import FileForm, Secrecy

MOST_EDITIONS = 200
REWRITTEN = "改版头后重新生成"


def lock(report: Report, version: int) -> Report:
    """Return the report as the database has it, held until the transaction ends."""
    current = Report.objects.select_for_update().get(pk=report.pk)
    if current.version != version:
        raise StaleObjectError("别人刚刚办过这份报告，您的操作没有保存；请刷新后看过再办")
    return current


def _advance(by: User, current: Report, verb: ReportVerb, *, reason: str = "", **values: Any) -> None:
    state = ReportState(current.state)
    target = after(state, verb)
    if target is None:
        raise NotNowError(f"这份报告现在是“{state.label}”，不能{verb.label}；请刷新后再看")
    before = {"state": current.state, **{name: getattr(current, name) for name in values}}
    for name, value in {"state": target, **values}.items():
        setattr(current, name, value)
    current.version += 1
    current.save()
    record(
        by,
        f"document_{verb}",
        current,
        before={name: _said(value) for name, value in before.items()},
        after={name: _said(getattr(current, name)) for name in before},
        reason=reason,
        company=current.subject if current.scope == "company" else "",
        region=current.region,
    )


def _said(value: Any) -> Any:
    return str(value) if isinstance(value, User) else value


def upload(by: User, report: Report, data: bytes, *, version: int, now: datetime, note: str = "") -> int:
    """Keep an edited Word file as the next edition; return how many numbers were changed by hand.

    Raises DataError with everything that may not be in the file, and when it is the same as before.
    """
    problems = check_package(open_package(data))
    if problems:
        raise DataError("文件不能上传：" + "；".join(str(problem) for problem in problems))
    last = newest_word(report)
    if last.sha256 == sha256_hex(data):
        raise DataError("与上一稿完全相同；请确认在 Word 中保存后再上传")
    figures = all_figures(freezing.thaw(report.content))
    first = content_of(report.files.get(form=FileForm.WORD, edition=1))
    found = compare(first, data, report.number, figures)
    with transaction.atomic():
        current = lock(report, version)
        edition = newest_word(current).edition + 1
        if edition > MOST_EDITIONS:
            raise DataError(f"已有 {MOST_EDITIONS} 稿；请作废后重新编制")
        _advance(by, current, ReportVerb.EDIT, reason=note)
        differences = [vars(one) for one in found]
        keep(current, FileForm.WORD, edition, data, by=by, now=now, note=note, differences=differences)
    return len(found)


def change_heading(
    by: User,
    report: Report,
    *,
    version: int,
    now: datetime,
    title: str,
    secrecy: str,
    recipients: str,
    distribution: Sequence[Agency],
) -> bool:
    """Change title, secrecy, addressees and distribution of a draft; tell whether the Word file was written anew.

    It is, unless somebody has edited it: then what was edited stays, and the heading is theirs to change in Word.
    """
    with transaction.atomic():
        current = lock(report, version)
        fresh = {"title": title.strip(), "secrecy": Secrecy(secrecy), "recipients": recipients.strip()}
        names = "，".join(one.name for one in current.distribution.all())
        _advance(by, current, ReportVerb.EDIT, reason=f"{_('分送范围')}：{names}", **fresh)
        current.distribution.set(distribution)
        later = current.files.filter(form=FileForm.WORD, edition__gt=1)
        if all(one.note == REWRITTEN for one in later):
            word = write(current, freezing.thaw(current.content), now)
            keep(
                current, FileForm.WORD, newest_word(current).edition + 1, word, by=by, now=now, note=REWRITTEN
            )
            return True
    return False


def submit(by: User, report: Report, *, version: int, now: datetime) -> None:
    """Send a draft for signature."""
    with transaction.atomic():
        current = lock(report, version)
        _advance(by, current, ReportVerb.SUBMIT, submitted_by=by, submitted_at=now)
        said = _("报告待签发：%(report)s") % {"report": current}
        notify(signers(current), "report", said, _address(current), now=now)


def give_back(by: User, report: Report, *, version: int, reason: str, now: datetime) -> None:
    """Return a report to be changed."""
    if not reason.strip():
        raise DataError("请写明退回的理由")
    with transaction.atomic():
        current = lock(report, version)
        if not may_sign(by, current):
            raise NotNowError("这份报告不归您签发，不能退回")
        _advance(by, current, ReportVerb.RETURN, reason=reason.strip())
        Report.objects.filter(pk=current.pk).update(reason=reason.strip()[:500])
        said = _("报告被退回：%(report)s") % {"report": current}
        notify([current.drafted_by], "report", said, _address(current), now=now)


def sign(by: User, report: Report, *, version: int, now: datetime) -> Sealed:
    """Sign a report: its last Word file, and the PDF made of it, are signed, sealed and cannot change any more.

    Raises StaleObjectError when somebody was faster, NotNowError when it is not this person's to sign, TransientError
    when PDF or time-stamp cannot be had now; then nothing has happened.
    """
    word = newest_word(report)
    _check_signer(by, report)
    if report.version != version:
        raise StaleObjectError("别人刚刚办过这份报告，您的操作没有保存；请刷新后看过再办")
    # Outside the transaction: it takes seconds, and is thrown away when somebody else was faster.
    sealed = seal_files(report, content_of(word), now)
    with transaction.atomic():
        current = lock(report, version)
        _check_signer(by, current)
        if newest_word(current).pk != word.pk:
            raise StaleObjectError("刚刚上传了新的一稿，您看到的不是最后一稿；请刷新后看过再签")
        _advance(by, current, ReportVerb.SIGN, signed_by=by, signed_at=now)
        current.deposits = deposit(by, current, word, sealed, now)
        current.save(update_fields=("deposits",))
        people = [person for agency in current.distribution.all() for person in people_of(agency)]
        said = _("收到报告：%(report)s") % {"report": current}
        notify(people, "report", said, _address(current), now=now)
        done = _("报告已签发：%(report)s") % {"report": current}
        notify([current.drafted_by], "report", done, _address(current), now=now)
    return sealed


def _check_signer(by: User, report: Report) -> None:
    if report.submitted_by_id == by.pk:
        raise NotNowError("送审人不能签发自己的报告；请由另一位有签发权的人员签发")
    if not may_sign(by, report):
        raise NotNowError("这份报告不归您签发")


def archive(by: User, report: Report, *, version: int, now: datetime) -> None:
    """Put a signed report away: nothing about it changes any more."""
    with transaction.atomic():
        _advance(by, lock(report, version), ReportVerb.ARCHIVE, archived_by=by, archived_at=now)


def withdraw(by: User, report: Report, *, version: int, reason: str, now: datetime) -> None:
    """Declare a report void; its number is not used again. Those it was sent to are told."""
    if not reason.strip():
        raise DataError("请写明作废的理由")
    with transaction.atomic():
        current = lock(report, version)
        was_out = current.state == ReportState.SIGNED
        _advance(by, current, ReportVerb.WITHDRAW, reason=reason.strip())
        Report.objects.filter(pk=current.pk).update(reason=reason.strip()[:500])
        if was_out:
            people = [person for agency in current.distribution.all() for person in people_of(agency)]
            said = _("报告已作废，请停止使用：%(report)s") % {"report": current}
            notify(people, "report", said, reverse("reports:list"), now=now)


def _address(report: Report) -> str:
    return reverse("reports:page", args=[report.number])
