"""What waits for a person is exactly what the steps let them do and what is theirs, by deadline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.web.accounts.models import Agency, User
from lookout.web.accounts.roles import Role
from lookout.web.accounts.selectors import landing_address
from lookout.web.clues import services as clues
from lookout.web.clues.models import Clue
from lookout.web.clues.services import Found
from lookout.web.clues.words import Source
from lookout.web.dispatch import deadlines, onsite, services
from lookout.web.dispatch.actions import KINDS, find_action
from lookout.web.dispatch.models import Deadline, DispatchOrder, Measure
from lookout.web.dispatch.onsite import VisitForm
from lookout.web.dispatch.selectors import STEPS, my_work

Sign = Callable[[str], Client]
NOW = timezone.now()
WARNED = Found(
    source=Source.MODEL,
    company_name="粤海财富管理有限公司",
    event_key="warning",
    band="red",
    region_business="440106",
)
JUDGED = {"band": "red", "activity_class": "", "summary": "", "advice": "", "secrecy": "internal"}
OFFICERS = ({"name": "吴健", "card": "粤A001"}, {"name": "何平", "card": "粤A002"})
# Which step of the page, on which kind of thing, a task of the list leads to.
LEADS_TO = {
    "judge": ("clue", "triage"),
    "send": ("clue", "dispatch"),
    "close": ("clue", "close"),
    "accept": ("order", "accept"),
    "visit": ("order", "start"),
    "report": ("order", "report"),
    "review": ("order", "approve"),
    "approve": ("measure", "decide"),
    "finish": ("measure", "finish"),
    "extend": ("extension", "decide"),
    "answer": ("supervision", "answer"),
}


def _open(number: int, **more: Any) -> Clue:
    company = f"91440106MA5D{number:06d}"
    return clues.open_clue(None, replace(WARNED, company=company, **more), now=NOW)


def _sent(number: int, by: User, agency: str = "gz-tianhe") -> DispatchOrder:
    clue = services.triage(by, _open(number), version=1, now=NOW, **JUDGED)
    found = Agency.objects.get(code=agency)
    return services.dispatch(by, clue, found, now=NOW, version=clue.version)


def _visited(number: int, by: User, doer: User) -> DispatchOrder:
    order = services.accept(doer, _sent(number, by), version=1, now=NOW)
    order = services.start(doer, order, version=order.version)
    seen = VisitForm(NOW, "天河路 1 号", OFFICERS, "soliciting", {}, form_key=f"v{number}")
    onsite.visit(doer, order, seen, [], now=NOW)
    return order


def _take(doer: User, order: DispatchOrder, kind: str) -> Measure:
    return onsite.take_measure(
        doer, order, kind=kind, note="", now=NOW, form_key=f"{order.pk}{kind}", amount=None, due_on=None
    )


@pytest.fixture
def at_every_step(cast: dict[str, User]) -> dict[str, User]:
    """One clue at every step of the way, in Tianhe under the city's office."""
    lin, wu = cast["lin"], cast["wu"]
    _open(1)
    services.triage(lin, _open(2), version=1, now=NOW, **JUDGED)
    _sent(3, lin)
    services.accept(wu, _sent(4, lin), version=1, now=NOW)
    order = _visited(5, lin, wu)
    _take(wu, order, "query_account")  # needs approval
    _take(wu, order, "enter")
    services.supervise(lin, order, text="请抓紧", now=NOW)
    running = Deadline.objects.get(order=order, event="conclude")
    deadlines.ask_extension(wu, running, days=5, reason="资料未到", now=NOW)
    for number in (6, 7):
        order = _visited(number, lin, wu)
        services.report(wu, order, version=order.version, text="在揽客", proposed_outcome="admin", now=NOW)
    order.refresh_from_db()
    services.approve(lin, order, version=order.version, note="同意", now=NOW)
    return cast


def _steps(user: User) -> dict[str, int]:
    return {one.code: one.total for one in my_work(user, NOW).steps}


