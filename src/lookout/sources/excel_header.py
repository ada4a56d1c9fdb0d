"""Cells as text, and the column names of a worksheet: a header of one row or several, with the merged cells of a form filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import FileForm, numbered

Area = tuple[tuple[int, int], tuple[int, int]]  # first and last cell (row, column from 0), both included
LAST_HEADER_ROW, _TALLEST = 10, 3
# A spreadsheet keeps 15 digits of a number: a longer code stored as one has lost its end. Such values
# are handed on as 4.4e+17, which no check takes for a code.
_EXACT = 1e15


def cell_text(value: Any) -> str:
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


def header_names(
    file: str, sheet: str, head: Sequence[Sequence[str]], left: int, areas: Sequence[Area], form: FileForm
) -> list[str]:
    """Return the name of each column; `head` are the rows from the first of the sheet to the header's last.

    A name is the lowest text over its column; where two columns have the same, what stands above comes
    first (本期/金额). Raises FileProblem for merged cells that leave a column without a name of its own.
    """
    top, bottom = form.header_row - 1, form.header_row + form.header_rows - 2
    touching = [area for area in areas if area[1][0] >= top and area[0][0] <= bottom]
    _refuse_unclear(file, sheet, touching, top, bottom)
    rows = [list(row) for row in head[top : bottom + 1]]
    for (row, column), (last_row, last_column) in touching:
        text = rows[row - top][column - left]
        for y in range(row - top, last_row - top + 1):
            for x in range(column - left, min(last_column - left + 1, len(rows[y]))):
                rows[y][x] = text
    over = [
        list(dict.fromkeys(text for row in rows if (text := row[x].strip()))) for x in range(len(rows[0]))
    ]
    lowest = [texts[-1] if texts else "" for texts in over]
    names = [
        "/".join(texts) if name and lowest.count(name) > 1 else name
        for name, texts in zip(lowest, over, strict=True)
    ]
    return numbered(file, names, bottom + 1)


def _refuse_unclear(file: str, sheet: str, touching: Sequence[Area], top: int, bottom: int) -> None:
    first = min((area[0][0] for area in touching), default=top)
    last = max((area[1][0] for area in touching), default=bottom)
    wide = [area for area in touching if area[0][1] != area[1][1] and area[1][0] >= bottom]
    if first >= top and last <= bottom and not wide:
        return
    area = next((one for one in touching if one[0][0] < top or one[1][0] > bottom), None) or wide[0]
    height = max(last, bottom + (1 if wide else 0)) - first + 1
    fix = (
        f"表头占 {height} 行时，在映射中写 header_row: {first + 1} 和 header_rows: {height}（connect draft 会写好）；"
        "否则取消合并，每列一个列名；表头上方若有标题行，用 header_row 指明表头所在行"
    )
    what = f"表头里有合并单元格（共 {len(touching)} 处），看不出值属于哪一列"
    raise FileProblem(file, Fault(what, fix, f"工作表“{sheet}”第 {area[0][0] + 1} 行"))


def likely_headers(head: Sequence[Sequence[object]], areas: Sequence[Area]) -> Iterator[tuple[int, int]]:
    """Yield (header_row, header_rows) that the first rows of a sheet may have, from the top.

    A header has two texts or more and nothing else; how many rows it has, its merged cells say.
    """
    for row, cells in enumerate(head[:LAST_HEADER_ROW]):
        filled = [cell for cell in cells if cell not in ("", None)]
        if len(filled) < 2 or not all(isinstance(cell, str) for cell in filled):
            continue
        begun = [area for area in areas if area[0][0] == row]
        tall = max((area[1][0] - row + 1 for area in begun), default=1)
        if any(area[0][1] != area[1][1] and area[1][0] - row + 1 == tall for area in begun):
            tall += 1
        if 1 < tall <= _TALLEST:
            yield row + 1, tall
        yield row + 1, 1
