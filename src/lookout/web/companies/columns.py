"""The columns of a company list: one definition for the screen and for Excel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lookout.hub.reading.difference import DifferenceRow
from lookout.hub.reading.model import DIMENSIONS, CompanyRow
from lookout.kernel.regions import PROVINCES, regions
from lookout.web.companies.models import RatingReview
from lookout.web.ui import words
from lookout.web.ui.excel import Cell


@dataclass(frozen=True)
class Column:
    """One column: its head, what a row shows, and the sort key if it can be sorted by."""

    name: str
    title: Any
    cell: Callable[[CompanyRow], Cell]
    sort: str = ""
    is_number: bool = False


def _text(read: Callable[[CompanyRow], str]) -> Callable[[CompanyRow], Cell]:
    return lambda row: Cell(read(row))


def _band(row: CompanyRow) -> Cell:
    return Cell(words.word("band", row.band))


def _score(row: CompanyRow) -> Cell:
    if row.score is None:
        return Cell(words.written_score(None))
    return Cell(words.written_score(row.score), float(row.score), "0.00")


def _delta(row: CompanyRow) -> Cell:
    if row.score is None or row.previous_score is None:
        return Cell("")
    delta = row.score - row.previous_score
    return Cell(words.written_change(delta), float(delta), "+0.00;−0.00;0.00")


def _change(row: CompanyRow) -> Cell:
    return Cell(words.word("change", row.change) if row.change else "")


def _coverage(row: CompanyRow) -> Cell:
    return Cell(words.written_share(row.coverage), round(row.coverage * 100) / 100, "0%")


def short_region(row: CompanyRow | DifferenceRow) -> str:
    """Leave the home province out: it is the same in every row and costs the list its one-line rows."""
    home = next(iter(regions()))[:2]
    short = row.region_name.removeprefix(PROVINCES[home]) if row.region.startswith(home) else ""
    return short or row.region_name


def _dimension(name: str) -> Callable[[CompanyRow], Cell]:
    def read(row: CompanyRow) -> Cell:
        value = row.dimensions.get(name)
        if value is None:
            return Cell("")
        return Cell(f"{value:.1f}", round(value, 1), "0.0")

    return read


def _labels(row: CompanyRow) -> Cell:
    return Cell(str(row.label_count), row.label_count)


def _reasons(row: CompanyRow) -> Cell:
    return Cell("；".join(row.top_reasons))


_ALL = (
    Column("band", _("等级"), _band),
    Column("score", _("评分"), _score, "score", True),
    Column("delta", _("较上期"), _delta, "change", True),
    Column("name", _("企业名称"), _text(lambda row: row.name), "name"),
    Column("identifier", _("统一社会信用代码"), _text(lambda row: row.identifier)),
    Column("region", _("所在地"), _text(short_region), "region"),
    Column("type", _("组织类型"), _text(lambda row: row.organization_type_zh)),
    Column("reasons", _("主要原因"), _reasons),
    Column("change", _("变动"), _change),
    Column("labels", _("标签数"), _labels, "", True),
    Column("coverage", _("数据覆盖度"), _coverage, "coverage", True),
    *(Column(name, words.DIMENSION_WORDS[name], _dimension(name), "", True) for name in DIMENSIONS),
)
COLUMNS: dict[str, Column] = {column.name: column for column in _ALL}
DEFAULT_COLUMNS = ("band", "score", "delta", "name", "region", "reasons", "labels", "coverage")


def review_text(review: RatingReview) -> str:
    """Return what stands beside the model's band while a person's judgement counts."""
    return gettext("人工复核为%(band)s，至 %(day)s") % {
        "band": words.word("band", review.proposed_band),
        "day": review.expires_on.isoformat(),
    }


def cell_of(column: Column, row: CompanyRow, reviews: Mapping[str, RatingReview]) -> Cell:
    """Return a cell of the list as screen and Excel show it: the model's band with a person's judgement beside it."""
    cell, review = column.cell(row), reviews.get(row.identifier)
    if column.name != "band" or review is None:
        return cell
    return Cell(f"{cell.text}（{review_text(review)}）")