def test_each_level_is_shown_its_own_steps_and_no_other(at_every_step: dict[str, User]) -> None:
    cast = at_every_step

    assert _steps(cast["lin"]) == {
        "judge": 1, "send": 1, "review": 1, "approve": 1, "extend": 1, "close": 1,
    }  # fmt: skip
    assert _steps(cast["wu"]) == {"accept": 1, "visit": 1, "report": 1, "answer": 1, "finish": 1}
    assert _steps(cast["zhao"]) == _steps(cast["auditor"]) == _steps(cast["system"]) == {}


def test_the_province_is_not_asked_to_do_what_a_city_office_decides(at_every_step: dict[str, User]) -> None:
    assert _steps(at_every_step["chen"]) == {}
    _open(20, region_business="445302")  # a city without an office of its own

    assert _steps(at_every_step["chen"]) == {"judge": 1}


@pytest.mark.parametrize("name", ["lin", "wu", "zhao", "chen", "auditor", "legal", "police"])
def test_what_is_listed_is_what_the_page_of_the_clue_allows(
    name: str, at_every_step: dict[str, User]
) -> None:
    tianhe = Agency.objects.get(code="gz-tianhe")
    for role in (Role.LEGAL_REVIEWER, Role.POLICE_LIAISON):
        User.objects.create(username=role.value.split("_")[0], role=role, region="440106", agency=tianhe)
    user = User.objects.get(username=name)
    for step in STEPS:
        kind, action = LEADS_TO[step.code]
        offered = find_action(KINDS[kind], action)
        assert offered is not None
        listed = list(step.rows(user))
        for thing in listed:
            if step.code == "visit" and thing.state != "accepted":
                continue
            assert offered.may(user, thing), (step.code, thing)
        if name in ("lin", "wu", "zhao", "legal", "police") and step.code not in ("visit", "send", "judge"):
            allowed = [one for one in KINDS[kind].model.objects.all() if offered.may(user, one)]
            if step.code == "close":  # one that was only judged may be closed too, and is listed to be sent
                allowed = [one for one in allowed if one.state == "handling"]
            assert {one.pk for one in listed} == {one.pk for one in allowed}, step.code


def test_what_is_overdue_stands_first_and_is_counted(at_every_step: dict[str, User]) -> None:
    late = NOW + timedelta(days=2)
    work = my_work(at_every_step["wu"], late)

    dues = [task.due for task in work.tasks]
    known = [due for due in dues if due is not None]
    assert known == sorted(known)
    assert dues[len(known) :] == [None] * (len(dues) - len(known))
    assert work.overdue == sum(due < late for due in known) > 0
    assert [task.step for task in my_work(at_every_step["wu"], late, step="accept").tasks] == ["accept"]


def test_a_thousand_clues_cost_no_more_questions_than_one(
    cast: dict[str, User], django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        _sent(number, cast["lin"])
    for name in ("wu", "lin", "chen"):
        with django_assert_max_num_queries(20):
            for task in my_work(cast[name], NOW).tasks:
                assert task.clue.number


def test_offices_without_companies_begin_with_their_work(
    at_every_step: dict[str, User], as_person: Sign
) -> None:
    cast = at_every_step
    lin, wu = as_person("lin"), as_person("wu")
    cast["zhao"].role = Role.MARKET_REGULATOR
    cast["zhao"].save()

    assert landing_address(cast["zhao"]) == reverse("dispatch:work")
    assert "现在没有等您办的事" in as_person("zhao").get(reverse("dispatch:work")).content.decode()
    page = wu.get(reverse("dispatch:work"), {"step": "accept"})
    assert [task.step for task in page.context["work"].tasks] == ["accept"]
    today = lin.get(reverse("dashboards:today")).content.decode()
    assert today.index("我的待办") < today.index("新进入红色")
    assert f"{reverse('dispatch:work')}?step=judge" in today


def test_work_is_shown_before_anything_was_rated(
    at_every_step: dict[str, User], as_person: Sign, use_reader: Callable[[str], Any]
) -> None:
    use_reader("nothing published")

    answer = as_person("wu").get(reverse("dashboards:today"))

    assert answer.headers["Location"] == reverse("dispatch:work")
    assert "还没有发布任何一次评级" in as_person("zhao").get(reverse("dashboards:today")).content.decode()
