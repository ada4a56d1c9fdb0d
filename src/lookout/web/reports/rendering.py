"""Fill a template: text by the template language, then numbers as links, tables and charts as Word has them."""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError

from lookout.kernel.errors import DataError
from lookout.web.reports import layout
from lookout.web.reports.figures import MENTION_END, MENTION_START, Chart, Content, Figure, Table
from lookout.web.reports.grids import is_numeric, new_grid
from lookout.web.reports.kinds import Kind
from lookout.web.reports.packages import MOST_BYTES
from lookout.web.reports.paragraphs import put_style, set_text, split, style_id_of, text_run
from lookout.web.reports.template_language import (
    PARAGRAPH,
    TABLE_START,
    Row,
    Rows,
    Shown,
    TemplateEnvironment,
    block_sentinel,
    cell_key,
    chart_key,
    sentinel,
    shown_figure,
)

_MARK = re.compile(f"{MENTION_START}([^{MENTION_START}{MENTION_END}]*){MENTION_END}")
_BLOCK = re.compile(f"{TABLE_START}([a-z][a-z0-9_]*){MENTION_END}")
# Characters that XML cannot hold, and those that mean something to us or to the filling library.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ue000-\ue00f\ud800-\udfff]")
_UNFIT_BESIDE_MENTIONS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ue002-\ue00f\ud800-\udfff]")
_NUMBER = re.compile(r"([-+−]?[\d,.]*\d\s*[%％]?|—)?")
NOTHING = "（本期无此项数据）"
CHART_WIDTH = Mm(150)
MOST_KEPT_TOGETHER = 8  # rows of a table that stays on one page
Draw = Callable[[Chart], bytes]


@dataclass(frozen=True)
class Frame:
    """What the desk knows of a report besides its content: see kinds.COMMON. `address` of a figure by its key."""

    facts: Mapping[str, str]
    address: Callable[[str], str]


def fill(template: bytes, kind: Kind, content: Content, frame: Frame, draw: Draw) -> bytes:
    """Return the Word file of a report. Raises DataError when the template does not fit its kind any more."""
    environment = TemplateEnvironment()
    environment.undefined = StrictUndefined
    filled = DocxTemplate(io.BytesIO(template))
    try:
        filled.render(_context(kind, content, frame), environment, autoescape=True)
    except (TemplateError, TypeError) as problem:
        raise DataError(f"模板填不出来：{problem}；请在“模板”页检查并重新上传") from problem
    document: WordDocument = filled.docx
    _Finish(document, content, frame, draw).run()
    document.core_properties.title = plain(frame.facts.get("title", ""))
    document.core_properties.last_modified_by = ""
    written = io.BytesIO()
    document.save(written)
    if len(written.getvalue()) > MOST_BYTES:
        raise DataError("报告超过 10 MB，打不开也传不动；请在模板中减少图片")
    return written.getvalue()


def plain(text: str) -> str:
    """Return a text without characters that XML or this module could misread."""
    return _UNFIT.sub("", text)


def _prose(text: str) -> str:
    """Return a text of a provider: mentions of figures kept, paragraphs marked."""
    return _UNFIT_BESIDE_MENTIONS.sub("", text).strip().replace("\n", PARAGRAPH).replace("\t", " ")


def _context(kind: Kind, content: Content, frame: Frame) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in kind.names:
        values[key] = Shown("", None)
    for key in (*kind.tables, *kind.charts):
        values[key] = (
            Rows(block_sentinel(key), []) if key in kind.tables else Shown(block_sentinel(key), None)
        )
    for key, text in frame.facts.items():
        values[key] = Shown(plain(text), text)
    for key in kind.figures:
        values[key] = Shown("—", None)
    for key, figure in content.figures.items():
        values[key] = shown_figure(figure)
    for key, text in content.texts.items():
        values[key] = Shown(_prose(text), text.strip())
    for key, chart in content.charts.items():
        values[key] = Shown(block_sentinel(key), chart.categories)
    for key, table in content.tables.items():
        values[key] = Rows(block_sentinel(key), [_row(table, number) for number in range(len(table.rows))])
    return {**values, **{title: values[key] for title, key in kind.aliases.items()}}


