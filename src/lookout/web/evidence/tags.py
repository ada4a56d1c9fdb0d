"""The button that seals a file where it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.translation import gettext_lazy as _

from lookout.kernel.clock import SHANGHAI
from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment
from lookout.web.evidence.access import may_seal
from lookout.web.evidence.models import Deposit
from lookout.web.evidence.selectors import count_deposits_of

register = template.Library()
ENTRY_WORDS = {
    "deposit": _("存证"),
    "audit": _("操作记录"),
    "batch": _("数据批次"),
    "run": _("评定"),
    "report": _("报告"),
}


@register.inclusion_tag("evidence/_seal.html", takes_context=True)
def seal_button(context: RequestContext, attachment: Attachment, kind: str, number: str) -> dict[str, Any]:
    """Offer to seal a file of a record, or lead to the deposit there is."""
    user = context["request"].user
    found = Deposit.objects.filter(attachment=attachment, about_kind=kind, about_number=number).first()
    return {
        "deposit": found,
        "attachment": attachment,
        "kind": kind,
        "number": number,
        "may": isinstance(user, User) and may_seal(user),
        "back": context["request"].get_full_path(),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("evidence/_of_record.html", takes_context=True)
def deposits_of(context: RequestContext, kind: str, number: str) -> dict[str, Any]:
    """Lead to the deposits of a record and to what else can be sealed about it."""
    user = context["request"].user
    may = isinstance(user, User) and may_seal(user)
    count = count_deposits_of(user, kind, number) if may else 0
    return {"count": count, "kind": kind, "number": number, "may": may}


@register.filter
def instant(value: datetime | None) -> str:
    """Return `2026-11-22 06:00:07` in Shanghai time: proofs are read to the second."""
    return "" if value is None else value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


@register.filter
def entry_kind(code: str) -> str:
    """Return the word for what an entry of the log is about; one without a word is shown as itself."""
    return str(ENTRY_WORDS.get(code, code))
