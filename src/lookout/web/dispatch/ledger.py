"""The whole ledger in Excel: what is known of a clue, and after it what was done about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import models

from lookout.web.clues.ledger import HEAD, cells
from lookout.web.clues.models import Clue
from lookout.web.clues.words import Element
from lookout.web.dispatch.models import DispatchOrder, Measure, Visit
from lookout.web.dispatch.rules import measure_rules
from lookout.web.ui.excel import Cell
from lookout.web.ui.words import written_day, written_moment

CHUNK = 500
DONE_HEAD = (
    "非法性",
    "利诱性",
    "社会性",
    "公开性",
    "承办单位",
    "分派时间",
    "签收人",
    "签收时间",
    "最近期限",
    "现场核查",
    "采取措施",
    "反馈内容",
    "建议结果",
    "复核人",
    "复核时间",
    "复核意见",
    "处置效果",
)
FULL_HEAD = (*HEAD, *DONE_HEAD)
_WITH = (
    "elements",
    "orders__agency",
    "orders__accepted_by",
    "orders__reviewed_by",
    "orders__visits",
    "orders__measures",
    "effect_checks",
)


def full_cells(clues: models.QuerySet[Clue]) -> Iterator[tuple[Cell, ...]]:
    """Yield one line for each clue of a list (as `list_clues` returns it), in the order of FULL_HEAD."""
    for clue in clues.prefetch_related(*_WITH).iterator(chunk_size=CHUNK):
        yield (*cells(clue), *_done(clue))


def _done(clue: Clue) -> tuple[Cell, ...]:
    orders = list(clue.orders.all())
    verdicts = {one.element: one.get_verdict_display() for one in clue.elements.all()}
    checks = [check for check in clue.effect_checks.all() if check.effect is not None]
    texts = (
        *(verdicts.get(code, "") for code in Element.values),
        _each(orders, lambda one: str(one.agency)),
        _each(orders, lambda one: written_moment(one.sent_at)),
        _each(orders, lambda one: str(one.accepted_by or "")),
        _each(orders, lambda one: written_moment(one.accepted_at)),
        written_moment(getattr(clue, "next_due", None)),
        "；".join(_visit(visit) for order in orders for visit in order.visits.all()),
        "；".join(_measure(measure) for order in orders for measure in order.measures.all()),
        _each(orders, lambda one: one.report),
        _each(orders, lambda one: one.get_proposed_outcome_display() if one.proposed_outcome else ""),
        _each(orders, lambda one: str(one.reviewed_by or "")),
        _each(orders, lambda one: written_moment(one.reviewed_at)),
        _each(orders, lambda one: one.review_note),
        "；".join(f"{check.days} 天 {check.effect}" for check in checks),
    )
    return tuple(Cell(text) for text in texts)


def _each(orders: list[DispatchOrder], say: Callable[[DispatchOrder], str]) -> str:
    return "；".join(filter(None, map(say, orders)))


def _visit(visit: Visit) -> str:
    officers = "、".join(f"{one['name']}（{one['card']}）" for one in visit.officers)
    return " ".join((written_moment(visit.at), visit.place, officers, str(visit.get_finding_display())))


def _measure(measure: Measure) -> str:
    waits = measure.needs_approval and measure.approved_at is None
    state = (
        "未批准" if measure.refused_at else "等批准" if waits else "已完成" if measure.done_at else "进行中"
    )
    due = f"，限 {written_day(measure.due_on)}" if measure.due_on else ""
    return f"{measure_rules()[measure.kind].title}（{measure.basis}{due}，{state}）"
