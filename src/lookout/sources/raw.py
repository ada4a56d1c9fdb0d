"""What a reader returns: the file as columns of text, and the lines each row came from."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from lookout.sources.problems import Fault, FileProblem


@dataclass(frozen=True)
class BrokenRow:
    """A row that cannot be cut into columns. `text` is the row as sent; it may hold personal data."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class RawFile:
    """A file read, not yet understood: every value is text, '' where the file has none.

    `columns` has one string column per source header, in file order; `lines` (int32) says on which
    line of the file (row of the sheet) each row begins.
    """

    format: str
    encoding: str
    columns: pa.Table
    lines: pa.Array
    broken: tuple[BrokenRow, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """The column names as the file writes them."""
        return tuple(self.columns.column_names)

    @property
    def rows(self) -> int:
        """The number of data rows, broken ones included; wholly blank rows are no rows."""
        return int(self.columns.num_rows) + len(self.broken)


def check_headers(file: str, headers: list[str], line: int) -> None:
    """Refuse doubled column names; several are reported together."""
    seen: dict[str, int] = {}
    for header in headers:
        if header:
            seen[header] = seen.get(header, 0) + 1
    doubled = [header for header, count in seen.items() if count > 1]
    if doubled:
        faults = [
            Fault(
                f"列名“{header}”出现了 {seen[header]} 次，无法判断用哪一列",
                "每个列名只保留一列，改名或删去多余的列",
                f"第 {line} 行（表头）",
            )
            for header in doubled
        ]
        raise FileProblem(file, *faults)
    if not seen:
        raise FileProblem(
            file,
            Fault("表头是空的", "第一行写列名，或在映射文件中用 header_row 指明表头所在行", f"第 {line} 行"),
        )


def finish(
    file: str, kind: str, encoding: str, names: list[str], arrays: list[pa.Array], lines: pa.Array,
    *, broken: tuple[BrokenRow, ...] = (),
) -> RawFile:  # fmt: skip
    """Drop unnamed empty columns and blank rows; refuse unnamed columns with data and empty files."""
    kept_names, kept, faults = [], [], []
    blank = None
    for place, (name, array) in enumerate(zip(names, arrays, strict=True), 1):
        empty = pc.equal(pc.utf8_trim_whitespace(array), "")
        blank = empty if blank is None else pc.and_(blank, empty)
        if name:
            kept_names.append(name)
            kept.append(array)
        elif not pc.all(empty).as_py():
            faults.append(Fault(f"第 {place} 列有数据却没有列名", "在表头补上列名，或删去这一列", "表头"))
    if faults:
        raise FileProblem(file, *faults)
    table = pa.table(kept, names=kept_names)
    if blank is not None and pc.any(blank).as_py():
        table, lines = table.filter(pc.invert(blank)), lines.filter(pc.invert(blank))
    if table.num_rows == 0 and not broken:
        raise FileProblem(
            file, Fault("只有表头，没有数据行", "确认导出是否完整后重新报送；确无数据的不必报送空文件")
        )
    return RawFile(kind, encoding, table, lines, broken)
