"""The page of a clue offers what a person may do now, and does it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.web.accounts.models import Agency, User
from lookout.web.clues import services as clues
from lookout.web.clues.models import Clue
from lookout.web.clues.opening import follow_published
from lookout.web.clues.services import Found
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import Source
from lookout.web.dispatch.models import DispatchOrder, Visit
from lookout.web.dispatch.rules import checklist
from tests.web.fake_reader import IN_TIANHE

Sign = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Any) -> None:
    settings.LOOKOUT_HOME = tmp_path


@pytest.fixture
def clue(cast: dict[str, User]) -> Clue:
    found = Found(
        source=Source.MODEL,
        company_name="粤海财富管理有限公司",
        company=IN_TIANHE.identifier,
        event_key="warning",
        band="red",
        score=Decimal("88.00"),
        hit_rules=("宣称年化收益率20%",),
        region_business="440106",
    )
    return clues.open_clue(None, found, now=timezone.now())


def _page(client: Client, clue: Clue) -> Any:
    return client.get(reverse("dispatch:clue", args=[clue.number]))


def _offered(answer: Any) -> set[str]:
    """Return kind/name of the steps a page offers."""
    context = answer.context
    steps = [*context["steps"]]
    for thing in context["orders"]:
        steps += thing.steps
        for parts in thing.parts.values():
            for part in parts:
                steps += part.steps
    return {"/".join(step.address.split("/")[3:6:2]) for step in steps}


def _take(client: Client, clue: Clue, kind: str, pk: int, name: str, /, **data: Any) -> Any:
    """Send the form of a step as the page offers it."""
    page = _page(client, clue)
    steps = {
        step.address: step
        for step in [
            *page.context["steps"],
            *(step for thing in page.context["orders"] for step in thing.steps),
            *(
                step
                for thing in page.context["orders"]
                for parts in thing.parts.values()
                for part in parts
                for step in part.steps
            ),
        ]
    }
    address = reverse("dispatch:step", args=[clue.number, kind, pk, name])
    form = steps[address].form
    filled = {
        field.html_name: value for field in form if (value := field.value()) is not None and value != ""
    }
    return client.post(address, {**filled, **data})


VISIT = {
    "at": "2026-11-20T10:00",
    "place": "天河路 1 号",
    "officer_1": "吴健",
    "card_1": "粤A001",
    "officer_2": "何平",
    "card_2": "粤A002",
    "finding": "soliciting",
    **{f"check_{code}": "yes" for code in checklist()},
}


def test_each_person_is_offered_what_is_theirs_to_do(clue: Clue, as_person: Sign) -> None:
    assert "clue/triage" in _offered(_page(as_person("lin"), clue))
    assert _offered(_page(as_person("wu"), clue)) == {"clue/element", "clue/evidence", "clue/facts"}
    assert _page(as_person("zhao"), clue).status_code == 404


def test_the_whole_way_can_be_gone_by_its_pages(clue: Clue, as_person: Sign, cast: dict[str, User]) -> None:
    lin, wu = as_person("lin"), as_person("wu")
    tianhe = Agency.objects.get(code="gz-tianhe")

    assert (
        _take(lin, clue, "clue", clue.pk, "triage", activity_class="illegal_fundraising").status_code == 302
    )
    assert _take(lin, clue, "clue", clue.pk, "dispatch", agency=tianhe.pk, part="lead").status_code == 302
    order = DispatchOrder.objects.get()
    assert "order/accept" in _offered(_page(wu, clue))
    _take(wu, clue, "order", order.pk, "accept")
    _take(wu, clue, "order", order.pk, "start")
    photo = SimpleUploadedFile("说明.txt", "现场没有人".encode())
    assert _take(wu, clue, "order", order.pk, "visit", **VISIT, photos=[photo]).status_code == 302
    assert Visit.objects.get().photos.count() == 1
    _take(wu, clue, "order", order.pk, "measure", kind="query_account", note="查对公户")
    measure = order.measures.get()
    assert _take(lin, clue, "measure", measure.pk, "decide", decision="yes").status_code == 302
    _take(wu, clue, "measure", measure.pk, "finish")
    _take(wu, clue, "order", order.pk, "report", text="在揽客", proposed_outcome="admin")
    _take(lin, clue, "order", order.pk, "approve", note="同意")
    _take(lin, clue, "clue", clue.pk, "close", outcome="admin", outcome_reason="已列异")

    assert Clue.objects.get().state == ClueState.MONITORING
    page = _page(wu, clue).content.decode()
    assert "已办结，再监测" in page
    assert "说明.txt" in page
    assert "查询账户" in page


def test_what_is_wrong_with_a_form_is_said_where_it_was_written(clue: Clue, as_person: Sign) -> None:
    lin = as_person("lin")
    _take(lin, clue, "clue", clue.pk, "triage")

    answer = _take(lin, clue, "clue", clue.pk, "close", outcome="watch", outcome_reason="")

    assert answer.status_code == 422
    assert "结果说明：" in answer.content.decode()
    opened = [step.action.name for step in answer.context["steps"] if step.is_open]
    assert opened == ["close"]


def test_a_step_that_is_not_offered_is_refused_by_its_address_too(clue: Clue, as_person: Sign) -> None:
    wu = as_person("wu")
    address = reverse("dispatch:step", args=[clue.number, "clue", clue.pk, "triage"])

    answer = wu.post(address, {"version": 1, "band": "yellow", "secrecy": "internal"}, follow=True)

    assert "不归您办" in answer.content.decode()
    assert Clue.objects.get().state == ClueState.NEW
    assert wu.post(address.replace("/triage/", "/conquer/")).status_code == 404
    other = reverse("dispatch:step", args=[clue.number, "clue", clue.pk + 1, "evidence"])
    assert wu.post(other).status_code == 404


def test_a_page_that_was_overtaken_says_so(clue: Clue, as_person: Sign) -> None:
    lin, address = as_person("lin"), reverse("dispatch:step", args=[clue.number, "clue", clue.pk, "triage"])
    data = {"version": 1, "band": "red", "secrecy": "internal"}
    assert lin.post(address, data).status_code == 302

    answer = lin.post(address, data)

    assert answer.status_code == 422
    assert "别人刚刚改过" in answer.content.decode()


def test_the_pack_for_the_visit_holds_reasons_and_questions(clue: Clue, as_person: Sign) -> None:
    page = as_person("wu").get(reverse("dispatch:pack", args=[clue.number])).content.decode()

    assert "宣称年化收益率20%" in page
    assert all(question in page for question in checklist().values())


def test_warned_companies_of_the_published_run_have_a_clue_with_its_evidence(cast: dict[str, User]) -> None:
    now = timezone.now()
    first, again = follow_published(now), follow_published(now)

    clue = Clue.objects.get(company=IN_TIANHE.identifier)
    assert first["opened"] == Clue.objects.count() > 0
    assert again["opened"] == again["raised"] == again["reopened"] == 0
    assert clue.evidence.exclude(code="").exists()


def test_related_clues_are_shown_before_another_is_opened(clue: Clue, as_person: Sign) -> None:
    lin, address = as_person("lin"), reverse("clues:new")
    data = {
        "source": "petition",
        "company_name": clue.company_name,
        "region_business": "440106",
        "summary": "多人反映不能提现",
    }

    shown = lin.post(address, data)
    assert clue.number in shown.content.decode()
    assert Clue.objects.count() == 1

    assert lin.post(address, {**data, "seen_related": "on"}).status_code == 302
    assert Clue.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"region_business": "449999"}, "没有这个区划代码"), ({"amount": "-1"}, "0"), ({"summary": ""}, "必填")],
)
def test_a_clue_with_wrong_fields_is_not_entered(
    cast: dict[str, User], as_person: Sign, wrong: dict[str, str], said: str
) -> None:
    data = {
        "source": "grid",
        "company_name": "某项目",
        "region_business": "440106",
        "summary": "摆摊",
        **wrong,
    }

    answer = as_person("lin").post(reverse("clues:new"), data)

    assert said in answer.content.decode()
    assert not Clue.objects.exists()


def test_the_export_holds_what_the_list_shows_and_is_recorded(clue: Clue, as_person: Sign) -> None:
    from lookout.web.audit.models import AuditEntry

    answer = as_person("lin").get(reverse("dispatch:export"), {"state": "open"})

    assert b"".join(answer).startswith(b"PK")
    assert AuditEntry.objects.get(verb="export_clues").after == {"query": "state=open", "rows": 1}
