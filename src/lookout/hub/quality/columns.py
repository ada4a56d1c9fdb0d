"""Check one column against its contract: distinct values are read once, findings point at rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts import Column, ColumnType
from lookout.hub.quality import fast, values
from lookout.sources import NO_VALUE

Rows = npt.NDArray[np.int64]

_ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DECIMAL(18,2)": pa.decimal128(18, 2),
    "TIMESTAMP": pa.timestamp("us"),
}
_GARBLED = "\\x{FFFD}|[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]"
_DOUBTFUL = np.zeros(256, bool)
_DOUBTFUL[[*range(9), 11, 12, *range(14, 32), 127, 0xEF]] = True  # 0xEF begins U+FFFD, and full width
_SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?[eE]\+[0-9]{2,}$"
_EMPTY, _NOTHING = pa.array([""]), pa.array(sorted(values.NOTHING))
_TEXT = frozenset({ColumnType.TEXT, ColumnType.TEXT_LIST, ColumnType.URL})


@dataclass(frozen=True)
class Finding:
    """Cells of one column that cannot be used: row positions and a sentence for each."""

    column: str
    rows: Rows
    reasons: tuple[str, ...]


def arrow_type(store_type: str) -> pa.DataType:
    """Return the Arrow type of a store type."""
    return _ARROW[store_type]


def _limits(column: Column, delivered_on: date) -> tuple[date, date]:
    """The first and last day a column may hold."""
    last = values.LAST_DAY if column.may_be_future else delivered_on
    return date(values.EARLIEST_YEAR, 1, 1), last


def _parser(column: Column, unit: str | None, pattern: str | None, delivered_on: date) -> values.Parser:
    _, last = _limits(column, delivered_on)
    day = values.with_format(pattern) if pattern else values.read_day
    month = (lambda text: day(text).replace(day=1)) if pattern else values.read_month
    parsers: dict[ColumnType, values.Parser] = {
        ColumnType.DATE: values.not_after(day, last, "日期"),
        ColumnType.MONTH: values.not_after(month, last, "月份"),
        ColumnType.YEAR: values.not_after(values.read_year, last.year, "年份"),
        ColumnType.MONEY: values.money_in(unit or "元"),
        ColumnType.RATIO: values.ratio_in(unit or "1"),
        ColumnType.INTEGER: values.read_integer,
        ColumnType.NUMBER: values.read_number,
        ColumnType.BOOLEAN: values.read_boolean,
        ColumnType.USCC: values.read_uscc,
        ColumnType.REGISTRATION_NO: values.read_registration_no,
        ColumnType.REGION: str,
        ColumnType.PERSON_NAME: values.read_person_name,
        ColumnType.PERSON_ID: values.read_person_code,
        ColumnType.PHONE: values.read_phone,
        ColumnType.EMAIL: values.read_email,
    }
    if column.type is ColumnType.CODE and isinstance(column.codes, dict):
        return values.code_in(column.codes)
    return parsers[column.type]


def _fast(
    column: Column, unit: str | None, pattern: str | None, delivered_on: date
) -> Callable[[pa.Array], pa.Array] | None:
    if column.type is ColumnType.MONEY and unit not in (None, "元"):
        return None
    if column.type is ColumnType.DATE and pattern is None:
        return fast.days(*_limits(column, delivered_on))
    return {
        ColumnType.MONEY: fast.amounts,
        ColumnType.INTEGER: fast.integers,
        ColumnType.NUMBER: fast.numbers,
        ColumnType.USCC: fast.usccs,
        ColumnType.REGISTRATION_NO: fast.registration_nos,
        ColumnType.PERSON_ID: fast.person_codes,
        ColumnType.PHONE: fast.phones,
        ColumnType.EMAIL: fast.emails,
        ColumnType.PERSON_NAME: fast.person_names,
    }.get(column.type)


def _read_distinct(
    array: pa.Array, parse: values.Parser, kind: pa.DataType
) -> tuple[pa.Array, Rows, tuple[str, ...]]:
    """Read every distinct value once; return the values, and the rows that failed with their reasons."""
    encoded = pc.dictionary_encode(array)
    read: list[object] = []
    reasons: dict[int, str] = {}
    for place, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            read.append(parse(text))
        except ValueError as error:
            read.append(None)
            reasons[place] = str(error)
    result = pa.array(read, kind).take(encoded.indices)
    if not reasons:
        return result, np.empty(0, np.int64), ()
    places = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.isin(places, list(reasons))).astype(np.int64)
    return result, rows, tuple(reasons[place] for place in places[rows].tolist())


def _read(
    array: pa.Array, parse: values.Parser, quick: Callable[[pa.Array], pa.Array] | None, kind: pa.DataType
) -> tuple[pa.Array, Rows, tuple[str, ...]]:
    if quick is None:
        return _read_distinct(array, parse, kind)
    result = quick(array)
    left = pc.and_(pc.is_null(result), pc.is_valid(array))
    positions = np.flatnonzero(left.to_numpy(zero_copy_only=False)).astype(np.int64)
    if not positions.size:
        return result, positions, ()
    rest, rows, reasons = _read_distinct(array.take(pa.array(positions)), parse, kind)
    return pc.replace_with_mask(result, left, rest), positions[rows], reasons


def _may_be_garbled(array: pa.Array) -> bool:
    """Look at the bytes of all texts at once, so that clean columns cost next to nothing."""
    data = array.buffers()[2]
    if data is None:
        return False
    octets = np.frombuffer(data, np.uint8)
    return (
        bool(_DOUBTFUL[octets].any()) or pc.any(pc.match_substring_regex(array, _SCIENTIFIC)).as_py() is True
    )


def _text(column: Column, array: pa.Array) -> tuple[pa.Array, Rows, tuple[str, ...]]:
    if column.type is ColumnType.TEXT_LIST:
        array = pc.replace_substring_regex(array, r"\s*[;；]+\s*", ";")
        array = pc.utf8_trim(array, ";")
    found: dict[int, str] = {}
    if not _may_be_garbled(array):
        return array, np.empty(0, np.int64), ()
    for pattern, reason in ((_GARBLED, values.GARBLED), (_SCIENTIFIC, values.DIGITS_LOST)):
        mask = pc.fill_null(pc.match_substring_regex(array, pattern), False)
        for row in np.flatnonzero(mask.to_numpy(zero_copy_only=False)).tolist():
            found.setdefault(row, f"“{column.zh}”{reason}")
    return array, np.array(list(found), np.int64), tuple(found.values())


def _range_findings(name: str, column: Column, array: pa.Array, shown: pa.Array) -> list[Finding]:
    low = 0 if column.type is ColumnType.MONEY and not column.signed else column.minimum
    findings = []
    for limit, outside, words in ((low, pc.less, "小于"), (column.maximum, pc.greater, "大于")):
        if limit is None or column.type is ColumnType.RATIO or column.store_type == "VARCHAR":
            continue
        bound = pa.scalar(limit) if column.type is ColumnType.NUMBER else pa.scalar(int(limit))
        mask = pc.fill_null(outside(array, bound), False)
        rows = np.flatnonzero(mask.to_numpy(zero_copy_only=False)).astype(np.int64)
        if rows.size:
            edge = "不得为负数" if limit == 0 and outside is pc.less else f"不得{words} {limit:g}"
            cells = shown.take(pa.array(rows)).to_pylist()
            findings.append(Finding(name, rows, tuple(f"“{column.zh}”为 {c}，{edge}；请核对" for c in cells)))
    return findings


def check_column(
    name: str, column: Column, sent: pa.Array, *, required: bool, unit: str | None, pattern: str | None,
    delivered_on: date,
) -> tuple[pa.Array, list[Finding]]:  # fmt: skip
    """Return a column in its store type, null where nothing (usable) was sent, and what is wrong.

    Regions are only checked by `regions.check_regions`, since they need the day of the row.
    """
    trimmed = pc.utf8_trim_whitespace(sent)
    written = trimmed if column.type in _TEXT else pc.utf8_lower(trimmed)
    nothing = pc.is_in(written, _EMPTY if column.type in _TEXT else _NOTHING)
    array = pc.if_else(nothing, pa.scalar(None, pa.string()), trimmed)
    findings = []
    uncomputed = pc.equal(trimmed, NO_VALUE)
    if pc.any(uncomputed).as_py():
        rows = np.flatnonzero(uncomputed.to_numpy(zero_copy_only=False)).astype(np.int64)
        findings.append(Finding(name, rows, (f"“{column.zh}”{values.UNCOMPUTED}",) * rows.size))
        array = pc.if_else(uncomputed, pa.scalar(None, pa.string()), array)
    if required:
        rows = np.flatnonzero(nothing.to_numpy(zero_copy_only=False)).astype(np.int64)
        if rows.size:
            findings.append(Finding(name, rows, (f"缺少必填的“{column.zh}”；请补上",) * rows.size))
    if column.type in _TEXT:
        read, bad, reasons = _text(column, array)
    else:
        parse = _parser(column, unit, pattern, delivered_on)
        read, bad, reasons = _read(
            array, parse, _fast(column, unit, pattern, delivered_on), arrow_type(column.store_type)
        )
    if bad.size:
        findings.append(Finding(name, bad, reasons))
    return read, findings + _range_findings(name, column, read, array)
