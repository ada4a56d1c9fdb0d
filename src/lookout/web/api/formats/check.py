"""Check a file against a published format: every problem of every record, by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from lookout.web.api.formats.schemas import schema_of

_WORDS = {
    "required": "缺少 {missing}",
    "additionalProperties": "没有 {unknown} 这一项；请改正名称或删去",
    "type": "应为{types}，这里是 {value}",
    "enum": "{value} 不在可选值之内（{choices}）",
    "const": "应为 {constant}，这里是 {value}",
    "pattern": "{value} 的写法不对，应符合 {pattern}",
    "minimum": "{value} 太小，不应小于 {bound}",
    "maximum": "{value} 太大，不应大于 {bound}",
    "exclusiveMinimum": "{value} 应大于 {bound}",
    "minLength": "太短，至少 {bound} 个字符",
    "maxLength": "太长，最多 {bound} 个字符",
    "minItems": "太少，至少 {bound} 项",
    "maxItems": "太多，最多 {bound} 项",
    "format": "{value} 不是{format}",
    "anyOf": "{value} 不符合任何一种写法",
}
_TYPES = {
    "string": "文本", "number": "数", "integer": "整数", "boolean": "true 或 false", "array": "列表",
    "object": "对象", "null": "null",
}  # fmt: skip
_FORMATS = {"date": "日期（2026-10-31）", "date-time": "带时区的时刻（2026-10-31T06:00:00+08:00）"}
_SHOWN = 60


@dataclass(frozen=True)
class FormatProblem:
    """One thing that is wrong: line of the file (1 for a file of one record), place inside the record, words."""

    line: int
    place: str
    what: str

    def __str__(self) -> str:
        """Return the problem as one line."""
        return (
            f"第 {self.line} 行 {self.place}：{self.what}"
            if self.place
            else f"第 {self.line} 行：{self.what}"
        )


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


_moments = FormatChecker(["date"])
_moments.checks("date-time", raises=ValueError)(_is_moment)


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(kind), format_checker=_moments)


def check_text(kind: str, text: str) -> tuple[int, list[FormatProblem]]:
    """Return how many records a file has and all that is wrong with them.

    A file is one record, a list of records, or one record a line (NDJSON). Raises KeyError for an unknown kind.
    """
    problems: list[FormatProblem] = []
    count = 0
    for line, record, broken in _records(text):
        count += 1
        problems += [FormatProblem(line, "", broken)] if broken else check_record(kind, record, line)
    if not count:
        problems.append(FormatProblem(1, "", "文件里没有一条记录"))
    return count, problems


def check_record(kind: str, record: Any, line: int = 1) -> list[FormatProblem]:
    """Return all that is wrong with one record, in the order of its members."""
    found = sorted(_validator(kind).iter_errors(record), key=lambda error: [str(part) for part in error.path])
    said = [FormatProblem(line, _place(one), _said(one)) for error in found for one in _innermost(error)]
    return list(dict.fromkeys(said))


def _records(text: str) -> Iterator[tuple[int, Any, str]]:
    """Yield line, record and what keeps it from being read ('' when nothing does)."""
    text = text.removeprefix("\ufeff")
    try:
        whole = json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        if "\n" not in text.strip():
            if text.strip():
                yield 1, None, _unread(error)
            return
        yield from _lines(text)
        return
    if isinstance(whole, list):
        yield from ((number, record, "") for number, record in enumerate(whole, 1))
    else:
        yield 1, whole, ""


def _lines(text: str) -> Iterator[tuple[int, Any, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield number, json.loads(line, parse_constant=_refuse), ""
            except ValueError as error:
                yield number, None, _unread(error)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _unread(error: ValueError) -> str:
    where = f"（第 {error.colno} 列）" if isinstance(error, json.JSONDecodeError) else ""
    return f"不是合乎语法的 JSON{where}"


def _innermost(error: ValidationError) -> list[ValidationError]:
    """Return what is meant: of a value that may be null, what is wrong with the other choice."""
    if error.validator != "anyOf" or not error.context:
        return [error]
    others = [one for one in error.context if one.validator_value != "null"]
    return others if len({one.schema_path[0] for one in others}) == 1 else [error]


def _place(error: ValidationError) -> str:
    place = ""
    for part in error.absolute_path:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if place else str(part)
    return place


def _said(error: ValidationError) -> str:
    bound = error.validator_value
    allowed = bound if isinstance(bound, list) else [bound]
    instance = error.instance
    given = instance if isinstance(instance, dict) else {}
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    values = {
        "value": _short(instance),
        "bound": bound,
        "constant": _short(bound),
        "pattern": bound,
        "missing": "、".join(str(one) for one in allowed if one not in given),
        "unknown": "、".join(f"“{one}”" for one in given if one not in known),
        "types": "或".join(_TYPES.get(str(one), str(one)) for one in allowed),
        "choices": "、".join(_short(one) for one in allowed),
        "format": _FORMATS.get(str(bound), str(bound)),
    }
    return _WORDS.get(str(error.validator), "{value} 不合要求").format(**values)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
