"""Who sees which clue: the one door to them."""

from __future__ import annotations

from django.db import models
from django.http import Http404

from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Role
from lookout.web.attachments.models import Attachment
from lookout.web.clues.models import Clue, LedgerImport
from lookout.web.clues.words import Outcome, Secrecy

BY_REGION = frozenset({Role.CITY_SUPERVISOR, Role.DISTRICT_HANDLER})
# May decide about clues: level, dispatch, closing.
DECIDES = frozenset({Role.PROVINCE_ADMIN, Role.ANALYST, Role.CITY_SUPERVISOR})


def visible(user: User) -> models.QuerySet[Clue]:
    """Return the clues a person may see.

    Those of the own region, and those the own agency has or had an order about; the police also what was
    transferred to them. A sealed clue is seen by the province and by the agencies it was sent to.
    """
    role = Role(user.role)
    handed = models.Q(pk__in=Clue.agencies.through.objects.filter(agency=user.agency_id).values("clue_id"))
    own = handed if user.agency_id else models.Q(pk__in=())
    if role is Role.PROVINCE_ADMIN and scope_of(user) is None:
        return Clue.objects.all()
    if role is Role.ANALYST and scope_of(user) is None:
        return Clue.objects.filter(own | ~models.Q(secrecy=Secrecy.SEALED))
    if role in BY_REGION:
        inside = models.Q(pk__in=())
        for prefix in scope_of(user) or ():
            inside |= models.Q(region_business__startswith=prefix)
            inside |= models.Q(region_registered__startswith=prefix)
        return Clue.objects.filter(own | (inside & ~models.Q(secrecy=Secrecy.SEALED)))
    if role is Role.POLICE_LIAISON:
        transferred = models.Q(outcome=Outcome.TRANSFERRED)
        for_us = models.Q(region_business__startswith=user.region) if user.region else models.Q(pk__in=())
        return Clue.objects.filter(own | (transferred & for_us & ~models.Q(secrecy=Secrecy.SEALED)))
    if role in (Role.INDUSTRY_REGULATOR, Role.MARKET_REGULATOR, Role.LEGAL_REVIEWER):
        return Clue.objects.filter(own)
    if role is Role.GRID_MEMBER:
        return Clue.objects.filter(opened_by=user)
    return Clue.objects.none()


def access_clue(user: User, number: str) -> Clue:
    """Return a clue by its number; unknown and foreign ones are both 404."""
    found = visible(user).select_related("owner", "merged_into").filter(number=number).first()
    if found is None:
        raise Http404
    return found


def may_decide(user: User, clue: Clue) -> bool:
    """Tell whether a person may set level, dispatch and close: the lead office at or above the clue's place."""
    return Role(user.role) in DECIDES and visible(user).filter(pk=clue.pk).exists()


def may_import(user: User) -> bool:
    """Tell whether a person may put a bureau's own ledger in: the lead offices."""
    return user.agency_id is not None and Role(user.role) in DECIDES | BY_REGION


def visible_imports(user: User) -> models.QuerySet[LedgerImport]:
    """Return the imports a person may see: those of the own agency."""
    if not may_import(user):
        return LedgerImport.objects.none()
    return LedgerImport.objects.filter(agency=user.agency_id).select_related("attachment", "agency", "by")


def access_import(user: User, number: int) -> LedgerImport:
    """Return an import; unknown and foreign ones are both 404."""
    found = visible_imports(user).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def may_read_attachment(user: User, attachment: Attachment) -> bool:
    """Answer for files that are evidence of a clue, and for ledgers that were handed in."""
    return (
        visible(user).filter(evidence__attachment=attachment).exists()
        or visible_imports(user).filter(attachment=attachment).exists()
    )
