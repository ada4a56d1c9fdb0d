"""Read one worksheet into columns of text; what is merged is read as its mapping says, or refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError

from lookout.sources.excel_guard import SheetFacts, inspect
from lookout.sources.excel_header import LAST_HEADER_ROW, cell_text, header_names, likely_headers
from lookout.sources.excel_merges import Merges
from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import NO_VALUE, FileForm, RawFile, RawStream, finish, never_empty

# The sheet of a workbook of refused rows: it is read by itself when it comes back mended.
RETURNED_SHEET = "退回清单"
# How a workbook of refused rows guards a text that a spreadsheet would take for a formula.
_GUARDED = r"^'([=+\-@\t\r])"
_PIECE_ROWS = 20_000


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


def _column(cells: Sequence[Any], unquote: bool) -> pa.Array:
    try:
        texts = pa.array(cells, pa.string())
    except pa.ArrowException:
        texts = pa.array([cell_text(cell) for cell in cells], pa.string())
    return pc.replace_substring_regex(texts, _GUARDED, r"\1") if unquote else texts


def _pieces(
    file: str,
    names: list[str],
    rows: Iterator[list[Any]],
    first_line: int,
    sheet: CalamineSheet,
    facts: SheetFacts,
    merges: Merges,
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
        lines = list(range(line, line + len(body)))
        line += len(body)
        broken = []
        if merges:
            settled = [merges.settle(number - 1, cells) for number, cells in zip(lines, body, strict=True)]
            broken = [row for row in settled if row is not None]
            whole = [place for place, row in enumerate(settled) if row is None]
            body, lines = [body[place] for place in whole], [lines[place] for place in whole]
        columns = zip(*body, strict=True) if body else [()] * len(names)
        arrays = [_column(column, came_back) for column in columns]
        yield finish(file, "excel", "", names, arrays, pa.array(lines, pa.int32()), broken=tuple(broken))


@contextmanager
def _readable(file: str) -> Iterator[None]:
    """Say plainly what the parser cannot read."""
    try:
        yield
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


def likely_forms(file: str, path: Path) -> list[FileForm]:
    """Return how the workbook may write its table: every filled sheet, every row that looks like a header.

    Empty when nothing does. Raises FileProblem.
    """
    inspect(file, path)
    found = []
    with _readable(file):
        book = CalamineWorkbook.from_path(str(path))
        sheets = [sheet for name in book.sheet_names if (sheet := book.get_sheet_by_name(name)).start]
        for sheet in sheets:
            name = sheet.name if len(sheets) > 1 else None
            head = list(islice(sheet.iter_rows(), LAST_HEADER_ROW))
            for row, height in likely_headers(head, sheet.merged_cell_ranges or ()):
                found.append(FileForm(sheet=name, header_row=row, header_rows=height))
    return found


def stream_excel(file: str, path: Path, form: FileForm) -> RawStream:
    """Read a sheet by name or by place from 1.

    Without one it is the sheet of refused rows that came back, or else the only filled sheet. Lines are
    the sheet's own row numbers. Raises FileProblem.
    """
    facts = inspect(file, path)
    last = form.header_row + form.header_rows - 1
    with _readable(file):
        book = CalamineWorkbook.from_path(str(path))
        chosen = _pick_sheet(file, book, form.sheet)
        rows = iter(chosen.iter_rows())
        head = list(islice(rows, last))
        areas = chosen.merged_cell_ranges or ()
    if len(head) < last:
        where = f"工作表“{chosen.name}”共 {len(head)} 行"
        raise FileProblem(file, Fault(f"没有第 {last} 行，找不到表头", "改正映射中的 header_row", where))
    left = chosen.start[1] if chosen.start else 0
    texts = [[cell_text(cell) for cell in row] for row in head]
    names = header_names(file, chosen.name, texts, left, areas, form)
    known = facts.get(chosen.name, SheetFacts())
    merges = Merges(file, areas, last, left, form.merged_cells == "repeat")
    pieces = _pieces(file, names, rows, last + 1, chosen, known, merges)
    return RawStream("excel", "", tuple(filter(None, names)), never_empty(file, pieces))
