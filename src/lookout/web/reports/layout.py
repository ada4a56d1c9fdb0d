"""The official layout (公文, GB/T 9704-2012): page, fonts, paragraph styles, page numbers, rules.

Measures are the standard's: A4, text block 156 × 225 mm, 22 lines of 28 characters, body in size three (16 pt).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

BODY, SONG, BLACK, KAI = "仿宋", "方正小标宋简体", "黑体", "楷体"
LATIN = "Times New Roman"
# What Word takes on machines that lack the first name.
OTHER_NAMES = {SONG: "小标宋;华文中宋;宋体", BODY: "仿宋_GB2312;FangSong", KAI: "楷体_GB2312;KaiTi"}
TEXT_WIDTH = Mm(156)
SIZE_TWO, SIZE_THREE, SIZE_FOUR = Pt(22), Pt(16), Pt(14)
CELL_SIZE = Pt(12)
LINE = Pt(28.95)  # 225 mm / 22 lines
RED = RGBColor(0xC0, 0x00, 0x00)
MASTHEAD_MOST = 42  # points; a longer name is set smaller until it fits on one line


@dataclass(frozen=True)
class Look:
    """One paragraph style: font, size, place. `indent` in characters, `before` and `after` in points."""

    name: str
    font: str
    size: Pt = SIZE_THREE
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT
    indent: int = 0
    before: float = 0
    after: float = 0
    bold: bool = False
    red: bool = False
    line: Pt | None = LINE
    right: int = 0
    keep: bool = False


_CENTRE, _RIGHT, _BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
SECRECY, MASTHEAD, NUMBER, TITLE = "密级", "发文机关标志", "发文字号", "公文标题"
ADDRESSEE, TEXT, HEADING, SUBHEADING = "主送机关", "公文正文", "一级标题", "二级标题"
SIGNATURE, DATE, REMARK, RECORD = "发文机关署名", "成文日期", "附注", "版记"
CAPTION, CELL, CELL_HEAD, CELL_NUMBER, NOTE, PICTURE = (
    "图表题",
    "表格文字",
    "表头",
    "表格数字",
    "图表注",
    "图",
)
LOOKS = (
    Look(SECRECY, BLACK),
    Look(MASTHEAD, SONG, Pt(MASTHEAD_MOST), _CENTRE, before=18, after=6, red=True, line=None),
    Look(NUMBER, BODY, align=_CENTRE, before=12),
    Look(TITLE, SONG, SIZE_TWO, _CENTRE, before=40, after=20, line=Pt(34), keep=True),
    Look(ADDRESSEE, BODY),
    Look(TEXT, BODY, align=_BOTH, indent=2),
    Look(HEADING, BLACK, indent=2, keep=True),
    Look(SUBHEADING, KAI, indent=2, keep=True),
    Look(SIGNATURE, BODY, align=_RIGHT, before=29, right=2, keep=True),
    Look(DATE, BODY, align=_RIGHT, right=4, keep=True),
    # Not justified: a digest that cannot be broken would pull the words of its line apart.
    Look(REMARK, BODY, SIZE_FOUR, indent=2, before=14, line=Pt(22), keep=True),
    Look(RECORD, BODY, SIZE_FOUR, line=Pt(24)),
    Look(CAPTION, BLACK, SIZE_FOUR, _CENTRE, before=8, after=4, line=Pt(22), keep=True),
    Look(CELL, BODY, CELL_SIZE, line=Pt(17)),
    Look(CELL_HEAD, BLACK, CELL_SIZE, _CENTRE, line=Pt(17), keep=True),
    Look(CELL_NUMBER, BODY, CELL_SIZE, _RIGHT, line=Pt(17)),
    Look(NOTE, BODY, Pt(12), _BOTH, before=2, after=8, line=Pt(17)),
    Look(PICTURE, BODY, align=_CENTRE, before=6, line=None, keep=True),
)
# Briefs are held to two pages: size four and closer lines, which the standard leaves to whoever has a reason (5.2.2, 5.2.3).
_COMPACT_LINE = Pt(20.5)
_COMPACT: Mapping[str, Mapping[str, Any]] = {
    SECRECY: {"size": SIZE_FOUR, "line": _COMPACT_LINE},
    MASTHEAD: {"before": 0, "after": 2},
    NUMBER: {"size": SIZE_FOUR, "before": 4, "line": _COMPACT_LINE},
    TITLE: {"size": Pt(20), "before": 18, "after": 10, "line": Pt(29)},
    SIGNATURE: {"size": SIZE_FOUR, "before": 8, "line": _COMPACT_LINE},
    REMARK: {"size": Pt(11), "before": 4, "line": Pt(14)},
    RECORD: {"size": Pt(12), "line": Pt(18)},
    CAPTION: {"size": Pt(12), "before": 4, "after": 2, "line": Pt(18)},
    CELL: {"line": Pt(15)},
    CELL_HEAD: {"line": Pt(15)},
    CELL_NUMBER: {"line": Pt(15)},
    NOTE: {"after": 4, "line": Pt(15)},
    **{
        name: {"size": SIZE_FOUR, "line": _COMPACT_LINE}
        for name in (ADDRESSEE, TEXT, HEADING, SUBHEADING, DATE)
    },
}


def new_document(*, compact: bool = False) -> WordDocument:
    """Return an empty document in the official layout; `compact` for those that must fit on two pages."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin = Mm(37), Mm(28)
    section.right_margin, section.bottom_margin = Mm(26), Mm(35)
    # The number stands 7 mm below the text block.
    section.footer_distance = Mm(22)
    document.settings.odd_and_even_pages_header_footer = True
    normal = cast(ParagraphStyle, document.styles["Normal"])
    _set_font(normal, BODY, SIZE_THREE)
    for look in LOOKS:
        _add_style(document, replace(look, **_COMPACT.get(look.name, {})) if compact else look, normal)
    _page_number(section.footer.paragraphs[0], _RIGHT)
    _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
    return document


