"""The difference of two runs as screen and Excel show it: one definition of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lookout.hub.reading.difference import KINDS, DifferenceFilter, DifferencePage, DifferenceRow
from lookout.hub.reading.model import RunInfo
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.companies.columns import short_region
from lookout.web.companies.filters import region_digits
from lookout.web.ui import words
from lookout.web.ui.excel import Cell

PAGE = 50
CHUNK = 5000
KIND_WORDS = {
    "entered": _("新进名单"),
    "left": _("退出名单"),
    "raised": _("等级上升"),
    "lowered": _("等级下降"),
    "moved": _("分数变动"),
}


@dataclass(frozen=True)
class Asked:
    """Two runs and which differences between them; runs None when there are not two."""

    before: RunInfo | None
    now: RunInfo | None
    filter: DifferenceFilter


def read(user: User, query: QueryDict) -> Asked:
    """Read an address; without runs, the newest against the one before. The person's regions bound it."""
    runs = published.reader().runs()
    by_id = {run.run_id: run for run in runs}
    now = by_id.get(query.get("to", "")) or (runs[0] if runs else None)
    earlier = [run for run in runs if now is not None and run.as_of < now.as_of]
    before = by_id.get(query.get("from", "")) or (earlier[0] if earlier else None)
    kind = query.get("kind", "")
    asked = DifferenceFilter(
        kind=kind if kind in KINDS else "",
        least=_points(query.get("least", "")),
        region=region_digits(query.get("region", "")),
        scope=scope_of(user),
    )
    return Asked(before, now, asked)


def _points(text: str) -> Decimal:
    """Return a number of points from 0.01 to 100, the usual 5 for anything else."""
    try:
        points = Decimal(text)
    except InvalidOperation:
        return DifferenceFilter.least
    return points if points.is_finite() and Decimal("0.01") <= points <= 100 else DifferenceFilter.least


def page(asked: Asked, offset: int, limit: int = PAGE) -> DifferencePage:
    """Return one page of the differences."""
    if asked.before is None or asked.now is None:
        return DifferencePage((), 0, dict.fromkeys(KINDS, 0))
    return published.reader().difference(
        asked.before.run_id, asked.now.run_id, asked.filter, offset=offset, limit=limit
    )


def all_rows(asked: Asked) -> Iterator[DifferenceRow]:
    """Yield every difference in the order of the screen."""
    offset = 0
    while True:
        part = page(asked, offset, CHUNK)
        yield from part.rows
        offset += CHUNK
        if offset >= part.total:
            return


def address(asked: Asked, **changed: Any) -> str:
    """Return the query of a page with other conditions."""
    wanted, query = replace(asked.filter, **changed), QueryDict(mutable=True)
    pairs = {
        "from": asked.before.run_id if asked.before else "",
        "to": asked.now.run_id if asked.now else "",
        "kind": wanted.kind,
        "least": "" if wanted.least == DifferenceFilter.least else str(wanted.least),
        "region": wanted.region,
    }
    query.update({name: value for name, value in pairs.items() if value})
    return query.urlencode()


def _score(score: Decimal | None) -> Cell:
    return Cell("") if score is None else Cell(words.written_score(score), float(score), "0.00")


def _move(row: DifferenceRow) -> Cell:
    if row.score_now is None or row.score_before is None:
        return Cell("")
    delta = row.score_now - row.score_before
    return Cell(words.written_change(delta), float(delta), "+0.00;−0.00;0.00")


COLUMNS: tuple[tuple[Any, Callable[[DifferenceRow], Cell], bool], ...] = (
    (_("变动"), lambda row: Cell(str(KIND_WORDS[row.kind])), False),
    (_("企业名称"), lambda row: Cell(row.name), False),
    (_("统一社会信用代码"), lambda row: Cell(row.identifier), False),
    (_("所在地"), lambda row: Cell(short_region(row)), False),
    (_("原等级"), lambda row: Cell(words.word("band", row.band_before)), False),
    (_("现等级"), lambda row: Cell(words.word("band", row.band_now)), False),
    (_("原评分"), lambda row: _score(row.score_before), True),
    (_("现评分"), lambda row: _score(row.score_now), True),
    (_("分数变化"), _move, True),
    (_("新增原因"), lambda row: Cell("；".join(row.reasons_new)), False),
    (_("消失原因"), lambda row: Cell("；".join(row.reasons_gone)), False),
)
