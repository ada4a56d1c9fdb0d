"""Who sees which objection: the one door to them."""

from __future__ import annotations

from django.db import models
from django.http import Http404

from lookout.web.accounts.access import places_of, scope_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place, Role
from lookout.web.attachments.models import Attachment
from lookout.web.objections.models import Objection

# May let a company see its rating, and answer it.
ANSWERS = frozenset({Role.PROVINCE_ADMIN, Role.ANALYST, Role.CITY_SUPERVISOR})


def visible(user: User) -> models.QuerySet[Objection]:
    """Return the objections of companies in the person's regions."""
    found = Objection.objects.select_related("letter", "attachment", "answered_by")
    scope = scope_of(user)
    if Place.COMPANIES not in places_of(user):
        return found.none()
    if scope is None:
        return found
    inside = models.Q(pk__in=())
    for prefix in scope:
        inside |= models.Q(letter__region__startswith=prefix)
    return found.filter(inside)


def access_objection(user: User, number: int) -> Objection:
    """Return an objection; unknown and foreign ones are both 404."""
    found = visible(user).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def may_answer(user: User) -> bool:
    """Tell whether a person may issue letters and answer objections."""
    return Role(user.role) in ANSWERS


def may_read_attachment(user: User, attachment: Attachment) -> bool:
    """Answer for files that came with an objection."""
    return visible(user).filter(attachment=attachment).exists()
