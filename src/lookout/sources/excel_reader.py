"""Read one worksheet into columns of text; merged and unclear headers are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError

from lookout.sources.excel_guard import SheetFacts, inspect
from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import NO_VALUE, RawFile, RawStream, check_headers, finish, never_empty

# The sheet of a workbook of refused rows: it is read by itself when it comes back mended.
RETURNED_SHEET = "退回清单"
# A spreadsheet keeps 15 digits of a number: a longer code stored as one has lost its end. Such values
# are handed on as 4.4e+17, which no check takes for a code.
_EXACT = 1e15
# How a workbook of refused rows guards a text that a spreadsheet would take for a formula.
_GUARDED = r"^'([=+\-@\t\r])"
_PIECE_ROWS = 20_000


def _text(value: Any) -> str:
    """Return a cell as text: whole numbers without point, dates in ISO form, booleans as words."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and abs(value) >= _EXACT:
        return repr(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def _pick_sheet(file: str, book: CalamineWorkbook, wanted: str | int | None) -> CalamineSheet:
    names = book.sheet_names
    listed = "、".join(names)
    if isinstance(wanted, int):
        if 1 <= wanted <= len(names):
            return book.get_sheet_by_index(wanted - 1)
        raise FileProblem(file, Fault(f"没有第 {wanted} 个工作表，现有：{listed}", "改正映射中的 sheet"))
    if wanted is not None:
        if wanted in names:
            return book.get_sheet_by_name(wanted)
        raise FileProblem(file, Fault(f"没有名为“{wanted}”的工作表，现有：{listed}", "改正映射中的 sheet"))
    if sum(name.startswith(RETURNED_SHEET) for name in names) == 1 and RETURNED_SHEET in names:
        return book.get_sheet_by_name(RETURNED_SHEET)
    filled = [sheet for name in names if (sheet := book.get_sheet_by_name(name)).start is not None]
    if len(filled) > 1:
        listed = "、".join(sheet.name for sheet in filled)
        fix = f"在映射中写明 sheet，如 sheet: {filled[0].name}；或每个文件只留一个工作表"
        raise FileProblem(file, Fault(f"有 {len(filled)} 个有内容的工作表（{listed}），不知读哪一个", fix))
    if not filled:
        raise FileProblem(file, Fault("工作簿里没有内容", "确认导出是否成功后重新报送"))
    return filled[0]


def _refuse_merged(file: str, sheet: CalamineSheet, header_row: int) -> None:
    touching = [area for area in sheet.merged_cell_ranges or () if area[1][0] >= header_row - 1]
    if touching:
        row = touching[0][0][0] + 1
        where = f"工作表“{sheet.name}”第 {row} 行"
        fix = "取消合并、每列一个列名、每格一个值；表头上方若有标题行，在映射中写 header_row 指明表头所在行"
        raise FileProblem(
            file, Fault(f"有合并单元格（共 {len(touching)} 处），看不出值属于哪一列", fix, where)
        )


def _column(cells: Sequence[Any], unquote: bool) -> pa.Array:
    try:
        texts = pa.array(cells, pa.string())
    except pa.ArrowException:
        texts = pa.array([_text(cell) for cell in cells], pa.string())
    return pc.replace_substring_regex(texts, _GUARDED, r"\1") if unquote else texts


def _pieces(
    file: str,
    names: list[str],
    rows: Iterator[list[Any]],
    first_line: int,
    sheet: CalamineSheet,
    facts: SheetFacts,
) -> Iterator[RawFile]:
    """Cut the rows below the header."""
    left = sheet.start[1] if sheet.start else 0
    came_back = sheet.name == RETURNED_SHEET
    line = first_line
    dead: dict[int, list[int]] = {}
    for row, column in facts.dead:
        dead.setdefault(row + 1, []).append(column - left)
    while body := [list(row) for row in islice(rows, _PIECE_ROWS)]:
        for number in range(line, line + len(body)) if dead else ():
            for place in dead.get(number, ()):
                body[number - line][place] = NO_VALUE
        lines = pa.array(range(line, line + len(body)), pa.int32())
        arrays = [_column(column, came_back) for column in zip(*body, strict=True)]
        yield finish(file, "excel", "", names, arrays, lines)
        line += len(body)


def stream_excel(file: str, path: Path, sheet: str | int | None = None, header_row: int = 1) -> RawStream:
    """Read a sheet by name or by place from 1.

    Without one it is the sheet of refused rows that came back, or else the only filled sheet. Lines are
    the sheet's own row numbers. Raises FileProblem.
    """
    facts = inspect(file, path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        chosen = _pick_sheet(file, book, sheet)
        rows = iter(chosen.iter_rows())
        head = list(islice(rows, header_row))
    except FileProblem:
        raise
    except PasswordError as error:
        fault = Fault("工作簿有密码，读不了", "去掉密码后另存，重新报送")
        raise FileProblem(file, fault) from error
    except OSError:
        raise
    except Exception as error:  # calamine raises its own and built-in errors alike
        what = "不能作为 Excel 工作簿读取：内容损坏，或不是这种格式"
        raise FileProblem(file, Fault(what, "用 Excel 打开确认能否读取，另存为 xlsx 后重新报送")) from error
    if len(head) < header_row:
        where = f"工作表“{chosen.name}”共 {len(head)} 行"
        raise FileProblem(
            file, Fault(f"没有第 {header_row} 行，找不到表头", "改正映射中的 header_row", where)
        )
    _refuse_merged(file, chosen, header_row)
    names = [_text(cell).strip() for cell in head[-1]]
    check_headers(file, names, header_row)
    known = facts.get(chosen.name, SheetFacts())
    pieces = _pieces(file, names, rows, header_row + 1, chosen, known)
    return RawStream("excel", "", tuple(filter(None, names)), never_empty(file, pieces))
