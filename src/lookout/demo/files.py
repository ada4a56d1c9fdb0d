"""Delivered files in the forms departments send: CSV in two encodings, Excel, JSON lines, Parquet."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as parquet
import xlsxwriter

from lookout.contracts import ColumnType, Table

SUFFIXES = {"csv": "csv", "csv_zh": "csv", "xlsx": "xlsx", "jsonl": "jsonl", "parquet": "parquet"}
_MADE = datetime(2024, 1, 1)  # noqa: DTZ001 — a fixed stamp inside workbooks, so that equal content is equal bytes


class Writer(Protocol):
    """A file that grows by rows."""

    rows: int

    def add(self, rows: pa.Table) -> None:
        """Append rows whose columns are those of the first call."""

    def close(self) -> None:
        """Finish the file."""


def _plain(rows: pa.Table, table: Table, *, chinese: bool) -> pa.Table:
    """Write booleans, and in Chinese files also codes, as their sender would."""
    for place, name in enumerate(rows.column_names):
        column = table.columns[name]
        values = rows[name]
        if pa.types.is_boolean(values.type) and chinese:
            rows = rows.set_column(place, name, pc.if_else(values, "是", "否"))
        elif chinese and isinstance(column.codes, dict):
            codes = list(column.codes)
            meaning = pa.array(list(column.codes.values()))
            rows = rows.set_column(place, name, meaning.take(pc.index_in(values, pa.array(codes))))
    return rows


def headers(rows: pa.Table, table: Table, unit: str, *, chinese: bool) -> list[str]:
    """Return the header line; money in another unit than yuan says so."""
    if not chinese:
        return list(rows.column_names)
    result = []
    for name in rows.column_names:
        column = table.columns[name]
        suffix = f"（{unit}）" if unit and column.type is ColumnType.MONEY else ""
        result.append(column.zh + suffix)
    return result


def _in_unit(rows: pa.Table, table: Table, unit: str) -> pa.Table:
    if unit != "万元":
        return rows
    for place, name in enumerate(rows.column_names):
        if table.columns[name].type is ColumnType.MONEY:
            amounts = pc.round(pc.divide(rows[name].cast(pa.float64()), 10_000.0), 6)
            rows = rows.set_column(place, name, amounts.cast(pa.decimal128(20, 6)))
    return rows


class CsvWriter:
    """Comma-separated text, UTF-8 with contract headers or GB18030 with Chinese ones."""

    def __init__(self, path: Path, table: Table, *, chinese: bool, unit: str = "") -> None:
        self.rows = 0
        self._table, self._chinese, self._unit = table, chinese, unit
        self._encoding = "gb18030" if chinese else "utf-8"
        self._path = path
        path.unlink(missing_ok=True)

    def add(self, rows: pa.Table) -> None:
        """Append rows."""
        lines = io.BytesIO()
        shown = _in_unit(_plain(rows, self._table, chinese=self._chinese), self._table, self._unit)
        csv.write_csv(shown, lines, csv.WriteOptions(include_header=False, quoting_style="needed"))
        body = lines.getvalue()
        if self._chinese:
            body = body.decode().encode(self._encoding)
        with self._path.open("ab") as file:
            if not self.rows:
                head = ",".join(headers(rows, self._table, self._unit, chinese=self._chinese))
                file.write((head + "\n").encode(self._encoding))
            file.write(body)
        self.rows += rows.num_rows

    def close(self) -> None:
        """Nothing is held open."""


class JsonLinesWriter:
    """One JSON object a line; empty cells are left out, money is text so that no digit is lost."""

    def __init__(self, path: Path) -> None:
        self.rows = 0
        self._path = path
        path.unlink(missing_ok=True)

    def add(self, rows: pa.Table) -> None:
        """Append rows."""
        with self._path.open("a", encoding="utf-8") as file:
            for row in rows.to_pylist():
                kept = {name: value for name, value in row.items() if value is not None}
                file.write(json.dumps(kept, ensure_ascii=False, default=str) + "\n")
        self.rows += rows.num_rows

    def close(self) -> None:
        """Nothing is held open."""


class ParquetWriter:
    """Typed columns, a row group per chunk."""

    def __init__(self, path: Path) -> None:
        self.rows = 0
        self._path = path
        self._writer: parquet.ParquetWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Append rows."""
        if self._writer is None:
            self._writer = parquet.ParquetWriter(self._path, rows.schema, compression="zstd")
        self._writer.write_table(rows)
        self.rows += rows.num_rows

    def close(self) -> None:
        """Write the footer."""
        if self._writer is not None:
            self._writer.close()


class WorkbookWriter:
    """An Excel sheet with Chinese headers; rows are kept until the end, so only for small tables."""

    def __init__(self, path: Path, table: Table) -> None:
        self.rows = 0
        self._path, self._table = path, table
        self._kept: list[pa.Table] = []

    def add(self, rows: pa.Table) -> None:
        """Keep rows."""
        self._kept.append(rows)
        self.rows += rows.num_rows

    def close(self) -> None:
        """Write the workbook."""
        if not self._kept:
            return
        rows = _plain(pa.concat_tables(self._kept), self._table, chinese=True)
        options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
        with xlsxwriter.Workbook(str(self._path), options) as book:
            book.set_properties({"created": _MADE})
            sheet = book.add_worksheet("数据")
            sheet.write_row(0, 0, headers(rows, self._table, "", chinese=True))
            columns = [column.to_pylist() for column in rows.columns]
            for number, row in enumerate(zip(*columns, strict=True), 1):
                for place, value in enumerate(row):
                    _cell(sheet, number, place, value)


def _cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif hasattr(value, "year"):
        sheet.write_datetime(row, column, value)
    else:
        sheet.write_number(row, column, float(value))


def open_writer(form: str, path: Path, table: Table, unit: str) -> Writer:
    """Return the writer of a form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "parquet":
        return ParquetWriter(path)
    if form == "jsonl":
        return JsonLinesWriter(path)
    if form == "xlsx":
        return WorkbookWriter(path, table)
    return CsvWriter(path, table, chinese=form == "csv_zh", unit=unit)