def _add_style(document: WordDocument, look: Look, normal: ParagraphStyle) -> None:
    style = cast(ParagraphStyle, document.styles.add_style(look.name, WD_STYLE_TYPE.PARAGRAPH))
    _set_font(style, look.font, look.size)
    style.font.bold = look.bold
    style.quick_style = True
    style.base_style = normal
    if look.red:
        style.font.color.rgb = RED
    place = style.paragraph_format
    place.alignment, place.keep_with_next = look.align, look.keep
    place.space_before, place.space_after = Pt(look.before), Pt(look.after)
    place.widow_control = False
    # No gaps between Han characters and digits: lines of 28 characters, as the standard has them.
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        gap = OxmlElement(name)
        gap.set(qn("w:val"), "0")
        style.element.get_or_add_pPr().insert_element_before(
            gap, "w:adjustRightInd", "w:spacing", "w:ind", "w:jc", "w:textAlignment", "w:rPr"
        )
    if look.line is not None:
        place.line_spacing_rule, place.line_spacing = WD_LINE_SPACING.EXACTLY, look.line
    if look.indent:
        set_indent(style.element.get_or_add_pPr(), "firstLine", look.indent, look.size)
    if look.right:
        set_indent(style.element.get_or_add_pPr(), "right", look.right, look.size)


def _set_font(style: ParagraphStyle, font: str, size: Pt) -> None:
    style.font.size, style.font.name = size, LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{name}"), font if font == SONG else LATIN)
    fonts.set(qn("w:eastAsia"), font)


def set_indent(properties: Any, side: str, characters: int, size: Pt) -> None:
    """Set an indent in characters, and in points for programs that know no characters."""
    indent = properties.find(qn("w:ind"))
    if indent is None:
        indent = properties._add_ind() if hasattr(properties, "_add_ind") else OxmlElement("w:ind")
    indent.set(qn(f"w:{side}Chars"), str(characters * 100))
    indent.set(qn(f"w:{side}"), str(int(characters * size.pt * 20)))


def _page_number(paragraph: Paragraph, align: WD_ALIGN_PARAGRAPH) -> None:
    """Write “— 1 —” in size four, one character in from the outer edge."""
    paragraph.alignment = align
    side = "right" if align == _RIGHT else "left"
    set_indent(paragraph._p.get_or_add_pPr(), side, 1, SIZE_FOUR)
    for kind, text in (
        ("", "— "),
        ("begin", ""),
        ("code", "PAGE"),
        ("separate", ""),
        ("", "1"),
        ("end", ""),
        ("", " —"),
    ):
        run = paragraph.add_run(text if kind == "" else "")
        run.font.size, run.font.name = SIZE_FOUR, "宋体"
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
        if kind == "code":
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)
        elif kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def rule(
    paragraph: Paragraph, side: str, *, colour: str = "000000", eighths: int = 6, space: int = 1
) -> None:
    """Draw a line above or below a paragraph, as wide as the text block."""
    properties = paragraph._p.get_or_add_pPr()
    borders = properties.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        # The schema wants borders before spacing, indents and alignment.
        properties.insert_element_before(
            borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
        )
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", eighths), ("space", space), ("color", colour)):
        line.set(qn(f"w:{name}"), str(value))
    borders.append(line)


def masthead_size(text: str) -> Pt:
    """Return the largest size at which a masthead fits on one line."""
    return Pt(min(MASTHEAD_MOST, int(TEXT_WIDTH.pt * 0.97 / max(len(text), 1))))


def date_indent(signature: str, date: str) -> tuple[int, int]:
    """Return how many characters signature and date stand in from the right.

    The date begins two characters to the right of the signature; a date that would come nearer to the edge than
    two characters, or that is longer, pushes the signature to the left instead (7.3.5.2).
    """
    # Digits are half as wide as Han characters.
    width = sum(1 if ord(one) > 0x2E80 else 0.5 for one in date)
    right = len(signature) + 2 - 2 - width
    if right >= 2:
        return 2, round(right)
    return round(4 + width - len(signature)), 2
