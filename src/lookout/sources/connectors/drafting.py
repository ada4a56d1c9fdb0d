"""Draft a mapping from a file's header and a sample of its values: what is sure, what is not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from itertools import islice
from pathlib import Path

import yaml
from rapidfuzz import fuzz

from lookout.contracts import Column, ColumnType, Table
from lookout.sources.connectors.sniffing import TELLING, Values
from lookout.sources.excel_merges import IS_MERGED
from lookout.sources.excel_reader import likely_forms
from lookout.sources.headers import UNITS, matches, normal, split_unit
from lookout.sources.layout import RETURN_COLUMNS
from lookout.sources.problems import FileProblem
from lookout.sources.raw import FileForm, LateColumns, RawFile, RawStream, collect
from lookout.sources.reader import format_of, stream_file

SURE, WORTH_NAMING, TOO_CLOSE = 0.75, 0.5, 0.05
WHOLLY = 0.9  # no need to look whether the header stands further down
_SAMPLE_ROWS, _HEADER_ROWS = 2000, 6
_LEAST_ALIKE = 0.6
# How the rows that are no data begin in the forms departments send.
_REMARKS = (
    "合计",
    "总计",
    "小计",
    "累计",
    "制表",
    "填表",
    "填报人",
    "审核",
    "复核",
    "负责人签",
    "注:",
    "注：",
    "说明:",
    "说明：",
)


@dataclass(frozen=True)
class Match:
    """A source header taken for a contract column. `confidence` is 0..1, `why` a Chinese reason."""

    header: str
    column: str
    confidence: float
    why: str


@dataclass(frozen=True)
class Draft:
    """What a file seems to be. `sure` has at most one match a column and a header; `doubtful` are for a person.

    `others` are further tables it might be, with the share of agreement (0..1), best first. `merged_lines`
    are data rows that merged cells make unclear.
    """

    table: Table
    form: FileForm
    headers: tuple[str, ...]
    sure: tuple[Match, ...]
    doubtful: tuple[Match, ...]
    agreement: float
    others: tuple[tuple[str, float], ...] = ()
    values: MappingOf[str, Values] = field(default_factory=dict)
    merged_lines: tuple[int, ...] = ()

    @property
    def header_row(self) -> int:
        """The row of the header, from 1."""
        return self.form.header_row

    @property
    def unread(self) -> tuple[str, ...]:
        """The headers that no column is sure of."""
        taken = {match.header for match in self.sure}
        return tuple(header for header in self.headers if header not in taken)

    @property
    def missing(self) -> tuple[str, ...]:
        """The required columns without a header."""
        filled = {match.column for match in self.sure}
        return tuple(n for n, column in self.table.columns.items() if column.required and n not in filled)


@dataclass(frozen=True)
class Sample:
    """The header and first rows of a file, and how it writes its table."""

    form: FileForm
    headers: tuple[str, ...]
    values: MappingOf[str, Values]
    merged_lines: tuple[int, ...] = ()


@cache
def _synonyms() -> dict[str, int]:
    """The group of each word."""
    text = resources.files("lookout.sources.connectors").joinpath("synonyms.yaml").read_text("utf-8")
    return {normal(word): place for place, group in enumerate(yaml.safe_load(text)) for word in group}


def _stem(text: str) -> str:
    return split_unit(text)[0]


def _by_name(name: str, column: Column, header: str) -> tuple[float, str]:
    """Return how sure the header alone makes us, and why."""
    if matches(name, column, header):
        return 1.0, "列名一致"
    stem, wanted, groups = _stem(header), _stem(column.zh), _synonyms()
    if stem.endswith("时间") and wanted.endswith("日期"):
        stem = stem.removesuffix("时间") + "日期"
        if stem == wanted:
            return 0.92, f"“{header}”是“{column.zh}”的常见写法"
    if stem in groups and groups.get(stem) == groups.get(wanted):
        return 0.92, f"“{header}”是“{column.zh}”的常见写法"
    alike = fuzz.ratio(stem, wanted) / 100
    if len(min(stem, wanted, key=len)) >= 2 and (stem in wanted or wanted in stem):
        alike = max(alike, 0.8)
    return (alike * 0.85, f"与“{column.zh}”相近") if alike >= _LEAST_ALIKE else (0.0, "")


def _match(name: str, column: Column, header: str, values: Values) -> Match | None:
    """Weigh name and values; what the values contradict is no longer sure, whatever the name."""
    confidence, why = _by_name(name, column, header)
    share = values.fit(column)
    if share is not None:
        told = f"{share:.0%} 的值符合"
        if not confidence:
            if column.type in TELLING and share >= 0.9:
                return Match(header, name, 0.6, f"列名不像，但{told}“{column.zh}”")
            return None
        if share >= 0.9:
            confidence, why = (
                min(1.0, confidence + 0.15 * (column.type is not ColumnType.INTEGER)),
                f"{why}，{told}",
            )
        elif share < 0.5 and not (column.type is ColumnType.CODE and confidence >= 0.9):
            day = column.type is ColumnType.DATE and values.date_formats()
            if not day:
                confidence, why = confidence * 0.6, f"{why}，但只有 {told}"
    return Match(header, name, confidence, why) if confidence >= WORTH_NAMING else None


def match_columns(table: Table, sample: Sample) -> tuple[tuple[Match, ...], tuple[Match, ...]]:
    """Return sure and doubtful matches: each column and each header is sure at most once.

    Two that come equally close are both doubtful: a person decides.
    """
    found = [
        match
        for header in sample.headers
        for name, column in table.columns.items()
        if (match := _match(name, column, header, sample.values[header])) is not None
    ]
    found.sort(key=lambda match: (-match.confidence, sample.headers.index(match.header), match.column))
    sure: list[Match] = []
    doubtful: list[Match] = []
    headers: set[str] = set()
    columns: set[str] = set()
    for match in found:
        if match.header in headers or match.column in columns:
            continue
        rivals = [
            other
            for other in found
            if (other.header == match.header) != (other.column == match.column)
            and other.header not in headers
            and other.column not in columns
            and match.confidence - other.confidence < TOO_CLOSE
        ]
        if match.confidence >= SURE and not rivals:
            sure.append(match)
            headers.add(match.header)
            columns.add(match.column)
        else:
            doubtful.append(match)
    kept = [m for m in doubtful if m.header not in headers and m.column not in columns]
    return tuple(sure), tuple(kept)


def _agreement(table: Table, sample: Sample, sure: tuple[Match, ...]) -> float:
    """Return how well a file fits a table: headers understood and required columns found."""
    weight = sum(match.confidence for match in sure)
    required = [name for name, column in table.columns.items() if column.required]
    filled = {match.column for match in sure}
    found = sum(name in filled for name in required) / max(len(required), 1)
    return round(0.5 * weight / max(len(sample.headers), 1) + 0.5 * found, 3)


def read_sample(path: Path) -> Iterator[Sample]:
    """Yield the file's first rows under each row that may be its header. Raises FileProblem when none can be."""
    first: FileProblem | None = None
    for form in _forms(path):
        try:
            raw = _head(path, form)
        except FileProblem as problem:
            first = first or problem
            continue
        if raw is None:
            continue
        headers = tuple(h for h in raw.headers if h not in RETURN_COLUMNS)
        columns = raw.columns
        found = {word for _, word in raw.left_out}
        form = replace(form, not_data=tuple(word for word in _REMARKS if word in found))
        merged = tuple(row.line for row in raw.broken if IS_MERGED in row.reason)
        yield Sample(form, headers, {h: Values(columns[h].to_pylist()) for h in headers}, merged)
        if raw.format in ("parquet", "jsonl"):
            return
    if first is not None:
        raise first


