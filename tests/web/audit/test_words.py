"""The record is read by auditors: fields, states and instants are written in their words."""

from __future__ import annotations

from collections.abc import Mapping

from lookout.web.audit.models import AuditEntry
from lookout.web.audit.words import changed_values


def _entry(
    verb: str, object_type: str, before: Mapping[str, object], after: Mapping[str, object]
) -> AuditEntry:
    return AuditEntry(verb=verb, object_type=object_type, before=before, after=after)


def test_a_change_is_told_in_words() -> None:
    before = {"state": "monitoring", "closed_at": "2026-11-22T13:18:47+00:00", "outcome": "admin"}
    after = {"state": "reopened", "closed_at": None, "outcome": ""}

    assert changed_values(_entry("clue_reopen", "clues.clue", before, after)) == [
        ("状态", "已办结，再监测", "重新启动"),
        ("办结时间", "2026-11-22 21:18", "—"),
        ("核查结果", "行政处置", "—"),
    ]


def test_a_step_on_an_order_tells_the_state_of_the_order() -> None:
    entry = _entry("order_accept", "clues.clue", {"state": "sent"}, {"order": 7, "state": "accepted"})

    assert changed_values(entry) == [("状态", "待签收", "已签收"), ("分派单", "—", "7")]


def test_what_has_no_word_is_written_as_it_stands() -> None:
    told = {"queries": ["a", "b"], "whole": True, "since": "2026-11-25T15:59:59+00:00"}

    assert changed_values(_entry("export_clues", "no.model", {}, told)) == [
        ("queries", "", "a、b"),
        ("whole", "", "是"),
        ("since", "", "2026-11-25 23:59"),
    ]
