"""What the desk knows nobody types again; what was written can be mended, and the export tells all of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.hub.reading.model import Reason
from lookout.kernel.errors import DataError
from lookout.web.accounts.models import Agency, User
from lookout.web.audit.models import AuditEntry
from lookout.web.clues import services as clues
from lookout.web.clues.models import Clue
from lookout.web.clues.opening import give_reasons
from lookout.web.clues.selectors import ClueFilter, list_clues
from lookout.web.clues.services import Found
from lookout.web.clues.words import Source
from lookout.web.dispatch import deadlines, onsite, services
from lookout.web.dispatch.actions import KINDS
from lookout.web.dispatch.jobs import forget_forms
from lookout.web.dispatch.ledger import FULL_HEAD, full_cells
from lookout.web.dispatch.models import Deadline, DispatchOrder
from lookout.web.dispatch.onsite import VisitForm
from lookout.web.dispatch.prefill import initial
from lookout.web.dispatch.rules import checklist
from lookout.web.dispatch.selectors import my_work
from lookout.web.notices.models import Notice
from tests.web.fake_reader import IN_NANSHAN, IN_TIANHE

NOW = timezone.now()
TODAY = timezone.localdate(NOW)
JUDGED = {"band": "red", "activity_class": "", "summary": "", "advice": "", "secrecy": "internal"}
OFFICERS = ({"name": "吴健", "card": "粤A001"}, {"name": "何平", "card": "粤A002"})
Sign = Callable[[str], Client]


@pytest.fixture
def clue(cast: dict[str, User]) -> Clue:
    found = Found(source=Source.PETITION, company_name="某财富门店", band="red", region_business="440106")
    return clues.open_clue(cast["wu"], found, now=NOW)


@pytest.fixture
def order(clue: Clue, cast: dict[str, User]) -> DispatchOrder:
    judged = services.triage(cast["lin"], clue, version=clue.version, now=NOW, **JUDGED)
    tianhe = Agency.objects.get(code="gz-tianhe")
    sent = services.dispatch(cast["lin"], judged, tianhe, now=NOW, version=judged.version)
    accepted = services.accept(cast["wu"], sent, version=sent.version, now=NOW)
    return services.start(cast["wu"], accepted, version=accepted.version)


def _seen(key: str) -> VisitForm:
    return VisitForm(NOW, "天河路 1 号", OFFICERS, "soliciting", {}, form_key=key)


def _send(client: Client, clue: Clue, step: str, **data: Any) -> Any:
    address = reverse("dispatch:step", args=[clue.number, "clue", clue.pk, step])
    return client.post(address, {"version": Clue.objects.get().version, **data})


# ---- mending -------------------------------------------------------------------------------------
def test_what_becomes_known_of_a_clue_is_written_down_and_recorded(clue: Clue, as_person: Sign) -> None:
    data = {"amount": "350000", "participants": "12", "disguise_type": "10"}

    answer = _send(as_person("wu"), clue, "facts", **data, involved_regions="佛山市南海区、440300")

    assert answer.status_code == 302
    now = Clue.objects.get()
    assert (now.amount, now.participants, now.disguise_type) == (Decimal(350000), 12, 10)
    assert now.involved_regions == ["440300", "440605"]
    assert AuditEntry.objects.get(verb="clue_correct").before["participants"] is None
    assert (
        "找不到这些地方：火星"
        in _send(as_person("wu"), clue, "facts", involved_regions="火星").content.decode()
    )


def test_a_clue_finds_its_company_later_by_the_register(clue: Clue, as_person: Sign) -> None:
    wu, code = as_person("wu"), IN_TIANHE.identifier
    assert _send(wu, clue, "identify", company="没有的", region_business="440106").status_code == 422
    assert _send(wu, clue, "identify", company=code.lower(), region_business="440106").status_code == 302

    now = Clue.objects.get()
    assert (now.company, now.company_name, now.region_registered) == (code, IN_TIANHE.name, "440106")
    assert (
        _send(wu, clue, "identify", company=IN_NANSHAN.identifier, region_business="440106").status_code
        == 422
    )


def test_evidence_put_in_by_mistake_is_taken_back_by_who_put_it_in(clue: Clue, cast: dict[str, User]) -> None:
    mine = clues.add_evidence(cast["wu"], clue, title="拍错的照片", now=NOW)
    of_model = clues.add_evidence(None, clue, title="宣称年化收益率20%", now=NOW, code="Y01")
    may = KINDS["evidence"].actions[0].may

    assert may(cast["wu"], mine)
    assert may(cast["lin"], mine)
    assert not may(cast["zhao"], mine)
    assert not may(cast["lin"], of_model)


# ---- filled in -----------------------------------------------------------------------------------
def test_a_rating_tells_the_clue_how_many_and_how_much_and_an_officer_knows_better(clue: Clue) -> None:
    told = [Reason("C01", "276 人", is_label=False, value=276.0), Reason("C02", "72.8 万元", False, 72.8)]
    give_reasons(clue, told, "run-1", NOW)
    assert Clue.objects.values_list("participants", "amount").get() == (276, Decimal(728000))

    Clue.objects.update(participants=300)
    give_reasons(Clue.objects.get(), told, "run-2", NOW)
    assert Clue.objects.get().participants == 300


def test_forms_begin_with_what_is_known(order: DispatchOrder, cast: dict[str, User]) -> None:
    wu, lin = cast["wu"], cast["lin"]
    assert initial("order", "visit", order, wu, NOW)["officer_1"] == str(wu)
    onsite.visit(wu, order, _seen("one"), [], now=NOW)
    again = initial("order", "visit", order, wu, NOW)
    assert (again["place"], again["officer_1"], again["card_1"]) == ("天河路 1 号", "何平", "粤A002")
    assert initial("clue", "dispatch", order.clue, lin, NOW)["part"] == "join"

    reported = services.report(
        wu, order, version=order.version, text="在揽客", proposed_outcome="admin", now=NOW
    )
    services.approve(lin, reported, version=reported.version, note="", now=NOW)
    known = initial("clue", "close", order.clue, lin, NOW)
    assert (known["outcome"], known["outcome_reason"]) == ("admin", "在揽客")


def test_a_clue_goes_first_to_the_lead_office_of_its_place(clue: Clue, cast: dict[str, User]) -> None:
    known = initial("clue", "dispatch", clue, cast["lin"], NOW)

    assert (known["part"], known["agency"].code) == ("lead", "gz-tianhe")


def test_a_clue_about_a_company_of_the_register_begins_with_its_name_and_place(as_person: Sign) -> None:
    form = as_person("lin").get(reverse("clues:new"), {"company": IN_TIANHE.identifier}).context["form"]

    assert (form["company_name"].value(), form["region_business"].value()) == (IN_TIANHE.name, "440106")


def test_the_page_of_a_company_leads_to_its_clues_and_to_a_new_one(
    cast: dict[str, User], as_person: Sign
) -> None:
    found = Found(
        source=Source.MODEL, company_name="x", company=IN_TIANHE.identifier, region_business="440106"
    )
    number = clues.open_clue(None, found, now=NOW).number

    page = as_person("wu").get(reverse("companies:page", args=[IN_TIANHE.identifier])).content.decode()

    assert reverse("dispatch:clue", args=[number]) in page
    assert f"{reverse('clues:new')}?company={IN_TIANHE.identifier}" in page


# ---- the clock of a measure ----------------------------------------------------------------------
def _rectify(order: DispatchOrder, by: User, kind: str = "rectify", days: int = 5) -> Any:
    due = TODAY + timedelta(days=days)
    return onsite.take_measure(by, order, kind=kind, note="", now=NOW, due_on=due, form_key=f"{kind}{days}")


def test_a_measure_must_be_carried_out_by_its_day_even_after_the_clue_is_closed(
    order: DispatchOrder, cast: dict[str, User]
) -> None:
    measure = _rectify(order, cast["wu"])
    _rectify(order, cast["wu"], days=9)  # a second one of the same kind has a clock of its own
    clock = Deadline.objects.get(measure=measure)
    assert (clock.owner.code, clock.due_at) == ("gz-tianhe", deadlines.end_of_day(measure.due_on))

    deadlines.void(NOW, clue=order.clue, but_measures=True)
    late = my_work(cast["wu"], NOW + timedelta(days=7), step="finish")
    assert (late.tasks[0].due, late.overdue) == (clock.due_at, 1)

    onsite.finish_measure(cast["wu"], measure, note="", now=NOW)
    assert Deadline.objects.get(measure=measure).met_at == NOW


def test_a_measure_that_needs_approval_runs_from_the_approval_and_its_agency_is_told(
    order: DispatchOrder, cast: dict[str, User]
) -> None:
    measure = _rectify(order, cast["wu"], "seal_venue", 20)
    assert not Deadline.objects.filter(measure=measure).exists()

    onsite.decide_measure(cast["lin"], measure, approve=True, note="", now=NOW)

    assert Notice.objects.filter(person=cast["wu"], kind="measure").count() == 1
    clock = Deadline.objects.get(measure=measure)
    with pytest.raises(DataError, match="最多 30 日"):
        deadlines.ask_extension(cast["wu"], clock, days=31, reason="案情复杂", now=NOW)
    asked = deadlines.ask_extension(cast["wu"], clock, days=30, reason="案情复杂", now=NOW)
    deadlines.decide_extension(cast["lin"], asked, grant=True, note="", now=NOW)
    measure.refresh_from_db()
    assert measure.due_on == TODAY + timedelta(days=50)
    with pytest.raises(DataError, match="只能延长一次"):
        deadlines.ask_extension(
            cast["wu"], Deadline.objects.get(measure=measure), days=1, reason="再延", now=NOW
        )


def test_entering_and_questioning_need_two_officers_on_the_spot(
    order: DispatchOrder, cast: dict[str, User]
) -> None:
    with pytest.raises(DataError, match="两名以上执法人员"):
        _rectify(order, cast["wu"], "inquire")
    onsite.visit(cast["wu"], order, _seen("one"), [], now=NOW)

    assert _rectify(order, cast["wu"], "inquire").kind == "inquire"


# ---- the export ----------------------------------------------------------------------------------
def test_the_export_tells_what_was_done(order: DispatchOrder, cast: dict[str, User]) -> None:
    onsite.visit(cast["wu"], order, _seen("one"), [], now=NOW)
    _rectify(order, cast["wu"])

    texts = [cell.text for cell in next(full_cells(list_clues(cast["lin"], ClueFilter())))]
    line = dict(zip(FULL_HEAD, texts, strict=True))
    assert "何平（粤A002）、吴健（粤A001）" in line["现场核查"]
    assert line["采取措施"].startswith("责令整改（条例第十八条，限 ")
    assert (line["签收人"], line["密级"]) == (str(cast["wu"]), "内部")


# ---- sent twice ----------------------------------------------------------------------------------
def test_the_form_of_a_step_sent_twice_is_one_step(clue: Clue, as_person: Sign) -> None:
    wu = as_person("wu")
    for _time in range(2):
        assert _send(wu, clue, "evidence", title="传单", form_key="k1").status_code == 302
    assert _send(wu, clue, "evidence", title="", form_key="k2").status_code == 422
    assert _send(wu, clue, "evidence", title="合同", form_key="k2").status_code == 302

    assert [one.title for one in clue.evidence.all()] == ["传单", "合同"]
    assert forget_forms(NOW) == 0
    assert forget_forms(NOW + timedelta(days=31)) == 2


def test_a_new_clue_sent_twice_is_one_clue(cast: dict[str, User], as_person: Sign) -> None:
    data = {"source": "grid", "company_name": "某项目", "region_business": "440106", "summary": "摆摊"}

    first, again = (as_person("wu").post(reverse("clues:new"), {**data, "form_key": "k1"}) for _n in range(2))

    assert first["Location"] == again["Location"]
    assert Clue.objects.count() == 1


def test_a_refused_form_says_that_its_photos_must_be_chosen_again(
    order: DispatchOrder, as_person: Sign
) -> None:
    wu, address = (
        as_person("wu"),
        reverse("dispatch:step", args=[order.clue.number, "order", order.pk, "visit"]),
    )
    filled = {**{f"check_{code}": "yes" for code in checklist()}, "place": "天河路", "finding": "vacant"}
    officers = {"officer_1": "吴健", "card_1": "粤A1", "officer_2": "吴健", "card_2": "粤A1"}
    photo = SimpleUploadedFile("说明.txt", "现场没有人".encode())

    answer = wu.post(address, {**filled, **officers, "at": "2026-11-20T10:00", "photos": photo})

    assert answer.status_code == 422
    assert "请重新选择" in answer.content.decode()
