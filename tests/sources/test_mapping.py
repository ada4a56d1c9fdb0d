"""Mapping files: checked as a whole, applied without guessing."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.contracts import contracts
from lookout.sources import FileProblem, Laid, lay_out, load_mapping
from lookout.sources.csv_reader import read_csv


def lay(text: str, table: str, mapping: str | None, folder: Path) -> Laid:
    raw = read_csv("甲.csv", text.encode(), "utf-8")
    loaded = None
    if mapping is not None:
        (folder / "m.yaml").write_text(mapping, "utf-8")
        loaded = load_mapping(folder / "m.yaml", contracts())
    return lay_out("甲.csv", raw, contracts()[table], loaded)


def faults(text: str, table: str, mapping: str | None, folder: Path) -> str:
    with pytest.raises(FileProblem) as refusal:
        lay(text, table, mapping, folder)
    return str(refusal.value)


def test_columns_are_found_by_contract_name_or_chinese_name(tmp_path: Path) -> None:
    laid = lay(
        "UsCC, 企业名称 ,所属期,发票数,开票金额（元）\n1,甲,202601,x,5\n", "tax_invoice_month", None, tmp_path
    )

    assert laid.columns.to_pylist() == [
        {"uscc": "1", "company_name": "甲", "period": "202601", "amount_yuan": "5"}
    ]
    assert laid.headers["amount_yuan"] == ("开票金额（元）",)


def test_an_amount_in_wan_that_nobody_converts_is_refused_with_the_fix(tmp_path: Path) -> None:
    text = "uscc,period,开票金额（万元）\n1,202601,5\n"

    message = faults(text, "tax_invoice_month", None, tmp_path)

    assert "单位是“万元”" in message
    assert 'amount_yuan: {from: 开票金额（万元）, unit: "万元"}' in message
    mapping = "table: tax_invoice_month\ncolumns: {amount_yuan: 开票金额（万元）}"
    assert "单位是“万元”" in faults(text, "tax_invoice_month", mapping, tmp_path)


def test_a_mapping_that_names_the_unit_is_accepted(tmp_path: Path) -> None:
    mapping = "table: tax_invoice_month\ncolumns: {amount_yuan: {from: 开票金额（万元）, unit: 万元}}"

    laid = lay("uscc,period,开票金额（万元）\n1,202601,5\n", "tax_invoice_month", mapping, tmp_path)

    assert laid.units == {"amount_yuan": "万元"}


def test_missing_and_ambiguous_columns_are_reported_together(tmp_path: Path) -> None:
    message = faults("uscc,统一社会信用代码,开票份数\n1,2,3\n", "tax_invoice_month", None, tmp_path)

    assert "都是“统一社会信用代码”" in message
    assert "缺少必需的列“所属期”（period）" in message


def test_a_column_the_mapping_needs_and_the_file_lacks_is_named(tmp_path: Path) -> None:
    mapping = "table: tax_invoice_month\ncolumns: {period: 月份, uscc: [代码]}"
    assert "columns.uscc" in faults("a\n1\n", "tax_invoice_month", mapping, tmp_path)

    mapping = "table: tax_invoice_month\ncolumns: {period: 月份}"
    assert "缺少映射所用的列“月份”" in faults("uscc\n1\n", "tax_invoice_month", mapping, tmp_path)


def test_constants_joins_codes_transforms_and_the_line_make_columns(tmp_path: Path) -> None:
    mapping = """
table: company_annual_report
identifier_scheme: opaque:county
subject: id
columns:
  report_year: year
  reported_on: {from: year, transform: annual_report_due}
  company_name: {concat: [id, $line], separator: "#"}
  has_website: {from: web, codes: {1.0: true, 2.0: false}}
  is_disclosed: {constant: 是}
  employees: null
"""
    laid = lay("id,year,web,employees\nx1,2017.0,1.0,7\n", "company_annual_report", mapping, tmp_path)

    assert laid.columns.to_pylist() == [{
        "company_name": "x1#2", "report_year": "2017.0", "reported_on": "2018-06-30", "has_website": "true",
        "is_disclosed": "是",
    }]  # fmt: skip
    assert (laid.scheme, laid.subject.to_pylist() if laid.subject else None) == ("opaque:county", ["x1"])


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("[", "不是有效的 YAML"),
        ("- a", "键值形式"),
        ("table: nobody", "没有名为“nobody”的表"),
        ("table: company\ncolour: red", "colour：不认识的项"),
        ("table: company\ncolumns:\n  name: a\n  name: b\n", "“name”写了两次（第 3 行和第 4 行）"),
        ("table: company\ncolumns: {name: a, address: a}", "源列“a”已用于 name"),
        ("table: company\nheader_row: x", "header_row：“x”应为整数"),
        ("table: company\nencoding: latin-1", "encoding：“latin-1”取值不在允许的范围内"),
        ("table: company\nidentifier_scheme: opaque:x", "须同时写明"),
        ("table: company\nidentifier_scheme: secret\nsubject: a", "identifier_scheme：“secret”写法不对"),
        ("table: company\ncolumns: {colour: a}", "没有名为“colour”的列"),
        ("table: company\ncolumns: {name: {from: a, constant: b}}", "须恰好写一个"),
        ("table: company\ncolumns: {name: {from: a, unit: 万元}}", "不能以“万元”为单位"),
        (
            "table: company\ncolumns: {paid_in_capital_yuan: {from: a, unit: 美元}}",
            "不能以“美元”为单位.*万元",
        ),
        ("table: company\ncolumns: {name: {from: a, format: '%Y'}}", "不是日期"),
        ("table: company\ncolumns: {established_on: {from: a, format: day}}", "不是日期格式"),
        ("table: company\ncolumns: {name: {from: a, transform: upside}}", "没有名为“upside”的变换"),
        ("table: company\ncolumns: {status: {from: a, codes: {x: gone}}}", "“gone”不是合约代码.*active"),
    ],
)
def test_a_wrong_mapping_says_where_and_what_to_do(tmp_path: Path, mapping: str, words: str) -> None:
    (tmp_path / "m.yaml").write_text(mapping, "utf-8")

    with pytest.raises(FileProblem, match=words):
        load_mapping(tmp_path / "m.yaml", contracts())


def test_all_faults_of_a_mapping_come_together(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "table: company\ncolumns: {a: b, c: d, name: {from: x, unit: 元}}", "utf-8"
    )

    with pytest.raises(FileProblem) as refusal:
        load_mapping(tmp_path / "m.yaml", contracts())

    assert len(refusal.value.faults) == 3


def test_one_source_column_may_fill_two_days_or_be_copied_on_purpose(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "table: company\ncolumns: {established_on: a, term_ends_on: a, name: b, address: {concat: [b]}}",
        "utf-8",
    )

    assert load_mapping(tmp_path / "m.yaml", contracts()).table == "company"


def test_a_mapping_written_for_another_table_is_refused(tmp_path: Path) -> None:
    assert "是为表 company 写的" in faults("a\n1\n", "tax_invoice_month", "table: company", tmp_path)
