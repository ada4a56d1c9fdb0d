"""The draft of a report: carried by the form itself, sealed, so that nothing is kept before it is sent."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from lookout.kernel.errors import DataError
from lookout.web.attachments.models import Attachment
from lookout.web.attachments.services import store
from lookout.web.complaints import keys, lookup
from lookout.web.complaints.public_forms import MOST_FILES
from lookout.web.complaints.services import Report
from lookout.web.complaints.words import ComplaintKind, Origin

KEEP_FOR = timedelta(hours=3)
PURPOSE = "drafts"
MOST_OF_A_FILE = 10 * 2**20
WAN = Decimal(10_000)

Draft = dict[str, Any]


def new_draft(now: datetime) -> Draft:
    """Begin a report; its receipt code is made now, so that sending it twice gives the same one."""
    return {"code": keys.new_code(), "at": int(now.timestamp()), "kept": []}


def write(draft: Draft) -> str:
    """Return a draft as the form carries it: nobody can read or change it on the way."""
    return keys.seal(PURPOSE, draft)


def read(sealed: str, now: datetime) -> Draft:
    """Return the draft of a form. Raises DataError when it was changed or is too old."""
    draft = keys.unseal(PURPOSE, sealed)
    if now.timestamp() - draft["at"] > KEEP_FOR.total_seconds():
        raise DataError("停留太久了，填写的内容已经作废；请重新填写")
    return draft


def add_files(draft: Draft, files: list[UploadedFile[bytes]], now: datetime) -> list[str]:
    """Store files and note them in the draft; return what is wrong with those that were not taken."""
    problems = []
    for file in files:
        if len(draft["kept"]) >= MOST_FILES:
            problems.append(_("最多 %(most)s 个文件，其余的没有收下") % {"most": MOST_FILES})
            break
        try:
            kept = store(file, by=None, at=now, most_bytes=MOST_OF_A_FILE)
        except DataError as problem:
            problems.append(f"{file.name}：{problem}")
        else:
            draft["kept"].append([kept.pk, kept.name])
    return problems


def remove_file(draft: Draft, number: str) -> None:
    """Take a file out of the draft again."""
    draft["kept"] = [one for one in draft["kept"] if str(one[0]) != number]


def to_report(draft: Draft, sender: str) -> Report:
    """Return a finished draft as a report. Raises DataError when a question was skipped."""
    try:
        whom, kind, what = draft["whom"], draft["kind"], draft["what"]
        contact = draft["contact"]
    except KeyError:
        raise DataError("还有问题没有回答；请从第一步重新填写") from None
    many, where = draft.get("many", {}), draft.get("where", {})
    company = lookup.one(whom.get("company", ""))
    happened = many.get("happened_on")
    files = tuple(one[0] for one in draft["kept"])
    images = Attachment.objects.filter(pk__in=files, media_type__startswith="image/")
    return Report(
        code=draft["code"],
        origin=Origin.SNAPSHOT if images.exists() else Origin.COMPLAINT,
        company=company.identifier if company else "",
        company_name=company.name if company else whom["name"],
        company_region=company.region if company and len(company.region) == 6 else "",
        kind=ComplaintKind(kind["kind"]),
        troubles=tuple(what.get("troubles", ())),
        text=what["text"],
        approach=many.get("approach", ""),
        happened_on=date.fromisoformat(happened) if happened else None,
        amount=(Decimal(many["amount_wan"]) * WAN) if "amount_wan" in many else None,
        participants=many.get("participants"),
        region=where.get("region", ""),
        place=where.get("place", ""),
        latitude=_decimal(where.get("latitude")),
        longitude=_decimal(where.get("longitude")),
        name=contact.get("name", "").strip(),
        phone=contact.get("phone", ""),
        files=files,
        sender=sender,
    )


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
