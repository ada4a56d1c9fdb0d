"""What people keep beside the model's ratings: reviews by two people, watch lists, the difference of two runs."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from lookout.hub.reading.difference import KINDS
from lookout.kernel.errors import DataError
from lookout.web import published
from lookout.web.accounts.models import User
from lookout.web.audit.models import AuditEntry
from lookout.web.clues import services as clues
from lookout.web.clues.services import Found
from lookout.web.clues.words import Source
from lookout.web.companies import reviewing, watching
from lookout.web.companies.models import RatingReview, Watched
from lookout.web.companies.states import TRANSITIONS, ReviewState, ReviewVerb
from lookout.web.notices.models import Notice
from tests.web.fake_reader import COMPANIES, IN_NANSHAN, IN_TIANHE

NOW = timezone.now()
TODAY = timezone.localdate(NOW)
IN_30_DAYS = TODAY + timedelta(days=30)


def _propose(by: User, **more: Any) -> RatingReview:
    given = {"band": "yellow", "reason": "已核实，资金已退还", "expires_on": IN_30_DAYS, **more}
    return reviewing.propose(by, IN_TIANHE, run_id="run-2", now=NOW, **given)


def _approve(by: User, review: RatingReview) -> RatingReview:
    return reviewing.take(by, review, ReviewVerb.APPROVE, version=review.version, note="", now=NOW)


@pytest.fixture
def in_force(cast: dict[str, User]) -> RatingReview:
    return _approve(cast["chen"], _propose(cast["lin"]))


# ---- reviews -------------------------------------------------------------------------------------
def test_every_state_of_a_review_can_be_reached() -> None:
    assert {ReviewState.PROPOSED} | set(TRANSITIONS.values()) == set(ReviewState)


def test_a_review_counts_only_after_a_second_person_agreed(cast: dict[str, User]) -> None:
    review = _propose(cast["lin"])
    assert reviewing.reviews_in_force(None, TODAY) == {}
    with pytest.raises(DataError, match="不归您办"):
        _approve(cast["lin"], review)

    assert _approve(cast["chen"], review).state == ReviewState.APPROVED
    assert list(reviewing.reviews_in_force(None, TODAY)) == [IN_TIANHE.identifier]


def test_the_database_itself_refuses_one_person_for_both(in_force: RatingReview) -> None:
    in_force.decided_by = in_force.proposed_by

    with pytest.raises(IntegrityError), transaction.atomic():
        in_force.save()


def test_people_of_a_district_neither_propose_nor_decide(cast: dict[str, User]) -> None:
    with pytest.raises(DataError, match="角色"):
        _propose(cast["wu"])
    with pytest.raises(DataError, match="不归您办"):
        _approve(cast["wu"], _propose(cast["lin"]))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"band": IN_TIANHE.band}, "不同的等级"),
        ({"reason": "  "}, "依据"),
        ({"expires_on": TODAY + timedelta(days=91)}, "最长 90 天"),
        ({"expires_on": TODAY}, "有效期"),
    ],
)
def test_a_review_without_sense_is_refused(cast: dict[str, User], more: dict[str, Any], told: str) -> None:
    with pytest.raises(DataError, match=told):
        _propose(cast["lin"], **more)


def test_a_company_has_one_living_review(cast: dict[str, User], in_force: RatingReview) -> None:
    with pytest.raises(DataError, match="已有一条"):
        _propose(cast["lin"])

    reviewing.take(cast["chen"], in_force, ReviewVerb.END, version=in_force.version, note="情况有变", now=NOW)
    assert _propose(cast["lin"]).state == ReviewState.PROPOSED


def test_two_deciding_at_once_is_one_decision(cast: dict[str, User]) -> None:
    review = _propose(cast["lin"])
    _approve(cast["chen"], review)

    with pytest.raises(DataError, match="别人刚刚办过"):
        _approve(cast["chen"], review)


def test_a_review_is_over_the_day_after_whether_or_not_the_job_ran(
    cast: dict[str, User], in_force: RatingReview
) -> None:
    after = NOW + timedelta(days=31)
    assert IN_TIANHE.identifier in reviewing.reviews_in_force(None, IN_30_DAYS)
    assert reviewing.reviews_in_force(None, timezone.localdate(after)) == {}

    assert (reviewing.lapse_due(NOW), reviewing.lapse_due(after), reviewing.lapse_due(after)) == (0, 1, 0)
    in_force.refresh_from_db()
    assert in_force.state == ReviewState.LAPSED
    assert Notice.objects.filter(person=cast["lin"], text__contains="到期").exists()


def test_every_step_of_a_review_is_recorded(cast: dict[str, User], in_force: RatingReview) -> None:
    reviewing.lapse_due(NOW + timedelta(days=31))

    verbs = AuditEntry.objects.filter(company=IN_TIANHE.identifier).order_by("number")
    assert [entry.verb for entry in verbs] == ["review_propose", "review_approve", "review_lapse"]


def test_a_review_of_another_region_is_not_found(cast: dict[str, User], in_force: RatingReview) -> None:
    with pytest.raises(Http404):
        reviewing.access_review(cast["zhao"], in_force.pk)


def _book(answer: Any) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer))).get_sheet_by_index(0).to_python()


def test_list_page_and_excel_show_both_levels_in_the_same_words(
    in_force: RatingReview, as_person: Callable[[str], Client]
) -> None:
    client, said = as_person("wu"), f"人工复核为黄色，至 {IN_30_DAYS}"

    screen = client.get(reverse("companies:list")).content.decode()
    rows = _book(client.get(reverse("companies:export")))
    dossier = client.get(reverse("companies:page", args=[IN_TIANHE.identifier])).content.decode()

    assert screen.count(said) == 1
    assert [row[0] for row in rows if "人工" in row[0]] == [f"红色（{said}）"]
    assert said in dossier
    assert "模型评级" in dossier
    assert "已核实，资金已退还" in dossier


def test_a_company_can_be_written_to_while_a_review_of_its_level_is_under_way(
    in_force: RatingReview, as_person: Callable[[str], Client]
) -> None:
    page = as_person("lin").get(reverse("companies:page", args=[IN_TIANHE.identifier])).content.decode()

    assert reverse("objections:letter", args=[IN_TIANHE.identifier]) in page


def test_a_review_is_proposed_and_decided_on_the_pages(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    address = reverse("companies:propose_review", args=[IN_TIANHE.identifier])
    refused = as_person("lin").post(address, {"band": "yellow", "reason": "", "expires_on": IN_30_DAYS})
    assert refused.status_code == 422
    as_person("lin").post(address, {"band": "yellow", "reason": "已退款", "expires_on": IN_30_DAYS})
    review = RatingReview.objects.get()
    assert Notice.objects.filter(person=cast["chen"], kind="review").exists()

    step = reverse("companies:review_step", args=[review.pk, "approve"])
    assert as_person("zhao").post(step, {"version": 1}).status_code == 404
    as_person("chen").post(step, {"version": 1, "note": "同意"})
    review.refresh_from_db()
    assert (review.state, review.decided_by) == (ReviewState.APPROVED, cast["chen"])
    assert "已退款" in as_person("chen").get(reverse("companies:reviews")).content.decode()


# ---- watch lists ---------------------------------------------------------------------------------
def _watch(user: User, *, is_shared: bool = False) -> Any:
    made = watching.make_list(user, name="重点盯防", is_shared=is_shared, now=NOW)
    watching.add(user, made, [IN_TIANHE], now=NOW)
    return made


def test_an_own_list_is_seen_by_its_owner_a_shared_one_by_the_agency(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    colleague = User.objects.create(
        username="sun", role="district_handler", region="440106", agency=cast["wu"].agency
    )
    own, shared = _watch(cast["wu"]), watching.make_list(cast["wu"], name="共用", is_shared=True, now=NOW)

    assert list(watching.lists_of(colleague)) == [shared]
    assert watching.companies_of(colleague, own.pk) == ()
    with pytest.raises(Http404):
        watching.access_list(cast["zhao"], shared.pk)
    assert "0 家" in as_person("zhao").get(reverse("companies:list"), {"watch": own.pk}).content.decode()


def test_a_list_shows_and_exports_its_companies_inside_the_region_only(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    made = _watch(cast["wu"], is_shared=True)
    watching.add(cast["wu"], made, [IN_NANSHAN], now=NOW)

    page = as_person("wu").get(reverse("companies:list"), {"watch": made.pk}).content.decode()
    assert "1 家" in page
    assert IN_NANSHAN.name not in page
    assert len(_book(as_person("wu").get(reverse("companies:export"), {"watch": made.pk}))) == 2


def test_companies_are_ticked_onto_a_list_and_off_it(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    address, ticked = reverse("companies:watch_many"), [IN_TIANHE.identifier, IN_NANSHAN.identifier]
    as_person("wu").post(address, {"company": ticked, "step": "add", "list": "", "next": "band=red"})
    made = watching.lists_of(cast["wu"]).get()
    # A foreign company cannot be ticked in.
    assert watching.companies_of(cast["wu"], made.pk) == (IN_TIANHE.identifier,)

    assert as_person("zhao").post(address, {"company": ticked, "list": made.pk}).status_code == 404
    as_person("wu").post(address, {"company": ticked, "step": "remove", "list": made.pk})
    assert not Watched.objects.exists()
    assert {e.verb for e in AuditEntry.objects.filter(verb__startswith="watch")} == {
        "watch_list_make",
        "watch_add",
        "watch_remove",
    }


def test_a_company_is_watched_from_its_page(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    address = reverse("companies:watch", args=[IN_TIANHE.identifier])
    as_person("wu").post(address, {"step": "add"})

    page = as_person("wu").get(reverse("companies:page", args=[IN_TIANHE.identifier])).content.decode()
    assert "已关注" in page
    as_person("wu").post(
        reverse("companies:delete_watch_list", args=[watching.lists_of(cast["wu"]).get().pk])
    )
    assert not Watched.objects.exists()


def test_watchers_are_told_once_when_the_level_changed_in_a_new_run(
    cast: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    _watch(cast["wu"], is_shared=True)
    assert watching.tell_bands(NOW) == 0
    reader: Any = published.reader()
    run = replace(reader.current(), run_id="run-3")
    monkeypatch.setattr(reader, "current", lambda: run)
    monkeypatch.setattr(reader, "_all", lambda: (replace(IN_TIANHE, band="orange"), *COMPANIES[1:]))

    assert (watching.tell_bands(NOW), watching.tell_bands(NOW)) == (1, 0)
    notice = Notice.objects.get(kind="watch")
    assert notice.person == cast["wu"]
    assert "红色 → 橙色" in notice.text


def test_watchers_are_told_of_a_new_clue_but_not_of_a_sealed_one(cast: dict[str, User]) -> None:
    _watch(cast["wu"])
    found = Found(Source.PETITION, IN_TIANHE.name, company=IN_TIANHE.identifier, region_business="440106")
    clues.open_clue(cast["lin"], replace(found, secrecy="sealed"), now=NOW)
    assert watching.tell_arrivals(NOW - timedelta(hours=1), NOW) == 0

    clues.open_clue(cast["lin"], found, now=NOW)

    assert watching.tell_arrivals(NOW - timedelta(hours=1), NOW) == 1
    assert watching.tell_arrivals(NOW, NOW + timedelta(hours=1)) == 0
    assert Notice.objects.get(kind="watch").person == cast["wu"]


# ---- the difference of two runs ------------------------------------------------------------------
def test_excel_equals_the_screen_for_every_kind(as_person: Callable[[str], Client]) -> None:
    client = as_person("lin")
    for kind in ("", *KINDS):
        page = client.get(reverse("companies:difference"), {"kind": kind})
        rows = _book(client.get(reverse("companies:difference_export"), {"kind": kind}))
        shown = [[cell.text for _title, cell, _number in cells] for _row, cells in page.context["lines"]]
        assert [row[1] for row in rows[1:]] == [line[1] for line in shown]
        assert len(shown) == page.context["page"].total


def test_the_kinds_add_up_to_the_whole_and_stay_in_the_region(as_person: Callable[[str], Client]) -> None:
    context = as_person("wu").get(reverse("companies:difference")).context

    assert sum(count for _title, count, _chosen, _address in context["kinds"]) == context["page"].total
    assert {row.region for row, _cells in context["lines"]} == {"440106"}


@pytest.mark.parametrize("query", ["?from=nothing&to=run-1", "?least=NaN", "?least=-3&kind=x&region=zz"])
def test_an_address_without_sense_still_answers(query: str, as_person: Callable[[str], Client]) -> None:
    answer = as_person("lin").get(reverse("companies:difference") + query)

    assert answer.status_code == 200
    assert answer.context["asked"].filter.least == Decimal(5)
