"""Letters, objections and their answers. Each change runs in one transaction and is recorded once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lookout.hub.reading.model import CompanyRow
from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.attachments import services as attachments
from lookout.web.audit.services import record
from lookout.web.complaints import keys
from lookout.web.dispatch.rules import calendar
from lookout.web.notices.services import notify
from lookout.web.objections.access import ANSWERS, may_answer
from lookout.web.objections.grounds import Ground
from lookout.web.objections.models import AccessLetter, Objection
from lookout.web.objections.states import ANSWERS as ANSWERING
from lookout.web.objections.states import UNANSWERED, ObjectionState, ObjectionVerb, after

LETTER_HOLDS = timedelta(days=60)
ANSWER_WITHIN = 15  # working days
REMIND_BEFORE = timedelta(days=2)
MOST_OPEN = 10  # of one letter
COMPANY = "企业"  # the actor's name of a company in the record


def _digest(code: str) -> str:
    return keys.digest("access letters", keys.clean_code(code))


def issue(by: User, row: CompanyRow, *, now: datetime) -> tuple[AccessLetter, str]:
    """Issue a letter and return it with its code, which nobody can read again; earlier letters end."""
    if not may_answer(by):
        raise DataError("您的角色不能发查阅函")
    if row.band is None:
        raise DataError("这家企业没有评级，不用发查阅函")
    code = keys.new_code()
    with transaction.atomic():
        AccessLetter.objects.filter(company=row.identifier, expires_at__gt=now).update(expires_at=now)
        letter = AccessLetter.objects.create(
            company=row.identifier,
            company_name=row.name,
            region=row.region,
            code_digest=_digest(code),
            issued_by=by,
            issued_at=now,
            expires_at=now + LETTER_HOLDS,
        )
        record(by, "letter_issue", letter, after={"expires_at": letter.expires_at}, company=row.identifier,
               region=row.region)  # fmt: skip
    return letter, keys.shown_code(code)


def open_letter(code: str, *, now: datetime) -> AccessLetter | None:
    """Return the letter of a code, None for one that is wrong or over: both look alike."""
    letter = AccessLetter.objects.filter(code_digest=_digest(code), expires_at__gt=now).first()
    if letter is not None and letter.opened_at is None:
        with transaction.atomic():
            AccessLetter.objects.filter(pk=letter.pk, opened_at=None).update(opened_at=now)
            record(
                None, "letter_open", letter, company=letter.company, region=letter.region, actor_name=COMPANY
            )
    return letter


def object_to(
    letter: AccessLetter,
    ground: Ground,
    *,
    why: str,
    form_key: str,
    now: datetime,
    upload: UploadedFile[bytes] | None = None,
) -> Objection:
    """Take an objection in; the same form again is the same objection."""
    known = Objection.objects.filter(form_key=form_key, letter=letter).first()
    if known is not None:
        return known
    if not why.strip():
        raise DataError("请写明哪里不对、为什么")
    with transaction.atomic():
        AccessLetter.objects.select_for_update().get(pk=letter.pk)
        if letter.objections.filter(state__in=UNANSWERED).count() >= MOST_OPEN:
            raise DataError(f"还有 {MOST_OPEN} 件异议没有答复；请等答复后再提")
        made = Objection.objects.create(
            letter=letter,
            form_key=form_key,
            table=ground.table,
            fact=ground.said,
            why=why.strip()[:4000],
            attachment=attachments.store(upload, by=None, at=now) if upload else None,
            received_at=now,
            due_at=calendar().end(now, ANSWER_WITHIN, "working_days"),
        )
        record(None, "objection_receive", made, after={"due_at": made.due_at}, company=letter.company,
               region=letter.region, actor_name=COMPANY)  # fmt: skip
        _tell(made, _("收到企业异议：%(objection)s"), now)
    return made


def take(
    by: User, objection: Objection, verb: ObjectionVerb, *, version: int, answer: str, now: datetime
) -> Objection:
    """Take a step; what the company is told must be written."""
    if not may_answer(by):
        raise DataError("您的角色不能答复异议")
    if verb in ANSWERING and not answer.strip():
        raise DataError("请写明给企业的答复")
    with transaction.atomic():
        current = Objection.objects.select_for_update().select_related("letter").get(pk=objection.pk)
        before = ObjectionState(current.state)
        target = after(before, verb)
        if target is None or current.version != version:
            raise DataError("别人刚刚办过这件异议，您的操作没有保存；请刷新后看过再办")
        values: dict[str, Any] = {"state": target}
        if verb in ANSWERING:
            # What was said before stays before what is said now.
            said = "\n".join(text for text in (current.answer, answer.strip()) if text)
            values |= {"answer": said, "answered_by": by, "answered_at": now}
        for name, value in values.items():
            setattr(current, name, value)
        current.version += 1
        current.save()
        record(by, f"objection_{verb.value}", current, before={"state": before}, after={"state": target},
               reason=answer.strip(), company=current.letter.company, region=current.letter.region)  # fmt: skip
    return current


def remind(now: datetime) -> int:
    """Tell those who may answer of objections due soon, once; return how many."""
    due = Objection.objects.filter(state__in=UNANSWERED, due_at__lte=now + REMIND_BEFORE, reminded_at=None)
    found = list(due.select_related("letter"))
    for objection in found:
        with transaction.atomic():
            _tell(objection, _("企业异议快到答复期限：%(objection)s"), now)
            Objection.objects.filter(pk=objection.pk).update(reminded_at=now)
    return len(found)


def _tell(objection: Objection, said: str, now: datetime) -> None:
    region = objection.letter.region
    people = User.objects.filter(role__in=ANSWERS, is_active=True)
    inside = [one for one in people if one.region and region.startswith(one.region)]
    link = reverse("objections:page", args=[objection.pk])
    notify(inside, "objection", said % {"objection": objection}, link, now=now, due=objection.due_at)
