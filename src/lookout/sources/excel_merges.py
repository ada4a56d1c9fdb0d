"""Cells merged over data rows: refused with their rows, or their value repeated in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lookout.sources.excel_header import Area, cell_text
from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import BrokenRow

_MOST_ROWS = 2_000_000
IS_MERGED = "本行有合并单元格"
_REASON = (
    IS_MERGED + "（{where}），看不出值属于哪一行、哪一列；请取消合并、逐格填写"
    "，竖着合并而各行同值的，在映射中写 merged_cells: repeat"
)


def _column_name(number: int) -> str:
    letters, number = "", number + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _written(area: Area) -> str:
    (row, column), (last_row, last_column) = area
    return f"{_column_name(column)}{row + 1}:{_column_name(last_column)}{last_row + 1}"


class Merges:
    """The merged areas below the header, by row."""

    def __init__(self, file: str, areas: Sequence[Area], first_row: int, left: int, repeat: bool) -> None:
        below = [area for area in areas if area[1][0] >= first_row]
        if sum(area[1][0] - area[0][0] + 1 for area in below) > _MOST_ROWS:
            fix = "取消合并后另存，只保留有数据的区域"
            raise FileProblem(file, Fault("数据行里的合并单元格过多", fix))
        self._left = left
        self._repeat = repeat
        self._values: dict[Area, Any] = {}
        self._by_row: dict[int, list[Area]] = {}
        for area in below:
            for row in range(area[0][0], area[1][0] + 1):
                self._by_row.setdefault(row, []).append(area)

    def __bool__(self) -> bool:
        return bool(self._by_row)

    def settle(self, row: int, cells: list[Any]) -> BrokenRow | None:
        """Fill in what is merged downwards; return the row as broken where that cannot be told.

        `row` counts from 0. Rows must come in order: a value stands in the first row of its area.
        """
        for area in self._by_row.get(row, ()):
            place = area[0][1] - self._left
            if self._repeat and area[0][1] == area[1][1]:
                cells[place] = self._values.setdefault(area, cells[place])
            elif any(cell not in ("", None) for cell in cells):
                text = " | ".join(shown for cell in cells if (shown := cell_text(cell)))
                return BrokenRow(row + 1, _REASON.format(where=_written(area)), text)
        return None
