"""A company sees its own rating by a code, objects to a fact, and is answered in time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.audit.models import AuditEntry
from lookout.web.companies import reviewing
from lookout.web.companies.states import ReviewVerb
from lookout.web.notices.models import Notice
from lookout.web.objections import services
from lookout.web.objections.grounds import contestable, own_view
from lookout.web.objections.models import AccessLetter, Objection
from lookout.web.objections.states import TRANSITIONS, ObjectionState, ObjectionVerb
from tests.web.fake_reader import IN_TIANHE

NOW = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
TODAY = NOW.date()
PAGE = "/my-rating/"


@pytest.fixture(autouse=True)
def _with_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    # The invented province has complaints only; its registration is what may be contested.
    monkeypatch.setattr(
        "lookout.web.objections.grounds.contestable", lambda: frozenset({"social_security_month"})
    )
    from tests.web import fake_reader

    whole = fake_reader._dossier

    def with_register(row):  # type: ignore[no-untyped-def]  # the fake's own shape
        from dataclasses import replace

        found = whole(row)
        register = replace(
            found.timeline[0], table="social_security_month", kind="行政处罚", text="张三被处罚"
        )
        return replace(found, timeline=(*found.timeline, register)) if found.timeline else found

    monkeypatch.setattr(fake_reader, "_dossier", with_register)


def _letter(cast: dict[str, User]) -> tuple[AccessLetter, str]:
    return services.issue(cast["lin"], IN_TIANHE, now=NOW)


def _objection(cast: dict[str, User]) -> Objection:
    letter, _code = _letter(cast)
    view = own_view(letter.company, TODAY)
    assert view is not None
    return services.object_to(letter, view.grounds[0], why="罚单已撤销", form_key="k1", now=NOW)


def test_every_state_can_be_reached() -> None:
    assert {ObjectionState.RECEIVED} | set(TRANSITIONS.values()) == set(ObjectionState)


def test_what_comes_from_people_is_never_contestable_because_it_is_never_shown() -> None:
    from lookout.web.objections import grounds

    tables = grounds.yaml.safe_load(
        (grounds.Path(grounds.__file__).parent / "catalogue" / "contestable.yaml").read_text("utf-8")
    )["tables"]
    for table in ("complaint_ticket", "national_clue", "partner_clue", "bank_transaction", "police_case",
                  "fundraising_person", "site_visit", "desk_outcome", "company_executive", "company_shareholder"):  # fmt: skip
        assert table not in tables


def test_the_code_is_kept_as_a_digest_and_a_new_letter_ends_the_old(cast: dict[str, User]) -> None:
    letter, code = _letter(cast)
    assert code.replace("-", "") not in str(vars(letter))
    assert services.open_letter(code.lower().replace("-", " "), now=NOW) == letter

    _later, other = services.issue(cast["lin"], IN_TIANHE, now=NOW + timedelta(hours=1))
    assert services.open_letter(code, now=NOW + timedelta(hours=1)) is None
    assert services.open_letter(other, now=NOW + timedelta(days=61)) is None


def test_only_lead_offices_issue_letters(cast: dict[str, User]) -> None:
    with pytest.raises(DataError, match="角色"):
        services.issue(cast["wu"], IN_TIANHE, now=NOW)


def test_an_objection_must_be_answered_within_fifteen_working_days(cast: dict[str, User]) -> None:
    objection = _objection(cast)

    assert objection.due_at.astimezone(SHANGHAI).date().isoformat() == "2026-12-14"
    assert Notice.objects.filter(kind="objection", person=cast["lin"]).exists()
    assert not Notice.objects.filter(kind="objection", person=cast["zhao"]).exists()
    assert (services.remind(NOW), services.remind(objection.due_at), services.remind(objection.due_at)) == (
        0,
        1,
        0,
    )


def test_the_same_form_twice_is_one_objection(cast: dict[str, User]) -> None:
    first = _objection(cast)
    view = own_view(IN_TIANHE.identifier, TODAY)
    assert view is not None

    assert services.object_to(first.letter, view.grounds[0], why="x", form_key="k1", now=NOW) == first


def test_a_decision_without_words_or_by_whoever_was_slower_is_refused(cast: dict[str, User]) -> None:
    objection = _objection(cast)
    taken = services.take(cast["lin"], objection, ObjectionVerb.TAKE, version=1, answer="", now=NOW)
    with pytest.raises(DataError, match="答复"):
        services.take(cast["lin"], taken, ObjectionVerb.DISMISS, version=2, answer=" ", now=NOW)
    with pytest.raises(DataError, match="别人刚刚"):
        services.take(cast["chen"], taken, ObjectionVerb.UPHOLD, version=1, answer="成立", now=NOW)

    upheld = services.take(cast["chen"], taken, ObjectionVerb.UPHOLD, version=2, answer="成立", now=NOW)
    done = services.take(cast["chen"], upheld, ObjectionVerb.CORRECT, version=3, answer="已更正", now=NOW)
    assert (done.state, done.answer) == (ObjectionState.CORRECTED, "成立\n已更正")
    verbs = AuditEntry.objects.filter(object_type="objections.objection").order_by("number")
    assert [entry.verb.removeprefix("objection_") for entry in verbs] == [
        "receive",
        "take",
        "uphold",
        "correct",
    ]


def test_the_database_refuses_a_decision_without_an_answer(cast: dict[str, User]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.filter(pk=_objection(cast).pk).update(state="dismissed")


# ---- the company's page --------------------------------------------------------------------------
def _code(as_person: Callable[[str], Client]) -> str:
    page = as_person("lin").post(reverse("objections:letter", args=[IN_TIANHE.identifier])).content.decode()
    found = re.search(r"<code>((?:[A-Z0-9]{4}-){2}[A-Z0-9]{4})</code>", page)
    assert found is not None
    return found[1]


def test_a_company_sees_its_level_and_registers_and_nobody_else_and_no_weights(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    page = Client().post(PAGE, {"code": _code(as_person)}).content.decode()

    assert "红色" in page
    assert "行政处罚，2026-10-30" in page
    for secret in ("投诉", "张三", str(IN_TIANHE.score), "宣称年化", "F02", "权重"):
        assert secret not in page, secret


def test_a_company_sees_what_people_judged_instead_of_the_model(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    now = timezone.now()
    day = timezone.localdate(now) + timedelta(days=30)
    review = reviewing.propose(
        cast["lin"], IN_TIANHE, run_id="run-2", band="yellow", reason="已核实", expires_on=day, now=now
    )
    code = _code(as_person)
    assert "人工复核" not in Client().post(PAGE, {"code": code}).content.decode()

    reviewing.take(cast["chen"], review, ReviewVerb.APPROVE, version=review.version, note="", now=now)

    assert f"人工复核为黄色，至 {day.isoformat()}" in Client().post(PAGE, {"code": code}).content.decode()


def test_a_company_objects_and_reads_the_answer_under_the_same_code(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    code, company = _code(as_person), Client()
    form = {"code": code, "form_key": "k9", "ground": "social_security_month:2026-10-30", "why": "罚单已撤销"}
    assert "异议已收到" in company.post(PAGE, form).content.decode()
    company.post(PAGE, form)
    objection = Objection.objects.get()

    lin = as_person("lin")
    for name, answer in (("take", ""), ("dismiss", "处罚决定仍有效")):
        objection.refresh_from_db()
        lin.post(reverse("objections:step", args=[objection.pk, name]),
                 {"version": objection.version, "answer": answer})  # fmt: skip
    assert "处罚决定仍有效" in company.post(PAGE, {"code": code}).content.decode()
    assert "处罚决定仍有效" in lin.get(reverse("objections:page", args=[objection.pk])).content.decode()
    assert as_person("zhao").get(reverse("objections:page", args=[objection.pk])).status_code == 404


def test_a_fact_that_is_not_offered_cannot_be_named(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    form = {"code": _code(as_person), "form_key": "k9", "ground": "complaint:2026-10-30", "why": "x"}

    assert Client().post(PAGE, form).status_code == 422
    assert not Objection.objects.exists()


@pytest.mark.django_db
def test_guessing_codes_is_stopped() -> None:
    answers = [Client().post(PAGE, {"code": f"AAAA-AAAA-{number:04d}"}).status_code for number in range(22)]

    assert answers == [422] * 20 + [429] * 2


def test_the_list_of_tables_is_read() -> None:
    assert contestable()
