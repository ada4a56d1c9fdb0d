"""The workbook of refused rows that goes back to the department; no cell is ever a formula."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import xlsxwriter

from lookout.contracts import Table, contracts
from lookout.hub.landing.batches import Batch, batch_folder, read_batch
from lookout.kernel.errors import DataError

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_767
_ROWS_PER_SHEET = 1_000_000  # a sheet holds 1,048,576
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FIXED = ("行号", "列", "原值", "退回原因")


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
        ("说明", "一行有几处问题就列几行；个人信息已遮蔽。请按原因改正后只重报这些行。"),
    ]


def _column_name(batch: Batch, table: Table, column: str) -> str:
    if not column:
        return "整行"
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


def write_rejects_workbook(home: Path, batch_no: int, path: Path) -> int:
    """Write the refused rows of a batch with their reasons; return how many reasons were written."""
    folder = batch_folder(home, batch_no)
    if not folder.is_dir():
        raise DataError(f"没有第 {batch_no} 批；批次号见 lookout ingest 的输出或数据页")
    if not path.parent.is_dir():
        raise DataError(f"文件夹 {path.parent} 不存在；请给出可以写入的位置")
    batch = read_batch(folder)
    table = contracts()[batch.table]
    rejects = pq.read_table(folder / "rejects.parquet").to_pylist()
    sent = [json.loads(reject["raw"]) for reject in rejects]
    own = list(dict.fromkeys(header for row in sent for header in row))
    rows = [
        [str(r["line"]), _column_name(batch, table, r["column"]), r["value"], r["reason"]]
        + [raw.get(header, "") for header in own]
        for r, raw in zip(rejects, sent, strict=True)
    ]
    fresh = path.with_name(f".{path.name}.tmp")
    with xlsxwriter.Workbook(str(fresh), _OPTIONS) as book:
        book.set_properties({"created": batch.ingested_at})
        for start in range(0, len(rows) or 1, _ROWS_PER_SHEET):
            name = "退回清单" if not start else f"退回清单{start // _ROWS_PER_SHEET + 1}"
            _write_sheet(book, name, [*_FIXED, *own], rows[start : start + _ROWS_PER_SHEET])
        _write_sheet(book, "说明", ["项目", "内容"], [list(pair) for pair in _about(batch, table)])
    fresh.replace(path)
    return len(rows)
