"""Changes to complaints. Each runs in one transaction, is refused when somebody was faster, and is recorded once."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment
from lookout.web.audit.services import record
from lookout.web.clues.services import NotNowError, StaleObjectError
from lookout.web.complaints import bundling, keys, signals
from lookout.web.complaints.models import Complaint, Message
from lookout.web.complaints.states import ComplaintState, ComplaintVerb, after
from lookout.web.complaints.words import ComplaintKind, Finding, Origin, Refusal

PUBLIC = "群众"  # the actor's name of a member of the public in the record


@dataclass(frozen=True)
class Report:
    """What a member of the public, or another office, tells. '' and None for unknown; money in yuan.

    `code` is the receipt code of the form, '' for imported ones, which have `source_number`. `sender` is the digest
    of the device. `name` and `phone` are sealed on the way in.
    """

    company_name: str
    kind: ComplaintKind
    text: str
    code: str = ""
    origin: Origin = Origin.COMPLAINT
    source_number: str = ""
    company: str = ""
    company_region: str = ""
    troubles: tuple[str, ...] = ()
    approach: str = ""
    happened_on: date | None = None
    amount: Decimal | None = None
    participants: int | None = None
    region: str = ""
    place: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    name: str = ""
    phone: str = ""
    files: tuple[int, ...] = ()
    sender: str = ""


def target_key(company: str, company_name: str) -> str:
    """Return what all complaints about one target share: the identifier, else the name without blanks and signs."""
    name = unicodedata.normalize("NFKC", company_name)
    return company or "".join(sign for sign in name if sign.isalnum()).lower()[:200]


def receive(report: Report, *, now: datetime, received_at: datetime | None = None) -> tuple[Complaint, bool]:
    """Take a report from the public in; return the complaint and whether it is new.

    The same form sent twice is one complaint. It moves the score at once unless it repeats another one or looks
    organised.
    """
    digest = keys.code_digest(report.code) if report.code else ""
    known = find_known(report, digest)
    if known is not None:
        return known, False
    try:
        with transaction.atomic():
            made = _create(report, digest, received_at or now)
            if made.origin in (Origin.COMPLAINT, Origin.SNAPSHOT):
                bundling.sort_in(made, now)
            signals.follow(made, now)
            record(
                None,
                "complaint_receive",
                made,
                after={"origin": made.origin, "kind": made.kind, "real_name": made.is_real_name},
                company=made.company,
                region=made.place_region,
                actor_name=PUBLIC,
            )
    except IntegrityError:
        known = find_known(report, digest)
        if known is None:
            raise
        return known, False
    return made, True


def find_known(report: Report, digest: str) -> Complaint | None:
    """Return the complaint a report has become already."""
    if digest:
        return Complaint.objects.filter(code_digest=digest).first()
    return Complaint.objects.filter(origin=report.origin, source_number=report.source_number).first()


def _create(report: Report, digest: str, at: datetime) -> Complaint:
    number = keys.new_number(f"{timezone.localdate(at):%Y%m%d}")
    is_real_name = bool(report.name and report.phone)
    contact = {"name": report.name, "phone": report.phone}
    made = Complaint.objects.create(
        number=number,
        origin=report.origin,
        source_number=report.source_number,
        code_digest=digest,
        company=report.company,
        company_name=report.company_name.strip(),
        target_key=target_key(report.company, report.company_name),
        company_region=report.company_region,
        region=report.region,
        place=report.place,
        latitude=report.latitude,
        longitude=report.longitude,
        kind=report.kind,
        troubles=list(report.troubles),
        approach=report.approach,
        happened_on=report.happened_on,
        text=report.text.strip(),
        amount=report.amount,
        participants=report.participants,
        is_real_name=is_real_name,
        sealed_contact=keys.seal("contact", contact, number) if is_real_name else "",
        contact_digest=keys.digest("contacts", report.phone) if is_real_name else "",
        sender_digest=report.sender,
        received_at=at,
        state_at=at,
    )
    # Only files nobody signed for: what an officer uploaded is not handed to a stranger's complaint.
    made.files.set(Attachment.objects.filter(pk__in=report.files, uploaded_by=None))
    return made


def lock(complaint: Complaint, version: int | None) -> Complaint:
    """Return the complaint as the database has it, held until the transaction ends."""
    current = Complaint.objects.select_for_update().get(pk=complaint.pk)
    if version is not None and current.version != version:
        raise StaleObjectError("别人刚刚办过这件举报，您的修改没有保存；请刷新后看过再改")
    return current


def change(
    by: User | None,
    complaint: Complaint,
    verb: str,
    values: Mapping[str, Any],
    *,
    now: datetime,
    reason: str = "",
) -> None:
    """Set fields of a locked complaint, record old and new, and tell the rating."""
    before = {name: getattr(complaint, name) for name in values}
    names = [name for name, value in values.items() if before[name] != value]
    if not names:
        return
    for name in names:
        setattr(complaint, name, values[name])
    complaint.version += 1
    complaint.save()
    signals.follow(complaint, now)
    record(
        by,
        f"complaint_{verb}",
        complaint,
        before={name: before[name] for name in names},
        after={name: values[name] for name in names},
        reason=reason,
        company=complaint.company,
        region=complaint.place_region,
    )


def advance(
    by: User | None,
    complaint: Complaint,
    verb: ComplaintVerb,
    *,
    now: datetime,
    version: int | None = None,
    reason: str = "",
    **values: Any,
) -> Complaint:
    """Take one step of a complaint's life and set the fields that belong to it; return it as it is now."""
    with transaction.atomic():
        current = lock(complaint, version)
        state = ComplaintState(current.state)
        target = after(state, verb)
        if target is None:
            raise NotNowError(f"这件举报现在是“{state.label}”，不能{verb.label}；请刷新后再看")
        changes = {**values, "state": target, "state_at": now}
        change(by, current, verb.value, changes, now=now, reason=reason)
    return current


