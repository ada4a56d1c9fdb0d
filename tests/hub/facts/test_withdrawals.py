"""Withdrawn batches: gone from their instant on, seen before it, and what others also said stays known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lookout.contracts import contracts
from lookout.hub.facts import Facts, Visible, known_batches, open_views, withdrawn_numbers
from lookout.hub.facts.coverage import fresh_declarations
from lookout.hub.landing import list_batches, withdraw
from lookout.hub.store import DuckDBStore
from tests.hub.facts.test_facts import ALPHA, EARLY, LATE, complaint, fold_all, registry
from tests.hub.hubs import deliver, wall

NAME = "广州甲有限公司"
GONE, LATER = wall(2026, 10, 5), wall(2026, 10, 6)
COMPLAINTS = "SELECT ticket_no FROM complaint_ticket ORDER BY ticket_no"


def seen_at(home: Path, sql: str, moment: Any) -> list[Any]:
    store = DuckDBStore()
    visible = Visible(moment, withdrawn=withdrawn_numbers(list_batches(home), moment))
    open_views(store, home, Facts.read(home), contracts(), visible)
    rows = store.query(sql).column(0).to_pylist()
    store.close()
    return list(rows)


def test_a_withdrawn_correction_brings_the_earlier_version_back(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, NAME)], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", NAME, state="accepted")], EARLY)
    deliver(
        tmp_path, "complaint_ticket", [complaint("T1", NAME, state="closed"), complaint("T2", NAME)], LATE
    )
    withdraw(tmp_path, 3, at=GONE, by="李工", reason="报错表")
    fold_all(tmp_path)
    state = "SELECT state FROM complaint_ticket WHERE ticket_no = 'T1'"

    assert seen_at(tmp_path, COMPLAINTS, LATE) == ["T1", "T2"]
    assert seen_at(tmp_path, state, LATE) == ["closed"]
    assert seen_at(tmp_path, COMPLAINTS, LATER) == ["T1"]
    assert seen_at(tmp_path, state, LATER) == ["accepted"]


def test_a_name_learned_only_from_a_withdrawn_batch_no_longer_resolves(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, NAME)], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", NAME)], EARLY)
    withdraw(tmp_path, 1, at=GONE, by="李工", reason="报错表")
    fold_all(tmp_path)

    assert seen_at(tmp_path, COMPLAINTS, LATE) == ["T1"]
    assert seen_at(tmp_path, COMPLAINTS, LATER) == []


def test_a_name_another_batch_also_gave_still_resolves(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, NAME)], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", NAME)], EARLY)
    deliver(tmp_path, "company", [registry(ALPHA, NAME, address="新址")], LATE)
    fold_all(tmp_path)
    withdraw(tmp_path, 1, at=GONE, by="李工", reason="报错表")
    fold_all(tmp_path)

    assert seen_at(tmp_path, COMPLAINTS, LATER) == ["T1"]
    assert seen_at(tmp_path, "SELECT identifier FROM company_universe", LATER) == [ALPHA]


def test_a_withdrawn_batch_declares_no_coverage(tmp_path: Path) -> None:
    deliver(tmp_path, "complaint_ticket", [complaint("T1", NAME)], LATE)
    withdraw(tmp_path, 1, at=GONE, by="李工", reason="报错表")
    batches = list_batches(tmp_path)

    def declared(moment: Any) -> set[str]:
        return set(fresh_declarations(known_batches(batches, moment), contracts(), moment))

    assert declared(LATE) == {"complaint_ticket"}
    assert declared(LATER) == set()
