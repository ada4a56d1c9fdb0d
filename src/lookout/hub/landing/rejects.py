"""The workbook of refused rows that goes back to the department; no cell is ever a formula."""

from __future__ import annotations

import json
import re
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import xlsxwriter

from lookout.contracts import Table, contracts
from lookout.hub.landing.batches import Batch, batch_folder, read_batch
from lookout.kernel.errors import DataError
from lookout.sources import RETURN_COLUMNS, RETURNED_SHEET

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_767
_ROWS_PER_SHEET = 1_000_000  # a sheet holds 1,048,576
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WHOLE_ROW = "整行"

# A loss is no formula: -1200.50 goes out as it came in.
_PLAIN_NUMBER = re.compile(r"[-+]?[\d,]+(\.\d+)?%?$")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, cut to what a cell holds."""
    is_formula = text.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.match(text)
    guarded = f"'{text}" if is_formula else text
    return guarded if len(guarded) <= _LONGEST_CELL else guarded[: _LONGEST_CELL - 1] + "…"


def _about(batch: Batch, table: Table) -> list[tuple[str, str]]:
    return [
        ("文件", batch.file),
        ("表", f"{table.zh}（{table.name}）"),
        ("批次", f"{batch.batch_no:06d}"),
        ("报送时间", batch.delivered_at.isoformat(" ", "minutes")),
        ("总行数", str(batch.rows)),
        ("接收", str(batch.accepted)),
        ("退回", str(batch.rejected)),
        ("重复（已去除）", str(batch.doubled)),
        (
            "说明",
            "每个退回的行列一次，几处问题写在一起。请在右边的数据列里改正，被遮蔽的个人信息填回原值，"
            "然后把本文件照原样报送：左边四列和本表不会被读取。",
        ),
    ]


def _column_name(batch: Batch, table: Table, column: str) -> str:
    if not column:
        return _WHOLE_ROW
    headers = "、".join(batch.columns.get(column, ()))
    if column not in table.columns:  # the contract has changed since
        return headers or column
    chinese = table.columns[column].zh
    return chinese if headers in ("", chinese) else f"{chinese}（{headers}）"


def _write_sheet(book: Any, name: str, headers: list[str], rows: list[list[str]]) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, len(headers), 24)
    for number, row in enumerate([headers, *rows]):
        for place, text in enumerate(row):
            sheet.write_string(number, place, safe_cell(text))


def _row(batch: Batch, table: Table, reasons: list[dict[str, Any]]) -> tuple[list[str], dict[str, str]]:
    """Return the four fixed cells of a refused row and the row as sent."""
    columns = list(dict.fromkeys(_column_name(batch, table, reason["column"]) for reason in reasons))
    values = [str(reason["value"]) for reason in reasons if reason["value"]]
    told = [reason["reason"] for reason in reasons]
    if len(told) > 1:
        told = [f"{number}. {text}" for number, text in enumerate(told, 1)]
    fixed = [str(reasons[0]["line"]), "、".join(columns), "；".join(values), "\n".join(told)]
    return fixed, json.loads(reasons[0]["raw"])


def write_rejects_workbook(home: Path, batch_no: int, path: Path) -> int:
    """Write the refused rows of a batch with their reasons; return how many reasons were written.

    Mended, the workbook is delivered as it is: its first sheet has the columns of the file refused.
    """
    folder = batch_folder(home, batch_no)
    if not folder.is_dir():
        raise DataError(f"没有第 {batch_no} 批；批次号见 lookout ingest 的输出或数据页")
    if not path.parent.is_dir():
        raise DataError(f"文件夹 {path.parent} 不存在；请给出可以写入的位置")
    batch = read_batch(folder)
    table = contracts()[batch.table]
    rejects = pq.read_table(folder / "rejects.parquet").to_pylist()
    rows = [_row(batch, table, list(reasons)) for _, reasons in groupby(rejects, itemgetter("line"))]
    own = list(dict.fromkeys(header for _, sent in rows for header in sent))
    own.sort(key=lambda header: header == _WHOLE_ROW)
    lines = [[*fixed, *(sent.get(header, "") for header in own)] for fixed, sent in rows]
    fresh = path.with_name(f".{path.name}.tmp")
    with xlsxwriter.Workbook(str(fresh), _OPTIONS) as book:
        book.set_properties({"created": batch.ingested_at})
        for start in range(0, len(lines) or 1, _ROWS_PER_SHEET):
            number = start // _ROWS_PER_SHEET + 1
            name = RETURNED_SHEET if number == 1 else f"{RETURNED_SHEET}{number}"
            _write_sheet(book, name, [*RETURN_COLUMNS[:4], *own], lines[start : start + _ROWS_PER_SHEET])
        _write_sheet(book, "说明", ["项目", "内容"], [list(pair) for pair in _about(batch, table)])
    fresh.replace(path)
    return len(rejects)
