"""Why a score moved: the parts add up exactly to the printed change."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.engine.early_warning import PARTS, change_sentence, split_change
from lookout.engine.scoring.rounding import to_cents


def chain(*rows: list[float | None]) -> pa.Table:
    steps = {f"s{n}": pa.array([row[n] for row in rows], pa.float64()) for n in range(6)}
    return pa.table({"company_key": pa.array(range(len(rows)), pa.int32()), **steps})


def test_each_step_of_the_chain_is_one_part() -> None:
    (found,) = split_change(chain([50.0, 62.5, 61.25, 61.25, 70.0, 69.99])).to_pylist()

    assert [str(found[name]) for name in PARTS] == ["12.50", "-1.25", "0.00", "8.75", "-0.01"]
    assert found["total"] == Decimal("19.99")


@given(st.lists(st.lists(st.floats(0, 100), min_size=6, max_size=6), min_size=1, max_size=10))
def test_the_parts_add_up_to_the_printed_change(rows: list[list[float]]) -> None:
    for row, found in zip(rows, split_change(chain(*rows)).to_pylist(), strict=True):
        cents = to_cents(np.array(row))

        assert sum(found[name] for name in PARTS) == found["total"]
        assert found["total"] * 100 == int(cents[5] - cents[0])


def test_printed_decimals_may_be_handed_in_as_they_are() -> None:
    scores = chain([50.0] * 6)
    printed = scores.set_column(6, "s5", pa.array([Decimal("61.07")], pa.decimal128(5, 2)))

    assert split_change(printed).to_pylist()[0]["total"] == Decimal("11.07")


def test_a_company_new_in_the_run_has_no_parts() -> None:
    (found,) = split_change(chain([None, 1.0, 1.0, 1.0, 1.0, 1.0])).to_pylist()

    assert [found[name] for name in (*PARTS, "total")] == [None] * 6
    assert change_sentence(found) == ""


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ([50.0, 62.5, 61.25, 61.25, 61.25, 61.25], "得分+11.25：规则调整+12.50、总体变化−1.25。"),
        ([50.0, 50.0, 50.0, 50.0, 50.0, 50.0], "得分未变。"),
        ([50.0, 51.0, 50.0, 50.0, 50.0, 50.0], "得分0：规则调整+1.00、总体变化−1.00。"),
    ],
)
def test_the_parts_are_said_in_words(row: list[float], sentence: str) -> None:
    assert change_sentence(split_change(chain(list(row))).to_pylist()[0]) == sentence
