"""What time must do is done once, in its time, and a failure keeps nothing else back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lookout.web.accounts.models import User
from lookout.web.clues import services as clues
from lookout.web.clues.models import Clue
from lookout.web.clues.services import Found
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import Source
from lookout.web.dispatch import closing, services
from lookout.web.dispatch.jobs import check_effects, effect, escalate, remind
from lookout.web.dispatch.models import Deadline, EffectCheck
from lookout.web.jobs import services as jobs
from lookout.web.jobs.models import JobRun
from lookout.web.notices.models import Notice
from tests.web.fake_reader import IN_TIANHE

NOW = timezone.now()
JUDGED = {"band": "red", "activity_class": "", "summary": "", "advice": "", "secrecy": "internal"}
counts = st.none() | st.integers(0, 5)
scores = st.none() | st.decimals(0, 100, places=2)


@pytest.fixture
def judged(cast: dict[str, User]) -> Clue:
    found = Found(
        source=Source.MODEL,
        company_name="粤海",
        company=IN_TIANHE.identifier,
        event_key="warning",
        band="red",
        score=Decimal("100.00"),
        region_business="440106",
    )
    return services.triage(cast["lin"], clues.open_clue(None, found, now=NOW), version=1, now=NOW, **JUDGED)


def test_a_deadline_is_reminded_once_and_pushed_up_once(judged: Clue, cast: dict[str, User]) -> None:
    due = Deadline.objects.get(event="dispatch").due_at

    assert [remind(due - timedelta(hours=1)), remind(due - timedelta(hours=1))] == [1, 0]
    assert [escalate(due - timedelta(hours=1)), escalate(due), escalate(due)] == [0, 1, 0]
    assert {one.kind for one in Notice.objects.filter(person=cast["lin"])} == {"deadline", "overdue"}


def test_effects_are_computed_when_due_and_the_last_one_finishes_the_clue(
    judged: Clue, cast: dict[str, User]
) -> None:
    closing.close_clue(
        cast["lin"], judged, version=judged.version, outcome="watch", outcome_reason="已整改", now=NOW
    )
    assert check_effects(NOW) == 0

    assert check_effects(NOW + timedelta(days=30)) == 1
    first = EffectCheck.objects.get(days=30)
    assert first.score_now == IN_TIANHE.score
    assert first.effect is not None
    assert Clue.objects.get().state == ClueState.MONITORING
    assert check_effects(NOW + timedelta(days=181)) == 2
    assert Clue.objects.get().state == ClueState.DONE


def test_an_effect_weighs_what_is_known() -> None:
    everything = {"new_complaints": 0, "adverts_online": 0, "new_companies": 0}

    assert effect(score_then=Decimal(90), score_now=Decimal(50), **everything) == Decimal("1.000")
    assert effect(score_then=Decimal(90), score_now=Decimal(70), **everything) == Decimal("0.800")
    only_complaints = {"new_complaints": 2, "adverts_online": None, "new_companies": None}
    assert effect(score_then=None, score_now=None, **only_complaints) == Decimal("0.000")
    nothing = dict.fromkeys(everything)
    assert effect(score_then=None, score_now=Decimal(1), **nothing) is None


@given(scores, scores, counts, counts, counts)
def test_an_effect_is_a_share_and_more_trouble_never_raises_it(
    then: Decimal | None,
    now: Decimal | None,
    complaints: int | None,
    adverts: int | None,
    phoenix: int | None,
) -> None:
    one = effect(
        score_then=then,
        score_now=now,
        new_complaints=complaints,
        adverts_online=adverts,
        new_companies=phoenix,
    )
    assert one is None or 0 <= one <= 1
    if complaints is not None and one is not None:
        worse = effect(
            score_then=then, score_now=now, new_complaints=9, adverts_online=adverts, new_companies=phoenix
        )
        assert worse is not None
        assert worse <= one


def test_a_job_that_fails_keeps_no_other_back_and_is_tried_again(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    def broken(now: Any) -> int:
        raise OSError("disk full")

    def fine(now: Any) -> int:
        ran.append(now)
        return 3

    day = timedelta(days=1)
    monkeypatch.setattr(jobs, "JOBS", (jobs.Job("a", "甲", day, broken), jobs.Job("b", "乙", day, fine)))

    jobs.tick(NOW)
    jobs.tick(NOW + timedelta(hours=1))

    assert ran == [NOW]
    assert JobRun.objects.get(name="a").error == "OSError: disk full"
    assert JobRun.objects.get(name="b").done == 3
    late = jobs.lateness(NOW + timedelta(hours=1))
    assert late is not None
    assert late.failed == ("甲",)


def test_the_desk_knows_when_time_has_not_been_kept(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "JOBS", (jobs.Job("b", "乙", timedelta(0), lambda now: 0),))
    assert jobs.lateness(NOW) == jobs.Lateness(None, ())

    jobs.tick(NOW)

    assert jobs.lateness(NOW + timedelta(hours=23)) is None
    assert jobs.lateness(NOW + timedelta(days=2)) == jobs.Lateness(NOW, ())


def test_the_people_who_handle_clues_are_told_that_time_has_not_been_kept(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    chen = as_person("chen")
    assert "定时任务" in chen.get(reverse("clues:list")).content.decode()

    jobs.tick(timezone.now())

    assert "定时任务" not in chen.get(reverse("clues:list")).content.decode()
