"""The life of a clue: what can be done when, by whom, and what cannot exist."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import Agency, User
from lookout.web.accounts.roles import Role
from lookout.web.audit.models import AuditEntry
from lookout.web.clues import services
from lookout.web.clues.access import access_clue, visible
from lookout.web.clues.following import follow_warnings
from lookout.web.clues.models import Clue
from lookout.web.clues.selectors import ClueFilter, list_clues, list_history, list_related
from lookout.web.clues.services import Found, NotNowError, StaleObjectError
from lookout.web.clues.states import OPEN, TRANSITIONS, ClueState, Verb, after, allowed
from lookout.web.clues.words import Element, Source

NOW = timezone.now()
WARNED = Found(
    source=Source.MODEL,
    company_name="粤海财富管理有限公司",
    company="91440106MA5D000001",
    event_key=services.MODEL_EVENT,
    band="orange",
    score=Decimal("71.25"),
    coverage=0.6,
    run_id="run-1",
    hit_rules=("宣称年化收益率20%",),
    region_registered="440106",
    region_business="440106",
)
TRIAGE: dict[str, Any] = {
    "band": "red",
    "activity_class": "illegal_deposit",
    "summary": "承诺保本",
    "advice": "现场检查",
    "secrecy": "internal",
}


@pytest.fixture
def clue(cast: dict[str, User]) -> Clue:
    return services.open_clue(None, WARNED, now=NOW)


def _in_hand(clue: Clue, by: User) -> Clue:
    judged = services.triage(by, clue, version=clue.version, now=NOW, **TRIAGE)
    owner = Agency.objects.get(code="gz-tianhe")
    return services.advance(by, judged, Verb.DISPATCH, owner=owner)


def _closed(clue: Clue, by: User, **more: Any) -> Clue:
    judged = services.triage(by, clue, version=clue.version, now=NOW, **TRIAGE)
    return services.close(
        by, judged, version=judged.version, now=NOW, outcome="excluded", outcome_reason="无此业务", **more
    )


# ---- the table of states -------------------------------------------------------------------------
def test_every_state_can_be_reached_and_only_merged_clues_have_no_step() -> None:
    reached = {ClueState.NEW} | set(TRANSITIONS.values())

    assert reached == set(ClueState)
    assert [state for state in ClueState if not allowed(state)] == [ClueState.MERGED]


def test_an_outcome_always_leads_into_monitoring() -> None:
    assert {target for (_at, verb), target in TRANSITIONS.items() if verb is Verb.CLOSE} == {
        ClueState.MONITORING
    }


@pytest.mark.parametrize(
    ("verb", "state"), [(verb, state) for verb in Verb for state in ClueState if after(state, verb) is None]
)
def test_a_step_that_the_table_does_not_allow_is_refused_and_changes_nothing(
    clue: Clue, cast: dict[str, User], state: ClueState, verb: Verb
) -> None:
    values: dict[str, Any] = {"state": state, "owner": Agency.objects.all()[0]}
    if state in (ClueState.MONITORING, ClueState.DONE):
        values |= {"outcome": "watch", "closed_at": NOW}
    if state is ClueState.MERGED:
        values["merged_into"] = services.open_clue(None, replace(WARNED, company="另一家"), now=NOW)
    Clue.objects.filter(pk=clue.pk).update(**values)

    with pytest.raises(NotNowError):
        services.advance(cast["chen"], clue, verb)
    assert Clue.objects.get(pk=clue.pk).state == state


# ---- what cannot exist ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "values",
    [
        {"state": "monitoring"},
        {"state": "done", "outcome": "watch"},
        {"state": "handling"},
        {"state": "merged"},
    ],
    ids=["closed without outcome", "closed without time", "in hand without owner", "merged into nothing"],
)
def test_the_database_refuses_what_cannot_exist(clue: Clue, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Clue.objects.filter(pk=clue.pk).update(**values)


def test_a_company_has_one_open_clue_for_an_event(clue: Clue) -> None:
    with pytest.raises(DataError, match=clue.number):
        services.open_clue(None, WARNED, now=NOW)
    services.open_clue(None, replace(WARNED, event_key="complaint:1"), now=NOW)

    assert Clue.objects.count() == 2


def test_numbers_are_region_day_and_counter(clue: Clue) -> None:
    second = services.open_clue(None, replace(WARNED, company="另一家"), now=NOW)

    day = f"{timezone.localdate(NOW):%Y%m%d}"
    assert [clue.number, second.number] == [f"440106{day}0001", f"440106{day}0002"]


# ---- two people ----------------------------------------------------------------------------------
def test_of_two_people_who_close_at_once_the_second_is_told(clue: Clue, cast: dict[str, User]) -> None:
    seen = services.triage(cast["lin"], clue, version=1, now=NOW, **TRIAGE).version
    done = {"now": NOW, "outcome": "watch", "outcome_reason": "已整改"}
    services.close(cast["lin"], clue, version=seen, **done)

    with pytest.raises(StaleObjectError, match="别人刚刚改过"):
        services.close(cast["chen"], clue, version=seen, **done)
    assert AuditEntry.objects.filter(verb="clue_close").count() == 1


# ---- warnings ------------------------------------------------------------------------------------
def test_a_warning_opens_a_clue_once_whatever_how_often_it_is_followed(cast: dict[str, User]) -> None:
    first = follow_warnings([WARNED], now=NOW)
    again = follow_warnings([WARNED], now=NOW)

    assert (first["opened"], again["unchanged"]) == (1, 1)
    assert Clue.objects.get().elements.count() == len(Element)


def test_a_severer_warning_raises_the_open_clue_and_a_milder_one_does_not_lower_it(clue: Clue) -> None:
    follow_warnings([replace(WARNED, run_id="run-2", band="yellow")], now=NOW)
    assert Clue.objects.get().band == "orange"

    follow_warnings([replace(WARNED, run_id="run-3", band="red", score=Decimal("88.00"))], now=NOW)

    raised = Clue.objects.get()
    assert (raised.band, raised.score, raised.run_id) == ("red", Decimal("88.00"), "run-3")
    assert AuditEntry.objects.get(verb="clue_raise").before["band"] == "orange"


STIRS = {  # how the next run differs from the day of closing (orange, 71.25) → does the clue start again
    "nothing moved": ({}, False),
    "the score fell": ({"score": Decimal("65.00")}, False),
    "a lower level": ({"band": "yellow", "score": Decimal("90.00")}, False),
    "a higher score": ({"score": Decimal("71.26")}, True),
    "a higher level": ({"band": "red"}, True),
    "the warning had gone in between": ({"is_back": True}, True),
    "the run it was closed in": ({"run_id": "run-1", "band": "red"}, False),
}


@pytest.mark.parametrize("name", STIRS)
def test_a_closed_clue_starts_again_when_its_company_stirs_and_not_for_what_was_known(
    name: str, clue: Clue, cast: dict[str, User]
) -> None:
    _closed(clue, cast["chen"], rated=("orange", Decimal("71.25")))
    changes, starts = STIRS[name]

    counts = follow_warnings([replace(WARNED, **{"run_id": "run-2", **changes})], now=NOW)

    now = Clue.objects.get()
    assert counts["reopened"] == int(starts)
    assert now.state == (ClueState.REOPENED if starts else ClueState.MONITORING)
    if starts:
        assert (now.reopened_times, now.outcome, now.closing_score) == (1, "", None)
        assert AuditEntry.objects.get(verb="clue_reopen").before["outcome"] == "excluded"


def test_a_run_that_changes_nothing_costs_one_question_for_all_its_warnings(
    cast: dict[str, User], django_assert_num_queries: Any
) -> None:
    warned = [replace(WARNED, company=f"company-{number}") for number in range(20)]
    follow_warnings(warned, now=NOW)

    with django_assert_num_queries(1):
        follow_warnings([replace(one, run_id="run-2") for one in warned], now=NOW)


def test_a_warning_of_a_company_whose_clue_went_into_an_open_one_opens_no_other(
    clue: Clue, cast: dict[str, User]
) -> None:
    other = services.open_clue(None, replace(WARNED, company="另一家"), now=NOW)
    services.merge(cast["chen"], clue, other, version=1, reason="同一项目")

    assert follow_warnings([replace(WARNED, run_id="run-2")], now=NOW)["unchanged"] == 1


# ---- merging -------------------------------------------------------------------------------------
def test_merging_can_be_undone(clue: Clue, cast: dict[str, User]) -> None:
    other = services.open_clue(None, replace(WARNED, company="另一家"), now=NOW)

    merged = services.merge(cast["chen"], clue, other, version=1, reason="同一项目")
    assert (merged.state, merged.merged_into) == (ClueState.MERGED, other)
    again = services.unmerge(cast["chen"], merged, version=merged.version, reason="不是同一项目")

    assert (again.state, again.merged_into) == (ClueState.NEW, None)


def test_a_clue_is_not_taken_out_while_its_company_has_another_open_one(
    clue: Clue, cast: dict[str, User]
) -> None:
    other = services.open_clue(None, replace(WARNED, company="另一家"), now=NOW)
    merged = services.merge(cast["chen"], clue, other, version=1, reason="同一项目")
    twin = services.open_clue(None, WARNED, now=NOW)

    with pytest.raises(DataError, match=twin.number):
        services.unmerge(cast["chen"], merged, version=merged.version, reason="拆出")


# ---- who sees what -------------------------------------------------------------------------------
PEOPLE = {
    "chen": True,
    "lin": True,
    "wu": True,
    "zhao": False,
    "auditor": False,
    "system": False,
    "security": False,
}


@pytest.mark.parametrize(("name", "sees"), PEOPLE.items())
def test_a_clue_is_seen_by_those_above_and_at_its_place(
    clue: Clue, cast: dict[str, User], name: str, sees: bool
) -> None:
    assert visible(cast[name]).exists() is sees
    assert list_clues(cast[name], ClueFilter(text=clue.number)).exists() is sees
    assert list_related(cast[name], company=clue.company, company_name="").exists() is sees
    if not sees:
        with pytest.raises(Http404):
            access_clue(cast[name], clue.number)


def test_a_sealed_clue_is_seen_by_the_province_and_by_whom_it_was_sent_to(
    clue: Clue, cast: dict[str, User]
) -> None:
    Clue.objects.filter(pk=clue.pk).update(secrecy="sealed")
    assert [name for name in PEOPLE if visible(cast[name]).exists()] == ["chen"]

    clue.agencies.add(Agency.objects.get(code="sz-nanshan"))

    assert [name for name in PEOPLE if visible(cast[name]).exists()] == ["chen", "zhao"]


@pytest.mark.parametrize(
    ("role", "outcome", "handed", "sees"),
    [
        (Role.POLICE_LIAISON, "", False, False),
        (Role.POLICE_LIAISON, "transferred", False, True),
        (Role.MARKET_REGULATOR, "transferred", False, False),
        (Role.MARKET_REGULATOR, "", True, True),
        (Role.LEGAL_REVIEWER, "", True, True),
        (Role.GRID_MEMBER, "", True, False),
    ],
)
def test_other_offices_see_what_was_handed_to_them(
    clue: Clue, role: Role, outcome: str, handed: bool, sees: bool
) -> None:
    agency = Agency.objects.get(code="gz-tianhe-police")
    user = User.objects.create(username="x", role=role, region="440106", agency=agency)
    Clue.objects.filter(pk=clue.pk).update(outcome=outcome)
    if handed:
        clue.agencies.add(agency)

    assert visible(user).exists() is sees


def test_a_person_without_region_or_agency_sees_nothing(clue: Clue) -> None:
    for role in Role:
        user = User.objects.create(username=f"no-{role.value}", role=role)
        assert not visible(user).exists()


# ---- history -------------------------------------------------------------------------------------
def test_everything_done_to_a_clue_is_in_its_history(clue: Clue, cast: dict[str, User]) -> None:
    services.judge_element(
        cast["wu"], clue, Element.INDUCEMENT, verdict="shown", note="合同写明年化20%", now=NOW
    )
    added = services.add_evidence(cast["wu"], clue, title="宣传单", now=NOW, element="open_promotion")
    services.withdraw_evidence(cast["wu"], added, reason="传错", now=NOW)
    _closed(clue, cast["chen"])

    assert [entry.verb for entry in list_history(clue)] == [
        "clue_open",
        "clue_judge_element",
        "clue_add_evidence",
        "clue_withdraw_evidence",
        "clue_triage",
        "clue_close",
    ]


def test_open_clues_are_those_somebody_must_still_do_something_about(
    clue: Clue, cast: dict[str, User]
) -> None:
    in_hand = _in_hand(clue, cast["chen"])
    assert in_hand.state in OPEN
    assert list_clues(cast["wu"], ClueFilter(state="open")).count() == 1

    services.close(
        cast["chen"], in_hand, version=in_hand.version, now=NOW, outcome="watch", outcome_reason="已整改"
    )

    assert not list_clues(cast["wu"], ClueFilter(state="open")).exists()
