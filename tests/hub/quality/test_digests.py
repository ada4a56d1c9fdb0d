"""Digests of rows: equal rows agree, unequal ones do not, in every type and wherever a column was cut."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.hub.quality.digests import Content, RowSet, row_digests

ROWS = st.lists(
    st.tuples(st.text("ab中\0", max_size=20) | st.none(), st.integers(-3, 3) | st.none()), max_size=30
)


def columns(rows: list[tuple[str | None, int | None]]) -> list[pa.Array]:
    return [pa.array([row[0] for row in rows], pa.string()), pa.array([row[1] for row in rows], pa.int64())]


@given(ROWS)
def test_rows_agree_in_their_digest_exactly_when_they_are_equal(
    rows: list[tuple[str | None, int | None]],
) -> None:
    digests = [tuple(words) for words in row_digests(columns(rows)).tolist()]

    assert len(set(digests)) == len(set(rows))
    assert len(set(zip(digests, rows, strict=True))) == len(set(rows))


@given(ROWS, st.integers(0, 30))
def test_a_slice_has_the_digests_of_its_rows(rows: list[tuple[str | None, int | None]], at: int) -> None:
    whole = columns(rows)

    assert (row_digests(whole)[at:] == row_digests([column.slice(at) for column in whole])).all()


@given(st.lists(ROWS, max_size=5))
def test_the_first_of_equal_rows_is_found_over_many_pieces(
    pieces: list[list[tuple[str | None, int | None]]],
) -> None:
    seen: set[tuple[str | None, int | None]] = set()
    rows = RowSet()
    for piece in filter(None, pieces):
        first = rows.add(row_digests(columns(piece)))
        expected = []
        for row in piece:
            expected.append(row not in seen)
            seen.add(row)
        assert first.tolist() == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            pa.array([Decimal("1.00")], pa.decimal128(18, 2)),
            pa.array([Decimal("1.01")], pa.decimal128(18, 2)),
        ),
        (pa.array([date(2026, 1, 1)]), pa.array([date(2026, 1, 2)])),
        (pa.array([True]), pa.array([False])),
        (pa.array([0.5]), pa.array([0.25])),
        (pa.array([None], pa.string()), pa.array([""])),
        (pa.array(["a"]), pa.array(["a\0"])),
        (pa.array(["12345678"]), pa.array(["1234567812345678"])),
    ],
)
def test_values_that_differ_a_little_differ_in_their_digest(one: pa.Array, other: pa.Array) -> None:
    assert (row_digests([one]) != row_digests([other])).all()


def test_equal_values_in_other_columns_are_another_row() -> None:
    a, b = pa.array(["x"]), pa.array(["y"])

    assert (row_digests([a, b]) != row_digests([b, a])).all()


def test_content_does_not_depend_on_the_order_or_the_pieces_but_on_every_row() -> None:
    digests = row_digests([pa.array([f"row {number}" for number in range(50)])])
    once, twice, less = Content(), Content(), Content()

    once.add(digests)
    for part in np.array_split(digests[::-1], 4):
        twice.add(part)
    less.add(digests[1:])

    assert once.text == twice.text != less.text
