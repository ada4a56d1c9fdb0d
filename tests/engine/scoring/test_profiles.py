"""Profiles add the same sub-scores up in another way, by the same rules."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lookout.engine.scoring import RatingCatalogue
from tests.engine.scoring.conftest import Rate

FIRM = {
    "organization_type": "p2p_lending_platform",
    "prior": 20.0,
    "H07__1": 2.0,
    "Y01__1": 20.0,
    "Y05__1": 2.0,
    "class_score": 90.0,
}


def test_the_default_profile_is_the_five_dimensions(catalogue: RatingCatalogue) -> None:
    parts = catalogue.profiles["default"].parts

    assert [(part.name, part.weight) for part in parts] == [
        ("return_rate", 0.20),
        ("public_exposure", 0.25),
        ("harm", 0.25),
        ("contagion", 0.15),
        ("complaint_rate", 0.15),
    ]


@pytest.mark.parametrize(
    ("part", "score", "coverage"),
    [
        ("compliance_deviation", 100 * 2 / 3 + 20 / 3, 1 / 3),  # one of three known: two thirds of the way
        ("inducement", 90.0, 2 / 3),  # the mean of 95 and 85
        ("spread", 20.0, 0.0),  # nothing known: the prior
        ("feature_hit", 90.0, 1.0),
    ],
)
def test_a_part_of_members_is_their_mean_drawn_to_the_prior(
    rated: Rate, part: str, score: float, coverage: float
) -> None:
    (row,) = rated(FIRM, profile="smoke_like").rating.to_pylist()

    assert row[f"{part}_score"] == pytest.approx(score, abs=1e-6)
    assert row[f"{part}_coverage"] == pytest.approx(coverage)


def test_floors_hold_under_every_profile(rated: Rate, catalogue: RatingCatalogue) -> None:
    for profile in catalogue.profiles:
        (row,) = rated({**FIRM, "open_fundraising_cases": 1.0}, profile=profile).rating.to_pylist()

        assert (row["floor_code"], row["score"]) == ("F03", Decimal("95.00"))
