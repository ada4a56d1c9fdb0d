"""Who sees which complaint: the one door to them."""

from __future__ import annotations

from typing import TypeVar

from django.db import models
from django.http import Http404

from lookout.web.accounts.access import places_of, scope_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place, Role
from lookout.web.attachments.models import Attachment
from lookout.web.complaints.models import Bundle, Comment, Complaint, Import, PublicNotice, Reward

_Row = TypeVar("_Row", bound=models.Model)
# May approve what another person has proposed.
APPROVES = frozenset({Role.PROVINCE_ADMIN, Role.CITY_SUPERVISOR})


def visible(user: User) -> models.QuerySet[Complaint]:
    """Return the complaints a person may see: those whose place, or whose company's seat, lies in the own region."""
    return _inside(user, Complaint.objects.all(), "region", "company_region")


def bundles(user: User) -> models.QuerySet[Bundle]:
    """Return the bundles a person may see."""
    return _inside(user, Bundle.objects.all(), "region", "company_region")


def notices(user: User) -> models.QuerySet[PublicNotice]:
    """Return the public notices a person may write and withdraw."""
    return _inside(user, PublicNotice.objects.all(), "region")


def rewards(user: User) -> models.QuerySet[Reward]:
    """Return the rewards of complaints a person may see."""
    return _inside(user, Reward.objects.all(), "complaint__region", "complaint__company_region")


def comments(user: User) -> models.QuerySet[Comment]:
    """Return the comments a person may moderate."""
    return _inside(user, Comment.objects.all(), "notice__region")


def imports(user: User) -> models.QuerySet[Import]:
    """Return the imports a person may see: the own ones; the whole province's for those who see it."""
    if not _may_enter(user):
        return Import.objects.none()
    return Import.objects.all() if scope_of(user) is None else Import.objects.filter(by=user)


def _may_enter(user: User) -> bool:
    return Place.COMPLAINTS in places_of(user)


def _inside(user: User, rows: models.QuerySet[_Row], *fields: str) -> models.QuerySet[_Row]:
    if not _may_enter(user):
        return rows.none()
    scope = scope_of(user)
    if scope is None:
        return rows
    inside = models.Q(pk__in=())
    for prefix in scope:
        for field in fields:
            inside |= models.Q(**{f"{field}__startswith": prefix})
    return rows.filter(inside)


def _one(rows: models.QuerySet[_Row], **wanted: object) -> _Row:
    found = rows.filter(**wanted).first()
    if found is None:
        raise Http404
    return found


def access_complaint(user: User, number: str) -> Complaint:
    """Return a complaint by its number; unknown and foreign ones are both 404."""
    related = ("bundle", "clue", "duplicate_of", "resembles")
    return _one(visible(user).select_related(*related), number=number)


def access_bundle(user: User, pk: int) -> Bundle:
    """Return a bundle; unknown and foreign ones are both 404."""
    return _one(bundles(user), pk=pk)


def access_notice(user: User, pk: int) -> PublicNotice:
    """Return a public notice to work on; unknown and foreign ones are both 404."""
    return _one(notices(user), pk=pk)


def access_reward(user: User, pk: int) -> Reward:
    """Return a reward; unknown and foreign ones are both 404."""
    return _one(rewards(user), pk=pk)


def access_comment(user: User, pk: int) -> Comment:
    """Return a comment to moderate; unknown and foreign ones are both 404."""
    return _one(comments(user), pk=pk)


def access_import(user: User, pk: int) -> Import:
    """Return an import; unknown and foreign ones are both 404."""
    return _one(imports(user), pk=pk)


def may_approve(user: User) -> bool:
    """Tell whether a person may approve rewards and confirm notices."""
    return Role(user.role) in APPROVES


def may_read_attachment(user: User, attachment: Attachment) -> bool:
    """Answer for files that came with a complaint."""
    return visible(user).filter(files=attachment).exists()
