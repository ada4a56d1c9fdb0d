"""The mapping file: which source column fills which contract column, in what unit and form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as MappingOf
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lookout.contracts import Column, ColumnType, Table
from lookout.sources.encoding import ENCODINGS
from lookout.sources.forms import DoubledKey, form_reasons, read_yaml, yaml_reason
from lookout.sources.headers import UNITS
from lookout.sources.problems import Fault, FileProblem, opening_fault
from lookout.sources.raw import FileForm
from lookout.sources.transforms import TRANSFORMS

MOST_HEADER_ROWS = 5
LINE = "$line"  # in `from` and `concat`: the line of the file, for sources without an id of their own


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ColumnSource(_Form):
    """Where one contract column comes from: one header, a constant, or several headers joined.

    `codes` translates source values (exact text) before anything else; `transform` derives a value
    the contract wants from the one sent; `unit` is the unit of the source.
    """

    source: str | None = Field(default=None, alias="from")
    constant: str | None = None
    concat: tuple[str, ...] = ()
    separator: str = "-"
    unit: str | None = None
    format: str | None = None
    codes: dict[str, str] = Field(default_factory=dict)
    transform: str = "none"

    @field_validator("constant", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else str(value)

    @field_validator("codes", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        """YAML reads `1.0: true` as number and boolean; the file means text."""
        if not isinstance(value, dict):
            return value
        words = {True: "true", False: "false"}
        return {str(k): words[v] if isinstance(v, bool) else str(v) for k, v in value.items()}

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnSource:
        if sum((self.source is not None, self.constant is not None, bool(self.concat))) != 1:
            raise ValueError("from、constant、concat 须恰好写一个")
        return self

    @property
    def headers(self) -> tuple[str, ...]:
        """The source headers read, in order."""
        return (self.source,) if self.source is not None else self.concat


class Mapping(_Form):
    """A mapping file. A contract column not named is matched by name; named with null it is left out.

    With an `identifier_scheme` other than uscc, `subject` names the header that holds the id and the
    contract's own subject columns need not be there.
    """

    table: str
    identifier_scheme: str = Field(default="uscc", pattern=r"^(uscc|opaque:[a-z0-9_]+)$")
    subject: str | None = None
    encoding: Literal[ENCODINGS] = "auto"  # type: ignore[valid-type]  # pydantic reads the tuple at run time
    sheet: str | int | None = None
    header_row: int = Field(default=1, ge=1)
    header_rows: int = Field(default=1, ge=1, le=MOST_HEADER_ROWS)
    merged_cells: Literal["refuse", "repeat"] = "refuse"
    not_data: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    columns: dict[str, ColumnSource | None] = Field(default_factory=dict)
    file: str = ""
    digest: str | None = None

    @field_validator("columns", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: {"from": entry} if isinstance(entry, str) else entry for name, entry in value.items()}

    @model_validator(mode="after")
    def _subject_goes_with_scheme(self) -> Mapping:
        if (self.identifier_scheme == "uscc") != (self.subject is None):
            raise ValueError("identifier_scheme（opaque:…）与 subject 须同时写明或同时省去")
        return self

    @property
    def file_form(self) -> FileForm:
        """How the file writes its table."""
        return FileForm(
            self.encoding, self.sheet, self.header_row, self.header_rows, self.merged_cells, self.not_data
        )

    @property
    def is_opaque(self) -> bool:
        """Whether rows are named by ids that mean nothing outside the source."""
        return self.identifier_scheme != "uscc"


def _format_fault(pattern: str) -> str:
    try:
        datetime.strptime(datetime(2026, 1, 2).strftime(pattern), pattern)  # noqa: DTZ001,DTZ007 a day, no zone
    except ValueError:
        return f"format “{pattern}”不是日期格式"
    return "" if "%" in pattern else f"format “{pattern}”不是日期格式"


def _entry_faults(name: str, entry: ColumnSource, column: Column) -> list[Fault]:
    where = f"columns.{name}"
    faults = []
    units = UNITS.get(column.type)
    if entry.unit is not None and (units is None or entry.unit not in units):
        allowed = f"改为 {'、'.join(units)} 之一" if units else "删去 unit"
        faults.append(Fault(f"“{column.zh}”不能以“{entry.unit}”为单位", allowed, where))
    if entry.format is not None:
        if column.type not in (ColumnType.DATE, ColumnType.MONTH):
            faults.append(Fault(f"“{column.zh}”不是日期，不能写 format", "删去 format", where))
        elif reason := _format_fault(entry.format):
            faults.append(Fault(reason, '写成如 "%Y/%m/%d"', where))
    if entry.transform not in TRANSFORMS:
        faults.append(
            Fault(f"没有名为“{entry.transform}”的变换", f"改为 {'、'.join(TRANSFORMS)} 之一", where)
        )
    if isinstance(column.codes, dict):
        for wrong in sorted(set(entry.codes.values()) - set(column.codes) - set(column.codes.values())):
            listed = "、".join(f"{code}（{zh}）" for code, zh in column.codes.items())
            faults.append(Fault(f"codes 中的“{wrong}”不是合约代码", f"改为 {listed} 之一", where))
    return faults


_OFTEN_SHARED = frozenset(
    {ColumnType.DATE, ColumnType.MONTH, ColumnType.YEAR, ColumnType.CODE, ColumnType.REGION}
)


def _shared_faults(mapping: Mapping, table: Table) -> list[Fault]:
    """Refuse one source column copied into two of the same kind; a day or a region may well be shared."""
    taken: dict[tuple[str, ColumnType], str] = {}
    faults = []
    for name, entry in mapping.columns.items():
        column = table.columns.get(name)
        if entry is None or entry.source is None or column is None or column.type in _OFTEN_SHARED:
            continue
        first = taken.setdefault((entry.source, column.type), name)
        if first != name:
            what = f"源列“{entry.source}”已用于 {first}（{table.columns[first].zh}），又用于 {name}（{column.zh}）"
            fix = f"改正其中一个；两列确实同值时写 {name}: {{concat: [{entry.source}]}}"
            faults.append(Fault(what, fix, f"columns.{name}"))
    return faults


def check_mapping(mapping: Mapping, table: Table) -> list[Fault]:
    """Return everything in a mapping that its table contract does not allow."""
    faults = _shared_faults(mapping, table)
    for name, entry in mapping.columns.items():
        if name not in table.columns:
            listed = "、".join(table.columns)
            faults.append(
                Fault(f"表 {table.name} 没有名为“{name}”的列", f"改为 {listed} 之一", f"columns.{name}")
            )
        elif entry is not None:
            faults += _entry_faults(name, entry, table.columns[name])
    return faults


def load_mapping(path: Path, contracts: MappingOf[str, Table]) -> Mapping:
    """Read and check a mapping file; its digest is that of its bytes. Raises FileProblem with every fault."""
    file = path.name
    try:
        data = path.read_bytes()
        content = read_yaml(data.decode())
    except OSError as error:
        fault = opening_fault(error)
        raise FileProblem(file, Fault(f"映射文件{fault.what}", fault.fix)) from error
    except DoubledKey as error:
        fix = "一个合约列只能有一个来源：删去多余的一项；要合并几个源列时写 concat"
        raise FileProblem(file, Fault(str(error), fix)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        what = f"映射文件不是有效的 YAML（{yaml_reason(error)}）"
        raise FileProblem(file, Fault(what, "以 UTF-8 保存并改正语法")) from error
    if not isinstance(content, dict):
        raise FileProblem(file, Fault("映射文件应是键值形式", "至少写 table: 与 columns:"))
    try:
        content = {**content, "file": file, "digest": hashlib.sha256(data).hexdigest()}
        mapping = Mapping.model_validate(content)
    except ValidationError as error:
        fix = "对照文档中的映射文件示例改正"
        faults = [Fault(reason, fix, place) for place, reason in form_reasons(error, ("ColumnSource",))]
        raise FileProblem(file, *faults) from error
    if mapping.table not in contracts:
        raise FileProblem(
            file, Fault(f"没有名为“{mapping.table}”的表", "写合约中的表名，如 company", "table")
        )
    if faults := check_mapping(mapping, contracts[mapping.table]):
        raise FileProblem(file, *faults)
    return mapping