def accept(by: User | None, complaint: Complaint, *, now: datetime, version: int | None = None) -> Complaint:
    """Take a complaint up: what it says counts in full from now on."""
    return advance(by, complaint, ComplaintVerb.ACCEPT, now=now, version=version, refusal="", answer="")


def refuse(
    by: User,
    complaint: Complaint,
    *,
    refusal: Refusal,
    answer: str,
    now: datetime,
    version: int | None = None,
) -> Complaint:
    """Say that a complaint is not followed, and why; the reporter reads it."""
    return advance(
        by, complaint, ComplaintVerb.REFUSE, now=now, version=version, refusal=refusal, answer=answer.strip()
    )


def verify(by: User, complaint: Complaint, *, now: datetime, version: int | None = None) -> Complaint:
    """Begin to check."""
    return advance(by, complaint, ComplaintVerb.VERIFY, now=now, version=version)


def answer(
    by: User, complaint: Complaint, *, finding: Finding, text: str, now: datetime, version: int | None = None
) -> Complaint:
    """Tell the reporter what was found."""
    if not text.strip():
        raise DataError("请写明给举报人的答复")
    return advance(
        by, complaint, ComplaintVerb.ANSWER, now=now, version=version, finding=finding, answer=text.strip()
    )


def close(by: User, complaint: Complaint, *, now: datetime, version: int | None = None) -> Complaint:
    """End a complaint that was answered."""
    return advance(by, complaint, ComplaintVerb.CLOSE, now=now, version=version, closed_at=now)


def reopen(
    by: User, complaint: Complaint, *, reason: str, now: datetime, version: int | None = None
) -> Complaint:
    """Check once more."""
    if not reason.strip():
        raise DataError("请写明重新核实的理由")
    return advance(
        by,
        complaint,
        ComplaintVerb.REOPEN,
        now=now,
        version=version,
        reason=reason,
        finding="",
        closed_at=None,
    )


def join(
    by: User, complaint: Complaint, first: Complaint, *, now: datetime, version: int | None = None
) -> Complaint:
    """Let a complaint go on as part of an earlier one about the same matter."""
    first = Complaint.objects.get(pk=first.pk)
    while first.duplicate_of is not None:
        first = first.duplicate_of
    if first.pk == complaint.pk:
        raise DataError("不能并入自己，或并入已并入它的举报")
    if first.target_key != complaint.target_key:
        raise DataError("两件举报的对象不同，不能并案；对象写法不同的，请先认定企业")
    return advance(by, complaint, ComplaintVerb.JOIN, now=now, version=version, duplicate_of=first)


def part(
    by: User, complaint: Complaint, *, reason: str, now: datetime, version: int | None = None
) -> Complaint:
    """Take a complaint out of another one."""
    return advance(
        by, complaint, ComplaintVerb.PART, now=now, version=version, reason=reason, duplicate_of=None
    )


def identify(
    by: User,
    complaint: Complaint,
    *,
    company: str,
    company_name: str,
    company_region: str,
    now: datetime,
    version: int | None = None,
) -> Complaint:
    """Say which registered company a complaint is about."""
    with transaction.atomic():
        current = lock(complaint, version)
        values = {
            "company": company,
            "company_name": company_name,
            "company_region": company_region,
            "target_key": target_key(company, company_name),
        }
        change(by, current, "identify", values, now=now)
    return current


def say(complaint: Complaint, text: str, *, by: User | None, now: datetime) -> Message:
    """Add a message: of the reporter when `by` is None, else to the reporter."""
    if not text.strip():
        raise DataError("请写下要补充的内容")
    with transaction.atomic():
        said = Message.objects.create(complaint=complaint, text=text.strip()[:2000], by=by, at=now)
        record(
            by,
            "complaint_message",
            complaint,
            company=complaint.company,
            region=complaint.place_region,
            actor_name="" if by else PUBLIC,
        )
    return said


def reveal(by: User, complaint: Complaint, *, reason: str) -> dict[str, Any]:
    """Return name and phone of the reporter; recorded with the reason."""
    if not reason.strip():
        raise DataError("请写明查看举报人的理由")
    if not complaint.sealed_contact:
        raise DataError("这件举报是匿名的")
    with transaction.atomic():
        record(
            by,
            "complaint_reveal",
            complaint,
            reason=reason.strip(),
            company=complaint.company,
            region=complaint.place_region,
        )
        return keys.unseal("contact", complaint.sealed_contact, complaint.number)
