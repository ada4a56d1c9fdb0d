"""A department's own form is read as a person reads it: titles, headers of several rows, totals, signatures."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from lookout.contracts import contracts
from lookout.sources import FileForm, FileProblem, Mapping, RawFile, plan_layout, read_file
from lookout.sources.connectors import draft, mapping_text

CODES = ("91440303MA3MAXWR1G", "92440308MAYNN32D2K")
HEADER = [
    ["2026年10月欠税明细表", "", "", "", "", ""],
    ["序号", "纳税人识别号", "欠税情况", "", "公告日期", "备注"],
    ["", "", "税种", "欠税金额\n（万元）", "", ""],
]
HEADER_MERGES = ("A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "F2:F3")
DATA = [
    [1, CODES[0], "增值税", 12.5, "2026年10月8日", ""],
    [2, CODES[1], "印花税", 2.5, "2026年10月9日", ""],
]
LAST = [["合　计", "", "", 15, "", ""], ["制表人：张三", "", "审核人：李四", "", "", ""]]


def form(path: Path, rows: list[list[object]], merges: tuple[str, ...] = (), name: str = "表") -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet(name)
        for area in merges:
            sheet.merge_range(area, "")
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell != "":
                    sheet.write(number, place, cell)
    return path


def texts(raw: RawFile) -> list[list[str]]:
    return [list(row.values()) for row in raw.columns.to_pylist()]


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return form(tmp_path / "欠税.xlsx", [*HEADER, *DATA, *LAST], (*HEADER_MERGES, "A6:C6"))


def test_a_draft_of_an_office_form_needs_no_hand(office: Path):
    found = draft(office, {"tax_arrears": contracts()["tax_arrears"]})
    told = {match.column: match.header for match in found.sure}

    assert (found.form.header_row, found.form.header_rows) == (2, 2)
    assert found.form.not_data == ("合计", "制表")
    assert told["balance_yuan"] == "欠税金额\n（万元）"
    assert (found.missing, found.merged_lines) == ((), ())


def test_the_drafted_text_says_how_the_form_is_written(office: Path):
    text = mapping_text(draft(office, {"tax_arrears": contracts()["tax_arrears"]}), office.name)

    assert "header_row: 2 " in text
    assert "header_rows: 2 " in text
    assert 'not_data: ["合计", "制表"] ' in text


def test_totals_and_signatures_are_no_rows_and_their_lines_are_told(office: Path):
    raw = read_file(office, form=FileForm(header_row=2, header_rows=2, not_data=("合计", "制表")))

    assert raw.headers == ("序号", "纳税人识别号", "税种", "欠税金额\n（万元）", "公告日期", "备注")
    assert raw.lines.to_pylist() == [4, 5]
    assert (raw.rows, raw.broken) == (2, ())
    assert raw.left_out == ((6, "合计"), (7, "制表"))


def test_a_total_in_the_middle_of_a_value_is_data(tmp_path: Path):
    rows: list[list[object]] = [["名称", "备注"], ["甲", "合计三笔"], ["乙", "合计"], ["", "合计"]]
    raw = read_file(form(tmp_path / "a.xlsx", rows), form=FileForm(not_data=("合计",)))

    assert texts(raw) == [["甲", "合计三笔"], ["乙", "合计"]]
    assert raw.left_out == ((4, "合计"),)


def test_a_total_of_a_text_file_is_left_out_even_when_its_row_is_torn(tmp_path: Path):
    (tmp_path / "a.csv").write_text("a,b,c\n1,2,3\n合计,5\n4,5\n")
    raw = read_file(tmp_path / "a.csv", form=FileForm(not_data=("合计",)))

    assert raw.left_out == ((3, "合计"),)
    assert [row.line for row in raw.broken] == [4]


def test_without_the_mapping_a_total_is_a_row_like_any_other(tmp_path: Path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n合计,5\n")

    assert texts(read_file(tmp_path / "a.csv")) == [["1", "2"], ["合计", "5"]]


def test_a_file_of_totals_alone_has_no_rows(tmp_path: Path):
    (tmp_path / "a.csv").write_text("a,b\n合计,5\n")
    with pytest.raises(FileProblem, match="没有数据行"):
        read_file(tmp_path / "a.csv", form=FileForm(not_data=("合计",)))


def test_equal_names_under_two_heads_are_told_apart_by_their_heads(tmp_path: Path):
    rows: list[list[object]] = [["本期", "", "上期", ""], ["户数", "金额", "户数", "金额"], [1, 2, 3, 4]]
    raw = read_file(form(tmp_path / "a.xlsx", rows, ("A1:B1", "C1:D1")), form=FileForm(header_rows=2))

    assert raw.headers == ("本期/户数", "本期/金额", "上期/户数", "上期/金额")


def test_a_header_of_two_rows_read_as_one_is_refused_with_what_to_write(office: Path):
    with pytest.raises(FileProblem, match="header_row: 2 和 header_rows: 2"):
        read_file(office, form=FileForm(header_row=2))


def test_a_data_row_with_merged_cells_is_refused_alone(tmp_path: Path):
    rows: list[list[object]] = [["a", "b"], [1, 2], ["", 3], [4, 5]]
    raw = read_file(form(tmp_path / "a.xlsx", rows, ("A2:A3",)))

    assert texts(raw) == [["4", "5"]]
    assert [row.line for row in raw.broken] == [2, 3]
    assert "A2:A3" in raw.broken[0].reason
    assert raw.broken[1].text == "3"


def test_a_value_merged_downwards_stands_for_each_row_when_the_mapping_says_so(tmp_path: Path):
    rows: list[list[object]] = [["a", "b"], ["甲", 2], ["", 3], ["", 4], ["乙", 5]]
    raw = read_file(form(tmp_path / "a.xlsx", rows, ("A2:A4",)), form=FileForm(merged_cells="repeat"))

    assert texts(raw) == [["甲", "2"], ["甲", "3"], ["甲", "4"], ["乙", "5"]]


def test_a_value_merged_across_columns_is_never_repeated(tmp_path: Path):
    rows: list[list[object]] = [["a", "b"], ["甲", ""], [1, 2]]
    raw = read_file(form(tmp_path / "a.xlsx", rows, ("A2:B2",)), form=FileForm(merged_cells="repeat"))

    assert texts(raw) == [["1", "2"]]
    assert [row.line for row in raw.broken] == [2]


def test_the_draft_of_a_workbook_with_a_sheet_of_remarks_names_the_sheet(tmp_path: Path):
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        book.add_worksheet("说明").write(0, 0, "请于每月五日前报送")
        sheet = book.add_worksheet("明细")
        for number, row in enumerate(
            [["纳税人识别号", "税种", "欠税余额", "公告日期"], *(r[1:5] for r in DATA)]
        ):
            sheet.write_row(number, 0, row)
    found = draft(file, {"tax_arrears": contracts()["tax_arrears"]})

    assert (found.form.sheet, found.missing) == ("明细", ())
    assert 'sheet: "明细" ' in mapping_text(found, file.name)


def test_a_header_that_moved_is_told_once_and_shows_no_values(tmp_path: Path):
    mapping = Mapping.model_validate(
        {"table": "tax_arrears", "columns": {"uscc": "代码", "tax_type": "税种"}}
    )
    (tmp_path / "a.csv").write_text(f"{CODES[0]},增值税\n{CODES[1]},印花税\n")
    raw = read_file(tmp_path / "a.csv")
    with pytest.raises(FileProblem, match="2 列一列也没有") as refusal:
        plan_layout("a.csv", raw.headers, contracts()["tax_arrears"], mapping)

    assert CODES[0] not in str(refusal.value)
    assert len([fault for fault in refusal.value.faults if "映射" in fault.what]) == 1


def test_doubled_headers_that_nobody_reads_do_no_harm(tmp_path: Path):
    (tmp_path / "a.csv").write_text(
        f"uscc,tax_type,balance_yuan,noticed_on,备注,备注\n{CODES[0]},增值税,1,2026-10-01,x,y\n"
    )
    raw = read_file(tmp_path / "a.csv")
    layout = plan_layout("a.csv", raw.headers, contracts()["tax_arrears"])

    assert layout.unread == ("备注#1", "备注#2")


def test_a_doubled_header_that_is_wanted_must_be_chosen(tmp_path: Path):
    (tmp_path / "a.csv").write_text(
        f"uscc,tax_type,欠税余额,欠税余额,noticed_on\n{CODES[0]},增值税,1,2,2026-10-01\n"
    )
    raw, table = read_file(tmp_path / "a.csv"), contracts()["tax_arrears"]
    with pytest.raises(FileProblem, match="“欠税余额#1”、“欠税余额#2”都是"):
        plan_layout("a.csv", raw.headers, table)
    with pytest.raises(FileProblem, match=r"出现了 2 次.*欠税余额#1、欠税余额#2"):
        plan_layout(
            "a.csv", raw.headers, table, Mapping(table="tax_arrears", columns={"balance_yuan": "欠税余额"})
        )  # type: ignore[dict-item]  # the short form of the file
    chosen = Mapping(table="tax_arrears", columns={"balance_yuan": "欠税余额#2"})  # type: ignore[dict-item]  # the short form of the file

    assert plan_layout("a.csv", raw.headers, table, chosen).over(raw).columns["balance_yuan"].to_pylist() == [
        "2"
    ]
