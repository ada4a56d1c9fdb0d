"""The query of a list: read from the address, written back to it, shown as chips."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from lookout.hub.reading.model import BANDS, Band, CompanyFilter
from lookout.kernel.regions import PROVINCES, regions, tree_prefix
from lookout.web.companies.columns import COLUMNS, DEFAULT_COLUMNS
from lookout.web.ui import words

SORTS = ("score", "name", "region", "coverage", "change")
DEFAULT_SORT = "-score"
CITY_DIGITS = 4  # of a division code; two more name the district


@dataclass(frozen=True)
class Chip:
    """One condition in words, and the query of the list without it."""

    text: str
    without: str


@dataclass(frozen=True)
class ListQuery:
    """Everything the address of a list says."""

    filter: CompanyFilter
    sort: str
    columns: tuple[str, ...]
    watch: int = 0  # a watch list; 0 for none


def _word(text: str, known: dict[str, object]) -> str:
    return text if text in known else ""


def region_digits(text: str) -> str:
    """Return a region prefix out of an address, '' for anything that is none."""
    valid = text.isascii() and text.isdigit() and len(text) in (2, 4, 6)
    return tree_prefix(text) if valid else ""


def _sort(text: str) -> str:
    return text if text.removeprefix("-") in SORTS else DEFAULT_SORT


def _columns(names: list[str]) -> tuple[str, ...]:
    chosen = tuple(name for name in COLUMNS if name in names)
    return chosen or DEFAULT_COLUMNS


def _bands(names: list[str]) -> tuple[Band, ...]:
    return tuple(band for band in BANDS if band in names)


def read_query(query: QueryDict) -> ListQuery:
    """Read a list's address; what makes no sense is left out, so that old links still open."""
    asked = CompanyFilter(
        bands=_bands(query.getlist("band")),
        region=region_digits(query.get("region", "")),
        organization_type=query.get("type", "")[:60],
        change=_word(query.get("change", ""), dict(words.CHANGE_WORDS)),
        label=query.get("label", "")[:20],
        text=query.get("q", "").strip()[:80],
        rated_only=query.get("universe") != "all",
        watched_closely=query.get("universe") == "key",
    )
    if len(asked.region) == CITY_DIGITS and query.get("nearer") == "0":
        asked = replace(asked, no_nearer=True)
    watch = query.get("watch", "")
    return ListQuery(
        asked,
        _sort(query.get("sort", "")),
        _columns(query.getlist("col")),
        int(watch) if watch.isascii() and watch.isdigit() and len(watch) < 10 else 0,
    )


def write_query(asked: ListQuery) -> str:
    """Return the shortest address that means this query; the inverse of `read_query`."""
    query = QueryDict(mutable=True)
    given = asked.filter
    query.setlist("band", list(given.bands))
    pairs = {
        "region": given.region,
        "nearer": "0" if given.no_nearer else "",
        "type": given.organization_type,
        "change": given.change,
        "label": given.label,
        "q": given.text,
        "universe": "key" if given.watched_closely else "" if given.rated_only or asked.watch else "all",
        "watch": str(asked.watch) if asked.watch else "",
        "sort": "" if asked.sort == DEFAULT_SORT else asked.sort,
    }
    query.update({name: value for name, value in pairs.items() if value})
    if asked.columns != DEFAULT_COLUMNS:
        query.setlist("col", list(asked.columns))
    return query.urlencode()


def region_title(prefix: str) -> str:
    """Return the name of a division given by its prefix; the digits when it is not known."""
    if len(prefix) == 2:
        return PROVINCES.get(prefix, prefix)
    known = regions().get(prefix.ljust(6, "0"))
    return known.name if known else prefix


def chips(asked: ListQuery, type_names: dict[str, str], label_names: dict[str, str]) -> list[Chip]:
    """Return one removable chip for each condition."""
    given = asked.filter
    found: list[tuple[str, CompanyFilter]] = []
    for band in given.bands:
        left = tuple(other for other in given.bands if other != band)
        found.append((words.word("band", band), replace(given, bands=left)))
    if given.change:
        found.append((words.word("change", given.change), replace(given, change="")))
    if given.region:
        found.append((region_title(given.region), replace(given, region="", no_nearer=False)))
    if given.no_nearer:
        found.append((_("只登记到市"), replace(given, no_nearer=False)))
    if given.organization_type:
        name = type_names.get(given.organization_type, given.organization_type)
        found.append((name, replace(given, organization_type="")))
    if given.label:
        name = label_names.get(given.label, given.label)
        found.append((_("标签：%(name)s") % {"name": name}, replace(given, label="")))
    if given.text:
        found.append((_("含“%(text)s”") % {"text": given.text}, replace(given, text="")))
    if given.watched_closely:
        found.append((_("重点企业"), replace(given, watched_closely=False)))
    if not given.rated_only and not asked.watch:
        found.append((_("含监测范围以外的企业"), replace(given, rated_only=True)))
    narrowed = [Chip(text, "?" + write_query(replace(asked, filter=rest))) for text, rest in found]
    if asked.watch:
        narrowed.append(Chip(_("关注名单"), "?" + write_query(replace(asked, watch=0))))
    return narrowed
