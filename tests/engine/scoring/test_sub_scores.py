"""Values, states and sub-scores of single indicators: combining, deriving, sizes, missing rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lookout.engine.scoring import RatingCatalogue
from tests.engine.scoring.conftest import DAY, Rate, connect

P2P = {"organization_type": "p2p_lending_platform"}


def line(rated: Rate, code: str, company: dict[str, Any], day: date = DAY) -> tuple[Any, Any, str]:
    lines = rated(company, day=day, all_lines=True).contribution.to_pylist()
    (found,) = [one for one in lines if one["code"] == code]
    return found["value"], found["sub_score"], found["state"]


@pytest.mark.parametrize(
    ("code", "company", "value", "score"),
    [
        ("H05", {"H05__4": 70.0, "H05__6": 30.0}, 70.0, 70.0),  # max
        ("K09", {"K09__1": 1.0, "K09__3": 1.5}, 2.5, 52.5),  # sum
        ("P06", {"P06__1": None, "P06__2": 3.0}, 3.0, 45.0),  # first that is known
        ("H04", {**P2P, "H04__1": 2.0, "H04__2": 0.0}, 0.0, 0.0),  # min: one custodian is enough
        ("C02", {"C02__1": 1_000_000.0}, 100.0, 60.0),  # yuan in, ten thousands on the knots
        ("C04", {"C04__1": 1000.0}, 1000.0, 30.0),  # log10
    ],
)
def test_inputs_are_combined_as_the_catalogue_says(
    rated: Rate, code: str, company: dict[str, Any], value: float, score: float
) -> None:
    assert line(rated, code, company) == (pytest.approx(value), pytest.approx(score), "observed")


@pytest.mark.parametrize(
    ("code", "company", "value"),
    [
        ("Y02", {"Y01__1": 20.0}, 17.0),
        ("Y03", {"Y01__1": 24.0}, 2.0),
        ("Y07", {"tax_revenue_12m": 50.0, "promised_payout_12m": 100.0}, 0.5),
        ("C09", {"C02__1": 51_474_000.0, "C01__1": 1000.0}, 1.0),
        ("P02", {"P01__1": 5.0, "C01__1": 1000.0}, 50.0),
        ("P02", {"P01__1": 5.0, "C01__1": 10.0}, 500.0),
    ],
)
def test_derived_indicators_follow_their_formula(
    rated: Rate, code: str, company: dict[str, Any], value: float
) -> None:
    assert line(rated, code, company)[0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("code", "company"),
    [
        ("Y02", {}),
        ("Y07", {"tax_revenue_12m": 50.0, "promised_payout_12m": 0.0}),
        ("P02", {"P01__1": 5.0}),
        ("P02", {"C01__1": 1000.0}),
        ("C09", {"C02__1": 1e6, "C01__1": 0.0}),
    ],
)
def test_a_formula_without_its_operands_is_missing(rated: Rate, code: str, company: dict[str, Any]) -> None:
    assert line(rated, code, company) == (None, None, "missing")


def test_before_august_2019_there_is_no_lpr_multiple(rated: Rate) -> None:
    assert line(rated, "Y03", {"Y01__1": 20.0}, date(2019, 8, 19))[2] == "missing"
    assert line(rated, "Y03", {"Y01__1": 20.0}, date(2019, 8, 20))[2] == "observed"


def test_silence_is_zero_only_when_every_needed_table_is_connected(
    rated: Rate, catalogue: RatingCatalogue
) -> None:
    connected = connect(catalogue, "H05")

    assert line(rated, "H05", connected) == (0.0, 0.0, "monitored_zero")
    for table in connected:
        assert line(rated, "H05", {**connected, table: False})[2] == "missing"
        assert line(rated, "H05", {**connected, table: None})[2] == "missing"


def test_a_zero_from_one_source_is_no_observation(rated: Rate, catalogue: RatingCatalogue) -> None:
    assert line(rated, "H05", {"H05__3": 0.0})[2] == "missing"
    assert line(rated, "H05", {"H05__3": 0.0, **connect(catalogue, "H05")})[2] == "monitored_zero"


def test_a_table_that_is_not_needed_does_not_stand_in_the_way(
    rated: Rate, catalogue: RatingCatalogue
) -> None:
    assert "offsite_statement" not in catalogue.indicators["H01"].tables
    assert line(rated, "H01", connect(catalogue, "H01"))[2] == "monitored_zero"


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        ({}, (None, None, "not_applicable")),
        (P2P, (None, 60.0, "penalised")),
        ({**P2P, "H07__1": 0.0}, (0.0, 0.0, "observed")),
        ({**P2P, "connected_administrative_licence": True}, (2.0, 100.0, "observed")),
        ({"H07__1": 1.0}, (None, None, "not_applicable")),
    ],
)
def test_a_licence_is_asked_only_of_types_that_must_have_one(
    rated: Rate, company: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert line(rated, "H07", company) == expected


@pytest.mark.parametrize(("expected", "score"), [(None, 95.0), (20.0, 80.0), (50.0, 0.0), (500.0, 0.0)])
def test_only_what_exceeds_peers_of_the_same_size_counts(
    rated: Rate, expected: float | None, score: float
) -> None:
    assert line(rated, "K01", {"K01__1": 50.0, "expected_K01": expected}) == (50.0, score, "observed")


@pytest.mark.parametrize("code", ["K04", "K05", "K06"])
def test_what_waits_for_a_room_is_missing_even_when_all_is_connected(
    rated: Rate, catalogue: RatingCatalogue, code: str
) -> None:
    assert line(rated, code, connect(catalogue))[2] == "missing"


def test_an_unknown_industry_counts_as_average(rated: Rate) -> None:
    assert line(rated, "Y08", {}) == (50.0, 50.0, "observed")


@pytest.mark.parametrize("broken", [float("inf"), float("-inf"), float("nan")])
def test_a_measure_that_is_no_number_is_missing(rated: Rate, broken: float) -> None:
    assert line(rated, "H02", {"H02__1": broken})[2] == "missing"
