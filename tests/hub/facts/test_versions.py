"""One fact sent twice, under a name and with its code: it counts once, whatever its key holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lookout.contracts import contracts
from lookout.hub.facts import Facts, Visible, open_views, unresolved
from lookout.hub.store import DuckDBStore
from tests.hub.facts.test_facts import (
    ALPHA,
    BETA,
    EARLY,
    FULL,
    LATE,
    complaint,
    fold_all,
    registry,
    visible_rows,
)
from tests.hub.hubs import deliver

NAME = "广州甲有限公司"
CASES = "SELECT claim_yuan FROM justice_case ORDER BY claim_yuan"


def case(claim: int, **subject: Any) -> dict[str, Any]:
    return {
        "case_no": "（2026）粤0106民初1号",
        "role": "defendant",
        "case_type": "civil",
        "filed_on": date(2026, 7, 1),
        "claim_yuan": claim,
        "company_name": NAME,
        **subject,
    }


def unresolved_rows(home: Path) -> list[tuple[str, int]]:
    store = DuckDBStore()
    facts = Facts.read(home)
    open_views(store, home, facts, contracts(), Visible(FULL))
    found = unresolved(store, facts, contracts(), Visible(FULL)).to_pylist()
    return [(row["value"], row["rows"]) for row in found]


@pytest.mark.parametrize("code_first", [False, True])
@pytest.mark.parametrize("folds", [1, 2])
def test_a_case_sent_by_name_and_by_code_counts_once_and_the_newest_holds(
    tmp_path: Path, code_first: bool, folds: int
) -> None:
    by_name, by_code = case(1), case(2, uscc=ALPHA)
    first, second = (by_code, by_name) if code_first else (by_name, by_code)
    deliver(tmp_path, "company", [registry(ALPHA, NAME)], EARLY)
    deliver(tmp_path, "justice_case", [first], EARLY)
    if folds == 2:
        fold_all(tmp_path)
    deliver(tmp_path, "justice_case", [second], LATE)
    fold_all(tmp_path)

    assert visible_rows(tmp_path, CASES, EARLY) == [{"claim_yuan": first["claim_yuan"]}]
    assert visible_rows(tmp_path, CASES, LATE) == [{"claim_yuan": second["claim_yuan"]}]


def test_a_case_under_the_former_and_the_new_name_counts_once(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, NAME, former_names="广州旧名有限公司")], EARLY)
    deliver(tmp_path, "justice_case", [case(1, company_name="广州旧名有限公司")], EARLY)
    deliver(tmp_path, "justice_case", [case(2)], LATE)
    fold_all(tmp_path)

    assert visible_rows(tmp_path, CASES) == [{"claim_yuan": 2}]


def test_before_the_name_was_known_the_two_were_not_one_fact(tmp_path: Path) -> None:
    deliver(tmp_path, "justice_case", [case(1, uscc=ALPHA)], EARLY)
    deliver(tmp_path, "justice_case", [case(2)], EARLY)
    deliver(tmp_path, "company", [registry(ALPHA, NAME)], LATE)
    fold_all(tmp_path)

    assert visible_rows(tmp_path, CASES, EARLY) == [{"claim_yuan": 1}]
    assert visible_rows(tmp_path, CASES, LATE) == [{"claim_yuan": 2}]


def test_another_company_of_another_name_is_not_touched(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, NAME), registry(BETA, "温州乙有限公司")], EARLY)
    deliver(tmp_path, "justice_case", [case(1), case(2, uscc=BETA, company_name="温州乙有限公司")], EARLY)
    fold_all(tmp_path)

    assert visible_rows(tmp_path, CASES) == [{"claim_yuan": 1}, {"claim_yuan": 2}]


def test_unresolved_subjects_are_counted_by_their_newest_versions(tmp_path: Path) -> None:
    for state in ("accepted", "handling", "closed"):
        deliver(tmp_path, "complaint_ticket", [complaint("T1", "无名", state=state)], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T2", "无名")], EARLY)
    fold_all(tmp_path)

    assert unresolved_rows(tmp_path) == [("无名", 2)]


def test_a_subject_whose_newer_version_brings_the_code_is_no_longer_unresolved(tmp_path: Path) -> None:
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "无名")], EARLY)
    deliver(tmp_path, "company", [registry(ALPHA, NAME)], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "无名", target_uscc=ALPHA)], LATE)
    fold_all(tmp_path)

    assert unresolved_rows(tmp_path) == []
