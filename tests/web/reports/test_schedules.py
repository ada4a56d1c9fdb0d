"""The daily brief waits in the morning; each period is made once; one that fails says why."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.jobs.services import JOBS
from lookout.web.notices.models import Notice
from lookout.web.reports import scheduling
from lookout.web.reports.models import Report, Schedule
from lookout.web.reports.reading import period_words
from lookout.web.reports.scheduling import add_schedule, make_due
from lookout.web.reports.subjects import last_period

MORNING = datetime(2026, 11, 22, 6, 30, tzinfo=SHANGHAI)


def test_the_daily_brief_sets_itself_up_and_waits_in_the_morning(cast: dict[str, User]) -> None:
    assert make_due(MORNING.replace(hour=5)) == 0
    assert make_due(MORNING) == 1

    report = Report.objects.get()
    assert (report.kind, report.period_start, report.state) == ("brief", date(2026, 11, 21), "draft")
    assert Notice.objects.filter(person=cast["chen"], link__contains=report.number).exists()


def test_a_period_is_made_once_however_often_the_job_runs(cast: dict[str, User]) -> None:
    counts = [make_due(MORNING + timedelta(minutes=minutes)) for minutes in (0, 1, 600)]

    assert counts == [1, 0, 0]
    assert make_due(MORNING + timedelta(days=1)) == 1


def test_who_stopped_the_daily_brief_does_not_get_it_again(cast: dict[str, User]) -> None:
    make_due(MORNING)
    scheduling.switch(cast["chen"], Schedule.objects.get(), is_active=False)

    assert make_due(MORNING + timedelta(days=1)) == 0


def test_one_that_fails_says_why_and_keeps_no_other_back(
    cast: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_schedule(cast["lin"], kind="brief", cycle="day", scope="none", subject="", from_hour=6, now=MORNING)
    add_schedule(cast["chen"], kind="brief", cycle="week", scope="none", subject="", from_hour=6, now=MORNING)
    made = scheduling.make

    def fails_for_lin(by: User, *args: object, **more: object) -> object:
        if by == cast["lin"]:
            raise DataError("模板填不出来")
        return made(by, *args, **more)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(scheduling, "make", fails_for_lin)

    assert make_due(MORNING) == 1
    assert Schedule.objects.get(owner=cast["lin"]).problem == "模板填不出来"
    monkeypatch.setattr(scheduling, "make", made)
    assert make_due(MORNING + timedelta(minutes=5)) == 1
    assert Schedule.objects.get(owner=cast["lin"]).problem == ""


def test_a_schedule_of_somebody_who_left_makes_nothing_and_says_so(cast: dict[str, User]) -> None:
    schedule = add_schedule(
        cast["lin"], kind="brief", cycle="day", scope="none", subject="", from_hour=6, now=MORNING
    )
    User.objects.filter(pk=cast["lin"].pk).update(is_active=False)

    assert make_due(MORNING) == 0
    schedule.refresh_from_db()
    assert "已停用" in schedule.problem


def test_the_brief_comes_after_the_head_of_the_day_that_it_prints() -> None:
    names = [job.name for job in JOBS]

    assert names.index("publish_head") < names.index("make_reports")


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("day", (date(2026, 11, 21), date(2026, 11, 21))),
        ("week", (date(2026, 11, 9), date(2026, 11, 15))),
        ("month", (date(2026, 10, 1), date(2026, 10, 31))),
        ("quarter", (date(2026, 7, 1), date(2026, 9, 30))),
        ("year", (date(2025, 1, 1), date(2025, 12, 31))),
    ],
)
def test_a_period_is_the_newest_that_is_over(period: str, expected: tuple[date, date]) -> None:
    assert last_period(period, date(2026, 11, 22)) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 11, 21), date(2026, 11, 21), "2026年11月21日"),
        (date(2026, 2, 1), date(2026, 2, 28), "2026年2月"),
        (date(2026, 7, 1), date(2026, 9, 30), "2026年第三季度"),
        (date(2025, 1, 1), date(2025, 12, 31), "2025年"),
        (date(2026, 11, 9), date(2026, 11, 15), "2026年11月9日至11月15日"),
        (date(2025, 12, 29), date(2026, 1, 4), "2025年12月29日至2026年1月4日"),
    ],
)
def test_periods_are_written_as_officers_write_them(start: date, end: date, expected: str) -> None:
    assert period_words(start, end) == expected
