"""Read delimited text into columns, keeping the true line of every row.

Arrow cuts the columns; numpy finds where rows begin. Where the two disagree (quotes that do not
follow RFC 4180) the slower csv module decides.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import BrokenRow, RawFile, check_headers, finish

_DELIMITERS = (",", "\t", ";", "|")
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
_BLOCK = 1 << 24


@dataclass(frozen=True)
class _Rows:
    """Byte offset and line of each non-empty row, and whether a quote is still open at the end."""

    starts: np.ndarray
    lines: np.ndarray
    open_quote: bool


def _find_rows(data: bytes) -> _Rows:
    octets = np.frombuffer(data, np.uint8)
    newlines = np.flatnonzero(octets == _NEWLINE)
    quotes = np.flatnonzero(octets == _QUOTE)
    outside = np.searchsorted(quotes, newlines) % 2 == 0
    ends = newlines[outside]
    if not ends.size or ends[-1] != octets.size - 1:
        ends = np.append(ends, octets.size)
    starts = np.concatenate(([0], ends[:-1] + 1))
    bare_return = (ends - starts == 1) & (octets[np.minimum(starts, octets.size - 1)] == _RETURN)
    full = (ends > starts) & ~bare_return
    starts = starts[full]
    return _Rows(starts, np.searchsorted(newlines, starts) + 1, bool(quotes.size % 2))


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=lambda mark: (header.count(mark), -_DELIMITERS.index(mark)))


def _ragged(expected: int, actual: int) -> str:
    return f"本行有 {actual} 个值，表头有 {expected} 列；请检查分隔符、引号是否缺少或多余"


def _arrow(
    body: memoryview, rows: _Rows, columns: int, delimiter: str
) -> tuple[list[pa.Array], np.ndarray, list[BrokenRow]] | None:
    """Cut columns with Arrow; None when its rows are not the rows found by quote parity."""
    bad: list[tuple[int, int, str]] = []

    def skip(row: arrow_csv.InvalidRow) -> str:
        bad.append((row.number, row.actual_columns, row.text))
        return "skip"

    names = [f"c{number}" for number in range(columns)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=_BLOCK),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows + len(bad) != rows.starts.size:
        return None
    keep = np.ones(rows.starts.size, bool)
    keep[[number - 1 for number, _, _ in bad]] = False
    broken = [
        BrokenRow(int(rows.lines[number - 1]), _ragged(columns, actual), text) for number, actual, text in bad
    ]
    return [column.combine_chunks() for column in table.columns], rows.lines[keep], broken


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    source = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    for record in source:
        if record:
            yield line, record
        line = source.line_num + 1


def _slowly(
    file: str, text: str, first_line: int, columns: int, delimiter: str
) -> tuple[list[pa.Array], np.ndarray, list[BrokenRow]]:
    good: list[list[str]] = []
    lines: list[int] = []
    broken: list[BrokenRow] = []
    csv.field_size_limit(1 << 30)
    for offset, record in _records(text, delimiter):
        line = first_line - 1 + offset
        if len(record) == columns:
            good.append(record)
            lines.append(line)
        else:
            broken.append(BrokenRow(line, _ragged(columns, len(record)), delimiter.join(record)))
    values = zip(*good, strict=True) if good else [()] * columns
    return [pa.array(column, pa.string()) for column in values], np.array(lines, np.int64), broken


def _check_quotes(file: str, rows: _Rows) -> None:
    if rows.open_quote:
        where = f"第 {rows.lines[-1]} 行"
        raise FileProblem(
            file, Fault("引号没有闭合，其后的行无法分辨", "补上或删去多余的引号后重新导出", where)
        )


def read_csv(file: str, data: bytes, encoding: str, header_row: int = 1) -> RawFile:
    """Read UTF-8 bytes. `header_row` counts non-empty rows from 1; rows before it are left out.

    Rows with too few or too many values are set aside as broken. Raises FileProblem.
    """
    if b"\n" not in data and b"\r" in data:  # old Macintosh line ends
        data = data.replace(b"\r", b"\n")
    rows = _find_rows(data)
    if rows.starts.size < header_row:
        where = f"文件共 {rows.starts.size} 行"
        raise FileProblem(
            file, Fault(f"没有第 {header_row} 行，找不到表头", "改正映射中的 header_row", where)
        )
    begin = int(rows.starts[header_row - 1])
    more = rows.starts.size > header_row
    end = int(rows.starts[header_row]) if more else len(data)
    header = data[begin:end].decode()
    delimiter = _delimiter(header)
    names = [name.strip() for name in next(csv.reader(io.StringIO(header, newline=""), delimiter=delimiter))]
    check_headers(file, names, int(rows.lines[header_row - 1]))
    rest = _Rows(rows.starts[header_row:], rows.lines[header_row:], rows.open_quote)
    cut = _arrow(memoryview(data)[end:], rest, len(names), delimiter) if more else None
    if cut is not None:
        _check_quotes(file, rows)
    else:
        first_line = data.count(b"\n", 0, end) + 1
        cut = _slowly(file, data[end:].decode(), first_line, len(names), delimiter)
    arrays, lines, broken = cut
    return finish(file, "csv", encoding, names, arrays, pa.array(lines, pa.int32()), broken=tuple(broken))
