"""Watch lists: who keeps an eye on which company, and who is told what about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from lookout.hub.reading.model import CompanyFilter, CompanyRow
from lookout.kernel.errors import DataError
from lookout.web import published
from lookout.web.accounts.access import places_of, scope_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Place
from lookout.web.audit.services import record, record_about
from lookout.web.companies.models import Watched, WatchList
from lookout.web.notices.services import notify, people_of
from lookout.web.ui import words

MOST_WATCHED = 500
MOST_LISTS = 20
CHUNK = 500


def lists_of(user: User) -> models.QuerySet[WatchList]:
    """Return the lists a person sees: the own ones and those shared with the agency."""
    seen = models.Q(owner=user)
    if user.agency_id:
        seen |= models.Q(agency=user.agency_id)
    return WatchList.objects.filter(seen).select_related("owner", "agency")


def access_list(user: User, number: int) -> WatchList:
    """Return a list the person sees; unknown and foreign ones are both 404."""
    found = lists_of(user).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def companies_of(user: User, number: int) -> tuple[str, ...]:
    """Return the companies of a list; none for a list that is not there or is foreign."""
    found = lists_of(user).filter(pk=number).first()
    return tuple(found.watched.values_list("company", flat=True)) if found else ()


# ---- changes --------------------------------------------------------------------------------------
def make_list(owner: User, *, name: str, is_shared: bool, now: datetime) -> WatchList:
    """Make a list. Raises DataError when there is one of that name."""
    if not name.strip():
        raise DataError("请给名单起个名字")
    if is_shared and owner.agency is None:
        raise DataError("您的账号没有单位，不能共享名单")
    if WatchList.objects.filter(owner=owner).count() >= MOST_LISTS:
        raise DataError(f"一个人最多 {MOST_LISTS} 个名单；请先删除不用的")
    with transaction.atomic():
        made, is_new = WatchList.objects.get_or_create(
            owner=owner,
            name=name.strip()[:40],
            defaults={"agency": owner.agency if is_shared else None, "created_at": now},
        )
        if not is_new:
            raise DataError(f"已有名单“{made.name}”")
        record(owner, "watch_list_make", made, after={"is_shared": is_shared})
    return made


def default_list(owner: User, now: datetime) -> WatchList:
    """Return the first of a person's own lists, made when there is none."""
    found = WatchList.objects.filter(owner=owner).first()
    return found or make_list(owner, name=_("我的关注"), is_shared=False, now=now)


def delete_list(by: User, watch_list: WatchList) -> None:
    """Delete a list; only its owner may."""
    if watch_list.owner_id != by.pk:
        raise DataError("只有建名单的人能删除它")
    with transaction.atomic():
        record(by, "watch_list_delete", watch_list, before={"companies": watch_list.watched.count()})
        watch_list.delete()


def add(by: User, watch_list: WatchList, rows: Sequence[CompanyRow], *, now: datetime) -> int:
    """Put companies on a list; return how many were not on it."""
    run = published.reader().current()
    with transaction.atomic():
        WatchList.objects.select_for_update().get(pk=watch_list.pk)
        known = set(watch_list.watched.values_list("company", flat=True))
        fresh = [row for row in rows if row.identifier not in known]
        if len(known) + len(fresh) > MOST_WATCHED:
            raise DataError(f"一个名单最多 {MOST_WATCHED} 家；“{watch_list}”已有 {len(known)} 家")
        Watched.objects.bulk_create(
            Watched(
                list=watch_list,
                company=row.identifier,
                company_name=row.name,
                run_id=run.run_id if run else "",
                band=row.band or "",
                added_by=by,
                added_at=now,
            )
            for row in fresh
        )
        for row in fresh:
            record_about(
                by,
                "watch_add",
                object_type="companies.watchlist",
                object_id=str(watch_list.pk),
                object_name=str(watch_list),
                company=row.identifier,
                region=row.region,
            )
    return len(fresh)


