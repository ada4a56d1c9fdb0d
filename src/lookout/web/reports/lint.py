"""Check a template drawn in Word: every problem with its place and the nearest right name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from jinja2 import TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from lxml import etree

from lookout.kernel.errors import DataError, Problem
from lookout.web.reports.kinds import Kind
from lookout.web.reports.packages import check_package, open_package
from lookout.web.reports.template_language import LOOP_NAMES, MOST_DEPTH, TemplateEnvironment

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TAG = re.compile(r"\{\{(?P<value>.*?)\}\}|\{%(?P<block>.*?)%\}|\{#(?P<remark>.*?)#\}", re.S)
_BLOCK = re.compile(r"\s*(?P<kind>if|elif|else|endif|for|endfor)\b(?P<rest>.*)", re.S)
_PREFIX = re.compile(r"^(-?)(p|tr|tc|r)?(?=[\s-]|$)")
_WIDE = re.compile(r"[｛{][｛{%％#]|[%％#｝}][｝}]")
_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_UNFILLED = re.compile(r"word/(comments|endnotes)\.xml|docProps/.*\.xml")
_NAMES = {"header": "页眉", "footer": "页脚", "footnotes": "脚注"}
SHOWN = 24  # characters of a paragraph quoted in a place


@dataclass(frozen=True)
class _Spot:
    """Where a paragraph stands: words for people; the table row, cell or body it is in, for pairing."""

    words: str
    container: str
    row: str
    table: str


@dataclass
class _Open:
    """An `if` or `for` that is not closed yet."""

    kind: str
    prefix: str
    spot: _Spot
    paragraph: int
    target: str = ""


@dataclass
class _Check:
    """One part being read."""

    kind: Kind
    problems: list[Problem] = field(default_factory=list)
    opened: list[_Open] = field(default_factory=list)

    def say(self, spot: _Spot, what: str, example: str = "") -> None:
        """Add a problem."""
        self.problems.append(Problem(spot.words, what, example))


def lint(data: bytes, kind: Kind) -> list[Problem]:
    """Return everything wrong with a template, in reading order; nothing when it can be used."""
    try:
        parts = open_package(data)
    except DataError as problem:
        return [Problem("文件", str(problem))]
    problems = check_package(parts)
    if problems:
        # Nothing else of a file like this is looked at.
        return problems
    for name in sorted(parts, key=lambda one: (one != "word/document.xml", one)):
        if _PARTS.fullmatch(name):
            problems += _lint_part(etree.fromstring(parts[name]), name, kind)
        elif _UNFILLED.fullmatch(name) and re.search(r"\{[{%#]", _plain(parts[name])):
            problems.append(Problem(name, "批注、尾注和文件属性里的占位符不会填写；请移到正文"))
    return problems


def _plain(content: bytes) -> str:
    return "".join(str(text) for text in etree.fromstring(content).itertext())


def _lint_part(root: etree._Element, name: str, kind: Kind) -> list[Problem]:
    check = _Check(kind)
    where = next((word for key, word in _NAMES.items() if key in name), "")
    for number, (spot, paragraph, text) in enumerate(_paragraphs(root, where)):
        if re.search(r"[{}｛｝]", text):
            if paragraph.find(f".//{_W}ins") is not None or paragraph.find(f".//{_W}del") is not None:
                check.say(spot, "有占位符的段落里有未接受的修订；请先在“审阅”中接受全部修订")
            _lint_paragraph(check, spot, number, text)
    for one in check.opened:
        check.say(one.spot, f"{{% {one.kind} %}} 没有结束", f"{{%{one.prefix} end{one.kind} %}}")
    return check.problems


def _paragraphs(root: etree._Element, where: str) -> Iterator[tuple[_Spot, etree._Element, str]]:
    """Yield every paragraph with its place and text; the text of a box belongs to the box."""
    # Elements are told apart by their paths: their Python objects come and go.
    tree = root.getroottree()
    tables = {tree.getpath(one): number for number, one in enumerate(root.iter(f"{_W}tbl"), start=1)}
    count = 0
    for paragraph in root.iter(f"{_W}p"):
        text = "".join(
            one.text or ""
            for one in paragraph.iter(f"{_W}t")
            if next(one.iterancestors(f"{_W}p")) is paragraph
        )
        cell = next(paragraph.iterancestors(f"{_W}tc"), None)
        if cell is None:
            count += 1 if text.strip() else 0
            words = where or f"正文第 {count} 段"
            container = row = table = ""
        else:
            line = next(cell.iterancestors(f"{_W}tr"))
            grid = next(cell.iterancestors(f"{_W}tbl"))
            number = list(grid.iter(f"{_W}tr")).index(line) + 1
            column = list(line.findall(f"{_W}tc")).index(cell) + 1
            words = f"{where}表 {tables[tree.getpath(grid)]} 第 {number} 行第 {column} 列"
            container, row, table = tree.getpath(cell), tree.getpath(line), tree.getpath(grid)
        short = text.strip()[:SHOWN]
        yield (
            _Spot(f"{words}“{short}{'…' if len(text.strip()) > SHOWN else ''}”", container, row, table),
            paragraph,
            text,
        )


def _lint_paragraph(check: _Check, spot: _Spot, number: int, text: str) -> None:
    rest = text
    for found in _TAG.finditer(text):
        rest = rest.replace(found.group(0), " ", 1)
        alone = text.strip() == found.group(0)
        if found.group("value") is not None:
            _lint_value(check, spot, found.group("value"), alone)
        elif found.group("block") is not None:
            _lint_block(check, spot, number, found.group("block"), alone)
    for one in _WIDE.finditer(rest):
        if re.search(r"[｛｝％]", one.group(0)):
            check.say(spot, f"括号“{one.group(0)}”是全角的；请改为半角", "{{ 标题 }}")
        else:
            check.say(spot, f"括号“{one.group(0)}”没有配对", "{{ 标题 }}")
    for start in [*check.opened]:
        if start.prefix == "" and start.paragraph == number:
            check.say(spot, f"{{% {start.kind} %}} 没有在同一段结束；跨段请用", f"{{%p {start.kind} … %}}")
            check.opened.remove(start)


def _lint_value(check: _Check, spot: _Spot, inside: str, alone: bool) -> None:
    if re.match(r"[rp]\s", inside):
        check.say(spot, f"不支持“{{{{{inside[0]} ”；请去掉字母", f"{{{{ {inside[1:].strip()} }}}}")
        return
    expression = inside.strip()
    if not expression:
        check.say(spot, "占位符是空的", "{{ 标题 }}")
        return
    tree = _parsed(check, spot, f"{{{{ {expression} }}}}")
    if tree is None:
        return
    names = _lint_names(check, spot, tree)
    key = check.kind.aliases.get(expression, expression)
    if names and key in {**check.kind.tables, **check.kind.charts} and not alone:
        check.say(spot, f"“{expression}”是{'表' if key in check.kind.tables else '图'}，应独占一段")


def _parsed(check: _Check, spot: _Spot, source: str) -> nodes.Template | None:
    try:
        return TemplateEnvironment().parse(source)
    except TemplateSyntaxError as problem:
        check.say(spot, f"“{source}”写法不对（{problem.message}）", "{{ 标题 }}")
    except SecurityError as problem:
        check.say(spot, f"“{source}”：{problem}；模板里只能写名称和条件")
    except RecursionError:
        check.say(spot, "嵌套太深")
    return None


def _lint_names(check: _Check, spot: _Spot, tree: nodes.Template, more: frozenset[str] = frozenset()) -> bool:
    """Say which names are unknown; tell whether all are known."""
    known = {*check.kind.names, *check.kind.aliases}
    loops = {one.target for one in check.opened if one.target}
    is_fine = True
    for name in dict.fromkeys(one.name for one in tree.find_all(nodes.Name) if one.ctx == "load"):
        if name in known or name in loops or name in more or (name == "loop" and loops):
            continue
        is_fine = False
        near = nearest(name, known | loops)
        check.say(spot, f"没有“{name}”这个占位符", f"{{{{ {near} }}}}" if near else "")
    columns: list[tuple[nodes.Node, object]] = [(one.node, one.attr) for one in tree.find_all(nodes.Getattr)]
    columns += [(one.node, getattr(one.arg, "value", "")) for one in tree.find_all(nodes.Getitem)]
    for owner, column in columns:
        if isinstance(owner, nodes.Name) and owner.name == "loop" and column not in LOOP_NAMES:
            check.say(spot, f"没有 loop.{column}", "loop.index")
        elif isinstance(owner, nodes.Name) and owner.name in known:
            check.say(spot, f"“{owner.name}”没有“.{column}”；只有循环中的行才有列名")
    return is_fine


def nearest(name: str, known: set[str]) -> str:
    """Return the known name that was probably meant, '' when none is near."""
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return found[0] if found else ""


def _lint_block(check: _Check, spot: _Spot, number: int, inside: str, alone: bool) -> None:
    start = _PREFIX.match(inside)
    prefix = (start.group(2) or "") if start else ""
    body = inside[start.end() :] if start else inside
    if (start and start.group(1)) or inside.rstrip().endswith("-"):
        check.say(spot, "不支持“{%-”和“-%}”；请去掉减号", "{%p if 标题 %}")
        return
    found = _BLOCK.fullmatch(body)
    if prefix in {"tc", "r"} or found is None:
        word = f"{{%{inside}%}}"
        check.say(spot, f"不支持“{word}”；只能用 if、else、for，跨段加 p，跨行加 tr", "{%p if 标题 %}")
        return
    if prefix == "p" and not alone:
        check.say(spot, f"“{{%{inside}%}}”应独占一段：它所在的段落会去掉")
    if prefix == "tr" and not spot.row:
        check.say(spot, f"“{{%{inside}%}}”应写在 Word 表格的行里", "{%p for 行 in 表名 %}")
    kind = found.group("kind")
    if kind in {"if", "for"}:
        _open(check, _Open(kind, prefix, spot, number), found.group("rest"))
    else:
        _close(check, spot, number, kind, prefix, found.group("rest"))


def _open(check: _Check, one: _Open, rest: str) -> None:
    if len(check.opened) >= MOST_DEPTH:
        check.say(one.spot, f"条件和循环套了 {MOST_DEPTH} 层以上；请拆开")
    tree = _parsed(check, one.spot, f"{{% {one.kind} {rest.strip()} %}}{{% end{one.kind} %}}")
    if tree is not None:
        _lint_names(check, one.spot, tree)
        loop = tree.find(nodes.For)
        if loop is not None and isinstance(loop.iter, nodes.Name) and isinstance(loop.target, nodes.Name):
            _lint_loop(check, one, loop.iter.name, loop.target.name)
    elif one.kind == "for":
        # The rows of a loop that is wrong itself are not reported too.
        words = rest.split()
        one.target = words[0] if words else ""
    check.opened.append(one)


def _lint_loop(check: _Check, one: _Open, table: str, target: str) -> None:
    key = check.kind.aliases.get(table, table)
    if key in check.kind.names and key not in check.kind.tables:
        near = nearest(table, {*check.kind.tables.values()})
        check.say(one.spot, f"“{table}”不是表，不能循环", f"for 行 in {near}" if near else "")
    if target in check.kind.names or target in check.kind.aliases:
        check.say(one.spot, f"循环的名称“{target}”已是占位符；请换一个", "for 行 in 表名")
    if any(other.kind == "for" for other in check.opened):
        check.say(one.spot, "循环里不能再有循环")
    one.target = target


def _close(check: _Check, spot: _Spot, number: int, kind: str, prefix: str, rest: str) -> None:
    wanted = "for" if kind == "endfor" else "if"
    if not check.opened or check.opened[-1].kind != wanted:
        check.say(spot, f"{{% {kind} %}} 前面没有对应的 {{% {wanted} %}}", f"{{%{prefix} {wanted} … %}}")
        return
    one = check.opened[-1]
    if one.prefix != prefix:
        check.say(spot, f"开头写的是“{{%{one.prefix} {one.kind}”，这里也应写", f"{{%{one.prefix} {kind} %}}")
    elif prefix == "tr" and (one.spot.table != spot.table or one.spot.row == spot.row):
        check.say(spot, f"tr 的开头和结尾应在同一张表的不同行（开头在{one.spot.words}）")
    elif prefix == "p" and one.spot.container != spot.container:
        check.say(spot, f"开头和结尾应在同一格或都在正文（开头在{one.spot.words}）")
    elif prefix == "" and one.paragraph != number:
        check.say(spot, f"开头和结尾应在同一段（开头在{one.spot.words}）")
    if kind.startswith("end"):
        check.opened.pop()
    elif kind == "elif":
        tree = _parsed(check, spot, f"{{% if {rest.strip()} %}}{{% endif %}}")
        if tree is not None:
            _lint_names(check, spot, tree)
