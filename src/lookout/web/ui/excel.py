"""Excel files that equal the table on the screen and can carry no formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter
from django.http import FileResponse
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a sheet holds below its head row.
MOST_ROWS = 1_048_575


@dataclass(frozen=True)
class Cell:
    """One cell: what the screen shows, and the number behind it when it is one.

    `pattern` is Excel's number format that makes the number look like `text`.
    """

    text: str
    number: float | None = None
    pattern: str = "0"


class _Styles:
    """Number formats of one workbook, made once each."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self._workbook = workbook
        self._formats: dict[str, Format] = {}
        self.head = workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF8"})

    def number(self, pattern: str) -> Format:
        """Return the format of a pattern."""
        if pattern not in self._formats:
            self._formats[pattern] = self._workbook.add_format({"num_format": pattern})
        return self._formats[pattern]


def _write(sheet: Worksheet, row: int, cells: Sequence[Cell], styles: _Styles) -> None:
    for column, cell in enumerate(cells):
        if cell.number is None:
            # write_string never guesses: "=1+1" from a company name stays text.
            sheet.write_string(row, column, cell.text)
        else:
            sheet.write_number(row, column, cell.number, styles.number(cell.pattern))


def write_workbook(
    path: Path, head: Sequence[str], rows: Iterable[Sequence[Cell]], notes: Sequence[tuple[str, str]]
) -> None:
    """Write the table to the first sheet, and where it comes from to the second."""
    options: dict[str, Any] = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(str(path), options) as workbook:
        styles = _Styles(workbook)
        table = workbook.add_worksheet("名单")
        table.freeze_panes(1, 0)
        for column, title in enumerate(head):
            table.set_column(column, column, max(10, min(40, len(title) * 3)))
            table.write_string(0, column, title, styles.head)
        for number, cells in enumerate(rows, 1):
            _write(table, number, cells, styles)
        about = workbook.add_worksheet("说明")
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 80)
        for number, (name, text) in enumerate(notes):
            about.write_string(number, 0, name, styles.head)
            about.write_string(number, 1, text)


def excel_response(
    name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], notes: Sequence[tuple[str, str]]
) -> FileResponse:
    """Answer with the workbook as a download called `name`.xlsx (an ASCII slug)."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.xlsx"
        write_workbook(path, head, rows, notes)
        # The open file outlives its folder entry; the system frees it when the answer is sent.
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type=XLSX)
