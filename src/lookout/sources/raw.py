"""What a reader returns: a file as columns of text, piece by piece, with the line of each row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from lookout.sources.problems import Fault, FileProblem

# The widest table a department sends has some hundred columns; beyond this a delimiter is wrong.
MOST_COLUMNS = 4096
# Stands for a cell whose value is not in the file: a formula never computed, or an error value.
NO_VALUE = "\x1a"


@dataclass(frozen=True)
class FileForm:
    """How a file writes its table, as its mapping says.

    The header stands in `header_rows` rows from `header_row` (from 1) on. A cell merged over several data
    rows is refused with its rows, or its value repeated in each. Rows whose first value begins with one of
    `not_data` (合计, 制表人) are no data.
    """

    encoding: str = "auto"
    sheet: str | int | None = None
    header_row: int = 1
    header_rows: int = 1
    merged_cells: Literal["refuse", "repeat"] = "refuse"
    not_data: tuple[str, ...] = ()


@dataclass(frozen=True)
class BrokenRow:
    """A row that cannot be cut into columns. `text` is the row as sent; it may hold personal data."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class RawFile:
    """A file, or a piece of one, read and not yet understood: text values, '' where the file has none.

    `columns` has one string column per source header, in file order; `lines` (int32) says on which
    line of the file (row of the sheet) each row begins. `left_out` are the lines that are no data,
    each with the word that says so.
    """

    format: str
    encoding: str
    columns: pa.Table
    lines: pa.Array
    broken: tuple[BrokenRow, ...] = ()
    left_out: tuple[tuple[int, str], ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """The column names as the file writes them."""
        return tuple(self.columns.column_names)

    @property
    def rows(self) -> int:
        """The number of data rows, broken ones included; rows wholly blank or left out are no rows."""
        return int(self.columns.num_rows) + len(self.broken)


@dataclass(frozen=True)
class RawStream:
    """A file being read in pieces of bounded size; `headers` are known before the first piece.

    A piece may lack columns (no row of it has a value there). Going through `pieces` raises
    FileProblem where the file turns out to be unreadable.
    """

    format: str
    encoding: str
    headers: tuple[str, ...]
    pieces: Iterator[RawFile]


class LateColumns(Exception):  # noqa: N818 a finding about the file, caught by whoever reads it
    """A column turned up that the first piece did not have; read again knowing all of them."""


def check_headers(file: str, headers: list[str], line: int) -> None:
    """Refuse doubled, missing and far too many column names; several doubled are reported together."""
    faults = [
        Fault(
            f"列名“{header}”出现了 {count} 次，无法判断用哪一列",
            "每个列名只保留一列，改名或删去多余的列",
            f"第 {line} 行（表头）",
        )
        for header, count in _counted(file, headers, line).items()
        if count > 1
    ]
    if faults:
        raise FileProblem(file, *faults)


def numbered(file: str, headers: list[str], line: int) -> list[str]:
    """Return the headers with doubled ones told apart as 备注#1 and 备注#2; '' stays.

    Nobody reads them by accident: a mapping must say which. Raises FileProblem for missing, far too many
    and hopelessly doubled names.
    """
    counts = _counted(file, headers, line)
    seen: dict[str, int] = {}
    found = []
    for header in headers:
        seen[header] = seen.get(header, 0) + 1
        found.append(f"{header}#{seen[header]}" if counts.get(header, 0) > 1 else header)
    check_headers(file, found, line)
    return found


def _counted(file: str, headers: list[str], line: int) -> dict[str, int]:
    if len(headers) > MOST_COLUMNS:
        what = f"表头有 {len(headers):,} 列，超过上限 {MOST_COLUMNS:,} 列"
        fix = "确认分隔符与换行是否正确，只导出合约需要的列"
        raise FileProblem(file, Fault(what, fix, f"第 {line} 行（表头）"))
    counts: dict[str, int] = {}
    for header in filter(None, headers):
        counts[header] = counts.get(header, 0) + 1
    if not counts:
        raise FileProblem(
            file,
            Fault("表头是空的", "第一行写列名，或在映射文件中用 header_row 指明表头所在行", f"第 {line} 行"),
        )
    return counts


def finish(
    file: str, kind: str, encoding: str, names: list[str], arrays: list[pa.Array], lines: pa.Array,
    *, broken: tuple[BrokenRow, ...] = (),
) -> RawFile:  # fmt: skip
    """Drop unnamed empty columns and blank rows; refuse unnamed columns with data."""
    kept_names, kept, faults = [], [], []
    blank = None
    for place, (name, array) in enumerate(zip(names, arrays, strict=True), 1):
        # Most rows have a value in the first columns: only rows blank so far are looked at.
        if not name:
            empty = pc.equal(pc.utf8_trim_whitespace(array), "")
            if not pc.all(empty).as_py():
                faults.append(Fault(f"第 {place} 列有数据却没有列名", "在表头补上列名，或删去这一列", "表头"))
            continue
        kept_names.append(name)
        kept.append(array)
        if blank is None or pc.any(blank).as_py():
            empty = pc.equal(pc.utf8_trim_whitespace(array), "")
            blank = empty if blank is None else pc.and_(blank, empty)
    if faults:
        raise FileProblem(file, *faults)
    table = pa.table(kept, names=kept_names)
    if not kept:
        lines = lines.slice(0, 0)
    if blank is not None and pc.any(blank).as_py():
        table, lines = table.filter(pc.invert(blank)), lines.filter(pc.invert(blank))
    return RawFile(kind, encoding, table, lines, broken)


def without_remarks(pieces: Iterator[RawFile], words: tuple[str, ...]) -> Iterator[RawFile]:
    """Leave out the rows whose first value begins with one of the words: totals, signatures, notes."""
    between = "[ \t\r\n\u00a0\u3000]*"
    pattern = "(" + "|".join(between.join(map(re.escape, word)) for word in words) + ")"
    begins = re.compile(f'[\\s,;|"]*{pattern}')
    for piece in pieces:
        remarks = {
            place: word for place, text in _first_texts(piece, pattern) if (word := _word(begins, text))
        }
        torn = {row.line: word for row in piece.broken if (word := _word(begins, row.text))}
        if not remarks and not torn:
            yield piece
            continue
        kept = pa.array([place not in remarks for place in range(piece.columns.num_rows)], pa.bool_())
        lines = piece.lines.to_pylist()
        yield replace(
            piece,
            columns=piece.columns.filter(kept),
            lines=piece.lines.filter(kept),
            broken=tuple(row for row in piece.broken if row.line not in torn),
            left_out=tuple(
                sorted([*((lines[place], word) for place, word in remarks.items()), *torn.items()])
            ),
        )


def _word(begins: re.Pattern[str], text: str) -> str:
    found = begins.match(text)
    return re.sub(r"\s", "", found[1]) if found else ""


def _first_texts(piece: RawFile, pattern: str) -> Iterator[tuple[int, str]]:
    """Yield the rows that have one of the words anywhere, with their first value."""
    columns = [column_of(piece, name) for name in piece.columns.column_names]
    likely = None
    for column in columns:
        hit = pc.match_substring_regex(column, pattern)
        likely = hit if likely is None else pc.or_(likely, hit)
    for place in pc.indices_nonzero(likely).to_pylist() if likely is not None else ():
        yield place, next((text for column in columns if (text := column[place].as_py()).strip()), "")


def never_empty(file: str, pieces: Iterator[RawFile]) -> Iterator[RawFile]:
    """Pass the pieces on; refuse a file that has had no row when it ends."""
    rows = 0
    for piece in pieces:
        rows += piece.rows
        if piece.rows or piece.left_out:
            yield piece
    if not rows:
        raise FileProblem(
            file, Fault("只有表头，没有数据行", "确认导出是否完整后重新报送；确无数据的不必报送空文件")
        )


def column_of(piece: RawFile, header: str) -> pa.Array:
    """Return a column of a piece; '' throughout where the piece has none."""
    if header not in piece.columns.column_names:
        return pa.repeat(pa.scalar("", pa.string()), piece.columns.num_rows)
    column = piece.columns[header]
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def collect(stream: RawStream) -> RawFile:
    """Read all pieces into one."""
    pieces = list(stream.pieces)
    arrays = [
        pa.chunked_array([column_of(piece, header) for piece in pieces], pa.string()).combine_chunks()
        for header in stream.headers
    ]
    lines = pa.chunked_array([piece.lines for piece in pieces], pa.int32()).combine_chunks()
    broken = tuple(row for piece in pieces for row in piece.broken)
    left_out = tuple(one for piece in pieces for one in piece.left_out)
    table = pa.table(arrays, names=list(stream.headers))
    return RawFile(stream.format, stream.encoding, table, lines, broken, left_out)
