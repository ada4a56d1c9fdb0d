"""The published weights: judged pairwise, by entropy, and blended."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.engine.scoring.weights import PUBLISHED_JUDGEMENTS, ahp_weights, blended_weights, entropy_weights


def test_the_published_judgements_give_the_published_figures() -> None:
    found = ahp_weights(PUBLISHED_JUDGEMENTS)

    assert [round(weight, 3) for weight in found.weights] == [0.190, 0.283, 0.283, 0.123, 0.123]
    assert round(found.largest_eigenvalue, 3) == 5.078
    assert round(found.consistency_index, 4) == 0.0194
    assert round(found.consistency_ratio, 3) == 0.017
    assert sum(found.weights) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("matrix", [((1.0, 2.0), (2.0, 1.0)), ((1.0, 2.0),)])
def test_judgements_must_be_reciprocal(matrix: tuple[tuple[float, ...], ...]) -> None:
    with pytest.raises(ValueError, match="互反"):
        ahp_weights(matrix)


def test_a_column_that_tells_companies_apart_weighs_more() -> None:
    rng = np.random.default_rng(5)
    scores = np.column_stack([np.full(300, 40.0), rng.uniform(30, 50, 300), rng.choice([0.0, 90.0], 300)])

    flat, mild, sharp = entropy_weights(scores)

    assert flat == pytest.approx(0, abs=1e-9)
    assert sharp > mild > flat
    assert flat + mild + sharp == pytest.approx(1)


def test_columns_that_tell_nothing_weigh_the_same() -> None:
    assert entropy_weights(np.full((200, 4), 7.0)) == (0.25, 0.25, 0.25, 0.25)


def test_entropy_needs_two_hundred_companies() -> None:
    with pytest.raises(ValueError, match="200 家"):
        entropy_weights(np.ones((199, 5)))


def test_a_blend_is_clipped_and_sums_to_one() -> None:
    found = blended_weights((0.9, 0.05, 0.05, 0.0, 0.0), (0.2, 0.2, 0.2, 0.2, 0.2))

    assert sum(found) == pytest.approx(1)
    assert max(found) / min(found) == pytest.approx(0.40 / 0.08)
