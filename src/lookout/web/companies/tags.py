"""Template tags of the company list: its cells and its sortable heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django import template
from django.template.context import RequestContext
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lookout.hub.reading.model import CompanyRow, Contribution, EvidenceGroup
from lookout.web.companies.columns import Column, review_text
from lookout.web.companies.dossier import line_code
from lookout.web.companies.models import RatingReview
from lookout.web.ui.tags import address_with, band

register = template.Library()

_TAB_OF = {"labels": "labels", "coverage": "sources", "delta": "history"}


@register.simple_tag
def company_cell(
    column: Column,
    row: CompanyRow,
    address: str,
    unseen: set[str],
    reviews: Mapping[str, RatingReview],
) -> SafeString:
    """Return one cell; its text is that of the Excel, and every number is a link."""
    text = column.cell(row).text
    if column.name == "band":
        review = reviews.get(row.identifier)
        return band(row.band) if review is None else _reviewed(row, review, address)
    if column.name == "name":
        mark = _unseen_mark() if row.identifier in unseen else ""
        return format_html('<a class="name" href="{}">{}</a>{}', address, text, mark)
    if column.name == "delta":
        return _delta(row, text, address)
    if column.is_number and text:
        tab = _TAB_OF.get(column.name)
        target = f"{address}?tab={tab}#tabs" if tab else f"{address}#sum"
        return format_html('<a href="{}">{}</a>', target, text)
    if column.name == "reasons":
        return format_html('<span title="{0}">{0}</span>', text)
    return conditional_escape(text)


@register.filter("line_code")
def code_of_line(line: Contribution) -> str:
    """Return what names a line of the sum in addresses."""
    return line_code(line)


@register.filter
def said(line: Contribution) -> str:
    """Return a line in words; a phrase in brackets only completes another, so the name stands instead."""
    return line.name if line.phrase.startswith("（") else line.phrase or line.name


@register.filter
def filled_columns(group: EvidenceGroup) -> list[tuple[str, str]]:
    """Return the columns of raw rows that hold anything; empty ones would push the rest off the screen."""
    return [
        (column, name)
        for column, name in group.columns
        if any(row.values.get(column) not in (None, "") for row in group.rows)
    ]


@register.filter
def filled_first(groups: Sequence[EvidenceGroup]) -> list[EvidenceGroup]:
    """Return groups of rows, those without rows last."""
    return sorted(groups, key=lambda group: not group.rows)


def _unseen_mark() -> SafeString:
    return format_html('<span class="unseen" title="{}">{}</span>', _("这次变动后您还没有看过"), _("未看"))


def _reviewed(row: CompanyRow, review: RatingReview, address: str) -> SafeString:
    return format_html(
        '{}<a class="tag warn review" href="{}#review">{}</a>', band(row.band), address, review_text(review)
    )


def _delta(row: CompanyRow, text: str, address: str) -> SafeString:
    if not text:
        return SafeString("")
    arrow = {"+": "▲", "−": "▼"}.get(text[0], "")
    return format_html(
        '<a href="{}?tab=history#tabs"><span class="arrow" aria-hidden="true">{}</span>{}</a>',
        address,
        arrow,
        text,
    )


@register.simple_tag(takes_context=True)
def sort_address(context: RequestContext, key: str, current: str) -> str:
    """Return the address of the list sorted by a key; the same key again turns the order round."""
    return address_with(context, sort=key if current == f"-{key}" else f"-{key}")
