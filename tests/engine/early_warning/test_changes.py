"""What became of each warning since the previous run."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from lookout.engine.early_warning import CHANGE_SCHEMA, compare, counts

Row = tuple[int, str, str]


def ratings(*rows: Row) -> pa.Table:
    return pa.table(
        {
            "company_key": pa.array([row[0] for row in rows], pa.int32()),
            "band": pa.array([row[1] for row in rows], pa.string()),
            "score": pa.array([Decimal(row[2]) for row in rows], pa.decimal128(5, 2)),
        }
    )


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        ("normal", "yellow", "opened"),
        ("grey", "red", "opened"),
        ("yellow", "red", "raised"),
        ("orange", "red", "raised"),
        ("red", "yellow", "lowered"),
        ("orange", "normal", "withdrawn"),
        ("yellow", "grey", "suspended"),
        ("red", "grey", "suspended"),
        ("red", "red", "kept"),
        ("normal", "normal", None),
        ("grey", "normal", None),
        ("normal", "grey", None),
    ],
)
def test_a_change_of_band_has_its_name(before: str, now: str, kind: str | None) -> None:
    found = compare(ratings((1, now, "50.00")), ratings((1, before, "45.00"))).to_pylist()

    assert [row["kind"] for row in found] == ([kind] if kind else [])


def test_a_company_new_in_the_run_opens_and_one_that_left_is_withdrawn() -> None:
    found = compare(ratings((2, "red", "85.00")), ratings((1, "orange", "65.00"))).to_pylist()

    assert [(row["company_key"], row["kind"]) for row in found] == [(1, "withdrawn"), (2, "opened")]
    assert (found[0]["band"], found[0]["score"]) == (None, None)
    assert (found[1]["previous_band"], found[1]["previous_score"]) == (None, None)


def test_without_a_previous_run_every_warning_is_opened() -> None:
    found = compare(ratings((1, "red", "85.00"), (2, "normal", "12.00"), (3, "yellow", "41.00")), None)

    assert found.schema.equals(CHANGE_SCHEMA)
    assert counts(found) == {
        "opened": 2,
        "raised": 0,
        "lowered": 0,
        "withdrawn": 0,
        "suspended": 0,
        "kept": 0,
    }


def test_the_order_of_rows_does_not_matter() -> None:
    now, before = (
        ratings((1, "red", "85.00"), (2, "yellow", "41.00")),
        ratings((2, "red", "81.00"), (1, "red", "82.00")),
    )

    assert compare(now, before).equals(compare(now.take([1, 0]), before.take([1, 0])))
