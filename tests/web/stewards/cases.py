"""A small queue for the pages: three cases of three kinds and two judgements."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lookout.hub.linkage import Judgement, Verb, explain, lexicon
from lookout.hub.reading.queue import JudgementRow, QueueCase, QueueRow, WaitingFacts

KNOWN = "广州众人通财富管理有限公司"
RIGHT = ("uscc", "91440106MA5D000000")
ROWS = (
    QueueRow("c1", "name", ("name", "广州众人通"), "广州众人通", RIGHT, KNOWN, 78, 1_234, 2),
    QueueRow(
        "c2", "conflict", ("name", "深圳圣鸿贸易有限公司"), "深圳圣鸿贸易有限公司", RIGHT, KNOWN, 0, 12, 1
    ),
    QueueRow("c3", "twin", ("uscc", "91330300MA2TE5XY5R"), KNOWN, RIGHT, KNOWN, 90, 3, 1),
)
OTHER = replace(ROWS[0], number="c4", right_name="广州众人通贸易有限公司")
WAITING = (WaitingFacts("投诉举报工单", 1_200, "2026-10-30", ((3, 12), (3, 40))),)
_AT = datetime.fromisoformat("2026-10-31T09:30")
JUDGEMENTS = (
    JudgementRow(Judgement("J2", Verb.UNDO, ROWS[0].left, RIGHT, 78, "", "chen", "J1", _AT), True, 9),
    JudgementRow(
        Judgement("J1", Verb.LINK, ROWS[0].left, RIGHT, 78, "住所一致", "chen", "", _AT.replace(hour=8)),
        False,
        8,
    ),
)


def case(number: str) -> QueueCase | None:
    row = next((row for row in (*ROWS, OTHER) if row.number == number), None)
    if row is None:
        return None
    left, right = (
        {"name": row.left_name},
        {"name": row.right_name, "uscc": row.right[1], "phone_masked": "142****1234"},
    )
    others = (OTHER,) if number == "c1" else ()
    return QueueCase(row, explain(left, right, lexicon()), left, right, WAITING, WAITING, others)
