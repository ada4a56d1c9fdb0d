"""Template filters and tags, available in every template."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import QueryDict
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lookout.hub.reading import source_title
from lookout.kernel.regions import regions, tree_prefix
from lookout.web.ui import words
from lookout.web.ui.charts import polyline
from lookout.web.ui.places import FIRST_PAGES

register = template.Library()

register.filter("score", words.written_score)
register.filter("signed", words.written_change)
register.filter("share", words.written_share)
register.filter("moment", words.written_moment)
register.filter("day", words.written_day)
register.filter("value", words.written_value)
register.filter("source", source_title)


@register.filter
def word(code: str | None, kind: str) -> str:
    """Return the officer's word for a code: `{{ row.band|word:"band" }}`."""
    return words.word(kind, code)


@register.filter
def thousands(value: Any) -> str:
    """Return a count with separators, '' for None."""
    return "" if value is None or value == "" else f"{value:,}"


@register.filter
def words_of(text: str) -> list[str]:
    """Return the words of a text, to go over them."""
    return text.split()


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """Return an entry of a mapping, None when absent."""
    return mapping.get(key)


@register.filter
def cell(values: dict[str, Any], column: str) -> str:
    """Return a raw cell of an evidence row as text."""
    return words.written_value(values.get(column))


@cache
def _digest(path: str) -> str:
    found = finders.find(path)
    if not isinstance(found, str):
        return ""
    with open(found, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:10]


@register.simple_tag
def asset(path: str) -> str:
    """Return the address of a static file with its digest, so that browsers may keep it."""
    if settings.DEBUG:
        _digest.cache_clear()
    return f"{static(path)}?v={_digest(path)}"


@register.simple_tag(takes_context=True)
def address_with(context: RequestContext, **changes: Any) -> str:
    """Return the query of this page with some parameters replaced; None or '' removes one."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    query.pop("offset", None) if "offset" not in changes else None
    return "?" + query.urlencode()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a drawing from the sprite; it repeats a word beside it, so it is hidden from readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', asset("img/icons.svg"), name
    )


@register.simple_tag
def band(code: str | None) -> SafeString:
    """Return a band as shape and word: the shape carries it in black-and-white print too."""
    if not code:
        return format_html('<span class="band muted">{}</span>', words.word("band", None))
    return format_html(
        '<span class="band band-{0}"><svg aria-hidden="true"><use href="{1}#band-{0}"></use></svg>{2}</span>',
        code,
        asset("img/icons.svg"),
        words.word("band", code),
    )


@register.simple_tag
def region_options(within: str, chosen: str) -> SafeString:
    """Return today's divisions inside a region as options of a select, districts set in below their city."""
    prefix = tree_prefix(within.ljust(6, "0")) if within else ""
    lines = (
        (tree_prefix(code), " selected" if tree_prefix(code) == chosen else "", region)
        for code, region in sorted(regions().items())
        if region.valid_to is None and tree_prefix(code).startswith(prefix)
    )
    return format_html_join(
        "",
        '<option value="{}"{}>{}{}</option>',
        ((value, mark, "　" * (len(value) == 6), region.name) for value, mark, region in lines),
    )


@register.filter
def first_page(place: str) -> str:
    """Return the url name of a place's first page."""
    return FIRST_PAGES[str(place)]


@register.filter
def plain(value: Any) -> str:
    """Return a number as SVG wants it, whatever the language writes for a decimal point."""
    return f"{float(value):.2f}"


@register.filter
def level(share: float | None) -> int:
    """Return 0 to 4: how strongly a cell of the coverage matrix is tinted."""
    return 0 if not share else min(4, 1 + int(share * 3.9999))


@register.filter("words")
def split_words(text: str) -> list[str]:
    """Return the words of a text, to loop over a fixed list."""
    return text.split()


@register.filter
def figure_name(code: str) -> str:
    """Return the officer's word for a count of a run."""
    return words.figure_name(code)


@register.filter
def figure(value: Any) -> str:
    """Return a count of a run as text."""
    return words.written_figure(value)


@register.filter
def beside(values: Sequence[Any], others: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return two sequences of one length as pairs, to walk both in one loop."""
    return list(zip(values, others, strict=True))


@register.filter
def first_of(values: Sequence[Any], count: int) -> Sequence[Any]:
    """Return the first values of a sequence."""
    return values[:count]


@register.filter
def share_points(trend: Sequence[tuple[str, Any]]) -> str:
    """Return the line of (month, cell with a share), from 0 to 100 %; months without a share are left out."""
    known = [
        (float(place), cell.share) for place, (_month, cell) in enumerate(trend) if cell.share is not None
    ]
    return polyline(known, 240, 56, 1)


@register.filter
def count_points(months: Sequence[tuple[str, int]]) -> str:
    """Return the line of (month, count), from zero to the highest."""
    counted = [(float(place), float(count)) for place, (_month, count) in enumerate(months)]
    return polyline(counted, 120, 28, max(count for _place, count in counted) or 1)
