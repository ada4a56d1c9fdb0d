"""Reports are computed from events as of their time, frozen, and go up; sums equal the sums of their parts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.proof import canonical, sha256_hex
from lookout.web.accounts.models import Agency, User
from lookout.web.cases import assessment, statistics
from lookout.web.cases.models import Case, Outreach, Report
from lookout.web.cases.reporting import (
    accept,
    differences,
    give_back,
    last_period,
    owe,
    owe_periodic,
    remind,
    review,
    submit,
)
from lookout.web.cases.rules import Part
from lookout.web.cases.selectors import list_reports, report_steps
from lookout.web.cases.services import Filing, add_figure, file_case, happen
from lookout.web.cases.states import CaseVerb
from lookout.web.cases.totals import Period, by_part, in_hand, total
from lookout.web.cases.words import SUMMED, Figure, ReportKind
from lookout.web.clues.models import Clue
from lookout.web.dispatch.models import Deadline, DispatchOrder, EffectCheck
from lookout.web.notices.models import Notice

NOW = datetime(2026, 9, 3, 10, tzinfo=SHANGHAI)
AUGUST = Period(date(2026, 8, 1), date(2026, 8, 31))
FILING = Filing(
    name="案",
    company_name="企业",
    clue_source="model",
    lead_region="440106",
    industry="p2p",
    mode="网贷",
    first_found_on=date(2025, 1, 1),
    filed_on=date(2026, 8, 10),
)
Sign = Callable[[str], Client]


def _file(
    by: User, region: str, filed_on: date, absorbed: int = 0, source: str = "model", participants: int = 0
) -> Case:
    filing = replace(
        FILING,
        lead_region=region,
        filed_on=filed_on,
        absorbed=Decimal(absorbed),
        clue_source=source,
        participants=Decimal(participants),
    )
    return file_case(by, filing, now=NOW)


@pytest.fixture
def province(cast: dict[str, User]) -> list[Case]:
    """Three cases of August in three districts of two cities, one of the August before, one closed in July."""
    chen = cast["chen"]
    closed = _file(chen, "440106", date(2025, 6, 1), 50)
    for verb, on, value in (
        (CaseVerb.INVESTIGATE, date(2025, 6, 2), ""),
        (CaseVerb.DETERMINE, date(2025, 7, 2), "not_illegal"),
        (CaseVerb.CLOSE, date(2026, 7, 5), ""),
    ):
        happen(chen, closed, verb, on=on, now=NOW, value=value)
    return [
        _file(chen, "440106", date(2026, 8, 10), 100, participants=7),
        _file(chen, "440104", date(2026, 8, 31), 200_000_000, source="petition"),
        _file(chen, "440305", date(2026, 8, 1), 400),
        _file(chen, "440305", date(2025, 8, 20), 800),
        closed,
    ]


def _monthly(code: str) -> Report:
    return owe(Agency.objects.get(code=code), ReportKind.MONTHLY, NOW)[0]


@pytest.mark.parametrize("region", ["44", "4401", "4403"])
def test_the_sums_of_a_level_equal_the_sums_of_its_parts(province: list[Case], region: str) -> None:
    listed = in_hand(region, AUGUST)
    whole = total(listed, AUGUST)
    parts = [total(ones, AUGUST) for ones in by_part(listed, region).values()]

    assert sum(part.new_cases for part in parts) == whole.new_cases
    assert sum(part.in_hand for part in parts) == whole.in_hand
    for figure in SUMMED:
        assert sum(part.figures[figure] for part in parts) == whole.figures[figure]


def test_what_was_closed_before_the_period_is_not_in_hand(province: list[Case]) -> None:
    july = Period(date(2026, 7, 1), date(2026, 7, 31))

    assert (total(in_hand("44", AUGUST), AUGUST).in_hand, total(in_hand("44", july), july).closed) == (4, 1)


@pytest.mark.parametrize(
    ("kind", "today", "expected"),
    [
        (ReportKind.MONTHLY, date(2026, 1, 1), (date(2025, 12, 1), date(2025, 12, 31))),
        (ReportKind.QUARTERLY, date(2026, 5, 30), (date(2026, 1, 1), date(2026, 3, 31))),
        (ReportKind.YEARLY, date(2026, 12, 31), (date(2025, 1, 1), date(2025, 12, 31))),
    ],
)
def test_the_newest_period_that_has_ended(kind: ReportKind, today: date, expected: tuple[date, date]) -> None:
    found = last_period(kind, today)

    assert (found.start, found.end) == expected


def test_a_report_goes_from_district_by_city_to_province_and_is_frozen(
    province: list[Case], cast: dict[str, User]
) -> None:
    wu, lin, chen = cast["wu"], cast["lin"], cast["chen"]
    report = _monthly("gz-tianhe")
    assert report_steps(lin, report) == []
    sent = submit(wu, report, version=1, now=NOW, remark="无")
    frozen = dict(sent.content)

    add_figure(
        wu, province[0], Figure.ABSORBED, Decimal(999), on=date(2026, 8, 11), now=NOW + timedelta(hours=1)
    )
    passed = review(lin, sent, version=sent.version, now=NOW)
    done = accept(chen, passed, version=passed.version, now=NOW)

    done.refresh_from_db()
    assert done.state == "accepted"
    assert done.content == frozen
    assert done.digest == sha256_hex(canonical(done.content))
    assert done.content["totals"]["absorbed"] == "100.00"
    with pytest.raises(DataError):
        submit(wu, done, version=done.version, now=NOW)


def test_a_returned_report_is_owed_again_and_says_why(province: list[Case], cast: dict[str, User]) -> None:
    sent = submit(cast["wu"], _monthly("gz-tianhe"), version=1, now=NOW)
    with pytest.raises(DataError, match="理由"):
        give_back(cast["lin"], sent, version=sent.version, now=NOW, reason=" ")

    back = give_back(cast["lin"], sent, version=sent.version, now=NOW, reason="数字不全")

    assert report_steps(cast["wu"], back) == ["submit"]
    assert Notice.objects.filter(person=cast["wu"], kind="report_returned").exists()
    assert submit(cast["wu"], back, version=back.version, now=NOW).return_reason == ""


def test_a_province_skips_no_city_review_and_closes_its_own(
    province: list[Case], cast: dict[str, User]
) -> None:
    district = submit(cast["wu"], _monthly("gz-tianhe"), version=1, now=NOW)
    assert report_steps(cast["chen"], district) == []
    with pytest.raises(DataError):
        accept(cast["chen"], district, version=district.version, now=NOW)
    city = submit(cast["lin"], _monthly("gz-lead"), version=1, now=NOW)
    assert report_steps(cast["chen"], city) == ["accept", "return"]
    assert submit(cast["chen"], _monthly("gd-lead"), version=1, now=NOW).state == "accepted"


def test_what_was_corrected_after_a_part_reported_shows_in_the_level_above(
    province: list[Case], cast: dict[str, User]
) -> None:
    submit(cast["wu"], _monthly("gz-tianhe"), version=1, now=NOW)
    later = NOW + timedelta(hours=2)
    add_figure(cast["wu"], province[0], Figure.ABSORBED, Decimal(150), on=date(2026, 8, 20), now=later)

    city = submit(cast["lin"], _monthly("gz-lead"), version=1, now=later)

    assert [(name, theirs, ours) for _one, name, theirs, ours in differences(city)] == [
        ("absorbed", "100.00", "150.00")
    ]


def test_periods_are_owed_once_and_none_from_before_the_agency_was_there(cast: dict[str, User]) -> None:
    User.objects.update(date_joined=datetime(2026, 8, 15, tzinfo=SHANGHAI))

    assert (owe_periodic(NOW), owe_periodic(NOW)) == (4, 0)
    assert set(Report.objects.values_list("kind", flat=True)) == {"monthly"}


def test_reminders_go_once_before_and_once_after_to_those_above_too(cast: dict[str, User]) -> None:
    report = _monthly("gz-tianhe")

    assert [remind(report.due_at - timedelta(hours=n)) for n in (48, 20, 10)] == [0, 1, 0]
    late = report.due_at + timedelta(minutes=1)
    assert [remind(late), remind(late)] == [1, 0]
    assert Notice.objects.filter(person=cast["lin"], kind="report_late").count() == 1
    assert [line.is_late for line in list_reports(cast["lin"], "late", late)] == [True]


def test_a_submitted_report_without_its_digest_cannot_exist(cast: dict[str, User]) -> None:
    report = _monthly("gz-tianhe")

    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(state="submitted")


def test_onward_files_carry_what_was_frozen(
    province: list[Case], cast: dict[str, User], as_person: Sign
) -> None:
    report = submit(cast["chen"], _monthly("gd-lead"), version=1, now=NOW)
    chen = as_person("chen")

    def file(form: str) -> bytes:
        answer = chen.get(reverse("cases:report_file", args=[report.pk, form]))
        return b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]  # a streamed file

    told = json.loads(file("json"))
    assert told["digest"] == sha256_hex(canonical(told["report"])) == report.digest
    tree = ElementTree.fromstring(file("xml"))  # noqa: S314 - our own file
    assert len(tree.findall("cases/case")) == len(told["report"]["cases"]) == 4
    assert tree.findtext("totals/new_cases") == "3"
    assert file("xlsx").startswith(b"PK")


# ---- statistics and assessment -------------------------------------------------------------------
def test_statistics_count_by_month_beside_the_same_days_of_the_year_before(province: list[Case]) -> None:
    found = statistics.table("44", 2026, "cases", date(2026, 9, 3))

    assert [line.region for line in found.lines] == ["4401", "4403"]
    assert (found.total.months[7], found.total.months[8], found.total.months[9]) == (3, 0, None)
    assert (found.total.total, found.total.before, found.total.change) == (3, 2, Decimal("0.5"))
    money = statistics.table("44", 2026, "absorbed", date(2026, 9, 3))
    assert sum(line.total for line in money.lines) == money.total.total == 200_000_500


def test_each_number_of_the_statistics_opens_to_as_many_cases(cast: dict[str, User], as_person: Sign) -> None:
    today = timezone.localdate()
    file_case(cast["chen"], replace(FILING, filed_on=today), now=timezone.now())
    chen = as_person("chen")
    page = chen.get(reverse("cases:statistics"))

    links = [pair for _line, cells in page.context["lines"] for pair in cells if pair[0]]
    assert len(links) == 4
    for value, query in links:
        listed = chen.get(f"{reverse('cases:list')}?{query}")
        assert listed.context["paging"].total == value
    assert (
        chen.get(reverse("cases:statistics"), {"year": "x", "measure": "x", "region": "4401"}).status_code
        == 200
    )


def _order(cast: dict[str, User], number: int) -> DispatchOrder:
    agency = Agency.objects.get(code="gz-tianhe")
    clue = Clue.objects.create(
        number=f"44010620260801{number:04d}",
        source="model",
        company_name=f"企业{number}",
        found_at=NOW,
        opened_at=NOW,
        state="handling",
        owner=agency,
    )
    return DispatchOrder.objects.create(
        clue=clue, agency=agency, sent_by=cast["lin"], sent_at=datetime(2026, 8, 2, tzinfo=SHANGHAI)
    )


def _deadline(order: DispatchOrder, event: str, due: int, met: int | None, void: int | None = None) -> None:
    def at(day: int | None) -> datetime | None:
        return None if day is None else datetime(2026, 8, day, tzinfo=SHANGHAI)

    due_at = at(due)
    assert due_at is not None
    Deadline.objects.create(
        clue=order.clue,
        order=order,
        owner=order.agency,
        event=event,
        started_at=order.sent_at,
        due_at=due_at,
        basis="",
        met_at=at(met),
        void_at=at(void),
    )


def test_the_assessment_counts_what_was_due_and_what_was_met(
    province: list[Case], cast: dict[str, User]
) -> None:
    for number, (met, void) in enumerate([(9, None), (11, None), (None, None), (None, 5)]):
        _deadline(_order(cast, number), "conclude", 10, met, void)
    for days, effect in enumerate((Decimal("0.599"), Decimal("0.600"), None), 30):
        EffectCheck.objects.create(
            clue=Clue.objects.get(number="440106202608010000"),
            days=days,
            closed_at=NOW,
            due_on=AUGUST.end,
            computed_at=datetime(2026, 8, 20, tzinfo=SHANGHAI),
            effect=effect,
        )

    found = {score.part: (score.good, score.all) for score in assessment.assess("4401", AUGUST).scores}

    assert found[Part.CLOSED] == (1, 3)
    assert found[Part.VERIFIED] == (0, 0)
    assert found[Part.HANDLED] == (0, 4)
    assert found[Part.EFFECTIVE] == (1, 2)
    # Two cases without all figures, and a flash report that never came.
    assert found[Part.DATA] == (0, 3)


def test_old_cases_count_when_they_were_open_at_the_beginning(province: list[Case]) -> None:
    july = Period(date(2026, 7, 1), date(2026, 7, 31))

    found = [
        {score.part: (score.good, score.all) for score in assessment.assess("4401", period).scores}
        for period in (july, AUGUST)
    ]

    assert [one[Part.OLD_CASES] for one in found] == [(1, 1), (0, 0)]


def test_a_major_case_that_others_found_costs_five_points(
    province: list[Case], cast: dict[str, User]
) -> None:
    for number in range(9):
        Outreach.objects.create(
            agency=Agency.objects.get(code="gz-lead"),
            title=f"讲座{number}",
            people=10,
            on=date(2026, 8, 3),
            entered_at=NOW,
            entered_by=cast["lin"],
        )
    city, other = assessment.assess("4401", AUGUST), assessment.assess("4403", AUGUST)

    assert (city.missed, other.missed) == (1, 0)
    assert [row.why for row in assessment.missed_rows("4401", AUGUST)] == ["信访"]
    # Two parts could be judged: data has nothing of its 10, publicity its 5, so 33.33 of 100, less 5.
    assert city.points == Decimal("28.33")
    assert assessment.assess("4420", AUGUST).points == Decimal("0.00")


def test_each_part_opens_to_as_many_rows(
    province: list[Case], cast: dict[str, User], as_person: Sign
) -> None:
    _deadline(_order(cast, 1), "first_visit", 10, 9)
    lin, asked = as_person("lin"), {"begin": "2026-08-01", "end": "2026-08-31", "region": "4401"}
    page = lin.get(reverse("cases:assessment"), asked)

    for one in page.context["found"]:
        for score in one.scores:
            rows = lin.get(
                reverse("cases:assessment_rows", args=[score.part.value]), {**asked, "region": one.region}
            ).context["rows"]
            assert sum(row.is_good for row in rows) == score.good
            assert len(rows) == score.all or score.part is Part.OUTREACH
    # A foreign region is answered with the own one.
    assert lin.get(reverse("cases:assessment"), {**asked, "region": "4403"}).context["region"] == "4401"


def test_publicity_is_entered_by_the_own_agency(as_person: Sign, cast: dict[str, User]) -> None:
    wu, address = as_person("wu"), reverse("cases:outreach")
    day = timezone.localdate()

    wu.post(address, {"title": "进社区", "on": day.isoformat(), "people": "30"})
    wu.post(address, {"title": "明天", "on": (day + timedelta(days=1)).isoformat(), "people": "30"})

    assert [(one.title, one.agency.code) for one in Outreach.objects.all()] == [("进社区", "gz-tianhe")]


def test_a_report_is_sent_and_returned_in_the_browser(as_person: Sign, cast: dict[str, User]) -> None:
    wu, lin = as_person("wu"), as_person("lin")
    address = wu.post(reverse("cases:owe"), {"kind": "monthly"}).headers["Location"]
    report = Report.objects.get()
    assert "按现有登记算出的数" in wu.get(address).content.decode()
    step = lambda name: reverse("cases:report_step", args=[report.pk, name])  # noqa: E731 - short for the lines below

    assert wu.post(step("submit"), {"version": 1, "text": "无新案"}).status_code == 302
    assert lin.post(step("return"), {"version": 2, "text": ""}).status_code == 422
    assert lin.post(step("return"), {"version": 2, "text": "请补"}).status_code == 302
    assert "请补" in wu.get(address).content.decode()
    assert wu.get(reverse("cases:reports")).context["lines"][0].is_mine
