"""The situation: every number is the length of the list it links to, inside the person's own regions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.kernel.regions import regions
from lookout.web.accounts.models import Agency, User
from lookout.web.clues import services as clues
from lookout.web.clues.models import Clue
from lookout.web.clues.services import Found
from lookout.web.clues.words import Source
from lookout.web.dispatch import closing, onsite, services
from lookout.web.dispatch.models import DispatchOrder, EffectCheck
from lookout.web.dispatch.onsite import VisitForm
from lookout.web.situation.access import access_region
from lookout.web.situation.outlines import drawing
from lookout.web.situation.places import FIGURES
from lookout.web.situation.selectors import situation

Sign = Callable[[str], Client]
NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=90)
JUDGED = {"band": "red", "activity_class": "", "summary": "", "advice": "", "secrecy": "internal"}
OFFICERS = ({"name": "吴健", "card": "粤A001"}, {"name": "何平", "card": "粤A002"})
SITUATION = [
    ("situation:page", {}, (200, 200, 200, 200, 403, 302)),
    ("situation:page", {"region": "4401"}, (200, 200, 404, 404, 403, 302)),
    ("situation:page", {"region": "440106"}, (200, 200, 200, 404, 403, 302)),
    ("situation:page", {"region": "4403", "wall": "1"}, (200, 404, 404, 404, 403, 302)),
    ("situation:page", {"region": "9999"}, (404, 404, 404, 404, 403, 302)),
    ("situation:page", {"region": "<b>"}, (404, 404, 404, 404, 403, 302)),
    ("dispatch:work", {}, (200, 200, 200, 200, 403, 302)),
]
CAST = ("chen", "lin", "wu", "zhao", "auditor", "")


def _open(number: int, business: str, registered: str = "", source: Source = Source.MODEL) -> Clue:
    found = Found(
        source=source,
        company=f"91440106MA5D{number:06d}",
        company_name="粤海财富管理有限公司",
        event_key="warning",
        band="red",
        region_business=business,
        region_registered=registered or business,
    )
    return clues.open_clue(None, found, now=LONG_AGO)


def _handled(
    number: int, cast: dict[str, User], *, until: str = "close", measure: str = "list_abnormal"
) -> Clue:
    lin, wu = cast["lin"], cast["wu"]
    clue = services.triage(lin, _open(number, "440106"), version=1, now=LONG_AGO, **JUDGED)
    tianhe = Agency.objects.get(code="gz-tianhe")
    order: DispatchOrder = services.dispatch(lin, clue, tianhe, now=LONG_AGO, version=clue.version)
    if until == "send":
        return order.clue
    order = services.accept(wu, order, version=order.version, now=LONG_AGO)
    order = services.start(wu, order, version=order.version)
    seen = VisitForm(LONG_AGO, "天河路 1 号", OFFICERS, "soliciting", {}, form_key=f"v{number}")
    onsite.visit(wu, order, seen, [], now=NOW)
    taken = onsite.take_measure(
        wu, order, kind=measure, note="", now=NOW, form_key=f"m{number}", amount=None, due_on=None
    )
    if taken.needs_approval:
        onsite.decide_measure(lin, taken, approve=False, note="依据不足", now=NOW)
    order = services.report(
        wu, order, version=order.version, text="在揽客", proposed_outcome="admin", now=NOW
    )
    order = services.approve(lin, order, version=order.version, note="同意", now=NOW)
    clue = Clue.objects.get(pk=clue.pk)
    return closing.close_clue(
        lin, clue, version=clue.version, outcome="admin", outcome_reason="已列异", now=NOW
    )


@pytest.fixture
def busy(cast: dict[str, User]) -> dict[str, User]:
    """Clues in two cities at several steps: open, overdue, closed with and without effect, opened again."""
    _open(1, "440106", "440305", Source.PETITION)
    _open(2, "440305")
    _open(3, "440115")
    _handled(4, cast, until="send")
    closed = _handled(5, cast)
    EffectCheck.objects.filter(clue=closed, days=30).update(computed_at=NOW, effect="0.600")
    _handled(6, cast, measure="query_account")  # refused: does not count
    again = _handled(7, cast)
    closing.reopen_clue(cast["lin"], again, version=again.version, reason="再有投诉", now=NOW)
    return cast


def _length(client: Client, address: str) -> int:
    """Return how long the list behind an address says it is."""
    answer = client.get(address.replace("&amp;", "&"))
    assert answer.status_code == 200
    page = answer.context.get("page")
    total = answer.context["paging"].total if "paging" in answer.context else page.total
    return int(total)


@pytest.mark.parametrize(("name", "query", "expected"), SITUATION)
def test_each_person_reaches_their_own_regions(
    name: str, query: dict[str, str], expected: tuple[int, ...], as_person: Sign
) -> None:
    found = tuple(as_person(person).get(reverse(name), query).status_code for person in CAST)

    assert found == expected


@pytest.mark.parametrize(("person", "region"), [("chen", ""), ("chen", "4401"), ("lin", ""), ("wu", "")])
def test_every_number_that_is_a_link_is_the_length_of_its_list(
    person: str, region: str, busy: dict[str, User], as_person: Sign
) -> None:
    client = as_person(person)
    page = client.get(reverse("situation:page"), {"region": region}).content.decode()
    lists = f"(?:{reverse('companies:list')}|{reverse('clues:list')})"
    links = re.findall(rf'<a[^>]*href="({lists}\?[^"]*)"[^>]*>(.*?)</a>', page, re.S)

    assert len(links) > 12
    for address, inside in links:
        said = re.findall(r"\d[\d,]*", re.sub(r"<[^>]+>", " ", inside))
        assert _length(client, address) == int(said[-1].replace(",", "")), address


def test_the_lines_of_a_structure_add_up_to_the_whole(busy: dict[str, User]) -> None:
    it = situation(busy["chen"], "", "rate", NOW)

    assert sum(part.count for part in it.outcomes) == it.clues["closed"] == 2
    assert sum(effect.clues for effect in it.effects) == it.clues["closed"]
    assert sum(part.count for part in it.sources) == Clue.objects.count() == 7
    assert sum(part.count for part in it.types) == it.bands["red"] + it.bands["orange"]
    assert sum(place.warned for place in it.places) == it.bands["red"] + it.bands["orange"]


def test_what_worked_and_what_is_late_is_said_by_outcome_and_agency(busy: dict[str, User]) -> None:
    it = situation(busy["lin"], "4401", "rate", NOW)

    assert [(one.name, one.clues, one.checks, one.mean) for one in it.effects] == [
        ("行政处置", 2, 1, pytest.approx(0.6))
    ]
    assert (it.clues["reopened"], it.clues["ever_closed"]) == (1, 3)
    assert [(one.name, one.count) for one in it.measures] == [("列异", 2)]
    # The city has not judged two clues in time, the district has not answered one.
    assert [(one.name, one.clues) for one in it.late] == [
        ("广州市地方金融管理局（演示）", 2),
        ("天河区处置非法集资办公室（演示）", 1),
    ]


def test_a_city_sees_its_districts_and_nothing_of_its_neighbours(
    busy: dict[str, User], as_person: Sign
) -> None:
    it = situation(busy["lin"], access_region(busy["lin"], ""), "open", NOW)
    page = as_person("lin").get(reverse("situation:page")).content.decode()

    assert {place.prefix[:4] for place in it.places} == {"4401"}
    assert {place.name for place in it.places} >= {"天河区", "南沙区"}
    assert "南山" not in page
    assert "深圳" not in page
    # Traded in Tianhe and registered in Nanshan: each side sees the clue, at its own place.
    assert {place.prefix: place.open for place in it.places if place.open} == {"440106": 3, "440115": 1}
    zhao = situation(busy["zhao"], "440305", "open", NOW)
    assert [(place.name, place.open) for place in zhao.places] == [("南山区", 2)]


def test_what_reaches_beyond_the_own_region_is_not_found(cast: dict[str, User]) -> None:
    for wanted in ("44", "4403", "44010", "x", "0" * 7):
        with pytest.raises(Http404):
            access_region(cast["lin"], wanted)
    cast["wu"].region = ""
    with pytest.raises(Http404):
        access_region(cast["wu"], "440106")


def test_every_city_of_the_province_has_its_outline() -> None:
    cities = {
        code[:4]
        for code, region in regions().items()
        if region.valid_to is None and code.endswith("00") and code[2:4] != "00"
    }

    assert set(drawing().outlines) == cities
    for outline in drawing().outlines.values():
        assert 0 < outline.x < drawing().width
        assert 0 < outline.y < drawing().height


@pytest.mark.parametrize("figure", FIGURES)
def test_the_map_shows_the_figure_of_the_list(figure: str, busy: dict[str, User]) -> None:
    places = situation(busy["chen"], "", figure, NOW).places

    assert len(places) == 21
    assert [place.value for place in places] == [getattr(place, figure) for place in places]
    values = [place.value or 0 for place in places]
    assert values == sorted(values, reverse=True)
    assert places[0].level == 5
    assert {place.level for place in places if not place.value} == {0}


@pytest.mark.parametrize("reader", ["empty", "nothing published"])
@pytest.mark.parametrize("wall", ["", "1"])
def test_nothing_to_show_says_so(
    reader: str, wall: str, as_person: Sign, use_reader: Callable[[str], Any]
) -> None:
    use_reader(reader)

    answer = as_person("chen").get(reverse("situation:page"), {"wall": wall})

    assert answer.status_code == 200
    said = "没有超期的线索" if reader == "empty" else "还没有发布任何一次评级"
    assert said in answer.content.decode()


def test_the_wall_renews_itself_and_leads_nowhere(busy: dict[str, User], as_person: Sign) -> None:
    page = as_person("chen").get(reverse("situation:page"), {"wall": "1"}).content.decode()

    assert '<meta http-equiv="refresh" content="300">' in page
    assert "<a " not in page
    assert "<nav" not in page


def test_many_clues_cost_no_more_questions_than_few(
    busy: dict[str, User], django_assert_max_num_queries: Any
) -> None:
    for number in range(100, 140):
        _open(number, "440106")
    with django_assert_max_num_queries(16):
        situation(busy["chen"], "", "open", NOW)


def test_the_list_narrows_to_what_is_late_taken_or_opened_again(
    busy: dict[str, User], as_person: Sign
) -> None:
    client, address = as_person("chen"), reverse("clues:list")
    tianhe, police = (Agency.objects.get(code=code).pk for code in ("gz-tianhe", "gz-tianhe-police"))

    assert _length(client, f"{address}?late=1&agency={tianhe}") == 1
    assert _length(client, f"{address}?late=1&agency={police}") == 0
    assert _length(client, f"{address}?late=1&agency=x") == _length(client, f"{address}?late=1") == 4
    assert _length(client, f"{address}?measure=list_abnormal&measure=fine") == 2
    assert _length(client, f"{address}?reopened=1") == 1
    assert _length(client, f"{address}?state=closed") == 2
