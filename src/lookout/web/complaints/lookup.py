"""What the public may know of a company: its name, its district, its licences, confirmed notices. Nothing of its rating."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from lookout.hub.reading.model import CompanyFilter, CompanyRow
from lookout.kernel.errors import LookoutError
from lookout.kernel.regions import region_name
from lookout.web import published
from lookout.web.complaints.models import PublicNotice

logger = logging.getLogger(__name__)
SHORTEST = 3
MOST = 8
LICENCES = "administrative_licence"
# Permits to do business with other people's money; a telecom permit is none.
FINANCIAL = {"financial", "private_fund", "金融许可", "私募登记"}
VALID = {"valid", "有效"}


@dataclass(frozen=True)
class PublicCompany:
    """One company as anybody may see it."""

    identifier: str
    name: str
    region: str
    district: str
    licences: tuple[str, ...] = ()
    notices: tuple[PublicNotice, ...] = ()


def find(text: str) -> tuple[list[PublicCompany], bool]:
    """Return companies by name or code in the order of their names, and whether there are more.

    The order and the choice must not depend on the rating. Without published data nothing is found, and people can
    still write the name.
    """
    if len(text.strip()) < SHORTEST:
        return [], False
    wanted = CompanyFilter(text=text.strip(), scope=None, rated_only=False)
    try:
        page = published.reader().list_companies(wanted, sort="name", limit=MOST + 1)
    except LookoutError as problem:
        logger.warning("the public look-up finds nothing: %s", problem)
        return [], False
    return [_public(row) for row in page.rows[:MOST]], len(page.rows) > MOST


def one(identifier: str) -> PublicCompany | None:
    """Return a company by its identifier, None when unknown."""
    if not identifier:
        return None
    try:
        found = published.reader().get_company(identifier, None, events=0)
    except LookoutError:
        return None
    return _public(found.row) if found is not None else None


def with_permits(companies: Iterable[PublicCompany], now: datetime) -> list[PublicCompany]:
    """Return companies with their licences as of now and their notices."""
    return [
        PublicCompany(
            company.identifier,
            company.name,
            company.region,
            company.district,
            _licences(company.identifier, now),
            tuple(public_notices(company.identifier)),
        )
        for company in companies
    ]


def public_notices(identifier: str) -> list[PublicNotice]:
    """Return the confirmed notices about a company, newest first."""
    found = PublicNotice.objects.filter(company=identifier, confirmed_at__isnull=False, withdrawn_at=None)
    return list(found.order_by("-confirmed_at", "-pk"))


def _public(row: CompanyRow) -> PublicCompany:
    return PublicCompany(row.identifier, row.name, row.region, region_name(row.region) or row.region_name)


def _licences(identifier: str, now: datetime) -> tuple[str, ...]:
    try:
        rows = published.reader().table_rows(identifier, LICENCES, None, limit=50)
    except LookoutError:
        return ()
    today, found = timezone.localdate(now), []
    for row in rows.rows if rows is not None else ():
        values = row.values
        until = values.get("valid_to")
        if (
            values.get("licence_type") in FINANCIAL
            and values.get("state") in VALID
            and (until is None or until >= today)
        ):
            found.append(str(values.get("licence_name") or values.get("licence_type")))
    return tuple(dict.fromkeys(found))
