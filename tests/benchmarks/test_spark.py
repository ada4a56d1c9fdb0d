"""The growth of the Spark benchmark: a line through measured sizes, never a guess."""

from __future__ import annotations

import pytest

from benchmarks.spark import NATION, Measured, growth


def measured(companies: int, core_seconds: float) -> Measured:
    seconds = {"duckdb": 1.0, "spark": 2.0}
    return Measured(companies, 0, (), seconds, {"duckdb": 1.0, "spark": core_seconds}, 0)


def test_the_fixed_cost_is_told_apart_from_what_each_company_adds() -> None:
    found = growth([measured(1_000, 101.0), measured(20_000, 120.0)])

    assert found["core_seconds_fixed"] == pytest.approx(100)
    assert found["core_seconds_per_million"] == pytest.approx(1_000)
    assert found["core_hours_nation"] == pytest.approx((100 + 0.001 * NATION) / 3600, abs=0.1)


def test_from_three_sizes_on_it_says_how_straight_the_growth_is() -> None:
    straight = growth([measured(1_000, 101.0), measured(10_000, 110.0), measured(20_000, 120.0)])
    bent = growth([measured(1_000, 101.0), measured(10_000, 200.0), measured(20_000, 120.0)])

    assert straight["core_residual"] == pytest.approx(0)
    assert bent["core_residual"] > 0.2
    assert "core_residual" not in growth([measured(1_000, 101.0), measured(20_000, 120.0)])


def test_one_size_gives_no_growth() -> None:
    assert growth([measured(20_000, 120.0)]) == {}
