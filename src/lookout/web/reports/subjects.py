"""What a report may be about: names of subjects, whether a person may report on one, and the periods offered."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.http import Http404
from django.utils import timezone

from lookout.hub.reading.model import CompanyFilter
from lookout.kernel.errors import DataError
from lookout.kernel.regions import PROVINCES, regions, tree_prefix
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.clues.access import access_clue
from lookout.web.companies.access import access_score
from lookout.web.reports.figures import Scope
from lookout.web.reports.kinds import Kind, Period


def subject_name(user: User, kind: Kind, scope: Scope, subject: str) -> str:
    """Return the name of a subject, '' for none. Raises DataError for what the kind or the person cannot report on."""
    if scope not in kind.scopes:
        raise DataError(f"{kind.short}不能这样选对象；请重新选择")
    if scope == "none":
        return ""
    if not subject:
        raise DataError("请选择报告的对象")
    try:
        return _name(user, scope, subject)
    except Http404:
        raise DataError("没有找到这个对象，或不在您的辖区；请检查后重新选择") from None


def _name(user: User, scope: Scope, subject: str) -> str:
    if scope == "company":
        return access_score(user, subject)[0].name
    if scope == "clue":
        return str(access_clue(user, subject))
    if scope == "region":
        return _region_name(user, subject)
    return sector_names().get(subject) or _unknown()


def _unknown() -> str:
    raise Http404


def _region_name(user: User, code: str) -> str:
    prefix, scope = tree_prefix(code), scope_of(user)
    known = PROVINCES.get(prefix) if len(prefix) == 2 else None
    region = regions().get(prefix.ljust(6, "0"))
    name = known or (region.name if region is not None else "")
    if not name or (scope is not None and not prefix.startswith(scope)):
        raise Http404
    return name


def sector_names() -> dict[str, str]:
    """Return the sectors of the rated companies by code; empty without a published run."""
    if published.reader().current() is None:
        return {}
    counted = published.reader().count_by(CompanyFilter(), "organization_type")
    return {code: name for code, name, _count in counted if code}


def last_period(period: Period | str, today: date) -> tuple[date, date]:
    """Return first and last day of the newest period that is over; for `none` and anything unknown, the day itself."""
    yesterday = today - timedelta(days=1)
    if period == "day":
        return yesterday, yesterday
    if period == "week":
        end = today - timedelta(days=today.isoweekday())
        return end - timedelta(days=6), end
    if period in {"month", "quarter", "year"}:
        months = {"month": 1, "quarter": 3, "year": 12}[period]
        first = date(today.year, (today.month - 1) // months * months + 1, 1)
        return _months_before(first, months), first - timedelta(days=1)
    return today, today


def _months_before(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def today_of(now: datetime) -> date:
    """Return the day in Shanghai."""
    return timezone.localdate(now)
