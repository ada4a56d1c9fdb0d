"""Tables of a report as Word has them: widths, borders, rows that stay whole."""

from __future__ import annotations

import re
from typing import Any

from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table as WordTable

from lookout.web.reports import layout
from lookout.web.reports.figures import Figure, Table

CELL_EDGES = 1.2  # what a cell keeps free on both sides, in characters
SHORT, LONGEST = 7.5, 24  # characters
_NUMBER = re.compile(r"([-+−]?[\d,.]*\d\s*[%％]?|—)?")


def new_grid(document: WordDocument, table: Table) -> tuple[WordTable, list[Mm]]:
    """Return an empty Word table with a head that is repeated on every page, and the widths of its columns."""
    grid: WordTable = document.add_table(rows=len(table.rows) + 1, cols=len(table.columns))
    grid.autofit = False
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    _border(grid)
    rows = list(grid._tbl.tr_lst)
    _mark_row(rows[0], "w:tblHeader")
    for row in rows[1:]:
        _mark_row(row, "w:cantSplit")
    widths = _widths(table)
    for column, width in zip(grid._tbl.tblGrid.gridCol_lst, widths, strict=True):
        column.w = width
    return grid, widths


def is_numeric(table: Table, column: int) -> bool:
    """Tell whether a column holds nothing but numbers."""
    cells = [row[column] for row in table.rows]
    texts = [one.words if isinstance(one, Figure) else one for one in cells]
    return all(_NUMBER.fullmatch(one.strip()) for one in texts) and any(texts)


def _widths(table: Table) -> list[Mm]:
    """Share the text width among the columns: short ones get what one line takes, long ones share the rest."""
    needs = []
    for column, title in enumerate(table.columns):
        cells = (row[column] for row in table.rows)
        texts = [title, *(one.words if isinstance(one, Figure) else one for one in cells)]
        needs.append(max(3.0, *(_characters(text) for text in texts)) + CELL_EDGES)
    # As many Han characters of a table's size as stand on a line.
    line = layout.TEXT_WIDTH.pt / layout.CELL_SIZE.pt
    if sum(needs) > line:
        short = [need for need in needs if need <= SHORT]
        long = [min(need, LONGEST) for need in needs if need > SHORT]
        left = max(line - sum(short), len(long) * SHORT)
        needs = [need if need <= SHORT else left * min(need, LONGEST) / sum(long) for need in needs]
    return [Mm(layout.TEXT_WIDTH.mm * need / sum(needs)) for need in needs]


def _characters(text: str) -> float:
    """Return how many Han characters a text is as wide as."""
    return sum(1 if ord(one) > 0x2E80 else 0.55 for one in text)


def _border(grid: WordTable) -> None:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "000000")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    properties = grid._tbl.tblPr
    properties.append(borders)


def _mark_row(row: Any, what: str) -> None:
    row.get_or_add_trPr().append(OxmlElement(what))
