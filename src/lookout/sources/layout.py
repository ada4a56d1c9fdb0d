"""Lay a raw file out in the columns of its contract, still as text."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts import Table
from lookout.sources.headers import base_of, matches, normal, unit_fault
from lookout.sources.mapping import LINE, ColumnSource, Mapping, check_mapping
from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import RawFile, column_of
from lookout.sources.transforms import TRANSFORMS

# What a workbook of refused rows says about each row; when it comes back mended nobody misses them.
RETURN_COLUMNS = ("行号", "列", "原值", "退回原因", "整行")


@dataclass(frozen=True)
class Laid:
    """A raw file in contract columns: text as sent (trimmed by nobody yet), '' where nothing was sent.

    Contract columns the file does not have are absent from `columns`. `headers` says which source
    headers fill a column; `subject` holds the ids of a desensitised source.
    """

    table: Table
    columns: pa.Table
    lines: pa.Array
    scheme: str
    subject: pa.Array | None
    headers: MappingOf[str, tuple[str, ...]]
    units: MappingOf[str, str] = field(default_factory=dict)
    formats: MappingOf[str, str] = field(default_factory=dict)


def _find(header: str, available: MappingOf[str, str]) -> str | None:
    """Return the file's own spelling of a header."""
    return header if header == LINE else available.get(normal(header))


def _by_name(
    table: Table, mapping: Mapping, headers: tuple[str, ...], used: set[str], faults: list[Fault]
) -> dict[str, ColumnSource]:
    found = {}
    plain = {header: base_of(header, headers) for header in headers}
    for name, column in table.columns.items():
        if name in mapping.columns:
            continue
        hits = [header for header in headers if header not in used and matches(name, column, plain[header])]
        if len(hits) > 1:
            listed = "、".join(f"“{hit}”" for hit in hits)
            faults.append(
                Fault(f"列{listed}都是“{column.zh}”", "只保留一列，或在映射文件中写明用哪一列", "表头")
            )
        elif hits:
            found[name] = ColumnSource.model_validate({"from": hits[0]})
    return found


def _explicit(
    mapping: Mapping, available: MappingOf[str, str], faults: list[Fault]
) -> dict[str, ColumnSource]:
    found: dict[str, ColumnSource] = {}
    wanted = {header for entry in mapping.columns.values() if entry is not None for header in entry.headers}
    if len(wanted) > 1 and not any(_find(header, available) for header in wanted):
        # Another row was taken for the header: its values are data, perhaps of persons, and are not shown.
        fix = (
            "核对表头所在的行（header_row、header_rows）和工作表（sheet）；"
            "报表换了样式的，用 lookout connect draft 重新起草"
        )
        faults.append(Fault(f"表头与映射对不上：映射所用的 {len(wanted)} 列一列也没有", fix, "表头"))
        return found
    for name, entry in mapping.columns.items():
        if entry is None:
            continue
        spelt = [_find(header, available) for header in entry.headers]
        for header, own in zip(entry.headers, spelt, strict=True):
            if own is None:
                faults.append(_lacking(header, available))
        own_headers = tuple(own for own in spelt if own is not None)
        if len(own_headers) == len(spelt):
            names = {"source": own_headers[0]} if entry.source is not None else {"concat": own_headers}
            found[name] = entry if entry.constant is not None else entry.model_copy(update=names)
    return found


def _lacking(header: str, available: MappingOf[str, str]) -> Fault:
    same = [own for own in available.values() if normal(base_of(own, available.values())) == normal(header)]
    if same:
        fix = f"在映射文件中写明用哪一列：{'、'.join(same)}（从左到右）"
        return Fault(f"列名“{header}”出现了 {len(same)} 次，无法判断用哪一列", fix, "表头")
    listed = "、".join(available.values())
    fix = f"改正映射文件，或请报送单位补上这一列（文件现有：{listed}）"
    return Fault(f"缺少映射所用的列“{header}”", fix, "表头")


def _missing(table: Table, mapping: Mapping, recipes: MappingOf[str, ColumnSource]) -> list[Fault]:
    waived = set(table.subject.model_dump().values()) if mapping.is_opaque else set()
    return [
        Fault(f"缺少必需的列“{column.zh}”（{name}）", f"补上这一列，或在映射文件中写 {name}: 源列名", "表头")
        for name, column in table.columns.items()
        if column.required and name not in recipes and name not in waived
        and not (name in mapping.columns and mapping.columns[name] is not None)
    ]  # fmt: skip


