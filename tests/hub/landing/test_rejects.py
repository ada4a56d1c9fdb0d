"""The workbook of refused rows: readable by the department, harmless to open."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from lookout.contracts import contracts
from lookout.hub.landing import land, write_rejects_workbook
from lookout.hub.landing.rejects import safe_cell
from lookout.sources import Delivery

TEXT = """统一社会信用代码,所属期,开票份数,开票金额（元）,company_name
91350100M000100Y4312,202601,-3,5,=HYPERLINK("http://x")
91350100M000100Y43,202601,1,5,好公司
多,出,一,个,值,了
"""


def test_the_workbook_lists_every_reason_beside_the_row_as_sent(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(TEXT, "utf-8")
    moment = datetime(2026, 10, 31)  # noqa: DTZ001 Shanghai wall time
    delivery = Delivery(file, "a.csv", "tax", "tax_invoice_month", moment)
    land(tmp_path, delivery, contracts=contracts(), personal_key=b"k" * 32, ingested_at=moment)

    written = write_rejects_workbook(tmp_path, 1, tmp_path / "退回.xlsx")

    book = CalamineWorkbook.from_path(str(tmp_path / "退回.xlsx"))
    head, first, second, third = book.get_sheet_by_name("退回清单").to_python()
    assert written == 3
    assert head[:6] == ["行号", "列", "原值", "退回原因", "统一社会信用代码", "所属期"]
    assert first[:3] == ["2", "统一社会信用代码", "91350100M000100Y4312"]
    assert "有 20 位，应为 18 位" in str(first[3])
    assert second[:4] == ["2", "开票份数", "-3", "“开票份数”为 -3，不得为负数；请核对"]
    assert str(first[8]).startswith("'=HYPERLINK")
    assert third[:2] == ["4", "整行"]
    with ZipFile(tmp_path / "退回.xlsx") as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets/" in name]
    assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
    assert ["退回", "2"] in book.get_sheet_by_name("说明").to_python()


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "-1200.50", "+1", "1,200", "-3%"])
def test_a_plain_number_goes_out_as_it_came_in(text: str) -> None:
    assert safe_cell(text) == text


def test_a_cell_is_cut_to_what_excel_holds() -> None:
    assert len(safe_cell("字" * 40_000)) == 32_767
