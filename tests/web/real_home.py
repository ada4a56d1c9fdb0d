"""A small home with one published run, for tests in which a complaint really moves a score."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from lookout.kernel.clock import SHANGHAI, end_of_day
from lookout.pipeline import run
from tests.hub.facts.test_facts import ALPHA, complaint, registry
from tests.hub.hubs import deliver, wall

FIRM, NAME = ALPHA, "广州安心融资信息服务有限公司"
RUN_DAY = date(2026, 10, 2)
NOON = datetime(2026, 10, 3, 12, tzinfo=SHANGHAI)


def make_rated(home: Path) -> Path:
    """Rate one company of Tianhe that has had a complaint or two."""
    early = wall(2026, 9, 1)
    firm = registry(FIRM, NAME, organization_type="wealth_consulting", region="440106")
    deliver(home, "company", [firm], early)
    known = [complaint(f"T{n}", NAME, date(2026, 8, 20), region="440106") for n in range(2)]
    deliver(home, "complaint_ticket", known, early)
    run(home, end_of_day(RUN_DAY), clock=lambda: NOON)
    return home
