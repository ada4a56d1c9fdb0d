"""What a filled template looks like: numbers as links, tables and charts in their places, nothing smuggled in."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from docx.oxml.ns import qn
from PIL import Image

from lookout.kernel.errors import DataError
from lookout.web.reports import freezing, layout
from lookout.web.reports.build import template_of
from lookout.web.reports.drawing import check
from lookout.web.reports.figures import (
    MOST_ROWS,
    Chart,
    Content,
    Figure,
    Table,
    check_content,
    frozen_rows,
    mention,
    provider_of,
)
from lookout.web.reports.kinds import COMMON, Kind, kind_of, kinds
from lookout.web.reports.packages import check_package, open_package
from lookout.web.reports.rendering import NOTHING, Frame, fill
from tests.web.reports.word_files import opened, text_of, written

RED = Figure("red", 4, "4", "户", rows=({"企业": "甲"},))
SCORE = Figure("score", Decimal("95.00"), "95.00", "分")
WATCHED = Table("watched", "重点", ("企业", "得分"), (("甲公司", SCORE), ("乙公司", "—")), "按得分列")
CONTENT = Content(
    figures={"red": RED},
    tables={"watched": WATCHED},
    texts={"daily": f"红色{mention('red')}户。\n第二段。", "advice": "建议"},
)


def brief_kind(**more: object) -> Kind:
    return kind_of("brief").model_copy(update=more)


def picture(_chart: Chart) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (20, 10), "white").save(file, "PNG")
    return file.getvalue()


def frame(**facts: str) -> Frame:
    said = {**COMMON, **facts}
    return Frame(said, lambda key: f"http://desk.example/reports/R1/figures/{key}/")


def filled(template: bytes, content: Content = CONTENT, kind: Kind | None = None, **facts: str) -> bytes:
    return fill(template, kind or brief_kind(), content, frame(**facts), picture)


def links(data: bytes) -> dict[str, str]:
    """Return text → address of every link in the body."""
    document = opened(data)
    targets = {key: one.target_ref for key, one in document.part.rels.items() if one.is_external}
    found = {}
    for link in document.element.body.iter(qn("w:hyperlink")):
        text = "".join(one.text or "" for one in link.iter(qn("w:t")))
        found[targets[link.get(qn("r:id"))]] = text
    return found


def test_every_number_is_a_link_to_its_figure() -> None:
    data = filled(written("红色{{ 红色企业数 }}户", "{{ 每日综述 }}", "{{ 重点企业表 }}"))

    assert links(data) == {
        "http://desk.example/reports/R1/figures/red/": "4",
        "http://desk.example/reports/R1/figures/watched-1-2/": "95.00",
    }
    assert text_of(data).startswith("红色4户\n红色4户。\n第二段。\n重点")


def test_a_link_keeps_the_look_of_the_text_around_it() -> None:
    document = opened(written("{{ 红色企业数 }}"))
    document.paragraphs[0].runs[0].bold = True
    file = io.BytesIO()
    document.save(file)

    run = next(opened(filled(file.getvalue())).element.body.iter(qn("w:hyperlink"))).find(qn("w:r"))

    assert run.find(qn("w:rPr")).find(qn("w:b")) is not None


def test_a_placeholder_that_word_has_torn_apart_is_filled() -> None:
    document = opened(written("{{ 红色"))
    document.paragraphs[0].add_run("企业").italic = True
    document.paragraphs[0].add_run("数 }}户")
    file = io.BytesIO()
    document.save(file)

    assert text_of(filled(file.getvalue())).strip() == "4户"


def test_rows_are_repeated_for_an_office_that_draws_its_own_table() -> None:
    rows = [["{%tr for 行 in 重点企业表 %}", ""], ["{{ 行.企业 }}", "{{ 行.得分 }}"], ["{%tr endfor %}", ""]]

    data = filled(written(rows=rows))

    table = opened(data).tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["甲公司", "95.00"], ["乙公司", "—"]]
    assert list(links(data).values()) == ["95.00"]


def test_a_column_that_the_table_does_not_have_is_an_error_that_names_the_columns() -> None:
    rows = [["{%tr for 行 in 重点企业表 %}"], ["{{ 行.名字 }}"], ["{%tr endfor %}"]]

    with pytest.raises(DataError, match="企业、得分"):
        filled(written(rows=rows))


def test_what_has_no_content_is_not_printed() -> None:
    template = written(
        "{%p if 事件概述 %}",
        "有事",
        "{%p endif %}",
        "{%p if 红色企业数 > 3 %}",
        "多",
        "{%p endif %}",
        "{{ 地区分布表 }}",
    )

    text = text_of(filled(template))

    assert "有事" not in text
    assert "多" in text
    assert NOTHING in text


def test_a_figure_nobody_counted_is_a_dash() -> None:
    assert text_of(filled(written("{{ 橙色企业数 }}"))) == "—"


def test_a_chart_is_a_picture_with_words_for_those_who_cannot_see_it() -> None:
    chart = Chart("trend", "走势", "line", ("一月", "二月"), {"红": (Decimal(1), None)})
    kind = brief_kind(charts={"trend": "走势图"})

    document = opened(filled(written("{{ 走势图 }}"), replace(CONTENT, charts={"trend": chart}), kind))

    assert [one.get("descr") for one in document.element.body.iter(qn("wp:docPr"))] == ["走势"]
    assert document.paragraphs[-1].text == "走势"


HOSTILE = "</w:t><w:script/>&{{ 7*7 }}{% for a in b %}\ue000red\ue001\ue002watched\ue001\x00\x08<b>"


def test_data_can_neither_break_the_file_nor_speak_the_language() -> None:
    content = Content(
        figures={"red": replace(RED, words=HOSTILE)},
        tables={"watched": replace(WATCHED, title=HOSTILE, rows=((HOSTILE, SCORE),), note=HOSTILE)},
        texts={"daily": HOSTILE.replace("\ue002", "")},
    )

    data = filled(written("{{ 红色企业数 }}", "{{ 每日综述 }}", "{{ 重点企业表 }}"), content, title=HOSTILE)

    text = text_of(data)
    assert check_package(open_package(data)) == []
    assert "{{ 7*7 }}" in text
    assert "<b>" in text
    assert not any(mark in text for mark in "\ue000\ue001\ue002\x00\x08")


@pytest.mark.parametrize("code", list(kinds()))
def test_every_kind_has_a_provider_and_a_template_that_fills(code: str) -> None:
    kind = kind_of(code)

    provider_of(kind.provider)

    assert check(template_of(kind), kind) == []


# ---- official layout -----------------------------------------------------------------------------
def test_the_page_has_the_measures_of_the_standard() -> None:
    section = opened(template_of(brief_kind())).sections[0]

    measures = (section.page_width, section.page_height, section.top_margin, section.left_margin)
    assert [round(one.mm) for one in measures if one is not None] == [210, 297, 37, 28]
    sides = (section.page_width, section.left_margin, section.right_margin)
    page, left, right = (one.mm for one in sides if one is not None)
    assert round(page - left - right) == 156


def test_the_masthead_shrinks_until_it_fits_on_one_line() -> None:
    assert layout.masthead_size("省局").pt == layout.MASTHEAD_MOST
    long = layout.masthead_size("广东省地方金融风险监测防控中心")
    assert long.pt * 15 <= layout.TEXT_WIDTH.pt


@pytest.mark.parametrize(
    ("signature", "expected"),
    [("广东省地方金融管理局", (2, 3)), ("省局", (9, 2)), ("某市地方金融局", (4, 2))],
)
def test_the_date_begins_two_characters_right_of_the_signature(
    signature: str, expected: tuple[int, int]
) -> None:
    first, second = layout.date_indent(signature, "2026年11月22日")

    assert (first, second) == expected
    begins = second + 7 - (first + len(signature))
    assert begins == -2 or second == 2


# ---- what providers hand over --------------------------------------------------------------------
def test_content_reads_back_as_it_was_frozen() -> None:
    chart = Chart("t", "t", "bar", ("a",), {"x": (Decimal("1.50"),), "y": (None,)}, "元")
    content = replace(CONTENT, charts={"t": chart})

    frozen = freezing.freeze(content)

    assert freezing.thaw(frozen) == content
    assert freezing.digest(frozen) == freezing.digest(freezing.freeze(freezing.thaw(frozen)))


def test_damaged_content_is_told_and_not_guessed() -> None:
    with pytest.raises(DataError, match="已损坏"):
        freezing.thaw({"figures": {"a": {}}, "tables": {}, "charts": {}, "texts": {}})


def test_crooked_tables_and_charts_are_refused_together() -> None:
    content = Content(
        tables={"t": Table("t", "表", ("a", "b"), (("1",),))},
        charts={"c": Chart("c", "图", "bar", ("a", "b"), {"x": (Decimal(1),)})},
    )

    with pytest.raises(DataError, match=r"表.*1 格.*图.*1 个数"):
        check_content(content)


def test_no_more_rows_are_frozen_than_anybody_reads() -> None:
    assert len(frozen_rows((["x"] for _ in range(MOST_ROWS + 5)), ["a"])) == MOST_ROWS
