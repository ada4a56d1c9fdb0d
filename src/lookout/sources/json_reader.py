"""Read JSON lines, one object per line, into columns of text; numbers keep their digits as written."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import BrokenRow, RawFile, finish


class _RowFault(ValueError):  # noqa: N818 a property of the row, not a failure of ours
    """Why one line cannot be used."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise _RowFault(f"键“{doubled}”在一行里出现了两次；每个键只写一次")
    return found


# Numbers stay text: a float in JSON is not money.
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=str)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return ";".join(_text(item) for item in value)
    return json.dumps(value, ensure_ascii=False)


def _row(text: str) -> dict[str, str]:
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _RowFault(
            f"不是有效的 JSON（第 {error.colno} 个字符处）；请每行写一个完整的 JSON 对象"
        ) from None
    except RecursionError:
        raise _RowFault("JSON 嵌套过深；请每行写一个不嵌套的 JSON 对象") from None
    if not isinstance(value, dict):
        raise _RowFault('不是 JSON 对象；请每行写一个对象，如 {"name": "…"}')
    return {name.strip(): _text(cell) for name, cell in value.items()}


def read_json_lines(file: str, data: bytes, encoding: str) -> RawFile:
    """Read UTF-8 bytes; a line that is no JSON object is set aside as broken. Raises FileProblem."""
    if data.lstrip()[:1] == b"[":
        raise FileProblem(
            file, Fault("整个文件是一个 JSON 数组", "改为 JSON Lines：每行一个对象，不加外层方括号和逗号")
        )
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    broken: list[BrokenRow] = []
    for line, text in enumerate(data.decode().split("\n"), 1):
        if not text.strip():
            continue
        try:
            rows.append(_row(text.strip()))
            lines.append(line)
        except _RowFault as fault:
            broken.append(BrokenRow(line, str(fault), text))
    if not rows:
        what = f"没有一行是有效的 JSON 对象（第 {broken[0].line} 行：{broken[0].reason}）"
        raise FileProblem(file, Fault(what, "确认文件是 JSON Lines 格式后重新报送"))
    names = list(dict.fromkeys(name for row in rows for name in row))
    arrays = [pa.array([row.get(name, "") for row in rows], pa.string()) for name in names]
    return finish(file, "jsonl", encoding, names, arrays, pa.array(lines, pa.int32()), broken=tuple(broken))
