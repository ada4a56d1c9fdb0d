"""A small home with two published runs, made once for all the tests that only read it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from lookout.kernel.clock import SHANGHAI, end_of_day
from lookout.kernel.identifiers import registration_check_digit
from lookout.pipeline import run
from tests.hub.facts.test_facts import ALPHA, BETA, complaint, registry
from tests.hub.hubs import deliver, wall

NAME = "广州众人通（集团）融资信息服务有限公司"
FORMER = "广州聚宝投资咨询有限公司"
OLD_CODE = "44010100001234" + registration_check_digit("44010100001234")


def clock() -> datetime:
    return datetime(2026, 11, 1, tzinfo=SHANGHAI)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    firms = [
        registry(ALPHA, NAME, former_names=FORMER, registration_no=OLD_CODE, region="440106"),
        registry(BETA, "温州乙有限公司"),
    ]
    deliver(home, "company", firms, wall(2026, 9, 1))
    tickets = [complaint(f"T{n}", NAME, date(2026, 8, 20), region="440106") for n in range(3)]
    deliver(home, "complaint_ticket", tickets, wall(2026, 9, 1))
    run(home, end_of_day(date(2026, 9, 2)), clock=clock)
    deliver(
        home,
        "complaint_ticket",
        [
            complaint("T9", NAME, date(2026, 9, 20), region="440106"),
            # Corrected since: first it named the company, now it has the code and another day.
            complaint("T0", NAME, date(2026, 8, 21), region="440106", target_uscc=ALPHA),
        ],
        wall(2026, 10, 1),
    )
    run(home, end_of_day(date(2026, 10, 2)), clock=clock)
    return home
