"""The workbook of refused rows: readable by the department, harmless to open."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from lookout.contracts import contracts
from lookout.hub.landing import Batch, land, write_rejects_workbook
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
    head, first, second = book.get_sheet_by_name("退回清单").to_python()
    assert written == 3
    assert head[:6] == ["行号", "列", "原值", "退回原因", "统一社会信用代码", "所属期"]
    assert first[:3] == ["2", "统一社会信用代码、开票份数", "91350100M000100Y4312；-3"]
    assert "1. 统一社会信用代码“91350100M000100Y4312”有 20 位，应为 18 位" in str(first[3])
    assert "2. “开票份数”为 -3，不得为负数；请核对" in str(first[3])
    assert str(first[8]).startswith("'=HYPERLINK")
    assert second[:2] == ["4", "整行"]
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


MIXED = """企业名称,统一社会信用代码,登记状态,成立日期,行政区划,法定代表人,address,备注
甲公司,91350100M000100Y4312,存续,2015-02-30,440106,张小明,=1+1,x
乙公司,91350100M000100Y43,存续,2015-03-04,440106,李红,广州,y
多,出,一,个,值,了,吗,？,！
"""


def test_a_workbook_sent_back_and_mended_lands_as_it_is(tmp_path: Path) -> None:
    moment = datetime(2026, 10, 31)  # noqa: DTZ001 Shanghai wall time
    (tmp_path / "a.csv").write_text(MIXED, "utf-8")

    def put(name: str) -> Batch:
        delivery = Delivery(tmp_path / name, name, "market_regulation", "company", moment)
        return land(
            tmp_path, delivery, contracts=contracts(), personal_key=b"k" * 32, ingested_at=moment
        ).batch

    assert (put("a.csv").accepted, put("a.csv").rejected) == (1, 2)
    write_rejects_workbook(tmp_path, 1, tmp_path / "退回.xlsx")

    unmended = put("退回.xlsx")
    assert (unmended.accepted, unmended.rejected, unmended.unread) == (0, 2, ())

    rows = CalamineWorkbook.from_path(str(tmp_path / "退回.xlsx")).get_sheet_by_name("退回清单").to_python()
    place = {str(header): number for number, header in enumerate(rows[0])}
    for header, value in {
        "统一社会信用代码": "91350100M000100Y43", "成立日期": "2015-03-01", "法定代表人": "张小明",
    }.items():  # fmt: skip
        rows[1][place[header]] = value
    with xlsxwriter.Workbook(str(tmp_path / "改正.xlsx")) as book:
        sheet = book.add_worksheet("退回清单")
        for number, row in enumerate(rows[:2]):
            sheet.write_row(number, 0, [str(cell) for cell in row], book.add_format())
        book.add_worksheet("说明").write(0, 0, "项目")

    mended = put("改正.xlsx")

    assert (mended.accepted, mended.rejected, mended.unread) == (1, 0, ())
    [fact] = pq.read_table(tmp_path / "batches/000003/facts.parquet").to_pylist()
    assert (fact["name"], fact["address"], fact["line"]) == ("甲公司", "=1+1", 2)
