"""Schemes live by their mechanics: new money pays old, then less, then nothing, and only then people complain."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from lookout.demo import load_scenario
from lookout.demo.calendar import Calendar
from lookout.demo.cells import NEVER
from lookout.demo.life import DELAYED, LIMITED, NOT_STARTED, PAYING, STOPPED, Course, live
from tests.demo.conftest import COMPANIES
from tests.demo.reading import Row, table, truth

CLASSES = {
    "illegal_fundraising", "illegal_securities", "illegal_futures", "illegal_forex", "illegal_gold",
    "illegal_payment", "illegal_token",
}  # fmt: skip


@pytest.fixture(scope="module", params=["guangdong", "unseen"])
def course(request: pytest.FixtureRequest) -> Course:
    """Hundreds of schemes of the first kind of a scenario."""
    scenario = load_scenario(request.param)
    kind = next(iter(scenario.schemes.values()))
    return live(np.random.default_rng(3), kind, 400, Calendar(scenario.as_of, scenario.history_months))


@pytest.fixture(scope="module")
def schemes(clean: Path) -> dict[str, Row]:
    """The truth of the schemes by code."""
    return {uscc: row for uscc, row in truth(clean).items() if row["group"] == "scheme"}


def test_nothing_moves_before_the_start_and_after_the_end(course: Course) -> None:
    outside = (course.stage == NOT_STARTED) | (course.stage == STOPPED)

    assert not course.inflow[outside].any()
    assert not course.paid[outside].any()


def test_stages_only_get_worse(course: Course) -> None:
    assert (np.diff(course.stage.astype(int), axis=1) >= 0).all()


def test_no_scheme_pays_out_more_than_it_has(course: Course) -> None:
    assert (course.cash >= -1e-6).all()


def test_while_it_pays_it_pays_nearly_all_that_is_due(course: Course) -> None:
    # The month after which a scheme is in trouble is the one in which it first falls short.
    steady = (course.stage[:, :-1] == PAYING) & (course.stage[:, 1:] == PAYING)

    assert (course.paid[:, :-1][steady] >= 0.98 * course.due[:, :-1][steady]).all()


def test_in_trouble_it_pays_a_fraction(course: Course) -> None:
    for stage, most in ((LIMITED, 0.41), (DELAYED, 0.06)):
        there = (course.stage == stage) & (course.due > 0)

        assert (course.paid[there] <= most * course.due[there]).all()


def test_the_gap_between_promises_and_cash_is_wide_at_the_end(course: Course) -> None:
    collapsed = course.collapsed_on < NEVER

    assert collapsed.any()
    assert (course.principal[collapsed, -1] > course.cash[collapsed, -1]).all()


def test_delay_comes_before_collapse_and_after_the_start(course: Course) -> None:
    delayed, collapsed = course.delayed_on < NEVER, course.collapsed_on < NEVER

    assert (course.delayed_on[collapsed] < course.collapsed_on[collapsed]).all()
    assert (course.started_on[delayed] < course.delayed_on[delayed]).all()


def test_a_province_has_all_seven_classes_and_both_fallen_and_standing_schemes(
    schemes: dict[str, Row],
) -> None:
    assert {row["activity_class"] for row in schemes.values()} == CLASSES
    assert {bool(row["collapsed_on"]) for row in schemes.values()} == {True, False}


def test_deposits_and_payouts_of_persons_stop_with_the_collapse(clean: Path, schemes: dict[str, Row]) -> None:
    ends = {uscc: row["collapsed_on"] for uscc, row in schemes.items() if row["collapsed_on"]}
    flows = [row for row in table(clean, "bank_transaction") if row["uscc"] in ends]

    assert flows
    assert all(row["transacted_on"] < ends[row["uscc"]] for row in flows)


def test_money_of_a_pool_goes_back_to_those_who_paid_in(clean: Path, schemes: dict[str, Row]) -> None:
    sides: dict[str, dict[str, set[str]]] = defaultdict(lambda: {"in": set(), "out": set()})
    for row in table(clean, "bank_transaction"):
        if schemes.get(row["uscc"], {}).get("kind") == "wealth_shop" and row["counterparty_kind"] == "person":
            sides[row["uscc"]][row["direction"]].add(row["counterparty"])
    returned = [len(side["in"] & side["out"]) / len(side["out"]) for side in sides.values() if side["out"]]

    assert returned
    assert np.median(returned) > 0.9


def test_losses_are_complained_of_only_after_the_first_delay(clean: Path, schemes: dict[str, Row]) -> None:
    losses = [
        row
        for row in table(clean, "complaint_ticket")
        if row.get("target_uscc") in schemes
        and any(word in row["content"] for word in ("停发", "推迟兑付", "出金一直"))
    ]

    assert losses
    assert all(row["received_on"] >= schemes[row["target_uscc"]]["delayed_on"] != "" for row in losses)


def test_adverts_end_with_the_collapse(clean: Path, schemes: dict[str, Row]) -> None:
    ends = {uscc: row["collapsed_on"] for uscc, row in schemes.items() if row["collapsed_on"]}
    adverts = [row for row in table(clean, "advertisement") if row.get("uscc") in ends]

    assert all(row["published_on"] < ends[row["uscc"]] for row in adverts)


def test_the_police_file_a_scheme_only_after_its_collapse(clean: Path, schemes: dict[str, Row]) -> None:
    filed = [row for row in table(clean, "police_case") if row["uscc"] in schemes]

    assert filed
    assert all(row["filed_on"] > schemes[row["uscc"]]["collapsed_on"] != "" for row in filed)
    assert all(row["filed_on"] == schemes[row["uscc"]]["confirmed_on"] for row in filed)


def test_the_truth_names_every_company_once_with_kind_and_dates(clean: Path) -> None:
    rows = truth(clean)

    assert len(rows) == COMPANIES
    assert {row["group"] for row in rows.values()} == {"scheme", "confounder", "ordinary", "shell"}
    assert all((row["started_on"] != "") == (row["group"] == "scheme") for row in rows.values())
    assert all((row["shell_of"] in rows) == (row["group"] == "shell") for row in rows.values())
