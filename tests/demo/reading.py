"""Reads a delivery folder back with nothing but the contracts, for the tests of the synthetic province."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import yaml
from python_calamine import CalamineWorkbook

from lookout.contracts import ColumnType, Table, contracts

Row = dict[str, str]
TEN_THOUSAND = 10_000


def deliveries(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of delivery.yaml."""
    entries: list[dict[str, Any]] = yaml.safe_load((folder / "delivery.yaml").read_text("utf-8"))[
        "deliveries"
    ]
    return entries


@cache
def files_of(folder: Path, name: str) -> list[tuple[dict[str, Any], list[Row]]]:
    """Return a table's deliveries with their rows under contract column names, as text; empty cells are left out."""
    contract = contracts()[name]
    return [
        (entry, [_named(contract, row) for row in _raw(folder / entry["file"])])
        for entry in deliveries(folder)
        if entry["table"] == name
    ]


def table(folder: Path, name: str) -> list[Row]:
    """Return all rows of a table over all its deliveries."""
    return [row for _entry, rows in files_of(folder, name) for row in rows]


def truth(folder: Path) -> dict[str, Row]:
    """Return the truth by company code."""
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        return {row["uscc"]: row for row in csv.DictReader(file)}


def _raw(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".parquet":
        yield from parquet.read_table(path).to_pylist()
    elif path.suffix == ".jsonl":
        yield from (json.loads(line) for line in path.read_text("utf-8").splitlines())
    elif path.suffix == ".xlsx":
        head, *body = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        yield from (dict(zip(map(str, head), row, strict=True)) for row in body)
    else:
        data = path.read_bytes()
        encoding = "utf-8" if _is_utf8(data) else "gb18030"
        yield from csv.DictReader(data.decode(encoding).splitlines())


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _named(contract: Table, row: dict[str, Any]) -> Row:
    by_header = {column.zh: name for name, column in contract.columns.items()}
    result = {}
    for header, value in row.items():
        if value is None or value == "":
            continue
        plain, _, unit = header.partition("（")
        name = header if header in contract.columns else by_header.get(header) or by_header[plain]
        result[name] = _text(contract, name, value, unit == "万元）" and header not in by_header)
    return result


def _text(contract: Table, name: str, value: Any, in_ten_thousands: bool) -> str:
    column = contract.columns[name]
    if in_ten_thousands:
        return f"{float(value) * TEN_THOUSAND:.2f}"
    if column.type is ColumnType.CODE and isinstance(column.codes, dict):
        return {zh: code for code, zh in column.codes.items()}.get(str(value), str(value))
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if column.type in (ColumnType.INTEGER, ColumnType.YEAR) and isinstance(value, float):
        return str(int(value))
    return str(value)