def _map_distinct(array: Any, change: Callable[[str], str]) -> pa.Array:
    encoded = pc.dictionary_encode(array)
    return pa.array([change(value) for value in encoded.dictionary.to_pylist()], pa.string()).take(
        encoded.indices
    )


def _column(raw: RawFile, header: str) -> pa.Array:
    return raw.lines.cast(pa.string()) if header == LINE else column_of(raw, header)


def _fill(raw: RawFile, recipe: ColumnSource) -> pa.Array:
    if recipe.constant is not None:
        return pa.repeat(pa.scalar(recipe.constant, pa.string()), raw.columns.num_rows)
    parts = [_column(raw, header) for header in recipe.headers]
    array = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, recipe.separator)
    if recipe.codes:
        array = _map_distinct(array, lambda value: recipe.codes.get(value.strip(), value))
    if recipe.transform != "none":
        array = _map_distinct(array, TRANSFORMS[recipe.transform])
    return array


@dataclass(frozen=True)
class Layout:
    """Which headers of a file fill which contract columns; laid over the file piece by piece.

    `unread` are the headers that nothing reads.
    """

    table: Table
    scheme: str
    subject: str | None
    recipes: MappingOf[str, ColumnSource]
    unread: tuple[str, ...]

    @property
    def headers(self) -> dict[str, tuple[str, ...]]:
        """The source headers of every contract column that is filled."""
        return {name: recipe.headers for name, recipe in self.recipes.items()}

    def over(self, raw: RawFile) -> Laid:
        """Return a piece of the file in contract columns."""
        arrays = [_fill(raw, recipe) for recipe in self.recipes.values()]
        return Laid(
            table=self.table,
            columns=pa.table(arrays, names=list(self.recipes)),
            lines=raw.lines,
            scheme=self.scheme,
            subject=_column(raw, self.subject) if self.subject else None,
            headers=self.headers,
            units={name: recipe.unit for name, recipe in self.recipes.items() if recipe.unit},
            formats={name: recipe.format for name, recipe in self.recipes.items() if recipe.format},
        )


def plan_layout(file: str, headers: tuple[str, ...], table: Table, mapping: Mapping | None = None) -> Layout:
    """Choose the source of every contract column.

    Missing and ambiguous columns and units that nobody converts are refused together: FileProblem.
    """
    mapping = mapping or Mapping(table=table.name)
    if mapping.table != table.name:
        what = f"映射文件是为表 {mapping.table} 写的，而这次报送的是表 {table.name}"
        raise FileProblem(file, Fault(what, "换用对应的映射文件"))
    faults = check_mapping(mapping, table)
    available = {normal(header): header for header in headers}
    recipes = _explicit(mapping, available, faults)
    subject = _find(mapping.subject, available) if mapping.subject is not None else None
    if mapping.subject is not None and subject is None:
        faults.append(Fault(f"缺少主体编号列“{mapping.subject}”", "改正映射文件中的 subject", "表头"))
    used = {header for recipe in recipes.values() for header in recipe.headers}
    used |= {subject} if subject else set()
    recipes |= _by_name(table, mapping, headers, used, faults)
    faults += _missing(table, mapping, recipes)
    for name, recipe in recipes.items():
        checked = [unit_fault(name, table.columns[name], header, recipe.unit) for header in recipe.headers]
        faults += [fault for fault in checked if fault is not None]
    if faults:
        raise FileProblem(file, *faults)
    used |= {header for recipe in recipes.values() for header in recipe.headers}
    came_back = RETURN_COLUMNS if set(RETURN_COLUMNS[:4]) <= set(headers) else ()
    return Layout(
        table=table,
        scheme=mapping.identifier_scheme,
        subject=subject,
        recipes={name: recipes[name] for name in table.columns if name in recipes},
        unread=tuple(header for header in headers if header not in used and header not in came_back),
    )


def lay_out(file: str, raw: RawFile, table: Table, mapping: Mapping | None = None) -> Laid:
    """Return a whole file in the columns of its contract; see `plan_layout`."""
    return plan_layout(file, raw.headers, table, mapping).over(raw)
