"""Tell people, mark as read, and send what goes by mail."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lookout.web.notices.models import ByMail, MailChoice, Notice

if TYPE_CHECKING:
    from lookout.web.accounts.models import Agency, User

logger = logging.getLogger(__name__)
# What could not be sent by then is old news; it stays readable in the app.
TRY_FOR = timedelta(days=3)


def notify(
    people: Iterable[User], kind: str, text: str, link: str, *, now: datetime, due: datetime | None = None
) -> int:
    """Tell each of some people once; return how many. The same unread notice is not given twice.

    Mail that goes at once leaves after the transaction has succeeded.
    """
    told = []
    for person in {one.pk: one for one in people if one.is_active}.values():
        if not Notice.objects.filter(person=person, kind=kind, text=text, link=link, read_at=None).exists():
            told.append(
                Notice.objects.create(
                    person=person, kind=kind, text=text[:300], link=link, due=due, created_at=now
                )
            )
    if told:
        transaction.on_commit(lambda: send_waiting(now, at_once=True))
    return len(told)


def people_of(agency: Agency) -> models.QuerySet[User]:
    """Return the people of an agency who can sign in."""
    return agency.people.filter(is_active=True).order_by("pk")


def mark_read(person: User, *, now: datetime, link: str = "", number: int | None = None) -> None:
    """Mark a person's notices as read: one, those that lead to an address, or all."""
    found = Notice.objects.filter(person=person, read_at=None)
    if number is not None:
        found = found.filter(pk=number)
    if link:
        found = found.filter(link=link)
    found.update(read_at=now)


def send_waiting(now: datetime, *, at_once: bool) -> int:
    """Send the mail that waits — of people who want it at once, or everybody's digest; return how many went out.

    One person's mail that fails is tried again next time and keeps nobody else's back.
    """
    if not settings.MAIL_IS_SET_UP:
        return 0
    wanted = ByMail.AT_ONCE if at_once else ByMail.DIGEST
    waiting = Notice.objects.select_related("person").filter(
        mailed_at=None, read_at=None, created_at__gte=now - TRY_FOR, person__is_active=True
    )
    choices = dict(MailChoice.objects.values_list("person_id", "by_mail"))
    by_person: dict[int, list[Notice]] = defaultdict(list)
    for notice in waiting.order_by("created_at", "pk"):
        if notice.person.email and choices.get(notice.person_id, ByMail.DIGEST) == wanted:
            by_person[notice.person_id].append(notice)
    return sum(_send(notices, now) for notices in by_person.values())


def _send(notices: list[Notice], now: datetime) -> int:
    subject = ngettext("瞭望：%(count)s 条通知", "瞭望：%(count)s 条通知", len(notices)) % {
        "count": len(notices)
    }
    # No company, person or number leaves by mail: the text stays behind the sign-in.
    body = _("您在瞭望有 %(count)s 条未读通知，请登录查看：%(address)s") % {
        "count": len(notices),
        "address": settings.DESK_ADDRESS,
    }
    try:
        send_mail(subject, body, None, [notices[0].person.email])
    except OSError:
        logger.warning("mail could not be sent; it is tried again", exc_info=True)
        return 0
    Notice.objects.filter(pk__in=[one.pk for one in notices]).update(mailed_at=now)
    return 1


def choose_mail(person: User, by_mail: str) -> None:
    """Keep how a person wants notices by mail."""
    MailChoice.objects.update_or_create(person=person, defaults={"by_mail": by_mail})


def forget_old(now: datetime, keep: timedelta = timedelta(days=180)) -> int:
    """Delete notices read long ago; return how many."""
    return Notice.objects.filter(read_at__lt=now - keep).delete()[0]


def unread_count(person: User) -> int:
    """Return how many notices a person has not read."""
    return Notice.objects.filter(person=person, read_at=None).count()