def remove(by: User, watch_list: WatchList, companies: Sequence[str]) -> int:
    """Take companies off a list; return how many were on it."""
    with transaction.atomic():
        found = list(watch_list.watched.filter(company__in=companies))
        for one in found:
            record_about(
                by,
                "watch_remove",
                object_type="companies.watchlist",
                object_id=str(watch_list.pk),
                object_name=str(watch_list),
                company=one.company,
            )
            one.delete()
    return len(found)


# ---- telling --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Arrival:
    """Something new about a company, in words that may be told to everybody who may see the company."""

    company: str
    text: str


# What came after one instant and up to another.
Source = Callable[[datetime, datetime], Iterable[Arrival]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Let an app tell of what arrives about companies; called once, when the app is ready."""
    if source not in _sources:
        _sources.append(source)


def tell_bands(now: datetime) -> int:
    """Tell watchers whose company's band changed since the run last looked at; return how many companies."""
    reader = published.reader()
    run = reader.current()
    if run is None:
        return 0
    stale = Watched.objects.exclude(run_id=run.run_id).order_by("company").values_list("company", flat=True)
    companies, told = list(stale.distinct()), 0
    for start in range(0, len(companies), CHUNK):
        part = tuple(companies[start : start + CHUNK])
        page = reader.list_companies(CompanyFilter(identifiers=part, rated_only=False), limit=CHUNK)
        told += sum(_tell_band(row, run.run_id, now) for row in page.rows)
        Watched.objects.filter(company__in=part).update(run_id=run.run_id)
    return told


def _tell_band(row: CompanyRow, run_id: str, now: datetime) -> bool:
    watched = Watched.objects.filter(company=row.identifier).exclude(run_id=run_id)
    moved = [
        one for one in watched.select_related("list__owner", "list__agency") if one.band != (row.band or "")
    ]
    with transaction.atomic():
        for old in sorted({one.band for one in moved}):
            said = _("关注的企业等级有变：%(company)s %(old)s → %(new)s") % {
                "company": row.name,
                "old": words.word("band", old) or "—",
                "new": words.word("band", row.band) or "—",
            }
            _tell([one for one in moved if one.band == old], row, said, now)
        watched.update(run_id=run_id, band=row.band or "")
    return bool(moved)


def tell_arrivals(since: datetime, now: datetime) -> int:
    """Tell watchers of what arrived about their companies; return how many things."""
    arrived = [one for source in _sources for one in source(since, now)]
    by_company = defaultdict(list)
    wanted = {one.company for one in arrived}
    for one in Watched.objects.filter(company__in=wanted).select_related("list__owner", "list__agency"):
        by_company[one.company].append(one)
    told = 0
    asked = CompanyFilter(identifiers=tuple(sorted(by_company)), rated_only=False)
    page = published.reader().list_companies(asked, limit=len(by_company)) if by_company else None
    rows = {row.identifier: row for row in page.rows} if page else {}
    for arrival in arrived:
        row = rows.get(arrival.company)
        if row is not None:
            _tell(by_company[arrival.company], row, f"{arrival.text}：{row.name}", now)
            told += 1
    return told


def _tell(watched: Sequence[Watched], row: CompanyRow, said: str, now: datetime) -> None:
    people = [person for one in watched for person in _watchers(one.list)]
    inside = [person for person in people if _may_see(person, row)]
    notify(inside, "watch", said, reverse("companies:page", args=[row.identifier]), now=now)


def _watchers(watch_list: WatchList) -> Iterable[User]:
    return people_of(watch_list.agency) if watch_list.agency else (watch_list.owner,)


def _may_see(user: User, row: CompanyRow) -> bool:
    """Tell whether a company still lies in the person's regions: both may have moved since it was watched."""
    scope = scope_of(user)
    return Place.COMPANIES in places_of(user) and (
        scope is None or any(row.region.startswith(prefix) for prefix in scope)
    )
