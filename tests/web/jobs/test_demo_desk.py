"""The desk of a demonstration is furnished once, through the same doors as people's work, and leaves no page empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.web.accounts.duties import duties
from lookout.web.accounts.models import User
from lookout.web.audit.selectors import check_wholeness
from lookout.web.cases.models import Case, Report
from lookout.web.cases.words import ReportState
from lookout.web.clues.models import Clue
from lookout.web.clues.opening import follow_published
from lookout.web.complaints.models import Complaint
from lookout.web.dispatch.selectors import my_work
from lookout.web.jobs.demo_desk import furnish

NOW = timezone.now()


@pytest.fixture
def furnished(cast: dict[str, User], settings: Any, tmp_path: Any) -> dict[str, User]:
    settings.LOOKOUT_HOME = tmp_path
    follow_published(NOW)
    assert furnish(NOW)
    return cast


def test_a_desk_is_furnished_once_and_its_record_holds(furnished: dict[str, User]) -> None:
    counts = [model.objects.count() for model in (Case, Complaint, Clue, Report)]

    assert not furnish(NOW)
    assert [model.objects.count() for model in (Case, Complaint, Clue, Report)] == counts
    assert all(counts)
    assert {ReportState.REVIEWED, ReportState.SUBMITTED} <= set(
        Report.objects.values_list("state", flat=True)
    )
    assert check_wholeness().is_whole


def test_everybody_has_something_to_do_and_no_page_is_empty(
    furnished: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    for name in ("chen", "lin", "wu", "zhao"):
        assert my_work(furnished[name], NOW).total or duties(furnished[name], NOW), name
    pages = {
        "cases:list": "非法集资案",
        "cases:reports": "月报",
        "complaints:list": "集资、投资理财",
        "complaints:notices": "责令停止",
        "companies:reviews": "等复核",
        "objections:list": "行政处罚",
        "clues:list": "天河区",
    }
    for address, told in pages.items():
        assert told in as_person("lin").get(reverse(address)).content.decode(), address
