"""Money is exact, in yuan, and never guesses a unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.kernel.money import FEN, YUAN_PER_UNIT, yuan


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("1234567.89", "元", "1234567.89"),
        ("1,234,567.89", "元", "1234567.89"),
        ("¥1，200", "元", "1200.00"),
        ("500", "万元", "5000000.00"),
        ("0.3", "亿元", "30000000.00"),
        ("-12.345", "元", "-12.35"),
        ("0.005", "元", "0.01"),
        ("1e3", "元", "1000.00"),
    ],
)
def test_amounts_are_read_into_yuan_with_two_places(text, unit, amount):
    assert yuan(text, unit) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "一百", "12.3.4", "NaN", "Infinity", "500万元", "500万", "12元", "3亿"])
def test_what_is_not_a_plain_number_is_refused(text):
    with pytest.raises(ValueError, match="金额"):
        yuan(text)


@given(st.decimals(-(10**12), 10**12, places=2))
def test_reading_a_written_amount_returns_it(amount):
    assert yuan(str(amount)) == amount
    assert yuan(f"{amount:,}") == amount


@given(st.decimals(-(10**6), 10**6, places=6), st.sampled_from(sorted(YUAN_PER_UNIT)))
def test_a_unit_only_scales(amount, unit):
    exact = amount * YUAN_PER_UNIT[unit]

    assert abs(yuan(str(amount), unit) - exact) <= FEN / 2
