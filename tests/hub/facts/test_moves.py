"""Facts that stand with another company: mergers of companies pass claims and debts on, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lookout.contracts import contracts
from tests.hub.facts.test_facts import ALPHA, BETA, EARLY, LATE, complaint, fold_all, registry, visible_rows
from tests.hub.hubs import deliver

GAMMA = "9144030071526726XG"
SHED, KEPT = "深圳丙投资有限公司", "广州甲有限公司"
COMPLAINTS = (
    "SELECT company_key, count(*) AS n FROM complaint_ticket GROUP BY company_key ORDER BY company_key"
)


def merger(number: str, absorbed: str, successor: str, on: date = date(2026, 9, 20)) -> dict[str, Any]:
    return {
        "merger_id": number,
        "uscc": absorbed,
        "kind": "absorbed",
        "successor_uscc": successor,
        "merged_on": on,
    }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """ALPHA (1) is clean; BETA (2) has two complaints, one by name."""
    deliver(tmp_path, "company", [registry(ALPHA, KEPT), registry(BETA, SHED)], EARLY)
    tickets = [complaint("T1", SHED), complaint("T2", SHED, target_uscc=BETA)]
    deliver(tmp_path, "complaint_ticket", tickets, EARLY)
    return tmp_path


def test_complaints_about_an_absorbed_company_are_the_successors(home: Path) -> None:
    deliver(home, "company_merger", [merger("M1", BETA, ALPHA)], LATE)
    fold_all(home)

    assert visible_rows(home, COMPLAINTS, EARLY) == [{"company_key": 2, "n": 2}]
    assert visible_rows(home, COMPLAINTS, LATE) == [{"company_key": 1, "n": 2}]


def test_what_the_absorbed_company_was_stays_with_it(home: Path) -> None:
    deliver(home, "company_merger", [merger("M1", BETA, ALPHA)], LATE)
    fold_all(home)

    registered = visible_rows(home, "SELECT company_key, name FROM company ORDER BY company_key")

    assert registered == [{"company_key": 1, "name": KEPT}, {"company_key": 2, "name": SHED}]
    assert not contracts()["company"].passes_to_successor


def test_a_chain_of_mergers_ends_at_the_last_company(home: Path) -> None:
    deliver(home, "company", [registry(GAMMA, "深圳丁有限公司")], EARLY)
    mergers = [merger("M1", BETA, ALPHA), merger("M2", ALPHA, GAMMA, date(2026, 9, 25))]
    deliver(home, "company_merger", mergers, LATE)
    fold_all(home)

    assert visible_rows(home, COMPLAINTS) == [{"company_key": 3, "n": 2}]


def test_companies_absorbed_in_a_circle_keep_what_is_theirs(home: Path) -> None:
    mergers = [merger("M1", BETA, ALPHA), merger("M2", ALPHA, BETA)]
    deliver(home, "company_merger", mergers, LATE)
    fold_all(home)

    assert visible_rows(home, COMPLAINTS) == [{"company_key": 2, "n": 2}]


def test_a_case_both_companies_report_counts_once_after_the_merger(home: Path) -> None:
    case = {
        "case_no": "（2026）粤0106民初1号",
        "role": "defendant",
        "case_type": "civil",
        "filed_on": date(2026, 7, 1),
    }
    deliver(home, "justice_case", [{**case, "uscc": BETA, "company_name": SHED, "claim_yuan": 1}], EARLY)
    deliver(home, "justice_case", [{**case, "uscc": ALPHA, "company_name": KEPT, "claim_yuan": 2}], LATE)
    deliver(home, "company_merger", [merger("M1", BETA, ALPHA)], LATE)
    fold_all(home)

    rows = visible_rows(home, "SELECT company_key, claim_yuan FROM justice_case")

    assert rows == [{"company_key": 1, "claim_yuan": 2}]
