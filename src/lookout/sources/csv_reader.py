"""Read delimited text into columns, keeping the true line of every row.

Arrow cuts the columns; numpy finds where rows begin. Where the two disagree (quotes that do not
follow RFC 4180) the slower csv module decides, from that piece to the end of the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from lookout.sources.encoding import BLOCK, MARK
from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import BrokenRow, RawFile, RawStream, collect, finish, never_empty, numbered

_DELIMITERS = (",", "\t", ";", "|")
_NEWLINE, _RETURN, _QUOTE, _NUL = 10, 13, 34, 0
_LONGEST_ROW = 8 * BLOCK
_SLOW_ROWS = 20_000
_END = "\x1d"  # fed after the last line: unless it comes back as a row of its own, a quote is open
MARKED = "本行含有空字符（NUL）或与文件编码不同的字节；请改正这一行，或用同一种编码重新导出整个文件"


@dataclass(frozen=True)
class _Rows:
    """Byte offset and line of each non-empty row, where the last whole row ends, and open quotes."""

    starts: np.ndarray
    lines: np.ndarray
    end: int
    open_quote: bool

    def before(self, end: int) -> _Rows:
        """Return the rows that begin before an offset at which a row ends."""
        if end > self.end:
            return self
        count = int(np.searchsorted(self.starts, end))
        return _Rows(self.starts[:count], self.lines[:count], end, False)


def _find_rows(data: bytes, first_line: int = 1) -> _Rows:
    octets = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(octets == _NEWLINE)
    quotes = np.flatnonzero(octets == _QUOTE)
    ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0] if quotes.size else newlines
    whole = int(ends[-1]) + 1 if ends.size else 0
    if whole != octets.size:
        ends = np.append(ends, octets.size)
    starts = np.concatenate(([0], ends[:-1] + 1))
    bare_return = (ends - starts == 1) & (octets[np.minimum(starts, octets.size - 1)] == _RETURN)
    starts = starts[(ends > starts) & ~bare_return]
    return _Rows(starts, np.searchsorted(newlines, starts) + first_line, whole, bool(quotes.size % 2))


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=lambda mark: (header.count(mark), -_DELIMITERS.index(mark)))


def _ragged(expected: int, actual: int) -> str:
    return f"本行有 {actual} 个值，表头有 {expected} 列；请检查分隔符、引号是否缺少或多余"


def _shown(text: str) -> str:
    return text.replace(MARK, "").rstrip("\r\n")


@dataclass(frozen=True)
class _Form:
    """What the head of a file settles for all its rows."""

    file: str
    encoding: str
    names: list[str]
    delimiter: str

    def piece(self, arrays: list[pa.Array], lines: np.ndarray, broken: list[BrokenRow]) -> RawFile:
        broken.sort(key=lambda row: row.line)
        return finish(
            self.file, "csv", self.encoding, self.names, arrays, pa.array(lines, pa.int32()),
            broken=tuple(broken),
        )  # fmt: skip


def _marked(data: bytes, rows: _Rows) -> dict[int, BrokenRow]:
    """Return the rows that hold a NUL or a byte of another encoding, by their number."""
    marks = np.flatnonzero(np.frombuffer(data, np.uint8) == _NUL)
    found = {}
    bounds = np.append(rows.starts, len(data))
    for row in np.unique(np.searchsorted(rows.starts, marks, "right") - 1).tolist():
        text = data[bounds[row] : bounds[row + 1]].decode()
        found[row] = BrokenRow(int(rows.lines[row]), MARKED, _shown(text))
    return found


def _cut(data: bytes, rows: _Rows, form: _Form) -> RawFile | None:
    """Cut columns with Arrow; None when its rows are not the rows found by quote parity."""
    width = len(form.names)
    bad: dict[int, BrokenRow] = {}

    def skip(row: arrow_csv.InvalidRow) -> str:
        if 1 <= row.number <= rows.starts.size:
            line = int(rows.lines[row.number - 1])
            bad[row.number - 1] = BrokenRow(line, _ragged(width, row.actual_columns), row.text)
        return "skip"

    columns = [f"c{number}" for number in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(
                column_names=columns, use_threads=False, block_size=max(len(data), 1)
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=form.delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in columns}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows + len(bad) != rows.starts.size:
        return None
    marked = _marked(data, rows) if b"\0" in data else {}
    arrays = [column.combine_chunks() for column in table.columns]
    if not bad and not marked:
        return form.piece(arrays, rows.lines, [])
    cut = np.setdiff1d(np.arange(rows.starts.size), list(bad))
    keep = ~np.isin(cut, list(marked))
    arrays = [array.filter(pa.array(keep)) for array in arrays]
    return form.piece(arrays, rows.lines[cut[keep]], list((bad | marked).values()))


class _Text(io.RawIOBase):
    """Blocks of bytes as a file."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer)  # type: ignore[arg-type]  # the interpreter hands in a writable buffer
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _open_quote(file: str, line: int) -> FileProblem:
    what = "引号没有闭合，其后的行无法分辨"
    return FileProblem(file, Fault(what, "补上或删去多余的引号后重新导出", f"第 {line} 行"))


