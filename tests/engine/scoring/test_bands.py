"""Edges of the bands, and the hysteresis that keeps a company from flickering."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.engine.scoring import RatingCatalogue
from lookout.engine.scoring.bands import BANDS, hold, raw_band
from lookout.engine.scoring.rounding import to_cents


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (0.0, "normal"),
        (39.99, "normal"),
        (39.995, "yellow"),
        (40.0, "yellow"),
        (59.99, "yellow"),
        (60.0, "orange"),
        (79.99, "orange"),
        (80.0, "red"),
        (100.0, "red"),
    ],
)
def test_an_edge_belongs_to_the_severer_band(catalogue: RatingCatalogue, score: float, band: str) -> None:
    level = raw_band(to_cents(np.array([score])), np.array([False]), catalogue.rules)

    assert BANDS[level[0]] == band


def held(
    catalogue: RatingCatalogue,
    score: float,
    previous: str | None,
    below: int,
    *,
    grey: bool = False,
    may_lower: bool = True,
) -> tuple[str, int, bool]:
    cents = to_cents(np.array([score]))
    raw = raw_band(cents, np.array([grey]), catalogue.rules)
    level = BANDS.index(previous) if previous else -1
    found = hold(raw, cents, np.array([level]), np.array([below]), catalogue.rules, may_lower=may_lower)
    return BANDS[found.band[0]], int(found.below_count[0]), bool(found.is_stale[0])


@pytest.mark.parametrize(
    ("score", "previous", "below", "expected"),
    [
        (85.0, None, 0, ("red", 0, False)),
        (85.0, "grey", 0, ("red", 0, False)),
        (85.0, "yellow", 1, ("red", 0, False)),  # up at once
        (79.99, "red", 1, ("red", 0, False)),  # below the edge, within the margin: the count starts again
        (77.0, "red", 1, ("red", 0, False)),  # exactly on the margin is not below it
        (76.99, "red", 0, ("red", 1, False)),
        (76.99, "red", 1, ("orange", 0, False)),
        (10.0, "red", 0, ("red", 1, False)),
        (10.0, "red", 1, ("normal", 0, False)),
        (60.0, "orange", 1, ("orange", 0, False)),
        (36.99, "yellow", 1, ("normal", 0, False)),
    ],
)
def test_a_band_rises_at_once_and_falls_after_two_runs_clearly_below(
    catalogue: RatingCatalogue,
    score: float,
    previous: str | None,
    below: int,
    expected: tuple[str, int, bool],
) -> None:
    assert held(catalogue, score, previous, below) == expected


@pytest.mark.parametrize(
    ("previous", "expected"),
    [
        ("red", ("red", 1, True)),
        ("orange", ("orange", 1, True)),
        ("yellow", ("grey", 0, False)),
        ("normal", ("grey", 0, False)),
        ("grey", ("grey", 0, False)),
        (None, ("grey", 0, False)),
    ],
)
def test_grey_never_replaces_a_held_red_or_orange(
    catalogue: RatingCatalogue, previous: str | None, expected: tuple[str, int, bool]
) -> None:
    assert held(catalogue, 20.0, previous, 1, grey=True) == expected


@pytest.mark.parametrize(
    ("score", "grey", "previous", "expected"),
    [
        (10.0, False, "red", ("red", 1, False)),
        (10.0, True, "yellow", ("yellow", 1, False)),
        (85.0, False, "yellow", ("red", 0, False)),
    ],
)
def test_a_live_score_may_raise_a_band_but_not_lower_it(
    catalogue: RatingCatalogue, score: float, grey: bool, previous: str, expected: tuple[str, int, bool]
) -> None:
    assert held(catalogue, score, previous, 1, grey=grey, may_lower=False) == expected
