"""Delimited text: every cell as sent, every row with its true line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookout.sources import FileProblem
from lookout.sources.csv_reader import read_csv

CELL = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n,\"' \t中（"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() != "")


def read(text: str, header_row: int = 1) -> tuple[list[list[str]], list[int]]:
    raw = read_csv("甲.csv", text.encode(), "utf-8", header_row)
    rows = [list(row.values()) for row in raw.columns.to_pylist()]
    return rows, raw.lines.to_pylist()


@pytest.mark.parametrize(
    ("text", "rows", "lines"),
    [
        ("a,b\n1,2\n3,4\n", [["1", "2"], ["3", "4"]], [2, 3]),
        ("a,b\r\n1,2\r\n3,4", [["1", "2"], ["3", "4"]], [2, 3]),
        ("a,b\r1,2\r3,4\r", [["1", "2"], ["3", "4"]], [2, 3]),
        ('a,b\n"x\ny",2\n3,4\n', [["x\ny", "2"], ["3", "4"]], [2, 4]),
        ('"a\nA",b\n1,2\n', [["1", "2"]], [3]),
        ("a,b\n\n1,2\n\r\n3,4\n", [["1", "2"], ["3", "4"]], [3, 5]),
        ("a,b\n1,2\n,\n3,4\n", [["1", "2"], ["3", "4"]], [2, 4]),
        ('a,b\n5" pipe,2\n6" pipe,4\n', [['5" pipe', "2"], ['6" pipe', "4"]], [2, 3]),
        ("a\tb\n1,5\t2\n", [["1,5", "2"]], [2]),
        ("a;b\n1;2\n", [["1", "2"]], [2]),
        ("a,b,\n1,2,\n", [["1", "2"]], [2]),
        ("a,b\n0012,1e5\n", [["0012", "1e5"]], [2]),
    ],
)
def test_cells_stay_text_and_rows_keep_their_line(text: str, rows: list[list[str]], lines: list[int]) -> None:
    assert read(text) == (rows, lines)


def test_a_header_row_may_lie_below_a_title() -> None:
    assert read("广东省企业清单,\na,b\n1,2\n", header_row=2) == ([["1", "2"]], [3])


@pytest.mark.parametrize("wild", ["", '5" pipe,x\n'])
def test_a_row_with_too_few_or_too_many_values_is_set_aside_alone(wild: str) -> None:
    extra = 1 if wild else 0
    raw = read_csv("甲.csv", f'a,b\n{wild}1,2\n3\n"x\ny",4\n5,6,7\n8,9\n'.encode(), "utf-8")

    assert [(row.line - extra, row.text) for row in raw.broken] == [(3, "3"), (6, "5,6,7")]
    assert "本行有 3 个值，表头有 2 列" in raw.broken[1].reason
    assert raw.columns.num_rows == 3 + extra
    assert raw.lines.to_pylist()[extra:] == [2 + extra, 4 + extra, 7 + extra]
    assert raw.rows == 5 + extra


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n", "只有表头，没有数据行"),
        ("a,\n1,2\n", "第 2 列有数据却没有列名"),
        ('a,b\n1,"2\n3,4\n', "引号没有闭合"),
        (",,\n1,2,3\n", "表头是空的"),
    ],
)
def test_a_file_without_clear_columns_is_refused_with_place_and_remedy(text: str, words: str) -> None:
    with pytest.raises(FileProblem, match=words) as refusal:
        read(text)

    assert refusal.value.file == "甲.csv"
    assert all(fault.fix for fault in refusal.value.faults)


def test_a_header_row_beyond_the_file_is_refused() -> None:
    with pytest.raises(FileProblem, match="没有第 9 行"):
        read("a,b\n1,2\n", header_row=9)


@settings(deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8))
def test_what_a_csv_writer_writes_is_read_back_with_its_lines(rows: list[tuple[str, str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("a", "b", "c"))
    expected = []
    for row in rows:
        expected.append(out.getvalue().count("\n") + 1)
        writer.writerow(row)

    cells, lines = read(out.getvalue())

    assert cells == [list(row) for row in rows]
    assert lines == expected
