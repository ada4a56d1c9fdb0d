"""Make the shipped Word template of a kind from its catalogue entry, in official layout."""

from __future__ import annotations

import io
import re
from functools import lru_cache

from docx.document import Document as WordDocument
from docx.enum.text import WD_BREAK, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph
from lxml import etree

from lookout.web.reports import layout
from lookout.web.reports.kinds import Kind, Part
from lookout.web.reports.paragraphs import put_style

_NAME = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
_STYLES = {"heading": layout.HEADING, "subheading": layout.SUBHEADING, "text": layout.TEXT}


def template_of(kind: Kind) -> bytes:
    """Return the shipped template; placeholders stand in it by their Chinese names, for whoever edits it."""
    return _drawn(kind.model_dump_json())


@lru_cache(maxsize=32)
def _drawn(entry: str) -> bytes:
    kind = Kind.model_validate_json(entry)
    document = layout.new_document(compact=kind.compact)
    _name_fonts(document)
    _add_head(document, kind)
    for part in kind.parts:
        _add_part(document, kind, part)
    _add_foot(document, kind)
    document.core_properties.title = kind.short
    document.core_properties.author = ""
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def shown(kind: Kind, text: str) -> str:
    """Return a text of the catalogue with its keys as Chinese names."""
    titles = {key: title for title, key in kind.aliases.items()}
    return _NAME.sub(lambda found: f"{{{{ {titles.get(found.group(1), found.group(1))} }}}}", text)


def _add(document: WordDocument, text: str, style: str) -> Paragraph:
    paragraph = document.add_paragraph(text)
    # The styles of the layout are known by their names.
    put_style(paragraph, style)
    return paragraph


def _add_head(document: WordDocument, kind: Kind) -> None:
    _add(document, "{{ 密级 }}", layout.SECRECY)
    _add(document, "{{ 发文机关 }}", layout.MASTHEAD)
    number = _add(document, "{{ 发文字号 }}", layout.NUMBER)
    # 4 mm below the number.
    layout.rule(number, "bottom", colour="C00000", eighths=12, space=11)
    _add(document, "{{ 标题 }}", layout.TITLE)
    _add(document, "{{ 主送机关 }}：", layout.ADDRESSEE)


def _add_part(document: WordDocument, kind: Kind, part: Part) -> None:
    form, value = part.form
    if part.condition:
        _add(document, f"{{%p if {_alias(kind, part.condition)} %}}", layout.TEXT)
    if form == "page":
        _add(document, "", layout.TEXT).add_run().add_break(WD_BREAK.PAGE)
    elif form in {"table", "chart"}:
        style = layout.PICTURE if form == "chart" else layout.TEXT
        _add(document, f"{{{{ {_alias(kind, value)} }}}}", style)
    else:
        _add(document, shown(kind, value), _STYLES[form])
    if part.condition:
        _add(document, "{%p endif %}", layout.TEXT)


def _alias(kind: Kind, key: str) -> str:
    title = kind.names[key]
    return title if title.isidentifier() else key


def _add_foot(document: WordDocument, kind: Kind) -> None:
    _add(document, "{{ 发文机关 }}", layout.SIGNATURE)
    _add(document, "{{ 成文日期 }}", layout.DATE)
    _add(
        document,
        "（数据截至{{ 数据截止时间 }}，评级批次{{ 评级批次 }}。点击文中数字可查看其来源数据。"
        "存证日志：{{ 存证日志校验值 }}）",
        layout.REMARK,
    )
    # A full-width space instead of an indent: the rules are as wide as the text block.
    sent = _add(document, "　分送：{{ 分送范围 }}", layout.RECORD)
    layout.rule(sent, "top", eighths=8)
    sent.paragraph_format.space_before = Pt(8) if kind.compact else layout.SIZE_THREE
    sent.paragraph_format.keep_with_next = True
    printed = _add(document, "　{{ 发文机关 }}\t{{ 成文日期 }}印发", layout.RECORD)
    edge = layout.TEXT_WIDTH - layout.SIZE_FOUR
    printed.paragraph_format.tab_stops.add_tab_stop(edge, WD_TAB_ALIGNMENT.RIGHT)
    layout.rule(printed, "top", eighths=4)
    layout.rule(printed, "bottom", eighths=8)


def _name_fonts(document: WordDocument) -> None:
    """Tell Word which fonts may stand in for those of the standard."""
    for relation in document.part.rels.values():
        if relation.reltype == RELATIONSHIP_TYPE.FONT_TABLE:
            table = etree.fromstring(relation.target_part.blob)
            for font, others in layout.OTHER_NAMES.items():
                entry = OxmlElement("w:font")
                entry.set(qn("w:name"), font)
                other = OxmlElement("w:altName")
                other.set(qn("w:val"), others)
                entry.append(other)
                table.append(entry)
            relation.target_part._blob = etree.tostring(table, xml_declaration=True, encoding="UTF-8")
