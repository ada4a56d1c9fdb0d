"""A case goes its way by events in their order; figures are added and never changed; the law bounds the fine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.audit.models import AppendOnlyError, AuditEntry
from lookout.web.cases.access import access_case, may_handle, visible
from lookout.web.cases.figures import standing_of, standings
from lookout.web.cases.models import Case, CaseEvent, CaseFigure, Report
from lookout.web.cases.rules import case_rules, read_assessment_rules, read_case_rules
from lookout.web.cases.services import Filing, add_figure, file_case, happen
from lookout.web.cases.states import CaseState, CaseVerb, PoliceState, allowed
from lookout.web.cases.words import Figure
from lookout.web.clues.models import Clue
from lookout.web.clues.services import NotNowError, StaleObjectError

NOW = datetime(2026, 9, 20, 10, tzinfo=SHANGHAI)
TODAY = NOW.date()
FILING = Filing(
    name="粤海财富非法集资案",
    company_name="粤海财富管理有限公司",
    clue_source="hotline12345",
    lead_region="440106",
    industry="intermediary",
    mode="承诺年化 15% 的定期理财",
    first_found_on=date(2026, 8, 1),
    filed_on=date(2026, 9, 1),
)
Sign = Callable[[str], Client]


@pytest.fixture
def case(cast: dict[str, User]) -> Case:
    return file_case(cast["wu"], FILING, now=NOW)


def _day(number: int) -> date:
    return FILING.filed_on + timedelta(days=number)


def _walk(by: User, case: Case, *verbs: CaseVerb, **values: str) -> Case:
    for number, verb in enumerate(verbs, 1):
        case = happen(by, case, verb, on=_day(number), now=NOW, value=values.get(verb.value, ""))
    return case


def test_a_case_goes_from_filing_to_closing(case: Case, cast: dict[str, User]) -> None:
    wu, verb = cast["wu"], CaseVerb
    add_figure(wu, case, Figure.ABSORBED, Decimal(1_000_000), on=FILING.filed_on, now=NOW)

    done = _walk(
        wu,
        case,
        verb.INVESTIGATE,
        verb.SUSPEND,
        verb.DETERMINE,
        verb.DISPOSE,
        verb.PENALISE,
        verb.REPAY,
        verb.CLOSE,
        determine="illegal",
        penalise="200000",
    )

    assert (done.state, done.closed_on, done.is_suspended) == ("closed", _day(7), True)
    assert [one.verb for one in CaseEvent.objects.filter(case=case)][:2] == ["file", "investigate"]
    assert AuditEntry.objects.filter(verb__startswith="case_", object_id=str(case.pk)).count() == 9


def test_the_police_track_runs_beside_and_holds_the_closing_back(case: Case, cast: dict[str, User]) -> None:
    wu, verb = cast["wu"], CaseVerb
    held = _walk(wu, case, verb.INVESTIGATE, verb.DETERMINE, verb.TRANSFER, determine="not_illegal")

    with pytest.raises(NotNowError):
        happen(wu, held, verb.CLOSE, on=_day(4), now=NOW)
    rejected = happen(wu, held, verb.POLICE_REJECT, on=_day(4), now=NOW)
    assert happen(wu, rejected, verb.CLOSE, on=_day(5), now=NOW).state == CaseState.CLOSED


def test_every_state_can_be_reached_and_none_is_a_dead_end() -> None:
    for state in CaseState:
        for police in ("", *PoliceState):
            found = allowed(state, police, suspended=False, determination="illegal")
            assert bool(found) == (state is not CaseState.CLOSED)
            assert CaseVerb.FILE not in found


@pytest.mark.parametrize(
    ("verb", "day", "value", "said"),
    [
        (CaseVerb.REPAY, 1, "", "不能登记"),
        (CaseVerb.INVESTIGATE, -1, "", "日期早于上一步"),
        (CaseVerb.INVESTIGATE, 400, "", "在将来"),
        (CaseVerb.STABILITY, 1, "x", "请选定稳定形势"),
        (CaseVerb.CLOSE, 1, "", "不能登记"),
    ],
)
def test_what_cannot_have_happened_is_refused(
    case: Case, cast: dict[str, User], verb: CaseVerb, day: int, value: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        happen(cast["wu"], case, verb, on=_day(day), now=NOW, value=value)
    assert CaseEvent.objects.count() == 1


@pytest.mark.parametrize("fine", ["199999.99", "1000000.01", "NaN", "abc", ""])
def test_a_fine_outside_what_the_law_allows_is_refused(case: Case, cast: dict[str, User], fine: str) -> None:
    wu = cast["wu"]
    ready = _walk(wu, case, CaseVerb.INVESTIGATE, CaseVerb.DETERMINE, CaseVerb.DISPOSE, determine="illegal")
    with pytest.raises(DataError, match="吸收资金"):
        happen(wu, ready, CaseVerb.PENALISE, on=_day(4), now=NOW, value="200000")
    add_figure(wu, case, Figure.ABSORBED, Decimal(1_000_000), on=_day(1), now=NOW)

    with pytest.raises(DataError, match="罚款"):
        happen(wu, ready, CaseVerb.PENALISE, on=_day(4), now=NOW, value=fine)


def test_who_looked_at_an_older_state_is_told(case: Case, cast: dict[str, User]) -> None:
    happen(cast["wu"], case, CaseVerb.INVESTIGATE, on=_day(1), now=NOW, version=1)

    with pytest.raises(StaleObjectError):
        happen(cast["lin"], case, CaseVerb.SUSPEND, on=_day(1), now=NOW, version=1)


def test_figures_and_events_are_never_changed_or_deleted(case: Case, cast: dict[str, User]) -> None:
    row = add_figure(cast["wu"], case, Figure.UNPAID, Decimal(5), on=_day(1), now=NOW)

    for attempt in (
        row.save,
        row.delete,
        CaseFigure.objects.all().delete,
        lambda: CaseEvent.objects.update(note="x"),
    ):
        with pytest.raises(AppendOnlyError):
            attempt()


def test_a_correction_is_a_new_row_with_its_reason_and_older_days_stay(
    case: Case, cast: dict[str, User]
) -> None:
    wu = cast["wu"]
    add_figure(wu, case, Figure.ABSORBED, Decimal(100), on=_day(1), now=NOW)
    add_figure(wu, case, Figure.ABSORBED, Decimal(300), on=_day(5), now=NOW)
    with pytest.raises(DataError, match="写明原因"):
        add_figure(wu, case, Figure.ABSORBED, Decimal(120), on=_day(1), now=NOW)
    add_figure(wu, case, Figure.ABSORBED, Decimal(120), on=_day(1), now=NOW + timedelta(hours=1), note="笔误")

    assert [standing_of(case, _day(n)).figures.get(Figure.ABSORBED) for n in (0, 1, 4, 5)] == [
        None,
        120,
        120,
        300,
    ]
    assert standings([case], _day(1), known_at=NOW)[0].figures[Figure.ABSORBED] == 100


@given(
    absorbed=st.none() | st.decimals(0, 10**10, places=2),
    participants=st.none() | st.integers(0, 10**5).map(Decimal),
    crosses=st.booleans(),
)
def test_a_major_case_is_one_by_any_of_three_cuts(
    absorbed: Decimal | None, participants: Decimal | None, crosses: bool
) -> None:
    expected = crosses or (absorbed or 0) > 100_000_000 or (participants or 0) > 1000

    assert case_rules().is_major(absorbed, participants, crosses=crosses) == expected


def test_a_case_that_reaches_another_province_is_a_major_one(cast: dict[str, User]) -> None:
    near = file_case(cast["wu"], replace(FILING, involved_regions=["440305"]), now=NOW)
    far = file_case(cast["wu"], replace(FILING, involved_regions=["440305", "430100"]), now=NOW)

    assert [standing_of(one, TODAY).is_major for one in (near, far)] == [False, True]
    assert (near.number, far.number) == ("44010620260001", "44010620260002")


def test_filing_owes_a_flash_report_within_a_day_and_so_does_a_mass_event(
    case: Case, cast: dict[str, User]
) -> None:
    happen(cast["wu"], case, CaseVerb.MASS_EVENT, on=NOW.date(), now=NOW, note="二十人上访")

    filing, mass_event = Report.objects.filter(kind="flash").order_by("pk")
    assert {filing.agency.code, mass_event.agency.code} == {"gz-tianhe"}
    assert mass_event.due_at - NOW == timedelta(hours=24)
    # Filed on the first and entered on the twentieth: late already.
    assert filing.due_at == datetime(2026, 9, 2, 23, 59, 59, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "change",
    [
        {"first_found_on": date(2026, 9, 2)},
        {"filed_on": date(2027, 1, 1)},
        {"name": " "},
    ],
)
def test_a_filing_that_contradicts_itself_is_refused(cast: dict[str, User], change: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        file_case(cast["wu"], replace(FILING, **change), now=NOW)


def _closed_clue(outcome: str) -> Clue:
    return Clue.objects.create(
        number="440106202608010001",
        source="model",
        company_name="粤海",
        found_at=NOW,
        opened_at=NOW,
        state="monitoring",
        outcome=outcome,
        closed_at=NOW,
        region_business="440106",
        region_registered="440106",
    )


def test_a_clue_becomes_one_case_and_transfer_comes_with_it(cast: dict[str, User]) -> None:
    clue = _closed_clue("transferred")

    case = file_case(cast["wu"], FILING, now=NOW, clue=clue)

    assert case.police_state == PoliceState.TRANSFERRED
    with pytest.raises(DataError, match="已经立案"):
        file_case(cast["wu"], FILING, now=NOW, clue=clue)


def test_a_clue_that_was_excluded_becomes_no_case(cast: dict[str, User]) -> None:
    with pytest.raises(DataError, match="没有以"):
        file_case(cast["wu"], FILING, now=NOW, clue=_closed_clue("excluded"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "closed"},
        {"first_found_on": date(2026, 9, 9)},
        {"state": "disposing"},
        {"lead_region": "4401"},
    ],
)
def test_the_database_refuses_what_cannot_be(case: Case, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**wrong)


def test_each_sees_the_cases_of_their_regions_and_the_police_what_was_transferred(
    case: Case, cast: dict[str, User]
) -> None:
    reaching = file_case(
        cast["chen"], replace(FILING, lead_region="440604", involved_regions=["440305"]), now=NOW
    )
    police = User(username="p", role="police_liaison", region="440106")
    seen = {
        name: {one.pk for one in visible(cast[name])} for name in ("chen", "lin", "wu", "zhao", "auditor")
    }

    both = {case.pk, reaching.pk}
    assert seen == {"chen": both, "lin": {case.pk}, "wu": {case.pk}, "zhao": {reaching.pk}, "auditor": set()}
    assert not may_handle(cast["zhao"], reaching)
    assert not visible(police).exists()
    happen(cast["wu"], case, CaseVerb.TRANSFER, on=_day(1), now=NOW)
    assert [one.pk for one in visible(police)] == [case.pk]
    with pytest.raises(Http404):
        access_case(cast["zhao"], case.number)


def test_a_wrong_catalogue_is_refused_with_all_its_problems() -> None:
    with pytest.raises(DataError, match=r"合计应为 100.*least_effect") as told:
        read_assessment_rules({"weights": {"closed": 30, "joy": 5}, "least_effect": 2, "old_after_days": 1.5})
    assert "joy" in str(told.value)
    with pytest.raises(DataError, match=r"下限高于上限.*reports\.flash"):
        read_case_rules(
            {
                "fine": {"least_share": 2, "most_share": 1, "person_least": 1, "person_most": 2},
                "reports": {"flash": ["soon"]},
            }
        )


# ---- pages ---------------------------------------------------------------------------------------
def test_a_case_is_filed_and_worked_on_in_the_browser(as_person: Sign, cast: dict[str, User]) -> None:
    wu, today = as_person("wu"), timezone.localdate()
    data = {
        "name": "粤海案",
        "company_name": "粤海",
        "clue_source": "model",
        "lead_region": "440106",
        "involved_regions": "440305、430100",
        "industry": "p2p",
        "mode": "网贷",
        "first_found_on": "2026-01-01",
        "filed_on": today.isoformat(),
        "absorbed": "1000000",
    }
    foreign = wu.post(reverse("cases:new"), {**data, "lead_region": "440305"})
    assert "不归您办" in foreign.content.decode()
    assert "999999" in wu.post(reverse("cases:new"), {**data, "involved_regions": "999999"}).content.decode()
    assert wu.post(reverse("cases:new"), data).status_code == 302
    case = Case.objects.get()
    page = reverse("cases:case", args=[case.number])
    assert "重大案件" in wu.get(page).content.decode()

    event = reverse("cases:event", args=[case.number, "investigate"])
    sent = {"version": case.version, "on": today.isoformat()}
    assert wu.post(event, sent).status_code == 302
    assert wu.post(event, sent).status_code == 422
    figure = reverse("cases:figure", args=[case.number])
    one = {"figure": "unpaid", "value": "7", "on": today.isoformat()}
    assert [wu.post(figure, one).status_code for _twice in (1, 2)] == [302, 422]
    assert "200,000" in wu.get(page).content.decode()
    assert b"".join(wu.get(reverse("cases:export"))).startswith(b"PK")  # type: ignore[arg-type]  # a streamed file


def test_the_list_narrows_and_finds_major_cases(as_person: Sign, cast: dict[str, User]) -> None:
    now = timezone.now()
    small = replace(FILING, filed_on=timezone.localdate(now), name="小案")
    file_case(cast["wu"], small, now=now)
    file_case(cast["wu"], replace(small, name="大案", absorbed=Decimal(200_000_000)), now=now)
    wu = as_person("wu")

    assert [one.case.name for one in wu.get(reverse("cases:list"), {"major": "1"}).context["cases"]] == [
        "大案"
    ]
    assert [one.case.name for one in wu.get(reverse("cases:list"), {"q": "小"}).context["cases"]] == ["小案"]
    assert wu.get(reverse("cases:list"), {"from": "nonsense", "region": "x"}).status_code == 200