def _forms(path: Path) -> list[FileForm]:
    """How a file may write its table; a workbook's own merged cells tell more than trying."""
    forms = likely_forms(path.name, path) if format_of(path.name) == "excel" else []
    forms = forms or [FileForm(header_row=row) for row in range(1, _HEADER_ROWS + 1)]
    return [replace(form, not_data=_REMARKS) for form in forms]


def _head(path: Path, form: FileForm) -> RawFile | None:
    for all_columns in (False, True):
        stream = stream_file(path, form=form, all_columns=all_columns)
        try:
            pieces = list(islice(stream.pieces, 1))
        except LateColumns:
            continue
        if not pieces:
            return None
        one = RawStream(stream.format, stream.encoding, stream.headers, iter(pieces))
        raw = collect(one)
        return replace(raw, columns=raw.columns.slice(0, _SAMPLE_ROWS))
    return None


def draft(path: Path, tables: MappingOf[str, Table]) -> Draft:
    """Return the best reading of a file as one of the tables given. Raises FileProblem when it cannot be read."""
    best: list[tuple[float, int, int, str, Draft]] = []
    place = 0
    problem: FileProblem | None = None
    samples = read_sample(path)
    while True:
        try:
            sample = next(samples)
        except StopIteration:
            break
        except FileProblem as error:
            problem = error
            break
        if best and min(entry[0] for entry in best) <= -WHOLLY:
            break
        place += 1
        for name, table in tables.items():
            sure, doubtful = match_columns(table, sample)
            agreement = _agreement(table, sample, sure)
            one = Draft(
                table, sample.form, sample.headers, sure, doubtful, agreement, values=sample.values,
                merged_lines=sample.merged_lines,
            )  # fmt: skip
            best.append((-agreement, sample.form.header_rows, place, name, one))
    if not best:
        raise problem if problem is not None else ValueError("a file without rows is refused by its reader")
    best.sort(key=lambda entry: entry[:4])
    chosen = best[0][4]
    others: dict[str, float] = {}
    for weight, _, _, name, _one in best:
        if name != chosen.table.name and name not in others:
            others[name] = -weight
    return replace(chosen, others=tuple(list(others.items())[:3]))


def details(match: Match, table: Table, values: Values) -> tuple[dict[str, object], list[str]]:
    """Return what the mapping must say beside the header (unit, format, codes), and remarks for a person."""
    column = table.columns[match.column]
    entry: dict[str, object] = {"from": match.header}
    remarks: list[str] = []
    written = split_unit(match.header)[1]
    if written in [normal(unit) for unit in UNITS.get(column.type, ())]:
        entry["unit"] = next(unit for unit in UNITS[column.type] if normal(unit) == written)
    elif column.type is ColumnType.RATIO and values.has_percentages():
        entry["unit"] = "%"
        remarks.append("值大于 1，按百分数读取，请核对")
    if column.type is ColumnType.DATE and (values.fit(column) or 0) < 0.5:
        formats = values.date_formats()
        if len(formats) == 1:
            entry["format"] = formats[0]
        elif formats:
            remarks.append(f"日期写法分不清（{' 或 '.join(formats)}），请写 format")
    if isinstance(column.codes, dict) and (unknown := values.unknown_codes(column)):
        remarks.append(
            f"不在代码表中的值：{'、'.join(unknown[:8])}；可写 codes，代码有 "
            + "、".join(f"{code}（{zh}）" for code, zh in column.codes.items())
        )
    return entry, remarks
