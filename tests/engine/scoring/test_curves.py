"""Knots and the lines between them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.engine.scoring import rating_catalogue
from lookout.engine.scoring.curves import parse_curve


@pytest.mark.parametrize(
    ("value", "score"), [(-5, 0), (0, 0), (2, 5), (4, 10), (6, 30), (20, 95), (24, 100), (1e9, 100)]
)
def test_a_score_lies_on_the_line_between_its_knots(value: float, score: float) -> None:
    curve = parse_curve("0:0,4:10,6:30,8:50,10:65,15:85,20:95,24:100")

    assert curve(np.array([value]))[0] == pytest.approx(score)


@pytest.mark.parametrize(
    ("value", "score"), [(0, 10), (100, 10), (1000, 30), (10**4.5, 72.5), (1e6, 100), (1e9, 100)]
)
def test_on_the_log_scale_knots_are_powers_of_ten(value: float, score: float) -> None:
    curve = parse_curve("2:10,3:30,4:60,5:85,6:100", "log10")

    assert curve(np.array([value]))[0] == pytest.approx(score)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0:0", "两个以上"),
        ("0:0,5", "两个以上"),
        ("5:0,1:100", "由小到大"),
        ("0:0,1:101", "0 到 100"),
        ("0:0,1:50,2:20", "一直不降或一直不升"),
    ],
)
def test_knots_that_make_no_curve_are_refused_with_the_rule(text: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        parse_curve(text)


@given(st.lists(st.floats(-1e6, 1e9), min_size=2, max_size=50))
def test_every_shipped_curve_is_bounded_and_goes_one_way(values: list[float]) -> None:
    catalogue = rating_catalogue()
    for indicator in catalogue.indicators.values():
        scores = indicator.curve(np.sort(np.array(values)))

        assert ((scores >= 0) & (scores <= 100)).all()
        steps = np.diff(scores) if indicator.curve.rising else -np.diff(scores)
        assert (steps >= -1e-9).all()