def _records(blocks: Iterator[bytes], first_line: int, form: _Form) -> Iterator[tuple[int, list[str]]]:
    text = io.TextIOWrapper(io.BufferedReader(_Text(blocks)), encoding="utf-8", newline="")
    source = csv.reader(chain(text, ["\n", _END]), delimiter=form.delimiter)
    csv.field_size_limit(_LONGEST_ROW)
    line = first_line
    try:
        for record in source:
            if record == [_END]:
                return
            if record and record[-1].endswith(_END):
                raise _open_quote(form.file, line)
            if record:
                yield line, record
            line = first_line + source.line_num
    except csv.Error:
        raise _open_quote(form.file, line) from None


def _slow_piece(records: list[tuple[int, list[str]]], form: _Form) -> RawFile:
    width = len(form.names)
    good: list[list[str]] = []
    lines: list[int] = []
    broken: list[BrokenRow] = []
    for line, record in records:
        if any(MARK in value for value in record):
            broken.append(BrokenRow(line, MARKED, _shown(form.delimiter.join(record))))
        elif len(record) != width:
            broken.append(BrokenRow(line, _ragged(width, len(record)), form.delimiter.join(record)))
        else:
            good.append(record)
            lines.append(line)
    values = zip(*good, strict=True) if good else [()] * width
    return form.piece([pa.array(column, pa.string()) for column in values], np.array(lines, np.int64), broken)


def _slowly(blocks: Iterator[bytes], first_line: int, form: _Form) -> Iterator[RawFile]:
    held: list[tuple[int, list[str]]] = []
    for record in _records(blocks, first_line, form):
        held.append(record)
        if len(held) == _SLOW_ROWS:
            yield _slow_piece(held, form)
            held = []
    yield _slow_piece(held, form)


def _pieces(rest: bytes, blocks: Iterator[bytes], line: int, form: _Form) -> Iterator[RawFile]:
    """Cut piece by piece at row ends; `line` is that of the first byte of `rest`."""
    while True:
        block = next(blocks, b"")
        data = rest + block if rest else block
        if not data:
            return
        rows = _find_rows(data, line)
        end = rows.end if block else len(data)
        if not end and len(data) < _LONGEST_ROW:
            rest = data
            continue
        if not end:
            yield from _slowly(chain([data], blocks), line, form)
            return
        whole = rows.before(end)
        if whole.starts.size:
            piece = _cut(data[:end], whole, form)
            if piece is None or whole.open_quote:
                yield from _slowly(chain([data], blocks), line, form)
                return
            yield piece
        line += data.count(b"\n", 0, end)
        rest = data[end:]


def _unix_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Turn the line ends of old Macintosh files into newlines."""
    first = next(blocks, b"")
    if b"\n" in first or b"\r" not in first:
        yield first
        yield from blocks
        return
    for block in chain([first], blocks):
        yield block.replace(b"\r", b"\n")


def _head(file: str, blocks: Iterator[bytes], header_row: int) -> tuple[bytes, _Rows]:
    """Read until the header row is whole; the file may end before."""
    data = b""
    while True:
        block = next(blocks, b"")
        data += block
        rows = _find_rows(data) if data else _Rows(np.empty(0, np.int64), np.empty(0, np.int64), 0, False)
        if not block or rows.starts.size > header_row:
            return data, rows
        if len(data) > _LONGEST_ROW:
            what = f"表头在 {_LONGEST_ROW >> 20} MB 之内没有结束"
            fix = "确认换行与引号是否正确，列数是否过多，然后重新导出"
            raise FileProblem(file, Fault(what, fix, f"第 {header_row} 行（表头）"))


def stream_csv(file: str, blocks: Iterator[bytes], encoding: str, header_row: int = 1) -> RawStream:
    """Read UTF-8 blocks. `header_row` counts non-empty rows from 1; rows before it are left out.

    Rows with too few or too many values, and rows with marked bytes, are set aside as broken. Raises
    FileProblem.
    """
    blocks = _unix_lines(blocks)
    data, rows = _head(file, blocks, header_row)
    if rows.starts.size < header_row:
        where = f"文件共 {rows.starts.size} 行"
        raise FileProblem(
            file, Fault(f"没有第 {header_row} 行，找不到表头", "改正映射中的 header_row", where)
        )
    begin = int(rows.starts[header_row - 1])
    end = int(rows.starts[header_row]) if rows.starts.size > header_row else len(data)
    line = int(rows.lines[header_row - 1])
    header = data[begin:end].decode()
    if MARK in header:
        raise FileProblem(file, Fault("表头含有空字符或与文件编码不同的字节", "改正表头", f"第 {line} 行"))
    delimiter = _delimiter(header)
    try:
        names = next(csv.reader(io.StringIO(header, newline=""), delimiter=delimiter))
    except csv.Error:
        raise _open_quote(file, line) from None
    names = numbered(file, [name.strip() for name in names], line)
    form = _Form(file, encoding, names, delimiter)
    pieces = _pieces(data[end:], blocks, 1 + data.count(b"\n", 0, end), form)
    return RawStream("csv", encoding, tuple(filter(None, names)), never_empty(file, pieces))


def read_csv(file: str, data: bytes, encoding: str, header_row: int = 1) -> RawFile:
    """Read UTF-8 bytes at once; see `stream_csv`."""
    return collect(stream_csv(file, iter([data]), encoding, header_row))
