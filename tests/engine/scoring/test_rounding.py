"""Printed scores are rounded once, and their parts add up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.engine.scoring.rounding import decimals, split_cents, to_cents


@pytest.mark.parametrize(
    ("score", "cents"),
    [
        (73.18525, 7319),
        (1.005, 101),
        (2.675, 268),
        (39.995, 4000),
        (39.99499, 3999),
        (100.0, 10000),
        (0.0, 0),
    ],
)
def test_halves_round_up_whatever_their_last_bit(score: float, cents: int) -> None:
    assert to_cents(np.array([score]))[0] == cents


@given(st.integers(0, 1_000_000))
def test_rounding_agrees_with_decimal_arithmetic(ten_thousandths: int) -> None:
    exact = Decimal(ten_thousandths) / 10_000
    wanted = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)

    assert to_cents(np.array([ten_thousandths / 10_000]))[0] == int(wanted * 100)


@given(st.lists(st.lists(st.floats(-20, 40), min_size=6, max_size=6), min_size=1, max_size=8))
def test_printed_parts_add_up_and_are_within_a_hundredth(rows: list[list[float]]) -> None:
    parts = np.array(rows)
    totals = to_cents(parts.sum(axis=1))

    printed = split_cents(parts, totals)

    assert (printed.sum(axis=1) == totals).all()
    assert (np.abs(printed - parts * 100) <= 1 + 1e-6).all()


def test_a_part_of_nothing_gets_no_left_over_hundredth() -> None:
    parts = np.array([[0.0, 0.333, 0.333, 0.334, 0.0]])

    assert split_cents(parts, np.array([100])).tolist() == [[0, 33, 33, 34, 0]]


def test_hundredths_become_exact_decimals_also_below_zero() -> None:
    assert decimals(np.array([8500, -1105, 0])).to_pylist() == [
        Decimal("85.00"),
        Decimal("-11.05"),
        Decimal("0.00"),
    ]
