"""Match source headers to contract columns: by column name or Chinese name, with the unit in brackets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping

from lookout.contracts import Column, ColumnType
from lookout.kernel.money import YUAN_PER_UNIT
from lookout.sources.problems import Fault

# How many of the contract's unit one source unit is worth is settled by these words alone.
UNITS: Mapping[ColumnType, tuple[str, ...]] = {
    ColumnType.MONEY: tuple(YUAN_PER_UNIT),
    ColumnType.RATIO: ("1", "%"),
}
_BRACKETED = re.compile(r"^(.+?)\((.+?)\)$")


def normal(header: str) -> str:
    """Return a header without spaces, in half-width and lower case, for comparison."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", header)).lower()


def split_unit(header: str) -> tuple[str, str]:
    """Return the normal header without its bracket, and what the bracket holds ('' without one)."""
    found = _BRACKETED.match(normal(header))
    return (found[1], found[2]) if found else (normal(header), "")


def own_unit(column: Column) -> str:
    """Return the unit in which a column counts, as a header would write it."""
    if column.type in UNITS:
        return UNITS[column.type][0]
    return split_unit(column.zh)[1]


def unit_fault(name: str, column: Column, header: str, declared: str | None) -> Fault | None:
    """Refuse a header whose bracket names another unit than the one the value will be read in."""
    written = split_unit(header)[1]
    read_in = declared or own_unit(column)
    if not written or written == normal(column.zh) or written == normal(read_in):
        return None
    if column.type not in UNITS and not own_unit(column):
        return None  # a remark, not a unit: 名称（全称）
    if column.type is ColumnType.RATIO and written in ("0-1", "0–1", "比例"):
        return None
    known = UNITS.get(column.type, ())
    if written in map(normal, known):
        fix = f'在映射文件中写 {name}: {{from: {header}, unit: "{written}"}}'
    else:
        fix = f"请报送单位换算为“{own_unit(column)}”，或改正列名"
    what = f"单位是“{written}”，而“{column.zh}”按“{read_in}”读取，数值会差出倍数"
    return Fault(what, fix, f"列“{header}”")


def base_of(header: str, available: Collection[str]) -> str:
    """Return the name that a numbered header (备注#2) has in the file; any other header is its own."""
    base = header.rpartition("#")[0]
    return base if base and {f"{base}#1", f"{base}#2"} <= set(available) else header


def matches(name: str, column: Column, header: str) -> bool:
    """Tell whether a header names a contract column, whatever unit its bracket holds."""
    plain = normal(header)
    if plain in (name, normal(column.zh)):
        return True
    stem, written = split_unit(header)
    return bool(written) and stem in (name, normal(column.zh), split_unit(column.zh)[0])
