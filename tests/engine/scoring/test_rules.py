"""Every floor and cap has a company that fires it and one that just does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lookout.engine.scoring import RatingCatalogue
from tests.engine.scoring.conftest import Rate, connect

# Enough coverage to be rated at all, and nothing that raises a score.
SOUND: dict[str, Any] = {"Y01__1": 4.0, "Y08__1": 0.0, "prior": 10.0}
LICENSED = {"organization_type": "microloan_company", "H07__1": 0.0}
# Two kinds of source and a high base without any floor.
GRAVE = {"C01__1": 5000.0, "C02__1": 9e7, "H05__4": 70.0, "H06__1": 5.0, "K01__1": 80.0, "Y01__1": 23.0}
ONE_SOURCE = {"C01__1": 5000.0, "C02__1": 9e7, "C03__1": 31.0, "H02__1": 0.9, "H01__3": 2.0, "C06__1": 0.7}


def one(rated: Rate, company: dict[str, Any], **more: Any) -> dict[str, Any]:
    return dict(rated({**SOUND, **company}, **more).rating.to_pylist()[0])


FLOORS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "F01": ({"H01__1": 3.0, "H01__2": 2.0}, {"H01__1": 3.0}, "90.00"),
    "F02": (
        {"H01__2": 2.0, "Y01__1": 15.0, "K01__1": 20.0},
        {"H01__2": 2.0, "Y01__1": 14.99, "K01__1": 20.0},
        "85.00",
    ),
    "F03": ({"open_fundraising_cases": 1.0}, {"open_fundraising_cases": 0.0}, "95.00"),
    "F04": ({"E1": 0.8, "E2": 0.8, "E3": 0.8}, {"E1": 0.8, "E2": 0.79, "E3": 0.8}, "80.00"),
    "F05": ({"national_high_clues": 1.0}, {"national_high_clues": 0.0}, "60.00"),
    "F06": ({"Y01__1": 24.0, "C01__1": 150.0}, {"Y01__1": 24.0, "C01__1": 149.0}, "80.00"),
    "F07": ({"C02__1": 1e6, "E1": 0.9, "E3": 0.9}, {"C02__1": 0.99e6, "E1": 0.9, "E3": 0.9}, "80.00"),
    "F08": (
        {"convicted_people_2y": 1.0, "new_advertisements": 1.0},
        {"convicted_people_2y": 1.0, "new_advertisements": 0.0},
        "80.00",
    ),
    "F09": (
        {"referral_depth": 3.0, "referral_persons": 30.0},
        {"referral_depth": 2.0, "referral_persons": 300.0},
        "85.00",
    ),
    "F10": ({"mass_events_30d": 2.0}, {"mass_events_30d": 1.0}, "70.00"),
}


@pytest.mark.parametrize("code", FLOORS)
def test_a_floor_lifts_the_score_when_its_condition_holds(rated: Rate, code: str) -> None:
    fires, _, floor = FLOORS[code]

    found = one(rated, fires)

    assert (found["floor_code"], found["score"]) == (code, Decimal(floor))


@pytest.mark.parametrize("code", FLOORS)
def test_a_floor_stays_away_when_its_condition_just_fails(rated: Rate, code: str) -> None:
    _, misses, _ = FLOORS[code]

    assert one(rated, misses)["floor_code"] is None


def test_the_table_of_cases_names_every_floor(catalogue: RatingCatalogue) -> None:
    assert [rule.code for rule in catalogue.floors] == sorted(FLOORS)


def test_a_floor_needs_two_kinds_of_source(rated: Rate) -> None:
    advert_only = {"Y01__1": 30.0, "C01__3": 200.0}  # adverts and complaints: two
    filing_only = {"Y01__1": None, "Y01__3": 30.0, "C01__1": 200.0}  # product register and filing: both DC23

    assert one(rated, advert_only)["floor_code"] == "F06"
    assert one(rated, filing_only)["floor_code"] is None


def test_opinion_explained_by_size_does_not_bear_out_a_floor(rated: Rate) -> None:
    large = {"H01__2": 2.0, "Y01__1": 15.0, "K01__1": 39.0, "expected_K01": 20.0}

    assert one(rated, large)["floor_code"] is None
    assert one(rated, {**large, "expected_K01": 19.0})["floor_code"] == "F02"


def test_of_several_floors_the_highest_counts(rated: Rate) -> None:
    found = one(rated, {"national_high_clues": 1.0, "open_fundraising_cases": 2.0})

    assert (found["floor_code"], found["score"]) == ("F03", Decimal("95.00"))


def test_a_label_may_fire_a_floor(rated: Rate, catalogue: RatingCatalogue) -> None:
    from lookout.engine.scoring.expression import parse_expression

    floor = replace(catalogue.floors[2], when=parse_expression("label_CAS001 = 1", ["label_CAS001"]))
    labelled = replace(catalogue, floors=(floor,), labels=("label_CAS001",))

    assert one(rated, {"label_CAS001": True}, catalogue=labelled)["floor_code"] == "F03"
    assert one(rated, {"label_CAS001": None}, catalogue=labelled)["floor_code"] is None


def test_a_licensed_company_without_complaint_stays_under_60(rated: Rate, catalogue: RatingCatalogue) -> None:
    quiet = {**GRAVE, **LICENSED, **connect(catalogue, "P01")}

    capped, complained = one(rated, quiet), one(rated, {**quiet, "P01__1": 1.0})
    unknown = one(rated, {**GRAVE, **LICENSED})

    assert (capped["cap_code"], capped["score"], capped["band"]) == ("CAP1", Decimal("59.00"), "yellow")
    assert complained["cap_code"] is None
    assert unknown["cap_code"] is None  # complaints not connected: nobody knows that there are none


def test_one_kind_of_source_stays_under_70(rated: Rate) -> None:
    base = {"Y01__1": None, "Y01__3": 30.0, "Y08__1": 99.0, "prior": 80.0}

    alone, two = one(rated, {**base, **ONE_SOURCE}), one(rated, {**base, **ONE_SOURCE, "P04__1": 1.0})

    assert (alone["cap_code"], alone["score"], alone["source_types"]) == ("CAP2", Decimal("69.00"), 1)
    assert (two["cap_code"], two["source_types"]) == (None, 2)


@pytest.mark.parametrize(("confidence", "band"), [(0.79, "grey"), (0.8, "orange"), (None, "orange")])
def test_a_doubtful_name_is_grey_until_resolved(rated: Rate, confidence: float | None, band: str) -> None:
    found = one(rated, {**GRAVE, "name_match_confidence": confidence})

    assert found["band"] == band
    assert found["cap_code"] == ("CAP3" if band == "grey" else None)


def test_a_cap_never_cuts_a_floor(rated: Rate) -> None:
    found = one(rated, {"open_fundraising_cases": 1.0, "name_match_confidence": 0.5})

    assert (found["score"], found["band"], found["cap_code"]) == (Decimal("95.00"), "red", None)


def test_a_cap_cuts_down_to_the_floor_and_no_further(rated: Rate) -> None:
    base = {"Y01__1": None, "Y01__3": 30.0, "Y08__1": 99.0, "prior": 80.0, **ONE_SOURCE}

    found = rated({**base, "mass_events_30d": 2.0})

    assert found.rating["score"].to_pylist() == [Decimal("70.00")]
    assert {line["part"] for line in found.contribution.to_pylist()} >= {"cap", "indicator"}


@pytest.mark.parametrize(
    ("company", "band"), [({}, "grey"), ({"C01__1": 0.0}, "normal"), ({"mass_events_30d": 2.0}, "orange")]
)
def test_too_little_data_is_grey_unless_a_floor_speaks(
    rated: Rate, company: dict[str, Any], band: str
) -> None:
    assert one(rated, {**company})["band"] == band
