"""The index of the desk: computed once for each run, opened by scope, and equal to what it is made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.web.accounts.models import Agency, User
from lookout.web.audit.models import AppendOnlyError
from lookout.web.clues import services as clues
from lookout.web.clues.services import Found
from lookout.web.clues.words import Secrecy, Source
from lookout.web.dispatch.models import Deadline
from lookout.web.situation.index_history import follow_run
from lookout.web.situation.index_inputs import holdings
from lookout.web.situation.index_rules import index_rules
from lookout.web.situation.index_selectors import index_history, newest_below, newest_index
from lookout.web.situation.models import IndexPoint
from tests.web.fake_reader import COMPANIES, RUNS

Sign = Callable[[str], Client]
NOW = timezone.now()


def _clue(number: int, region: str, *, secrecy: str = "internal") -> Any:
    found = Found(
        source=Source.MODEL,
        company=COMPANIES[number].identifier,
        company_name=COMPANIES[number].name,
        event_key="warning",
        band="red",
        region_business=region,
        region_registered=region,
    )
    clue = clues.open_clue(None, found, now=NOW - timedelta(days=90))
    type(clue).objects.filter(pk=clue.pk).update(secrecy=secrecy)
    return clue


@pytest.mark.django_db
def test_a_run_is_computed_once_for_every_region() -> None:
    assert follow_run(NOW) == 1 + 2 + 3  # the province, two cities, three districts
    assert follow_run(NOW) == 0

    line = newest_index("")
    assert line is not None
    assert (line.point.month, line.change, line.before) == ("2026-10", None, None)
    assert {one.point.region for one in newest_below("")} == {"4401", "4403"}
    assert {one.point.region for one in newest_below("4401")} == {"440106", "440115"}
    assert newest_below("440106") == []


@pytest.mark.django_db
def test_every_point_adds_up_by_part_by_place_and_by_kind() -> None:
    follow_run(NOW)
    for point in IndexPoint.objects.all():
        parts = {name: Decimal(part["points"]) for name, part in point.parts.items()}
        assert sum(parts.values()) == point.raw
        for name in ("places", "kinds"):
            assert sum(map(Decimal, point.detail[name].values())) == parts["density"]


@pytest.mark.django_db
def test_a_month_is_smoothed_with_the_one_before_and_compared_with_it() -> None:
    follow_run(NOW)
    now = newest_index("4401")
    assert now is not None
    earlier = IndexPoint.objects.get(pk=now.point.pk)
    earlier.pk, earlier.month, earlier.run_id, earlier.value = None, "2026-09", "run-0", Decimal("80.00")
    earlier._state.adding = True
    earlier.save()
    IndexPoint.objects.filter(month="2026-10")._raw_delete("default")
    follow_run(NOW)

    line = newest_index("4401")
    assert line is not None
    assert abs(line.point.value - (line.point.raw + 80) / 2) <= Decimal("0.005")
    assert line.change == line.point.value - Decimal("80.00")
    assert [point.month for point in index_history("4401")] == ["2026-09", "2026-10"]


@pytest.mark.django_db
def test_what_was_published_is_neither_changed_nor_deleted() -> None:
    follow_run(NOW)
    point = IndexPoint.objects.first()
    assert point is not None
    with pytest.raises(AppendOnlyError):
        point.save()
    with pytest.raises(AppendOnlyError):
        point.delete()


def test_overdue_clues_raise_the_backlog_and_sealed_ones_are_not_in_it(cast: dict[str, User]) -> None:
    owner = Agency.objects.get(code="gz-tianhe")
    for clue in (_clue(0, "440106"), _clue(3, "440106", secrecy=Secrecy.SEALED)):
        past = NOW - timedelta(days=1)
        Deadline.objects.create(
            clue=clue, owner=owner, event="triage", started_at=past, due_at=past, basis="x"
        )
    held = holdings(RUNS[0], index_rules(), NOW)

    assert (held.by_region["440106"].open_clues, held.by_region["440106"].late) == (1, 1)
    assert held.by_region["44"].open_clues == 1


def test_a_window_too_short_to_compare_leaves_the_flow_out(cast: dict[str, User]) -> None:
    # The runs of the invented province are a day apart.
    held = holdings(RUNS[0], index_rules(), NOW)

    assert held.since is None
    assert all(one.new_warned is None for one in held.by_region.values())


def test_each_person_reads_the_index_of_their_own_regions(as_person: Sign) -> None:
    follow_run(NOW)
    address = reverse("situation:index")

    assert as_person("chen").get(address, {"region": "4403"}).status_code == 200
    assert as_person("lin").get(address, {"region": "4403"}).status_code == 404
    assert as_person("wu").get(address, {"region": "440115"}).status_code == 404
    assert as_person("auditor").get(address).status_code == 403
    page = as_person("lin").get(address).content.decode()
    assert "天河区" in page
    assert "南山" not in page
    export = as_person("lin").get(reverse("situation:index_export"), {"region": "4403"})
    assert export.status_code == 404


def test_the_page_says_what_is_missing_and_opens_its_companies(as_person: Sign) -> None:
    follow_run(NOW)
    page = as_person("chen").get(reverse("situation:index")).content.decode()

    assert "没有上月可比" in page
    assert "没有保留足够早的评级结果" in page
    line = newest_index("")
    assert line is not None
    for driver in line.point.detail["drivers"]:
        assert reverse("companies:page", args=[driver["company"]]) in page
    assert "<b>众人通" not in page
    assert "基期" in page
    answer = as_person("chen").get(reverse("situation:index_export"))
    assert answer["Content-Type"].startswith("application/vnd.openxml")


def test_before_the_first_computation_the_page_says_what_to_do(as_person: Sign) -> None:
    page = as_person("chen").get(reverse("situation:index")).content.decode()

    assert "还没有指数" in page
    assert "定时任务" in page
    assert "—" in as_person("chen").get(reverse("situation:page")).content.decode()


@pytest.mark.parametrize("reader", ["empty", "nothing published"])
def test_an_empty_province_has_no_index(reader: str, db: None, use_reader: Callable[[str], Any]) -> None:
    use_reader(reader)

    assert follow_run(NOW) in (0, 1)
    line = newest_index("")
    assert line is None or set(line.point.parts) == {"public", "backlog"}
