"""The language of templates: names in braces, whole paragraphs on condition, rows repeated; nothing else.

    {{ 名称 }}                                     a figure, a text, a table or a chart
    {%p if 名称 %} … {%p endif %}                  paragraphs printed only when there is something
    {%tr for 行 in 表名 %} … {{ 行.列名 }} … {%tr endfor %}   one row of a Word table for each row

Everything that Jinja could do beyond this is refused, first when a template is uploaded and again when it is filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from lookout.web.reports.figures import MENTION_END, MENTION_START, Figure

TABLE_START, PARAGRAPH = "\ue002", "\ue003"
LOOP_NAMES = frozenset({"index", "first", "last", "length"})
MOST_LOOPS = 40
MOST_DEPTH = 6
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.If,
    nodes.For,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Const,
)
_WORDS: Mapping[type[nodes.Node], str] = {
    nodes.Call: "调用函数",
    nodes.Filter: "过滤器（|）",
    nodes.Test: "is 判断",
    nodes.Assign: "赋值（set）",
    nodes.AssignBlock: "赋值（set）",
    nodes.Include: "引入别的文件（include）",
    nodes.Import: "引入别的文件（import）",
    nodes.FromImport: "引入别的文件（import）",
    nodes.Extends: "引入别的文件（extends）",
    nodes.Macro: "宏（macro）",
    nodes.CallBlock: "宏（call）",
    nodes.FilterBlock: "过滤器（filter）",
    nodes.ScopedEvalContextModifier: "改变转义（autoescape）",
    nodes.EvalContextModifier: "改变转义（autoescape）",
    nodes.List: "列表",
    nodes.Dict: "字典",
    nodes.Block: "块（block）",
    nodes.With: "with",
    nodes.CondExpr: "行内 if",
    nodes.Slice: "切片",
    nodes.Concat: "拼接（~）",
}


class Shown:
    """A figure, table, chart or text as a template sees it: to print, to test, to compare; without attributes."""

    __slots__ = ("_printed", "_value")

    def __init__(self, printed: str, value: Any) -> None:
        self._printed, self._value = printed, value

    def __str__(self) -> str:
        return self._printed

    def __bool__(self) -> bool:
        return bool(self._value)

    def __hash__(self) -> int:
        return hash(self._printed)

    def __eq__(self, other: object) -> bool:
        return bool(self._compared(other, lambda mine, theirs: mine == theirs))

    def __lt__(self, other: object) -> bool:
        return self._compared(other, lambda mine, theirs: mine < theirs)

    def __le__(self, other: object) -> bool:
        return self._compared(other, lambda mine, theirs: mine <= theirs)

    def __gt__(self, other: object) -> bool:
        return self._compared(other, lambda mine, theirs: mine > theirs)

    def __ge__(self, other: object) -> bool:
        return self._compared(other, lambda mine, theirs: mine >= theirs)

    def _compared(self, other: object, how: Callable[[Any, Any], bool]) -> bool:
        theirs = other._value if isinstance(other, Shown) else other
        try:
            return self._value is not None and how(self._value, theirs)
        except TypeError:
            return False


class Rows(Shown):
    """A table: printed whole, or repeated row by row."""

    __slots__ = ("_rows",)

    def __init__(self, printed: str, rows: list[Row]) -> None:
        super().__init__(printed, len(rows))
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class Row(dict[str, str]):
    """One row of a table: column → what is printed."""


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """Jinja with nothing in reach: no functions, filters, tests, globals or attributes of objects."""

    def __init__(self) -> None:
        super().__init__(autoescape=True)
        self.globals.clear()
        self.filters.clear()
        self.tests.clear()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a column of a row, or the place in a loop."""
        if isinstance(obj, LoopContext) and attribute in LOOP_NAMES:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return a column of a row."""
        if isinstance(obj, Row) and isinstance(argument, str):
            if argument not in obj:
                raise UndefinedError(f"表里没有“{argument}”列；有：{'、'.join(obj)}")
            return obj[argument]
        raise SecurityError("模板只能读取表格的列")

    def call(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refuse every call."""
        raise SecurityError("模板不能调用函数")

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Parse, and refuse what the language does not have, whoever asks."""
        tree = super()._parse(source, name, filename)
        wrong = forbidden(tree)
        if wrong:
            raise SecurityError("；".join(wrong))
        return tree


def forbidden(tree: nodes.Template) -> list[str]:
    """Return what a template does that the language does not have, in words, each once."""
    found = dict.fromkeys(_forbidden_here(tree))
    loops = sum(1 for _loop in tree.find_all(nodes.For))
    if loops > MOST_LOOPS:
        found[f"有 {loops} 处循环，最多 {MOST_LOOPS} 处"] = None
    return list(found)


def _forbidden_here(node: nodes.Node, depth: int = 0, in_loop: bool = False) -> Iterator[str]:
    if not isinstance(node, _ALLOWED):
        yield f"不能使用{_WORDS.get(type(node), type(node).__name__)}"
        return
    if depth > 30:
        yield "嵌套太深"
        return
    if isinstance(node, nodes.For):
        if in_loop:
            yield "循环里不能再有循环"
        if not isinstance(node.iter, nodes.Name) or not isinstance(node.target, nodes.Name):
            yield "循环应写作 for 行 in 表名"
        if node.recursive or node.test is not None:
            yield "循环不能带条件或递归"
        in_loop = True
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        yield f"不能读取“{node.attr}”"
    if isinstance(node, nodes.Getattr | nodes.Getitem) and not isinstance(node.node, nodes.Name):
        yield "列名只能写一层，如 行.企业"
    if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
        yield "列名应直接写出，如 行.企业"
    for child in node.iter_child_nodes():
        yield from _forbidden_here(child, depth + 1, in_loop)


def sentinel(key: str) -> str:
    """Return what stands for a figure until it becomes a link."""
    return f"{MENTION_START}{key}{MENTION_END}"


def block_sentinel(key: str) -> str:
    """Return what stands for a table or chart until it is drawn."""
    return f"{TABLE_START}{key}{MENTION_END}"


def cell_key(table: str, row: int, column: int) -> str:
    """Return the key of a figure that stands in a cell; rows and columns count from 1."""
    return f"{table}-{row}-{column}"


def chart_key(chart: str) -> str:
    """Return the key under which the numbers of a chart open."""
    return f"chart-{chart}"


def shown_figure(figure: Figure) -> Shown:
    """Return a figure as templates see it: nothing when unknown or zero."""
    return Shown(sentinel(figure.key), figure.value)


def syntax_problem(source: str) -> str:
    """Return what is wrong with a template's text as a whole, '' when nothing."""
    try:
        TemplateEnvironment().parse(source)
    except TemplateSyntaxError as problem:
        return f"写法不对：{problem.message}"
    except SecurityError as problem:
        return str(problem)
    except RecursionError:
        return "嵌套太深"
    return ""
