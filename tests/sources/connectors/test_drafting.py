"""A mapping drafted from a header: what is sure is written, what is not is listed, nothing is guessed silently."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lookout.contracts import contracts
from lookout.sources import FileForm, load_mapping
from lookout.sources.connectors import Draft, draft, mapping_text
from lookout.sources.connectors.drafting import Sample, match_columns
from lookout.sources.connectors.sniffing import Values

TAX = {name: contracts()[name] for name in ("tax_arrears", "tax_violation", "tax_credit_grade")}
CODES = ("91440303MA3MAXWR1G", "92440308MAYNN32D2K")


def workbook(path: Path, rows: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def sample(header: dict[str, list[str]]) -> Sample:
    return Sample(FileForm(), tuple(header), {name: Values(values) for name, values in header.items()})


@pytest.fixture
def arrears(tmp_path: Path) -> Draft:
    """A department's workbook: a title line, its own words, amounts in ten thousands."""
    rows = [
        ["二〇二六年十月欠税企业明细表"],
        ["序号", "纳税人识别号", "纳税人名称", "税种", "欠税余额（万元）", "公告时间"],
        [1, CODES[0], "甲有限公司", "增值税", "12.5", "2026-10-08"],
        [2, CODES[1], "乙商行", "增值税", "2.5", "2026-10-08"],
    ]
    return draft(workbook(tmp_path / "欠税.xlsx", rows), TAX)


def test_the_table_the_header_row_and_the_columns_are_found(arrears: Draft):
    found = {match.column: match.header for match in arrears.sure}

    assert (arrears.table.name, arrears.header_row) == ("tax_arrears", 2)
    assert found == {
        "uscc": "纳税人识别号",
        "company_name": "纳税人名称",
        "tax_type": "税种",
        "balance_yuan": "欠税余额（万元）",
        "noticed_on": "公告时间",
    }
    assert arrears.missing == ()
    assert arrears.unread == ("序号",)


def test_the_text_is_a_mapping_that_loads_with_the_unit_and_the_header_row(arrears: Draft, tmp_path: Path):
    file = tmp_path / "mapping.yaml"
    file.write_text(mapping_text(arrears, "欠税.xlsx"), "utf-8")

    mapping = load_mapping(file, contracts())

    assert mapping.header_row == 2
    assert mapping.columns["balance_yuan"].unit == "万元"


def test_two_headers_that_mean_one_column_equally_are_left_to_a_person():
    header = {"企业名称": ["甲有限公司"], "信用代码": [CODES[0]], "统一代码": [CODES[1]]}

    sure, doubtful = match_columns(TAX["tax_arrears"], sample(header))

    assert "uscc" not in {match.column for match in sure}
    assert {match.header for match in doubtful if match.column == "uscc"} == {"信用代码", "统一代码"}


def test_values_that_contradict_a_name_make_it_doubtful():
    header = {"统一社会信用代码": ["甲", "乙", "丙"]}

    sure, doubtful = match_columns(TAX["tax_arrears"], sample(header))

    assert sure == ()
    assert [match.column for match in doubtful] == ["uscc"]


def test_check_digits_speak_where_the_name_says_nothing_but_are_not_enough():
    sure, doubtful = match_columns(TAX["tax_arrears"], sample({"栏1": list(CODES)}))

    assert sure == ()
    assert [(match.header, match.column) for match in doubtful] == [("栏1", "uscc")]


def test_an_unusual_date_is_given_its_format_only_when_it_is_the_only_one(tmp_path: Path):
    rows = [["统一社会信用代码", "欠税税种", "欠税余额", "公告日期"], [CODES[0], "增值税", "1", "31/10/2026"]]
    clear = mapping_text(draft(workbook(tmp_path / "a.xlsx", rows), TAX), "a.xlsx")
    rows[1][3] = "03/04/2026"
    unclear = mapping_text(draft(workbook(tmp_path / "b.xlsx", rows), TAX), "b.xlsx")

    assert yaml.safe_load(clear)["columns"]["noticed_on"]["format"] == "%d/%m/%Y"
    assert yaml.safe_load(unclear)["columns"]["noticed_on"] == "公告日期"
    assert "日期写法分不清" in unclear


def test_codes_not_in_the_list_are_named_for_a_person(tmp_path: Path):
    rows = [["文书号", "统一社会信用代码", "违法类型", "决定日期"], ["1", CODES[0], "虚开专票", "2026-01-02"]]

    text = mapping_text(
        draft(workbook(tmp_path / "a.xlsx", rows), {"tax_violation": TAX["tax_violation"]}), "a"
    )

    assert "不在代码表中的值：虚开专票" in text


HEADERS = st.lists(
    st.sampled_from([c.zh for t in TAX.values() for c in t.columns.values()])
    | st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12).filter(str.strip),
    min_size=1,
    max_size=8,
    unique_by=lambda text: text.strip(),
)  # fmt: skip


@given(headers=HEADERS)
@settings(max_examples=12, deadline=None)
def test_whatever_the_header_the_draft_is_a_mapping_that_loads_and_uses_each_column_once(
    headers: list[str], tmp_path_factory: pytest.TempPathFactory
):
    table = TAX["tax_arrears"]
    one = sample({header: ["x"] for header in headers})
    sure, doubtful = match_columns(table, one)
    file = tmp_path_factory.getbasetemp() / "drafted.yaml"
    file.write_text(
        mapping_text(Draft(table, FileForm(), one.headers, sure, doubtful, 0.5, values=one.values), "f"),
        "utf-8",
    )

    mapping = load_mapping(file, contracts())

    assert len({match.column for match in sure}) == len({match.header for match in sure}) == len(sure)
    assert set(mapping.columns) == {match.column for match in sure}
