"""Files made to hurt: bombs, endless columns, dead formulas. Each gets one clear message."""

from __future__ import annotations

import gzip
import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from lookout.sources import NO_VALUE, FileProblem, excel_guard, read_file, reader


def workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write_row(0, 0, ["a", "b"])
        book.worksheets()[0].write_row(1, 0, [1, 2])
    return path


def with_sheet(path: Path, change: object, target: Path) -> Path:
    """Copy a workbook, its sheet changed."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if "sheet1.xml" in name else data)  # type: ignore[operator]  # a function
    return target


def test_a_workbook_that_unpacks_to_far_more_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel_guard, "_RATIO_FROM", 1 << 20)
    filler = b"<!--" + b" " * (3 << 20) + b"-->"
    bomb = with_sheet(workbook(tmp_path / "a.xlsx"), lambda data: data + filler, tmp_path / "b.xlsx")

    with pytest.raises(FileProblem, match=r"展开后超过.*压缩比"):
        read_file(bomb)


def test_a_workbook_larger_than_memory_should_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel_guard, "MOST_BYTES", 1000)

    with pytest.raises(FileProblem, match="展开后超过"):
        read_file(workbook(tmp_path / "a.xlsx"))


def test_one_cell_in_the_farthest_corner_does_not_fill_the_memory(tmp_path: Path) -> None:
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    file = with_sheet(
        workbook(tmp_path / "a.xlsx"), lambda data: data.replace(b"</sheetData>", corner), tmp_path / "b.xlsx"
    )

    with pytest.raises(FileProblem, match="第 1,048,576 行、第 16,384 列，单元格过多"):
        read_file(file)


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="B2"><f>1+1</f></c>', b'<c r="B2" s="1"><f>1+1</f><v></v></c>', b'<c r="B2"><f>1+1</f><v/></c>',
        b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', b'<c r="B2" t="e"><v>#N/A</v></c>',
    ],
)  # fmt: skip
def test_a_formula_without_a_result_is_no_empty_cell(tmp_path: Path, cell: bytes) -> None:
    old = b'<c r="B2"><v>2</v></c>'
    file = with_sheet(
        workbook(tmp_path / "a.xlsx"), lambda data: data.replace(old, cell), tmp_path / "b.xlsx"
    )

    assert read_file(file).columns.to_pylist() == [{"a": "1", "b": NO_VALUE}]


def test_formulas_with_a_result_are_read_and_text_like_a_formula_stays_text(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_formula(1, 1, '=""', None, "")
        sheet.write_string(1, 2, '=HYPERLINK("http://x")')
    file = with_sheet(
        tmp_path / "a.xlsx",
        lambda data: data.replace(b'<c r="B2">', b'<c r="B2" t="str">'),
        tmp_path / "b.xlsx",
    )

    assert read_file(file).columns.to_pylist() == [{"a": "2", "b": "", "c": '=HYPERLINK("http://x")'}]


def test_a_csv_of_a_million_columns_is_refused_at_once(tmp_path: Path) -> None:
    header = ",".join(f"c{number}" for number in range(1_000_000))
    (tmp_path / "a.csv").write_text(f"{header}\n1,2\n", "utf-8")
    started = time.process_time()

    with pytest.raises(FileProblem, match="表头有 1,000,000 列，超过上限"):
        read_file(tmp_path / "a.csv")

    assert time.process_time() - started < 5


def test_a_row_of_a_million_values_stands_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"a,b\n1,2\n{',' * 999_999}\n3,4\n", "utf-8")

    raw = read_file(tmp_path / "a.csv")

    assert raw.lines.to_pylist() == [2, 4]
    assert "本行有 1000000 个值" in raw.broken[0].reason


def test_json_of_far_too_many_keys_is_refused(tmp_path: Path) -> None:
    keys = ",".join(f'"k{number}":1' for number in range(5000))
    (tmp_path / "a.jsonl").write_text(f"{{{keys}}}\n", "utf-8")

    with pytest.raises(FileProblem, match="超过上限"):
        read_file(tmp_path / "a.jsonl")


def test_a_row_with_nuls_stands_alone_and_a_file_full_of_them_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + b"1,2\n" * 40 + b"1,\0\n" + b"3,4\n" * 40)
    (tmp_path / "b.csv").write_bytes(b"a,b\n1,2\n" + bytes(500))

    raw = read_file(tmp_path / "a.csv")

    assert (raw.columns.num_rows, [row.line for row in raw.broken]) == (80, [42])
    assert "NUL" in raw.broken[0].reason
    with pytest.raises(FileProblem, match="NUL"):
        read_file(tmp_path / "b.csv")


def test_a_gzip_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_MOST_UNPACKED", 1 << 20)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * (1 << 21)))

    with pytest.raises(FileProblem, match="压缩包展开超过"):
        read_file(tmp_path / "a.csv.gz")


def test_a_quote_that_never_closes_is_found_and_its_line_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n" + '3,"4\n' + "5,6\n" * 1000, "utf-8")

    with pytest.raises(FileProblem, match="第 3 行：引号没有闭合"):
        read_file(tmp_path / "a.csv")


def test_half_a_surrogate_pair_in_json_is_garbling_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a\\ud800": "x", "b": "\\udfff"}\n', "utf-8")

    assert read_file(tmp_path / "a.jsonl").columns.to_pylist() == [
        {"a\ufffd\ufffd\ufffd": "x", "b": "\ufffd\ufffd\ufffd"}
    ]