def _row(table: Table, number: int) -> Row:
    cells = table.rows[number]
    return Row(
        {
            column: sentinel(cell_key(table.key, number + 1, place + 1))
            if isinstance(cell, Figure)
            else plain(cell)
            for place, (column, cell) in enumerate(zip(table.columns, cells, strict=True))
        }
    )


def all_figures(content: Content) -> dict[str, Figure]:
    """Return every figure a report may show: those with names, and those that stand in cells."""
    found = dict(content.figures)
    for table in content.tables.values():
        for row, cells in enumerate(table.rows, start=1):
            for column, cell in enumerate(cells, start=1):
                if isinstance(cell, Figure):
                    found[cell_key(table.key, row, column)] = cell
    return found


class _Finish:
    """Turn what stands for figures, tables and charts into what Word shows."""

    def __init__(self, document: WordDocument, content: Content, frame: Frame, draw: Draw) -> None:
        self.document, self.content, self.frame, self.draw = document, content, frame, draw
        self.figures = all_figures(content)
        self.styles = {
            str(one.find(qn("w:name")).get(qn("w:val"))): str(one.get(qn("w:styleId")))
            for one in document.styles.element.iter(qn("w:style"))
        }

    def run(self) -> None:
        """Go through the body, then through headers and footers."""
        self._walk(self.document.element.body, self.document)
        for section in self.document.sections:
            for one in (
                section.header,
                section.footer,
                section.even_page_header,
                section.even_page_footer,
                section.first_page_header,
                section.first_page_footer,
            ):
                # Asking for one that is only inherited would make an empty one.
                if not one.is_linked_to_previous:
                    self._walk(one._element, one)
        self._fit()

    def _walk(self, root: Any, parent: Any) -> None:
        for element in list(root.iter(qn("w:p"))):
            paragraph = Paragraph(element, parent)
            text = "".join(one.text or "" for one in element.iter(qn("w:t")))
            block = _BLOCK.search(text)
            if block:
                self._put_block(paragraph, block.group(1))
            elif PARAGRAPH in text:
                for one in split(paragraph):
                    self._link(one)
            elif MENTION_START in text:
                self._link(paragraph)
        for one in root.iter(qn("w:t")):
            # Marks that data brought along and that stand for nothing.
            if _UNFIT.search(one.text or ""):
                one.text = plain(one.text)

    # ---- numbers --------------------------------------------------------------------------------
    def _link(self, paragraph: Paragraph) -> None:
        for run in list(paragraph._p.iter(qn("w:r"))):
            texts = run.findall(qn("w:t"))
            if not any(MENTION_START in (one.text or "") for one in texts):
                continue
            pieces = _MARK.split("".join(one.text or "" for one in texts))
            for one in texts:
                run.remove(one)
            place = run
            for number, piece in enumerate(pieces):
                made = self._linked(paragraph, run, piece) if number % 2 else text_run(run, piece)
                if made is not None:
                    place.addnext(made)
                    place = made
            if all(child.tag == qn("w:rPr") for child in run):
                run.getparent().remove(run)

    def _linked(self, paragraph: Paragraph, run: Any, key: str) -> Any:
        figure = self.figures.get(key)
        if figure is None:
            return None
        link = self._link_to(paragraph, key)
        link.append(text_run(run, plain(figure.words), even_empty=True))
        return link

    def _link_to(self, paragraph: Paragraph, key: str) -> Any:
        link = OxmlElement("w:hyperlink")
        address = self.frame.address(key)
        link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        link.set(qn("w:history"), "1")
        return link

    # ---- tables and charts ----------------------------------------------------------------------
    def _put_block(self, paragraph: Paragraph, key: str) -> None:
        table, chart = self.content.tables.get(key), self.content.charts.get(key)
        if table is not None and table.rows:
            self._put_table(paragraph, table)
        elif chart is not None and chart.categories:
            self._put_chart(paragraph, chart)
        else:
            said = table.note if table is not None and table.note else NOTHING
            set_text(paragraph, plain(said))
            self._style(paragraph, layout.TEXT)

    def _put_table(self, paragraph: Paragraph, table: Table) -> None:
        self._before(paragraph, plain(table.title), layout.CAPTION)
        grid = self._grid(paragraph, table)
        paragraph._p.addprevious(grid._tbl)
        rows = list(grid._tbl.tr_lst)
        # A small table is not torn apart, and the note does not stand on a page without its table.
        kept = rows[:-1] if len(table.rows) <= MOST_KEPT_TOGETHER else []
        for row in [*kept, *(rows[-1:] if table.note else ())]:
            for cell in row.tc_lst:
                Paragraph(cell.p_lst[0], self.document).paragraph_format.keep_with_next = True
        if table.note:
            set_text(paragraph, f"注：{plain(table.note)}")
            self._style(paragraph, layout.NOTE)
        else:
            # Word wants a paragraph between two tables, and after one at the end of a cell.
            set_text(paragraph, "")
            self._style(paragraph, layout.NOTE)
            paragraph.paragraph_format.line_spacing = Pt(8)

    def _grid(self, paragraph: Paragraph, table: Table) -> WordTable:
        grid, widths = new_grid(self.document, table)
        numeric = [is_numeric(table, column) for column in range(len(table.columns))]
        rows = list(grid._tbl.tr_lst)
        for column, title in enumerate(table.columns):
            self._cell(rows[0], column, plain(title), layout.CELL_HEAD, widths[column])
        for number, cells in enumerate(table.rows, start=1):
            for column, cell in enumerate(cells):
                key = cell_key(table.key, number, column + 1)
                text = sentinel(key) if isinstance(cell, Figure) else plain(cell)
                style = layout.CELL_NUMBER if numeric[column] else layout.CELL
                made = self._cell(rows[number], column, text, style, widths[column])
                if isinstance(cell, Figure):
                    self._link(made)
        return grid

    def _cell(self, row: Any, column: int, text: str, style: str, width: Mm) -> Paragraph:
        cell = row.tc_lst[column]
        cell.width = width
        paragraph = Paragraph(cell.p_lst[0], self.document)
        paragraph.add_run(text)
        self._style(paragraph, style)
        return paragraph

    def _put_chart(self, paragraph: Paragraph, chart: Chart) -> None:
        set_text(paragraph, "")
        run = paragraph.add_run()
        run.add_picture(io.BytesIO(self.draw(chart)), width=CHART_WIDTH)
        for shape in run._r.iter(qn("wp:docPr")):
            # Read aloud by those who cannot see the picture.
            shape.set("descr", plain(chart.title))
        self._style(paragraph, layout.PICTURE)
        caption = copy.deepcopy(paragraph._p)
        paragraph._p.addnext(caption)
        below = Paragraph(caption, paragraph._parent)
        set_text(below, plain(chart.title))
        self._style(below, layout.CAPTION)
        below.paragraph_format.keep_with_next = False
        run = below._p.find(qn("w:r"))
        link = self._link_to(below, chart_key(chart.key))
        run.addprevious(link)
        link.append(run)

    def _before(self, paragraph: Paragraph, text: str, style: str) -> None:
        made = Paragraph(OxmlElement("w:p"), paragraph._parent)
        paragraph._p.addprevious(made._p)
        made.add_run(text)
        self._style(made, style)

    def _style(self, paragraph: Paragraph, name: str) -> None:
        """Give a paragraph a style of the official layout, unless the office's own template has no such style."""
        if name in self.styles:
            put_style(paragraph, self.styles[name])

    # ---- what depends on lengths ----------------------------------------------------------------
    def _fit(self) -> None:
        names = {style_id: name for name, style_id in self.styles.items()}
        by_style: dict[str, list[Paragraph]] = {}
        for paragraph in self.document.paragraphs:
            by_style.setdefault(names.get(style_id_of(paragraph), ""), []).append(paragraph)
        for paragraph in by_style.get(layout.MASTHEAD, []):
            for run in paragraph.runs:
                run.font.size = layout.masthead_size(paragraph.text)
        for signature in by_style.get(layout.SIGNATURE, []):
            # A page must not begin with the signature: some of the text goes with it.
            before = signature._p.getprevious()
            if before is not None and before.tag == qn("w:p"):
                Paragraph(before, signature._parent).paragraph_format.keep_with_next = True
        for signature, date in zip(
            by_style.get(layout.SIGNATURE, []), by_style.get(layout.DATE, []), strict=False
        ):
            first, second = layout.date_indent(signature.text, date.text)
            for paragraph, right in ((signature, first), (date, second)):
                layout.set_indent(paragraph._p.get_or_add_pPr(), "right", right, layout.SIZE_THREE)
