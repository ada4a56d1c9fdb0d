"""Read JSON lines, one object per line, into columns of text; numbers keep their digits as written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pyarrow as pa

from lookout.sources.encoding import BLOCK, MARK
from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import (
    MOST_COLUMNS,
    BrokenRow,
    LateColumns,
    RawFile,
    RawStream,
    check_headers,
    finish,
    never_empty,
)

_LONGEST_LINE = 8 * BLOCK
_MARKED = "本行含有空字符（NUL）或与文件编码不同的字节；请改正这一行，或用同一种编码重新导出整个文件"


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


def _whole(text: str) -> str:
    """Half of a surrogate pair is no character; it becomes a mark of garbling that the checks see."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _row(text: str) -> dict[str, Any]:
    if MARK in text:
        raise _RowFault(_MARKED)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        place = "行末就断了" if error.pos >= len(text) else f"第 {error.colno} 个字符处写错或断了"
        raise _RowFault(f"这一行不是完整的 JSON 对象（{place}）；请每行写一个完整的对象") from None
    except RecursionError:
        raise _RowFault("JSON 嵌套过深；请每行写一个不嵌套的 JSON 对象") from None
    if not isinstance(value, dict):
        raise _RowFault('这一行不是 JSON 对象；请每行写一个对象，如 {"name": "…"}')
    return value


def _at_once(texts: list[str]) -> list[dict[str, Any]] | None:
    """Parse clean lines in one call; None when any of them needs a look of its own."""
    if not all(text[0] == "{" and text[-1] == "}" for text in texts):
        return None
    try:
        rows = _DECODER.decode(f"[{','.join(texts)}]")
    except (ValueError, RecursionError):
        return None
    return rows if len(rows) == len(texts) and all(type(row) is dict for row in rows) else None


def _one_by_one(
    lines: list[int], texts: list[str]
) -> tuple[list[int], list[dict[str, Any]], list[BrokenRow]]:
    good, rows, broken = [], [], []
    for line, text in zip(lines, texts, strict=True):
        try:
            rows.append(_row(text))
            good.append(line)
        except _RowFault as fault:
            broken.append(BrokenRow(line, str(fault), text.replace(MARK, "")))
    return good, rows, broken


def _column(rows: list[dict[str, Any]], name: str) -> pa.Array:
    values = [row.get(name, "") for row in rows]
    try:
        return pa.array(["" if value is None else value for value in values], pa.string())
    except (pa.ArrowException, UnicodeError):
        return pa.array([_whole(_text(value)) for value in values], pa.string())


def _piece(file: str, block: bytes, first_line: int, encoding: str) -> RawFile:
    numbered = [
        (line, stripped)
        for line, text in enumerate(block.decode().split("\n"), first_line)
        if (stripped := text.strip())
    ]
    lines = [line for line, _ in numbered]
    texts = [text for _, text in numbered]
    broken: list[BrokenRow] = []
    rows = _at_once(texts)
    if rows is None:
        lines, rows, broken = _one_by_one(lines, texts)
    names = list(dict.fromkeys(name for row in rows for name in row))
    trimmed = [_whole(name).strip() for name in names]
    if names:
        check_headers(file, trimmed, lines[0])
    arrays = [_column(rows, name) for name in names]
    return finish(file, "jsonl", encoding, trimmed, arrays, pa.array(lines, pa.int32()), broken=tuple(broken))


def _blocks_of_lines(file: str, blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    rest, line = b"", 1
    for block in blocks:
        data = rest + block
        end = data.rfind(b"\n") + 1
        if end:
            yield line, data[:end]
            line += data.count(b"\n", 0, end)
        rest = data[end:]
        if len(rest) > _LONGEST_LINE:
            what = f"一行超过 {_LONGEST_LINE >> 20} MB"
            fix = "改为 JSON Lines：每行一个对象；确认换行是否丢失"
            raise FileProblem(file, Fault(what, fix, f"第 {line} 行"))
    if rest:
        yield line, rest


def _pieces(file: str, blocks: Iterator[bytes], encoding: str) -> Iterator[RawFile]:
    for line, block in _blocks_of_lines(file, blocks):
        if line == 1 and block.lstrip()[:1] == b"[":
            fix = "改为 JSON Lines：每行一个对象，不加外层方括号和逗号"
            raise FileProblem(file, Fault("整个文件是一个 JSON 数组", fix))
        yield _piece(file, block, line, encoding)


def _known(pieces: Iterator[RawFile], headers: tuple[str, ...]) -> Iterator[RawFile]:
    for piece in pieces:
        if not set(piece.headers) <= set(headers):
            raise LateColumns
        yield piece


def _all_headers(file: str, pieces: Iterator[RawFile]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for piece in pieces:
        found |= dict.fromkeys(piece.headers)
        if len(found) > MOST_COLUMNS:
            check_headers(file, list(found), 1)
    return tuple(found)


def stream_json_lines(
    file: str, blocks: Iterator[bytes], encoding: str, again: Iterator[bytes] | None = None
) -> RawStream:
    """Read UTF-8 blocks; a line that is no JSON object is set aside as broken. Raises FileProblem.

    Columns are those of the first piece with a row; one that turns up later raises LateColumns. With
    `again` (the same blocks once more) all columns are gathered first.
    """
    pieces = _pieces(file, blocks, encoding)
    if again is not None:
        headers = _all_headers(file, _pieces(file, again, encoding))
        return RawStream("jsonl", encoding, headers, never_empty(file, pieces))
    head: list[RawFile] = []
    for piece in pieces:
        head.append(piece)
        if piece.columns.num_rows:
            break
    if not any(piece.columns.num_rows for piece in head):
        broken = [row for piece in head for row in piece.broken]
        if broken:
            what = f"没有一行是有效的 JSON 对象（第 {broken[0].line} 行：{broken[0].reason}）"
            raise FileProblem(file, Fault(what, "确认文件是 JSON Lines 格式后重新报送"))
    headers = head[-1].headers if head else ()
    return RawStream("jsonl", encoding, headers, never_empty(file, _known(chain(head, pieces), headers)))
