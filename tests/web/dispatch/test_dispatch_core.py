"""From sending to closing: each step in its time, by the right person, and never half done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import Agency, User
from lookout.web.attachments.services import store
from lookout.web.audit.models import AuditEntry
from lookout.web.audit.selectors import check_wholeness
from lookout.web.clues import services as clues
from lookout.web.clues.models import Clue
from lookout.web.clues.services import Found, NotNowError, StaleObjectError
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import Source
from lookout.web.dispatch import closing, deadlines, onsite, services
from lookout.web.dispatch.access import access_order, may_carry_out, may_review
from lookout.web.dispatch.models import Deadline, DispatchOrder, EffectCheck
from lookout.web.dispatch.onsite import VisitForm
from lookout.web.dispatch.states import OPEN, TRANSITIONS, OrderState, OrderVerb, after, allowed
from lookout.web.notices.models import Notice

NOW = timezone.now()
LATER = NOW + timedelta(hours=3)
WARNED = Found(
    source=Source.MODEL,
    company_name="粤海财富管理有限公司",
    company="91440106MA5D000001",
    event_key="warning",
    band="red",
    score=Decimal("88.00"),
    region_registered="440106",
    region_business="440106",
)
JUDGED = {"band": "red", "activity_class": "", "summary": "", "advice": "", "secrecy": "internal"}
OFFICERS = ({"name": "吴健", "card": "粤A001"}, {"name": "何平", "card": "粤A002"})
SEEN = VisitForm(
    at=NOW, place="天河路 1 号", officers=OFFICERS, finding="soliciting", checklist={}, form_key="f1"
)


@pytest.fixture
def judged(cast: dict[str, User]) -> Clue:
    clue = clues.open_clue(None, WARNED, now=NOW)
    return services.triage(cast["lin"], clue, version=1, now=NOW, **JUDGED)


@pytest.fixture
def order(judged: Clue, cast: dict[str, User]) -> DispatchOrder:
    return services.dispatch(cast["lin"], judged, _agency("gz-tianhe"), now=NOW, version=judged.version)


def _agency(code: str) -> Agency:
    return Agency.objects.get(code=code)


def _verifying(order: DispatchOrder, by: User) -> DispatchOrder:
    accepted = services.accept(by, order, version=order.version, now=NOW)
    return services.start(by, accepted, version=accepted.version)


def _reported(order: DispatchOrder, by: User) -> DispatchOrder:
    working = _verifying(order, by)
    onsite.visit(by, working, SEEN, [], now=NOW)
    return services.report(
        by, working, version=working.version, text="在揽客", proposed_outcome="admin", now=LATER
    )


def _running() -> dict[str, str]:
    return {one.event: one.owner.code for one in Deadline.objects.filter(deadlines.RUNNING)}


def test_every_state_of_an_order_can_be_reached() -> None:
    assert {OrderState.SENT} | set(TRANSITIONS.values()) == set(OrderState)
    assert [state for state in OrderState if not allowed(state)] == [
        OrderState.RETURNED,
        OrderState.APPROVED,
        OrderState.WITHDRAWN,
    ]


def test_a_judged_clue_must_be_sent_by_the_lead_department_above_its_place(judged: Clue) -> None:
    assert _running() == {"dispatch": "gz-lead"}


def test_sending_gives_the_agency_its_deadlines_and_tells_its_people(
    order: DispatchOrder, cast: dict[str, User]
) -> None:
    assert _running() == dict.fromkeys(("accept", "first_visit", "conclude"), "gz-tianhe")
    assert [one.person for one in Notice.objects.all()] == [cast["wu"]]
    assert order.clue.state == ClueState.HANDLING
    assert order.clue.owner == _agency("gz-tianhe")


def test_the_whole_way_to_the_end_leaves_no_deadline_and_no_clue_without_outcome(
    order: DispatchOrder, cast: dict[str, User]
) -> None:
    wu, lin = cast["wu"], cast["lin"]
    reported = _reported(order, wu)
    assert _running() == {"review": "gz-lead"}
    services.approve(lin, reported, version=reported.version, note="同意", now=LATER)

    clue = Clue.objects.get()
    closing.close_clue(lin, clue, version=clue.version, outcome="admin", outcome_reason="已列异", now=LATER)

    assert Clue.objects.get().state == ClueState.MONITORING
    assert _running() == {}
    assert [check.days for check in EffectCheck.objects.all()] == [30, 90, 180]
    assert check_wholeness().is_whole
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == [
        "clue_open",
        "clue_triage",
        "clue_dispatch",
        "order_send",
        "order_accept",
        "order_start",
        "visit",
        "order_report",
        "order_approve",
        "clue_close",
    ]


def test_a_returned_clue_is_to_be_sent_again(order: DispatchOrder, cast: dict[str, User]) -> None:
    with pytest.raises(DataError, match="具体情况"):
        services.give_back(cast["wu"], order, version=1, reason="not_ours", note=" ", now=LATER)
    services.give_back(cast["wu"], order, version=1, reason="not_ours", note="在南沙经营", now=LATER)

    clue = Clue.objects.get()
    assert (clue.state, clue.owner) == (ClueState.TRIAGED, None)
    assert _running() == {"dispatch": "gz-lead"}
    assert Notice.objects.filter(person=cast["lin"], kind="report").count() == 1
    services.dispatch(cast["lin"], clue, _agency("gz-tianhe-samr"), now=LATER)


def test_joining_agencies_need_a_lead_and_go_with_it(judged: Clue, cast: dict[str, User]) -> None:
    samr = _agency("gz-tianhe-samr")
    with pytest.raises(DataError, match="先分派主办"):
        services.dispatch(cast["lin"], judged, samr, now=NOW, is_lead=False)
    lead = services.dispatch(cast["lin"], judged, _agency("gz-tianhe"), now=NOW)
    with pytest.raises(DataError, match="正在主办"):
        services.dispatch(cast["lin"], judged, samr, now=NOW)
    joined = services.dispatch(cast["lin"], judged, samr, now=NOW, is_lead=False)
    with pytest.raises(DataError, match="不用重复分派"):
        services.dispatch(cast["lin"], judged, samr, now=NOW, is_lead=False)

    services.withdraw(cast["lin"], lead, version=1, reason="改由市局直办", now=LATER)

    joined.refresh_from_db()
    assert joined.state == OrderState.WITHDRAWN


def test_a_clue_is_not_closed_while_somebody_still_works_on_it(
    order: DispatchOrder, cast: dict[str, User]
) -> None:
    with pytest.raises(DataError, match="待签收"):
        closing.close_clue(
            cast["lin"],
            order.clue,
            version=order.clue.version,
            outcome="watch",
            outcome_reason="无",
            now=LATER,
        )
    assert not EffectCheck.objects.exists()


@pytest.mark.parametrize(
    ("verb", "state"),
    [(verb, state) for verb in OrderVerb for state in OrderState if after(state, verb) is None],
)
def test_a_step_the_table_does_not_allow_changes_nothing(
    order: DispatchOrder, cast: dict[str, User], state: OrderState, verb: OrderVerb
) -> None:
    DispatchOrder.objects.filter(pk=order.pk).update(
        state=state, return_reason="not_ours", report="x", proposed_outcome="watch"
    )
    step: dict[OrderVerb, Any] = {
        OrderVerb.ACCEPT: lambda: services.accept(cast["wu"], order, version=1, now=NOW),
        OrderVerb.GIVE_BACK: lambda: services.give_back(
            cast["wu"], order, version=1, reason="duplicate", note="x", now=NOW
        ),
        OrderVerb.START: lambda: services.start(cast["wu"], order, version=1),
        OrderVerb.REPORT: lambda: services.report(
            cast["wu"], order, version=1, text="x", proposed_outcome="excluded", now=NOW
        ),
        OrderVerb.APPROVE: lambda: services.approve(cast["lin"], order, version=1, note="", now=NOW),
        OrderVerb.SEND_BACK: lambda: services.send_back(cast["lin"], order, version=1, note="x", now=NOW),
        OrderVerb.WITHDRAW: lambda: services.withdraw(cast["lin"], order, version=1, reason="x", now=NOW),
    }[verb]

    with pytest.raises(NotNowError):
        step()
    assert DispatchOrder.objects.get().state == state


def test_of_two_people_who_accept_at_once_the_second_is_told(
    order: DispatchOrder, cast: dict[str, User]
) -> None:
    services.accept(cast["wu"], order, version=1, now=NOW)

    with pytest.raises(StaleObjectError):
        services.accept(cast["wu"], order, version=1, now=NOW)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (replace(SEEN, officers=OFFICERS[:1]), "两名以上"),
        (replace(SEEN, officers=(OFFICERS[0], OFFICERS[0])), "两名以上"),
        (replace(SEEN, officers=(OFFICERS[0], {"name": "何平", "card": ""})), "执法证号"),
        (replace(SEEN, at=NOW + timedelta(days=1)), "还没有到"),
        (replace(SEEN, place=" "), "到场地点"),
    ],
)
def test_a_visit_needs_two_officers_a_place_and_a_time(
    order: DispatchOrder, cast: dict[str, User], form: VisitForm, said: str
) -> None:
    working = _verifying(order, cast["wu"])

    with pytest.raises(DataError, match=said):
        onsite.visit(cast["wu"], working, form, [], now=NOW)
    assert not working.visits.exists()


def test_the_same_form_sent_twice_is_one_visit_and_one_measure(
    order: DispatchOrder, cast: dict[str, User], settings: Any, tmp_path: Any
) -> None:
    settings.LOOKOUT_HOME = tmp_path
    working = _verifying(order, cast["wu"])
    photo = store(SimpleUploadedFile("a.txt", "说明".encode()), by=cast["wu"], at=NOW)
    for _time in range(2):
        onsite.visit(cast["wu"], working, SEEN, [photo], now=NOW)
        onsite.take_measure(cast["wu"], working, kind="list_abnormal", note="", now=NOW, form_key="m1")

    assert (working.visits.count(), working.measures.count()) == (1, 1)
    assert photo.sha256 in str(AuditEntry.objects.get(verb="visit").after)


def test_a_measure_is_bound_by_its_law(order: DispatchOrder, cast: dict[str, User]) -> None:
    wu, working = cast["wu"], _verifying(order, cast["wu"])
    today = timezone.localdate(NOW)

    def take(kind: str, days: int | None = None) -> Any:
        due = None if days is None else today + timedelta(days=days)
        return onsite.take_measure(
            wu, working, kind=kind, note="", now=NOW, due_on=due, form_key=f"{kind}{days}"
        )

    with pytest.raises(DataError, match="完成期限"):
        take("rectify")
    with pytest.raises(DataError, match="最长 30 日"):
        take("seal_venue", 31)
    with pytest.raises(DataError, match="选定措施"):
        take("beheading")
    sealed = take("seal_venue", 30)
    onsite.visit(wu, working, SEEN, [], now=NOW)
    with pytest.raises(DataError, match="等批准"):
        services.report(wu, working, version=working.version, text="x", proposed_outcome="admin", now=NOW)
    with pytest.raises(DataError, match="还没有批准"):
        onsite.finish_measure(wu, sealed, note="", now=NOW)
    with pytest.raises(DataError, match="另一人"):
        onsite.decide_measure(wu, sealed, approve=True, note="", now=NOW)
    onsite.decide_measure(cast["lin"], sealed, approve=True, note="同意", now=NOW)
    with pytest.raises(DataError, match="已经有人批过"):
        onsite.decide_measure(cast["chen"], sealed, approve=False, note="否", now=NOW)
    onsite.finish_measure(wu, sealed, note="已查封", now=NOW)


def test_a_report_without_a_visit_can_only_exclude(order: DispatchOrder, cast: dict[str, User]) -> None:
    working = _verifying(order, cast["wu"])

    with pytest.raises(DataError, match="到现场看过"):
        services.report(
            cast["wu"], working, version=working.version, text="x", proposed_outcome="watch", now=NOW
        )
    services.report(
        cast["wu"], working, version=working.version, text="查无此户", proposed_outcome="excluded", now=NOW
    )


def test_who_reports_does_not_review_and_more_can_be_asked_for(
    order: DispatchOrder, cast: dict[str, User]
) -> None:
    reported = _reported(order, cast["wu"])
    with pytest.raises(DataError, match="不能复核自己"):
        services.approve(cast["wu"], reported, version=reported.version, note="", now=LATER)

    back = services.send_back(cast["lin"], reported, version=reported.version, note="补查资金去向", now=LATER)
    assert _running() == {"conclude": "gz-tianhe"}
    again = services.report(
        cast["wu"], back, version=back.version, text="已查", proposed_outcome="admin", now=LATER
    )

    assert again.state == OrderState.REPORTED


def test_more_time_is_granted_by_somebody_else_and_moves_the_deadline(
    order: DispatchOrder, cast: dict[str, User]
) -> None:
    due = Deadline.objects.get(event="conclude")
    asked = deadlines.ask_extension(cast["wu"], due, days=10, reason="等银行回函", now=NOW)
    with pytest.raises(DataError, match="重复提交"):
        deadlines.ask_extension(cast["wu"], due, days=10, reason="等", now=NOW)
    with pytest.raises(DataError, match="申请人"):
        deadlines.decide_extension(cast["wu"], asked, grant=True, note="", now=NOW)

    deadlines.decide_extension(cast["lin"], asked, grant=True, note="同意", now=NOW)

    assert Deadline.objects.get(event="conclude").due_at - due.due_at == timedelta(days=10)
    with pytest.raises(DataError, match="已经有人批过"):
        deadlines.decide_extension(cast["chen"], asked, grant=False, note="", now=NOW)


def test_a_push_is_answered_once(order: DispatchOrder, cast: dict[str, User]) -> None:
    pushed = services.supervise(cast["chen"], order, text="三日内反馈", now=NOW)
    services.answer_supervision(cast["wu"], pushed, text="已到场", now=LATER)

    with pytest.raises(DataError, match="已经有人回复"):
        services.answer_supervision(cast["wu"], pushed, text="再答", now=LATER)


def test_a_clue_started_again_must_be_sent_and_checked_anew(judged: Clue, cast: dict[str, User]) -> None:
    closed = closing.close_clue(
        cast["lin"], judged, version=judged.version, outcome="watch", outcome_reason="无", now=NOW
    )
    EffectCheck.objects.filter(days=30).update(computed_at=NOW)

    closing.reopen_clue(cast["lin"], closed, version=closed.version, reason="又有投诉", now=LATER)

    assert [check.days for check in EffectCheck.objects.all()] == [30]
    assert _running() == {"dispatch": "gz-lead"}


def test_who_may_act_on_an_order(order: DispatchOrder, cast: dict[str, User]) -> None:
    assert {name for name, user in cast.items() if may_carry_out(user, order)} == {"wu"}
    assert {name for name, user in cast.items() if may_review(user, order)} == {"chen", "huang", "lin"}
    assert access_order(cast["wu"], order.pk) == order
    with pytest.raises(Http404):
        access_order(cast["zhao"], order.pk)


@pytest.mark.parametrize("values", [{"state": "returned"}, {"state": "reported"}])
def test_the_database_refuses_an_order_that_says_nothing(
    order: DispatchOrder, values: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DispatchOrder.objects.filter(pk=order.pk).update(**values)
    assert DispatchOrder.objects.get().state in OPEN
