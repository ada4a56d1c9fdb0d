"""What expressions may name: the columns of contract tables and marts with their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from lookout.contracts import ColumnType, Contracts, Table, contracts
from lookout.hub.marts import Mart, marts


class Kind(StrEnum):
    """What can be compared with what."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOLEAN = "boolean"
    NULL = "null"  # the literal NULL goes with everything


STORE_KINDS = {
    "INTEGER": Kind.NUMBER,
    "BIGINT": Kind.NUMBER,
    "DOUBLE": Kind.NUMBER,
    "DECIMAL(18,2)": Kind.NUMBER,
    "DATE": Kind.DATE,
    "TIMESTAMP": Kind.TIMESTAMP,
    "BOOLEAN": Kind.BOOLEAN,
    "VARCHAR": Kind.TEXT,
}


@dataclass(frozen=True)
class ColumnInfo:
    """One column: its type in the store, its Chinese name, and its code list (code → Chinese name)."""

    store_type: str
    zh: str
    codes: Mapping[str, str] | None = None
    is_personal: bool = False

    @property
    def kind(self) -> Kind:
        """What the column can be compared with."""
        return STORE_KINDS[self.store_type]


@dataclass(frozen=True)
class TableInfo:
    """One table or mart. `occurred_on` None means a mart, which has no window."""

    name: str
    zh: str
    columns: Mapping[str, ColumnInfo]
    occurred_on: str | None = None
    valid_to: str | None = None

    @property
    def is_mart(self) -> bool:
        """Whether the rows are one per company, so that no aggregate is needed."""
        return self.occurred_on is None


# What every as_of view carries beside the columns of its contract.
VIEW_COLUMNS = {
    "company_key": ColumnInfo("INTEGER", "企业键"),
    "known_at": ColumnInfo("TIMESTAMP", "获知时间"),
    "batch_no": ColumnInfo("INTEGER", "批次"),
    "line": ColumnInfo("INTEGER", "行号"),
}


def _table_info(table: Table) -> TableInfo:
    columns: dict[str, ColumnInfo] = {}
    for name, column in table.columns.items():
        codes = column.codes if isinstance(column.codes, dict) else None
        personal = column.sensitivity == "personal"
        columns[name] = ColumnInfo(column.store_type, column.zh, codes, personal)
        if personal and column.type not in (ColumnType.YEAR, ColumnType.INTEGER):
            columns[f"{name}_masked"] = ColumnInfo("VARCHAR", f"{column.zh}（脱敏）")
    return TableInfo(table.name, table.zh, {**columns, **VIEW_COLUMNS}, table.occurred_on, table.valid_to)


def _mart_info(mart: Mart, tables: Contracts) -> TableInfo:
    columns = {}
    for name, column in mart.columns.items():
        table, _, of = (column.codes_of or "").partition(".")
        codes = tables[table].columns[of].codes if of else None
        columns[name] = ColumnInfo(column.store_type, column.zh, codes if isinstance(codes, dict) else None)
    return TableInfo(mart.name, mart.zh, {**columns, "company_key": VIEW_COLUMNS["company_key"]})


def table_schema(tables: Contracts) -> dict[str, TableInfo]:
    """Return what measures may name in the as_of views of the contract tables."""
    return {name: _table_info(table) for name, table in tables.items()}


def mart_schema(entries: Mapping[str, Mart]) -> dict[str, TableInfo]:
    """Return what measures may name in the marts."""
    return {name: _mart_info(mart, contracts()) for name, mart in entries.items()}


@cache
def shipped_schema() -> Mapping[str, TableInfo]:
    """Return the schema of the contracts and marts that ship with Lookout."""
    return {**table_schema(contracts()), **mart_schema(marts())}
