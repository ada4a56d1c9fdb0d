"""Who sees which deposited contract: the one door to them."""

from __future__ import annotations

from django.db import models
from django.http import Http404

from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.accounts.roles import Role
from lookout.web.attachments.models import Attachment
from lookout.web.deposits.models import ContractDeposit, DepositBatch

READS = frozenset({Role.PROVINCE_ADMIN, Role.ANALYST, Role.CITY_SUPERVISOR, Role.DISTRICT_HANDLER})


def institution_of(user: User) -> Agency | None:
    """Return the institution a person deposits for, None when there is none."""
    agency = user.agency
    if Role(user.role) is not Role.INSTITUTION or agency is None:
        return None
    return agency if agency.kind == AgencyKind.INSTITUTION and agency.is_active else None


def visible(user: User) -> models.QuerySet[ContractDeposit]:
    """Return the contracts a person may see: an institution its own, a regulator those of the own regions."""
    if Role(user.role) is Role.INSTITUTION:
        agency = institution_of(user)
        return ContractDeposit.objects.filter(agency=agency) if agency else ContractDeposit.objects.none()
    if Role(user.role) not in READS:
        return ContractDeposit.objects.none()
    scope = scope_of(user)
    if scope is None:
        return ContractDeposit.objects.all()
    inside = models.Q(pk__in=())
    for prefix in scope:
        inside |= models.Q(region__startswith=prefix)
    return ContractDeposit.objects.filter(inside)


def access_contract(user: User, number: str) -> ContractDeposit:
    """Return a contract by its deposit number; unknown and foreign ones are both 404."""
    found = (
        visible(user)
        .select_related("agency", "version_of", "evidence", "deposited_by")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise Http404
    return found


def is_regulator(user: User) -> bool:
    """Tell those who supervise from those who are supervised."""
    return Role(user.role) in READS


def may_see_records_of(user: User, company: str) -> bool:
    """Tell whether a person may see what was filed about a company: an institution only what is its own."""
    agency = institution_of(user)
    return is_regulator(user) or (agency is not None and bool(company) and agency.company == company)


def visible_batches(user: User) -> models.QuerySet[DepositBatch]:
    """Return the files of digests of the own institution."""
    agency = institution_of(user)
    return DepositBatch.objects.filter(agency=agency) if agency else DepositBatch.objects.none()


def access_batch(user: User, pk: int) -> DepositBatch:
    """Return a file of digests of the own institution; unknown and foreign ones are both 404."""
    found = visible_batches(user).select_related("file", "agency").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_read_attachment(user: User, attachment: Attachment) -> bool:
    """Answer for the files of digests."""
    return visible_batches(user).filter(file=attachment).exists()
