"""Say a measure in Chinese words, for the page that explains a number."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lookout.contracts.constants import constants
from lookout.engine.measures.form import Measure
from lookout.engine.measures.schema import TableInfo

_NAME = re.compile(r"'[^']*'|[A-Za-z_][A-Za-z0-9_]*")
_NAMED_WINDOWS = {"open": "当前有效", "latest": "最近一期", "all": "全部"}
_WORDS = {
    "count": "计数", "sum": "合计", "max": "最大", "min": "最小", "avg": "平均", "as_of": "评定日",
    "days_since": "距评定日天数", "and": "且", "or": "或", "not": "非", "filter": "其中", "distinct": "不重复", "greatest": "取大",
}  # fmt: skip


def window_text(measure: Measure) -> str:
    """Return the window in words: 近365天, 近24个月, 当前有效, 最近一期, 全部; '' for a mart."""
    if measure.window is None:
        return ""
    if measure.span is None:
        return _NAMED_WINDOWS[measure.window]
    length, unit = measure.span
    return f"近{length}{'天' if unit == 'd' else '个月'}"


def _in_words(text: str, table: TableInfo) -> str:
    codes = {code: zh for info in table.columns.values() for code, zh in (info.codes or {}).items()}
    entries = constants().entries

    def word(match: re.Match[str]) -> str:
        name = match.group()
        if name.startswith("'"):
            return f"“{codes.get(name[1:-1], name[1:-1])}”"
        if name in table.columns:
            return table.columns[name].zh
        if name in entries:
            return entries[name].zh
        return _WORDS.get(name, name)

    return _NAME.sub(word, text)


def render(measure: Measure, schema: Mapping[str, TableInfo]) -> str:
    """Return a line such as 工商变更（近365天，变更事项 = “经营范围”）：计数(*)."""
    table = schema[measure.table]
    limits = [window_text(measure)] if measure.window else []
    limits += [_in_words(measure.where, table)] if measure.where else []
    head = f"{table.zh}（{'，'.join(limits)}）" if limits else table.zh
    body = _in_words(measure.value, table)
    body += f" ÷ {_in_words(measure.per, table)}" if measure.per else ""
    body += f"，须 {_in_words(measure.guard, table)}" if measure.guard else ""
    return f"{head}：{body}"
