"""Numbers changed by hand in Word are found; changed words are nobody's business."""

from __future__ import annotations

import copy
from collections.abc import Callable

from docx.document import Document as WordDocument
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from lookout.web.reports.comparing import Difference, compare
from lookout.web.reports.figures import Figure
from tests.web.reports.test_rendering import RED, filled
from tests.web.reports.word_files import opened, saved, written

FIGURES = {"red": RED, "orange": Figure("orange", 6, "6")}


def draft() -> bytes:
    return filled(written("红色{{ 红色企业数 }}户，见2026年简报。"))


def edited(change: Callable[[WordDocument], None]) -> list[Difference]:
    document = opened(draft())
    change(document)
    return compare(draft(), saved(document), "R1", FIGURES)


def link_of(document: WordDocument) -> object:
    return next(document.element.body.iter(qn("w:hyperlink")))


def test_an_untouched_draft_has_no_differences() -> None:
    assert edited(lambda document: None) == []


def test_changed_words_are_fine() -> None:
    assert edited(lambda document: document.add_paragraph("经研判，情况属实。")) == []


def test_a_changed_figure_is_found_with_what_it_was_and_where() -> None:
    def change(document: WordDocument) -> None:
        next(link_of(document).iter(qn("w:t"))).text = "5"

    assert edited(change) == [Difference("changed", "red", "4", "5", "红色【5】户，见2026年简报。")]


def test_a_figure_that_is_gone_is_found() -> None:
    def change(document: WordDocument) -> None:
        link = link_of(document)
        link.getparent().remove(link)

    assert [(one.change, one.key, one.was) for one in edited(change)] == [("removed", "red", "4")]


def test_a_figure_retyped_without_its_link_is_gone_and_typed() -> None:
    def change(document: WordDocument) -> None:
        link = link_of(document)
        run = copy.deepcopy(link.find(qn("w:r")))
        link.getparent().replace(link, run)

    assert [one.change for one in edited(change)] == ["removed", "typed"]


def test_a_number_typed_in_is_found_and_those_of_the_template_are_not() -> None:
    found = edited(lambda document: document.add_paragraph("涉及资金1,200.5万元。"))

    assert [(one.change, one.now) for one in found] == [("typed", "1,200.5")]
    assert "涉及资金1,200.5万元" in found[0].where


def test_a_link_kept_as_a_field_is_read_too() -> None:
    def change(document: WordDocument) -> None:
        link = link_of(document)
        parent = link.getparent()
        place = parent.index(link)
        code = OxmlElement("w:instrText")
        code.text = ' HYPERLINK "http://desk.example/reports/R1/figures/red/" '
        text = OxmlElement("w:t")
        text.text = "7"
        for number, child in enumerate((_mark("begin"), code, _mark("separate"), text, _mark("end"))):
            run = OxmlElement("w:r")
            run.append(child)
            parent.insert(place + number, run)
        parent.remove(link)

    assert [(one.change, one.now) for one in edited(change)] == [("changed", "7")]


def _mark(kind: str) -> object:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    return mark


def test_figures_of_another_report_are_not_this_ones() -> None:
    document = opened(draft())
    next(link_of(document).iter(qn("w:t"))).text = "5"

    found = compare(draft(), saved(document), "R2", FIGURES)

    assert [(one.change, one.now) for one in found] == [("typed", "5")]
