"""Excel, JSON lines and Parquet give the same columns of text as delimited files do."""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from lookout.sources import FileForm, FileProblem, RawFile, read_file


def rows(raw: RawFile) -> list[list[str]]:
    return [list(row.values()) for row in raw.columns.to_pylist()]


def workbook(path: Path, *sheets: list[list[object]], merged: str = "") -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for cells in sheets:
            sheet = book.add_worksheet()
            for r, line in enumerate(cells):
                for c, cell in enumerate(line):
                    sheet.write(r, c, cell, day) if isinstance(cell, dt.date) else sheet.write(r, c, cell)
            if merged and cells:
                sheet.merge_range(merged, "合并")
    return path


def test_excel_cells_become_the_text_a_person_sees(tmp_path: Path) -> None:
    sheet = [
        ["名称", "数", "日期", "是否"],
        ["甲", 10.0, dt.date(2026, 1, 2), True],
        ["", "", "", ""],
        ["乙", 0.1, "x", False],
    ]

    raw = read_file(workbook(tmp_path / "a.xlsx", sheet))

    assert rows(raw) == [["甲", "10", "2026-01-02", "true"], ["乙", "0.1", "x", "false"]]
    assert raw.lines.to_pylist() == [2, 4]


def test_a_long_code_that_excel_took_for_a_number_does_not_pass_for_a_code(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["证件号码"], [440106199001011234]])

    [[text]] = rows(read_file(file))
    assert text.startswith("4.40106199001011")
    assert text.endswith("e+17")


def test_a_sheet_and_header_row_can_be_chosen(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["无关"], [1]], [["标题", ""], ["a", "b"], [1, 2]])

    assert rows(read_file(file, form=FileForm(sheet=2, header_row=2))) == [["1", "2"]]
    assert rows(read_file(file, form=FileForm(sheet="Sheet2", header_row=2))) == [["1", "2"]]


@pytest.mark.parametrize(
    ("sheets", "merged", "options", "words"),
    [
        ([[["a"], [1]], [["b"], [2]]], "", {}, "2 个有内容的工作表"),
        ([[["a"], [1]]], "", {"sheet": "没有"}, "没有名为“没有”的工作表，现有：Sheet1"),
        ([[["a"], [1]]], "", {"sheet": 3}, "没有第 3 个工作表"),
        ([[["a", "b"], [1, 2]]], "A1:B1", {}, "第 1 行.*合并单元格.*header_row"),
        ([[]], "", {}, "没有内容"),
        ([[["a", "b"]]], "", {}, "没有数据行"),
    ],
)
def test_an_unclear_workbook_is_refused(
    tmp_path: Path, sheets: list[list[list[object]]], merged: str, options: dict[str, object], words: str
) -> None:
    with pytest.raises(FileProblem, match=words):
        read_file(workbook(tmp_path / "a.xlsx", *sheets, merged=merged), form=FileForm(**options))  # type: ignore[arg-type]  # options come from a table of cases


def test_a_merged_title_above_the_named_header_row_does_no_harm(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["x", "y"], ["a", "b"], [1, 2]], merged="A1:B1")

    assert rows(read_file(file, form=FileForm(header_row=2))) == [["1", "2"]]


def test_json_numbers_keep_their_digits_and_bad_lines_stand_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(
        '{"a": 0.10, "b": 123456789012345678}\n\n{"a": null, "c": ["x", "y"], "b": true}\n{坏}\n[1]\n{"a":1,"a":2}\n'
    )

    raw = read_file(file)

    assert rows(raw) == [["0.10", "123456789012345678", ""], ["", "true", "x;y"]]
    assert raw.lines.to_pylist() == [1, 3]
    assert [row.line for row in raw.broken] == [4, 5, 6]
    assert "出现了两次" in raw.broken[2].reason


@pytest.mark.parametrize(
    ("text", "words"), [("[{}]", "JSON 数组"), ("坏\n", "没有一行是有效"), ("{}\n", "没有数据行|没有内容")]
)
def test_json_that_is_not_lines_of_objects_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text)

    with pytest.raises(FileProblem, match=words):
        read_file(file)


def test_parquet_values_become_text(tmp_path: Path) -> None:
    table = pa.table({
        "d": [dt.date(2026, 1, 2), None],
        "m": [Decimal("1.50"), Decimal("2.00")],
        "k": pa.array(["x", "y"]).dictionary_encode(),
        "l": [["p", "q"], None],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")

    raw = read_file(tmp_path / "a.parquet")

    assert rows(raw) == [["2026-01-02", "1.50", "x", "p;q"], ["", "2.00", "y", ""]]
    assert raw.lines.to_pylist() == [1, 2]


def test_a_parquet_whose_column_names_are_damaged_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"名称": ["甲"]}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole.replace("名称".encode(), b"\x80" * 6))

    with pytest.raises(FileProblem, match="不能作为 Parquet"):
        read_file(tmp_path / "a.parquet")


def test_a_parquet_with_a_doubled_column_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "a.parquet")

    with pytest.raises(FileProblem, match="列名“a”出现了 2 次"):
        read_file(tmp_path / "a.parquet")


def test_a_packed_text_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a\n1\n"))

    assert rows(read_file(tmp_path / "a.csv.gz")) == [["1"]]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"", "是空文件"),
        ("a.xlsx", b"", "是空文件"),
        ("a.xlsx", b"no workbook", "不能作为 Excel"),
        ("a.parquet", b"no parquet", "不能作为 Parquet"),
        ("a.csv.gz", b"no gzip", "压缩包损坏"),
        ("a.pdf", b"x", "扩展名“.pdf”不认识"),
        ("a", b"x", "扩展名"),
    ],
)
def test_an_unreadable_file_is_refused_with_a_remedy(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(FileProblem, match=words) as refusal:
        read_file(tmp_path / name)

    assert "处理办法" in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="打不开"):
        read_file(tmp_path / "none.csv")


def test_a_folder_named_like_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()

    with pytest.raises(FileProblem, match="打不开"):
        read_file(tmp_path / "a.csv")
