"""Faults of YAML files and their forms, in Chinese: the words of the parser and the checker stay inside."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import ValidationError

_MESSAGES = {
    "extra_forbidden": "不认识的项",
    "missing": "缺少这一项",
    "string_type": "应为文字",
    "literal_error": "取值不在允许的范围内",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "greater_than_equal": "应不小于 1",
    "string_pattern_mismatch": "写法不对",
    "model_type": "应为键值形式",
    "model_attributes_type": "应为键值形式",
    "dict_type": "应为键值形式",
    "tuple_type": "应为列表",
    "list_type": "应为列表",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "datetime_parsing": "不是时间，应写成 2026-10-31T06:00:00",
    "datetime_from_date_parsing": "不是时间，应写成 2026-10-31T06:00:00",
    "datetime_type": "不是时间，应写成 2026-10-31T06:00:00",
    "date_from_datetime_inexact": "不是日期",
}


class DoubledKey(ValueError):  # noqa: N818 it names the thing a person is told
    """A key written twice; a YAML parser would silently keep the last."""


class _Loader(yaml.SafeLoader):
    """The safe loader, refusing a key written twice."""


def _once(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: dict[Any, int] = {}
    for key, _ in node.value:
        name, line = getattr(key, "value", None), key.start_mark.line + 1
        if isinstance(name, str) and name in seen:
            raise DoubledKey(f"“{name}”写了两次（第 {seen[name]} 行和第 {line} 行）")
        if isinstance(name, str):
            seen[name] = line
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _once)


def read_yaml(text: str) -> Any:
    """Read YAML. Raises DoubledKey, and yaml.YAMLError."""
    return yaml.load(text, _Loader)  # noqa: S506 it is a SafeLoader


def yaml_reason(error: yaml.YAMLError | UnicodeDecodeError) -> str:
    """Say where a text stops being YAML."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return f"第 {mark.line + 1} 行第 {mark.column + 1} 个字符处语法不对"
    return "不是 UTF-8 编码" if isinstance(error, UnicodeDecodeError) else "含有不允许的字符"


def form_reason(item: Any) -> str:
    """Say what one finding of a form's check means."""
    if item["type"] == "value_error":
        return str(item["msg"]).removeprefix("Value error, ")
    words = _MESSAGES.get(item["type"], "取值不对")
    value = item.get("input")
    shown = isinstance(value, str | int | float) and item["type"] not in ("missing", "extra_forbidden")
    return f"“{value}”{words}" if shown else words


def form_reasons(error: ValidationError, skip: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Return place and reason of everything a form's check found; `skip` are inner names of no use."""
    return [
        (".".join(str(part) for part in item["loc"] if part not in skip), form_reason(item))
        for item in error.errors()
    ]
