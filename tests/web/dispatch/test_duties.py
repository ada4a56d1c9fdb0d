"""Each person sees at first sight what is theirs: clues from the moment they are opened, and everything beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.web.accounts.duties import Duty, duties
from lookout.web.accounts.models import Agency, User
from lookout.web.cases.models import Case
from lookout.web.clues import services as clues
from lookout.web.clues.services import Found
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import Source
from lookout.web.companies.models import RatingReview
from lookout.web.complaints.models import Bundle, Complaint
from lookout.web.complaints.services import accept, receive
from lookout.web.dispatch import closing, deadlines, services
from lookout.web.dispatch.models import Deadline
from lookout.web.dispatch.rules import calendar, deadline_rules
from lookout.web.dispatch.selectors import my_work
from lookout.web.objections.models import AccessLetter, Objection
from tests.web.complaints.test_complaint_core import report
from tests.web.fake_reader import IN_TIANHE

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]
NOW = timezone.now()
DAY = timezone.localdate(NOW)
WARNED = Found(
    source=Source.MODEL,
    company="91440106MA5D000001",
    company_name="粤海财富管理有限公司",
    event_key="warning",
    band="red",
    region_business="440106",
)
JUDGED = {"band": "red", "activity_class": "", "summary": "", "advice": "", "secrecy": "internal"}


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Any) -> None:
    settings.LOOKOUT_HOME = tmp_path


def _running() -> list[str]:
    return sorted(Deadline.objects.filter(deadlines.RUNNING).values_list("event", flat=True))


def _of(user: User, now: Any = NOW) -> dict[str, int]:
    return {one.code: one.total for one in duties(user, now)}


def _duty(user: User, code: str, now: Any = NOW) -> Duty:
    return next(one for one in duties(user, now) if one.code == code)


# ---- clues ---------------------------------------------------------------------------------------
def test_the_clock_for_judging_runs_from_the_moment_a_clue_is_opened(cast: dict[str, User]) -> None:
    clue = clues.open_clue(None, WARNED, now=NOW)

    found = Deadline.objects.get()
    assert (found.event, found.owner.code) == ("judge", "gz-lead")
    assert found.due_at == deadline_rules()["judge"].due(calendar(), NOW, "red")
    task = my_work(cast["lin"], NOW).tasks[0]
    assert (task.step, task.due) == ("judge", found.due_at)
    services.triage(cast["lin"], clue, version=1, now=NOW, **JUDGED)
    found.refresh_from_db()
    assert (found.met_at, _running()) == (NOW, ["dispatch"])


def test_what_is_opened_closed_has_no_clock_and_what_is_merged_none_that_runs(cast: dict[str, User]) -> None:
    clues.open_clue(
        None, replace(WARNED, company=""), now=NOW, state=ClueState.DONE, outcome="watch",
        outcome_reason="旧账", closed_at=NOW,
    )  # fmt: skip
    assert _running() == []
    one = clues.open_clue(None, WARNED, now=NOW)
    other = clues.open_clue(None, replace(WARNED, company="91440106MA5D000002"), now=NOW)

    merged = closing.merge_clue(cast["lin"], one, other, version=1, reason="同一伙人", now=NOW)
    assert _running() == ["judge"]
    closing.unmerge_clue(cast["lin"], merged, version=merged.version, reason="不是", now=NOW)
    assert _running() == ["judge", "judge"]


def test_without_a_lead_office_a_clue_is_opened_all_the_same(db: None) -> None:
    clues.open_clue(None, WARNED, now=NOW)

    assert _running() == []


# ---- beside them ---------------------------------------------------------------------------------
def test_a_complaint_waits_for_the_office_nearest_to_it(cast: dict[str, User]) -> None:
    receive(report(region="440106"), now=NOW)
    receive(report(region="440115", code="ACDE-FGHJ-3467", text="另一处门店也在收钱，说保本"), now=NOW)

    assert _of(cast["wu"]) == {"complaints_received": 1}  # Tianhe has an office
    assert _of(cast["lin"]) == {"complaints_received": 1}  # Nansha has none
    assert _of(cast["zhao"]) == _of(cast["chen"]) == _of(cast["auditor"]) == {}


def test_a_complaint_that_waits_too_long_is_overdue_and_moves_on_with_its_state(
    cast: dict[str, User],
) -> None:
    made, _new = receive(report(region="440106"), now=NOW)
    due = calendar().end(NOW, 7, "working_days")

    assert _duty(cast["wu"], "complaints_received").due == due
    assert _duty(cast["wu"], "complaints_received").overdue == 0
    assert _duty(cast["wu"], "complaints_received", due + timedelta(days=2)).overdue == 1
    accept(cast["wu"], made, now=NOW)
    assert _of(cast["wu"]) == {"complaints_accepted": 1}


def test_what_looks_organised_an_objection_a_review_and_a_report_each_find_their_person(
    cast: dict[str, User],
) -> None:
    Bundle.objects.create(target_key="粤海", company_name="粤海", region="440106", opened_at=NOW)
    letter = AccessLetter.objects.create(
        company=IN_TIANHE.identifier, company_name="粤海", region="440106", code_digest="a", issued_at=NOW,
        issued_by=cast["chen"], expires_at=NOW + timedelta(days=9),
    )  # fmt: skip
    Objection.objects.create(letter=letter, form_key="1", fact="投诉", why="不是我们", received_at=NOW,
                             due_at=NOW + timedelta(days=1))  # fmt: skip
    RatingReview.objects.create(
        company=IN_TIANHE.identifier, company_name="粤海", region="440106", run_id="run-2", model_band="red",
        proposed_band="yellow", reason="已整改", expires_on=DAY + timedelta(days=9), proposed_by=cast["lin"],
        proposed_at=NOW,
    )  # fmt: skip
    Case.objects.create(
        number="44010620260001", name="粤海案", clue_source=Source.MODEL, company_name="粤海", lead_region="440106",
        agency=Agency.objects.get(code="gz-tianhe"), industry="investment", mode="理财", first_found_on=DAY,
        filed_on=DAY,
    )  # fmt: skip

    assert _of(cast["wu"]) == {"bundles": 1, "cases": 1}
    assert _of(cast["lin"]) == {"objections": 1}
    assert _of(cast["chen"]) == {"reviews": 1}  # who proposed cannot decide
    assert _of(cast["zhao"]) == {}
    assert _duty(cast["lin"], "objections", NOW + timedelta(days=2)).overdue == 1


def test_the_first_page_and_the_list_of_work_show_them(cast: dict[str, User], as_person: Sign) -> None:
    receive(report(region="440106"), now=NOW)
    assert Complaint.objects.count() == 1

    for name, expected in (("wu", True), ("zhao", False)):
        for address in (reverse("dashboards:today"), reverse("dispatch:work")):
            page = as_person(name).get(address).content.decode()
            assert ("受理举报" in page) is expected, (name, address)


def test_every_kind_of_work_leads_to_a_page_of_the_person(
    cast: dict[str, User], as_person: Sign, django_assert_max_num_queries: Any
) -> None:
    receive(report(region="440106"), now=NOW)
    for name in ("chen", "lin", "wu", "zhao"):
        with django_assert_max_num_queries(25):
            found = duties(cast[name], NOW)
        for duty in found:
            assert as_person(name).get(duty.address).status_code == 200
