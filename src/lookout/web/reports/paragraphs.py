"""Cutting Word paragraphs apart and writing into them; what they look like stays."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from lookout.web.reports.template_language import PARAGRAPH


def put_style(paragraph: Paragraph, style_id: str) -> None:
    """Give a paragraph a style by its identifier; looking it up by name takes longer than writing the paragraph."""
    paragraph._p.get_or_add_pPr().get_or_add_pStyle().val = style_id


def style_id_of(paragraph: Paragraph) -> str:
    """Return the identifier of a paragraph's style, '' for the default."""
    properties = paragraph._p.pPr
    style = properties.pStyle if properties is not None else None
    return str(style.val) if style is not None else ""


def split(paragraph: Paragraph) -> Iterator[Paragraph]:
    """Make one paragraph of each piece of a text with several."""
    for made in _pieces(paragraph._p):
        paragraph._p.addprevious(made)
        yield Paragraph(made, paragraph._parent)
    paragraph._p.getparent().remove(paragraph._p)


def _pieces(whole: Any) -> list[Any]:
    current = copy.deepcopy(whole)
    done: list[Any] = []
    while True:
        found = next((one for one in current.iter(qn("w:t")) if PARAGRAPH in (one.text or "")), None)
        if found is None:
            return [*done, current]
        before, _mark, after = (found.text or "").partition(PARAGRAPH)
        run = found.getparent()
        later = copy.deepcopy(current)
        twin = next(one for one in later.iter(qn("w:t")) if PARAGRAPH in (one.text or ""))
        found.text, twin.text = before, after
        for one in (found, twin):
            one.set(qn("xml:space"), "preserve")
        _cut(current, run, after=True)
        _cut(later, twin.getparent(), after=False)
        done.append(current)
        current = later


def _cut(paragraph: Any, run: Any, *, after: bool) -> None:
    """Remove what stands after (or before) a run in its paragraph; the paragraph's properties stay."""
    others = list(run.itersiblings(preceding=not after))
    for one in others:
        if one.tag != qn("w:pPr"):
            one.getparent().remove(one)


def set_text(paragraph: Paragraph, text: str) -> None:
    """Replace everything in a paragraph by a text."""
    for child in list(paragraph._p):
        if child.tag != qn("w:pPr"):
            paragraph._p.remove(child)
    if text:
        made = OxmlElement("w:r")
        paragraph._p.append(made)
        Run(made, paragraph).text = text


def text_run(like: Any, text: str, *, even_empty: bool = False) -> Any:
    """Return a new run that looks like another, None for no text unless asked."""
    if not text and not even_empty:
        return None
    made = OxmlElement("w:r")
    properties = like.find(qn("w:rPr"))
    if properties is not None:
        made.append(copy.deepcopy(properties))
    written = OxmlElement("w:t")
    written.text = text
    written.set(qn("xml:space"), "preserve")
    made.append(written)
    return made
