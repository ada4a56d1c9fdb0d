"""Reads behind the list: the page, its facets, the rows of the export, what is new to the reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lookout.hub.reading.model import BANDS, Band, CompanyFilter, CompanyRow, Page
from lookout.kernel.regions import regions, tree_prefix
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.companies.access import within_scope
from lookout.web.companies.filters import ListQuery, write_query
from lookout.web.companies.models import COMPANY_LIST, Look, SavedView
from lookout.web.companies.watching import companies_of

PAGE_SIZE = 50
EXPORT_CHUNK = 5000
CHANGES = ("opened", "raised", "lowered", "withdrawn", "suspended")
SEARCH_LIMIT = 10


@dataclass(frozen=True)
class Facet:
    """One value a list can be narrowed to, with its count and address."""

    code: str
    title: str
    count: int
    chosen: bool
    address: str


@dataclass(frozen=True)
class RegionChoice:
    """One division in the region menu; `level` is 2, 4 or 6 digits."""

    prefix: str
    title: str
    level: int


def resolve(user: User, asked: ListQuery) -> ListQuery:
    """Return the query with its watch list looked up: those companies, rated or not."""
    if not asked.watch:
        return asked
    watched = replace(asked.filter, identifiers=companies_of(user, asked.watch), rated_only=False)
    return replace(asked, filter=watched)


def list_page(user: User, asked: ListQuery, offset: int) -> Page:
    """Return one page of the list the person may see."""
    chosen = within_scope(user, asked.filter)
    return published.reader().list_companies(chosen, sort=asked.sort, offset=offset, limit=PAGE_SIZE)


def list_all_rows(user: User, asked: ListQuery) -> Iterator[CompanyRow]:
    """Yield every row of the list in its order, in chunks."""
    chosen, offset = within_scope(user, asked.filter), 0
    while True:
        page = published.reader().list_companies(chosen, sort=asked.sort, offset=offset, limit=EXPORT_CHUNK)
        yield from page.rows
        offset += EXPORT_CHUNK
        if offset >= page.total:
            return


def count_list(user: User, asked: CompanyFilter) -> int:
    """Return how many companies of the person's regions a filter matches."""
    return published.reader().list_companies(within_scope(user, asked), limit=1).total


def band_facets(user: User, asked: ListQuery) -> list[Facet]:
    """Return the five bands with their counts under the other conditions; choosing one toggles it."""
    others = within_scope(user, replace(asked.filter, bands=()))
    counts = {code: count for code, _title, count in published.reader().count_by(others, "band")}
    return [_band_facet(asked, band, counts.get(band, 0)) for band in BANDS]


def _band_facet(asked: ListQuery, band: Band, count: int) -> Facet:
    chosen = band in asked.filter.bands
    kept = tuple(b for b in BANDS if (b in asked.filter.bands) != (b == band))
    address = "?" + write_query(replace(asked, filter=replace(asked.filter, bands=kept)))
    return Facet(band, band, count, chosen, address)


def count_by_type(user: User, asked: CompanyFilter) -> list[tuple[str, str, int]]:
    """Return organisation types with their counts under the other conditions."""
    others = within_scope(user, replace(asked, organization_type=""))
    return published.reader().count_by(others, "organization_type")


def list_region_choices(user: User) -> list[RegionChoice]:
    """Return the divisions inside the person's regions, cities before their districts."""
    scope = scope_of(user)
    found = []
    for code, region in sorted(regions().items()):
        prefix = tree_prefix(code)
        if region.valid_to is None and (scope is None or prefix.startswith(scope)):
            found.append(RegionChoice(prefix, region.name, len(prefix)))
    return found


def list_saved_views(user: User, place: str = COMPANY_LIST) -> list[SavedView]:
    """Return the person's own views of a list in the order they were saved."""
    return list(SavedView.objects.filter(owner=user, place=place))


def moves(user: User) -> dict[str, dict[Band, int]]:
    """Return how many companies moved how, into which band: change → band → count."""
    reader, table = published.reader(), {}
    for change in CHANGES:
        asked = within_scope(user, CompanyFilter(change=change))
        counts = {code: count for code, _title, count in reader.count_by(asked, "band")}
        table[change] = {band: counts.get(band, 0) for band in BANDS}
    return table


def unseen(user: User, rows: tuple[CompanyRow, ...], run_id: str) -> set[str]:
    """Return the identifiers of rows that changed in this run and were not opened since."""
    changed = [row.identifier for row in rows if row.change in CHANGES]
    seen = Look.objects.filter(viewer=user, run_id=run_id, identifier__in=changed)
    return set(changed) - set(seen.values_list("identifier", flat=True))


def find_companies(user: User, text: str) -> list[CompanyRow]:
    """Return the likeliest companies for what was typed into the search box."""
    if not text.strip():
        return []
    return published.reader().find_companies(text.strip()[:80], scope_of(user), limit=SEARCH_LIMIT)
