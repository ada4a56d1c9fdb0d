"""Say a measure in Chinese words, for the page that explains a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from lookout.contracts.constants import constants
from lookout.engine.measures.form import Measure
from lookout.engine.measures.parse import parse
from lookout.engine.measures.schema import ColumnInfo, TableInfo

_NAMED_WINDOWS = {"open": "当前有效", "latest": "最近一期", "all": "全部"}
_COMPARED: dict[type[exp.Expr], str] = {
    exp.EQ: "为",
    exp.NEQ: "不为",
    exp.GT: "大于",
    exp.GTE: "不小于",
    exp.LT: "小于",
    exp.LTE: "不大于",
}
_CALCULATED: dict[type[exp.Expr], str] = {exp.Add: "＋", exp.Sub: "－", exp.Mul: "×", exp.Div: "÷"}
_AGGREGATED: dict[type[exp.Expr], str] = {
    exp.Sum: "合计",
    exp.Max: "最大值",
    exp.Min: "最小值",
    exp.Avg: "平均值",
}


def window_text(measure: Measure) -> str:
    """Return the window in words: 近365天, 近24个月, 当前有效, 最近一期, 全部; '' for a mart."""
    if measure.window is None:
        return ""
    if measure.span is None:
        return _NAMED_WINDOWS[measure.window]
    length, unit = measure.span
    return f"近{length}{'天' if unit == 'd' else '个月'}"


class _Speaker:
    """Says expressions over named values; what has no words of its own is shown as written."""

    def __init__(self, columns: Mapping[str, ColumnInfo]) -> None:
        self._columns = columns
        self._codes = {code: zh for info in columns.values() for code, zh in (info.codes or {}).items()}
        self._constants = constants().entries

    def say(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Paren):
            return f"（{self.say(node.this)}）"
        for kinds, words in ((_COMPARED, self._compared), (_CALCULATED, self._calculated)):
            if type(node) in kinds:
                return words(node)
        if type(node) in _AGGREGATED:
            of, word = self.say(node.this), _AGGREGATED[type(node)]
            return f"{word}（{of}）" if isinstance(node.this, exp.Case | exp.Binary) else f"{of}{word}"
        for kind, speak in self._forms().items():
            if isinstance(node, kind):
                return speak(node)
        return node.sql()

    def _forms(self) -> dict[type[exp.Expr], Callable[[exp.Expr], str]]:
        return {
            exp.And: lambda n: f"{self.say(n.this)}且{self.say(n.expression)}",
            exp.Or: lambda n: f"{self.say(n.this)}或{self.say(n.expression)}",
            exp.Not: self._not,
            exp.In: lambda n: f"{self.say(n.this)}属于{self._listed(n.expressions)}",
            exp.Is: lambda n: f"{self.say(n.this)}为空",
            # What stands in for a missing value is detail; the officer reads the column.
            exp.Coalesce: lambda n: self.say(n.this),
            exp.Nullif: lambda n: self.say(n.this),
            exp.RegexpLike: lambda n: f"{self.say(n.this)}含{self._alternatives(n.expression)}",
            exp.Like: self._like,
            exp.Abs: lambda n: f"{self.say(n.this)}的绝对值",
            exp.Between: lambda n: (
                f"{self.say(n.this)}在{self.say(n.args['low'])}至{self.say(n.args['high'])}之间"
            ),
            exp.Count: self._count,
            exp.Filter: lambda n: f"{self.say(n.expression.this)}的{self.say(n.this)}",
            exp.Cast: lambda n: self.say(n.this),
            exp.Case: self._case,
            exp.Column: self._column,
            exp.Literal: self._literal,
            exp.Greatest: lambda n: f"{self._listed([n.this, *n.expressions])}中的大者",
            exp.Least: lambda n: f"{self._listed([n.this, *n.expressions])}中的小者",
            exp.Substring: lambda n: f"{self.say(n.this)}前{self.say(n.args['length'])}位",
            exp.Neg: lambda n: f"－{self.say(n.this)}",
            exp.Anonymous: self._function,
        }

    def _compared(self, node: exp.Expr) -> str:
        return f"{self.say(node.this)}{_COMPARED[type(node)]}{self.say(node.expression)}"

    def _calculated(self, node: exp.Expr) -> str:
        return f"{self.say(node.this)} {_CALCULATED[type(node)]} {self.say(node.expression)}"

    def _not(self, node: exp.Expr) -> str:
        inner = node.this
        if isinstance(inner, exp.Is):
            return f"{self.say(inner.this)}不为空"
        if isinstance(inner, exp.In):
            return f"{self.say(inner.this)}不属于{self._listed(inner.expressions)}"
        return f"并非（{self.say(inner)}）"

    def _listed(self, nodes: list[exp.Expr]) -> str:
        return "、".join(self.say(node) for node in nodes)

    def _alternatives(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Literal):
            return "或".join(f"“{one}”" for one in node.name.split("|"))
        return self.say(node)

    def _like(self, node: exp.Expr) -> str:
        pattern = node.expression.name
        of = self._columns.get(node.this.name) if isinstance(node.this, exp.Column) else None
        if of is not None and of.codes and pattern.endswith("%"):
            named = [zh for code, zh in of.codes.items() if code.startswith(pattern[:-1])]
            return f"{self.say(node.this)}属于{'、'.join(f'“{zh}”' for zh in named)}"
        return f"{self.say(node.this)}含“{pattern.strip('%')}”"

    def _count(self, node: exp.Expr) -> str:
        if isinstance(node.this, exp.Distinct):
            return f"不重复的{self._listed(node.this.expressions)}数"
        return "条数" if isinstance(node.this, exp.Star) else f"有{self.say(node.this)}的条数"

    def _case(self, node: exp.Expr) -> str:
        parts = [f"{self.say(one.this)}取{self.say(one.args['true'])}" for one in node.args["ifs"]]
        other = node.args.get("default")
        return "，".join([*parts, f"其余取{self.say(other)}"] if other is not None else parts)

    def _column(self, node: exp.Expr) -> str:
        name = node.name
        if name in self._columns:
            return self._columns[name].zh
        if name in self._constants:
            return self._constants[name].zh
        return {"as_of": "评定日", "value": "该值"}.get(name, name)

    def _literal(self, node: exp.Expr) -> str:
        return f"“{self._codes.get(node.name, node.name)}”" if node.is_string else node.name

    def _function(self, node: exp.Expr) -> str:
        of = self._listed(node.expressions)
        named = {"days_ago": f"{of}天前", "months_ago": f"{of}个月前", "days_since": f"距{of}的天数"}
        return named.get(node.name.lower(), node.sql())


def render(measure: Measure, schema: Mapping[str, TableInfo]) -> str:
    """Return a line such as 工商变更（近365天，变更事项为“经营范围”）：条数."""
    table = schema[measure.table]
    speaker = _Speaker(table.columns)
    limits = [window_text(measure)] if measure.window else []
    limits += [speaker.say(parse(measure.where))] if measure.where else []
    head = f"{table.zh}（{'，'.join(limits)}）" if limits else table.zh
    body = speaker.say(parse(measure.value))
    body += f" ÷ {speaker.say(parse(measure.per))}" if measure.per else ""
    body += f"，须{speaker.say(parse(measure.guard))}" if measure.guard else ""
    return f"{head}：{body}"


def render_hit(hit: str, measure: Measure, schema: Mapping[str, TableInfo]) -> str:
    """Return a label's condition on its measure, such as 该值不小于2时命中."""
    return f"{_Speaker(schema[measure.table].columns).say(parse(hit))}时命中"


def render_formula(text: str, names: Mapping[str, str]) -> str:
    """Return arithmetic over named values in words, such as 收益率 － 一年期基准利率（%）; `names` are theirs."""
    return _Speaker({name: ColumnInfo("DOUBLE", zh) for name, zh in names.items()}).say(parse(text))
