"""Marks tell whether a reader would be told something else, without telling it."""

from __future__ import annotations

from pathlib import Path

from lookout.hub.reading import CompanyFilter, Reader
from tests.hub.facts.test_facts import ALPHA


def test_every_rated_company_with_a_region_has_one_mark_and_its_row_the_same(home: Path) -> None:
    reader = Reader(home)
    rated = [row for row in reader.list_companies(CompanyFilter()).rows if row.region]

    marks = {mark.identifier: mark for mark in reader.marks()}

    assert set(marks) == {row.identifier for row in rated}
    assert {mark.identifier: mark for _row, mark in reader.marked_rows(list(marks), None)} == marks


def test_marks_are_equal_from_reader_to_reader_and_differ_between_runs_that_differ(home: Path) -> None:
    newest, before = Reader(home).runs()

    def marks(run_id: str, *, warm: bool = False) -> dict[str, tuple[str, str]]:
        found = Reader(home, run_id=run_id, warm=warm).marks()
        return {mark.identifier: (mark.rating, mark.warning) for mark in found}

    assert marks(newest.run_id) == marks(newest.run_id, warm=True)
    assert marks(newest.run_id)[ALPHA] != marks(before.run_id)[ALPHA]


def test_nothing_was_rated_live_before_anything_happened(home: Path) -> None:
    reader = Reader(home)

    assert list(reader.marks(live_only=True)) == []
    assert reader.edition() == f"{reader.runs()[0].run_id}+0"


def test_a_scope_hides_rows_whatever_is_asked_for(home: Path) -> None:
    assert Reader(home).marked_rows([ALPHA], ("4403",)) == []
