"""Reads behind the stewards' pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lookout.hub.reading.queue import JudgementRow, QueueCase, QueueRow
from lookout.web import published

KINDS: dict[str, Promise] = {
    "name": _("名称指谁"),
    "conflict": _("代码与名称不符"),
    "twin": _("两个代码"),
}
VERBS: dict[str, Promise] = {
    "link": _("同一家"),
    "separate": _("不是同一家"),
    "merge": _("同一家（两个代码）"),
    "split": _("不是同一家（两个代码）"),
    "undo": _("撤销"),
}
PARTS: dict[str, Promise] = {
    "region": _("行政区划"), "brand": _("字号"), "trade": _("行业"), "form": _("组织形式"), "branch": _("分支机构"),
    "address": _("住所"), "phone": _("联系电话"), "representative": _("法定代表人"), "rest": _("其余"),
}  # fmt: skip
SIDE: dict[str, Promise] = {
    "name": _("名称"), "former_names": _("曾用名"), "uscc": _("统一社会信用代码"), "registration_no": _("工商注册号"),
    "region_name": _("登记地"), "address": _("住所"), "representative_masked": _("法定代表人"),
    "phone_masked": _("联系电话"), "status_name": _("登记状态"), "established_on": _("成立日期"),
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """One thing known of either side; '' where a side does not say it."""

    name: Promise
    left: str
    right: str


def list_cases(kind: str, later: Sequence[str]) -> list[QueueRow]:
    """Return the cases of a kind ('' all); those put off come last."""
    rows = [row for row in published.reader().steward_queue() if not kind or row.kind == kind]
    return sorted(rows, key=lambda row: row.number in later)


def facts_of(case: QueueCase) -> list[Fact]:
    """Return what is known of both sides, line by line."""
    return [
        Fact(title, case.left.get(key, ""), case.right.get(key, ""))
        for key, title in SIDE.items()
        if case.left.get(key) or case.right.get(key)
    ]


def beside(rows: Sequence[QueueRow], number: str) -> tuple[str, str]:
    """Return the numbers of the case before and after one, '' at the ends."""
    numbers = [row.number for row in rows]
    if number not in numbers:
        return "", numbers[0] if numbers else ""
    at = numbers.index(number)
    return numbers[at - 1] if at else "", numbers[at + 1] if at + 1 < len(numbers) else ""


def list_judgements() -> list[JudgementRow]:
    """Return all judgements, newest first."""
    return published.reader().judgements()
