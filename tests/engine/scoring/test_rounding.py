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

    row = np.repeat(np.arange(len(rows)), 6)
    printed = split_cents(parts.ravel(), row, totals).reshape(parts.shape)

    assert (printed.sum(axis=1) == totals).all()
    assert (np.abs(printed - parts * 100) <= 1 + 1e-6).all()


def test_a_part_of_nothing_gets_no_left_over_hundredth() -> None:
    parts = np.array([0.0, 0.333, 0.333, 0.334, 0.0])

    assert split_cents(parts, np.zeros(5, np.int64), np.array([100])).tolist() == [0, 33, 33, 34, 0]


def test_parts_of_nothing_may_be_left_out() -> None:
    parts, row = np.array([0.5, 0.0, 0.005, 0.0, 0.3349, 0.3349, 0.3302]), np.array([0, 0, 0, 0, 2, 2, 2])
    some = parts != 0

    whole = split_cents(parts, row, np.array([51, 0, 100]))

    assert whole.tolist() == [50, 0, 1, 0, 34, 33, 33]
    assert split_cents(parts[some], row[some], np.array([51, 0, 100])).tolist() == whole[some].tolist()


def test_hundredths_become_exact_decimals_also_below_zero() -> None:
    assert decimals(np.array([8500, -1105, 0])).to_pylist() == [
        Decimal("85.00"),
        Decimal("-11.05"),
        Decimal("0.00"),
    ]
