"""The cells of an uploaded ledger, as text, with its head row found."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineWorkbook

from lookout.kernel.errors import DataError
from lookout.web.clues.importing.vocabulary import field_of, plain

MOST_LINES = 2000
# A title, a unit of money, a date of the report: what stands above the head row of an office's sheet.
ABOVE_HEAD = 10
FEWEST_HEADS = 2


@dataclass(frozen=True)
class Line:
    """One filled line: its number in the file, counted from one, and its cells under their heads."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A ledger as it came. `unknown` are heads no field takes: they are left out, and said to be."""

    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    unknown: tuple[str, ...]


def read_table(content: bytes, *, is_excel: bool) -> Table:
    """Read the first sheet that has a head row. Raises DataError with what is wrong and what to do."""
    sheets = _excel_sheets(content) if is_excel else [_csv_rows(content)]
    for rows in sheets:
        found = _with_head(rows)
        if found is not None:
            return found
    raise DataError(
        "没有找到表头：前 10 行里要有“企业名称”和至少另外一列，如“线索编号”“发现时间”；请对照导出的台账改表头"
    )


def _excel_sheets(content: bytes) -> Iterable[list[list[str]]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    except Exception:  # calamine raises its own and built-in errors alike
        raise DataError("Excel 打不开：已损坏或有密码；请取消密码、另存为 xlsx 后再上传") from None
    return [[[_text(value) for value in row] for row in rows] for rows in sheets]


def _csv_rows(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error:
        raise DataError("CSV 读不出来：引号或换行不成对；请用 Excel 另存为 xlsx 后再上传") from None


def _text(value: Any) -> str:
    """Return a cell as people read it; a formula arrives as the value it had when the file was saved."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else ("是" if value else "否")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M" if value.time() != time(0) else "%Y-%m-%d")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def _with_head(rows: Sequence[Sequence[str]]) -> Table | None:
    for at, row in enumerate(rows[:ABOVE_HEAD]):
        fields = [field_of(head) for head in row]
        if "company_name" in fields and sum(field is not None for field in fields) >= FEWEST_HEADS:
            return _table(row, list(rows[at + 1 :]), at + 2)
    return None


def _table(head: Sequence[str], rows: list[Sequence[str]], first: int) -> Table:
    heads = tuple(plain(name) for name in head)
    twice = sorted({name for name in heads if name and heads.count(name) > 1 and field_of(name)})
    if twice:
        raise DataError(f"表头“{'、'.join(twice)}”出现了两次；请删掉或改名其中一列")
    filled = [(number, row) for number, row in enumerate(rows, first) if any(row)]
    if len(filled) > MOST_LINES:
        raise DataError(f"有 {len(filled)} 行，一次最多导入 {MOST_LINES} 行；请分成几个文件")
    if not filled:
        raise DataError("表头下面没有内容；请检查是否传错了文件")
    lines = tuple(
        Line(number, {name: cell for name, cell in zip(heads, row, strict=False) if name})
        for number, row in filled
    )
    unknown = tuple(name for name in heads if name and field_of(name) is None)
    return Table(tuple(name for name in heads if name), lines, unknown)
