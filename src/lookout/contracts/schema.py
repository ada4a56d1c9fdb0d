"""The form of a table contract: what a department or vendor really sends, nothing derived.

A contract declares for every column its type, unit, Chinese name, code list and sensitivity, and
for the table its key, the date on which a fact happened, its freshness and its data category.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class ColumnType(StrEnum):
    """What a column holds; `store_type` maps it onto the analytical store."""

    TEXT = "text"
    TEXT_LIST = "text_list"  # values separated by ; in the source
    CODE = "code"
    USCC = "uscc"
    REGISTRATION_NO = "registration_no"
    REGION = "region"
    DATE = "date"
    MONTH = "month"  # stored as the first day
    YEAR = "year"
    INTEGER = "integer"
    NUMBER = "number"
    RATIO = "ratio"  # 0..1
    MONEY = "money"  # yuan
    BOOLEAN = "boolean"
    PERSON_NAME = "person_name"
    PERSON_ID = "person_id"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"


# Personal values are stored as a keyed token; the value itself goes to the vault.
STORE_TYPES = {
    ColumnType.DATE: "DATE",
    ColumnType.MONTH: "DATE",
    ColumnType.YEAR: "INTEGER",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.NUMBER: "DOUBLE",
    ColumnType.RATIO: "DOUBLE",
    ColumnType.MONEY: "DECIMAL(18,2)",
    ColumnType.BOOLEAN: "BOOLEAN",
}
TOKENISED = frozenset({ColumnType.PERSON_NAME, ColumnType.PERSON_ID, ColumnType.PHONE, ColumnType.EMAIL})


class Form(BaseModel):
    """Base of catalogue entries: unknown keys are an error, entries are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Column(Form):
    """One column of a contract.

    `codes` is a mapping code → Chinese name, or the name of a shared list in codes.yaml.
    `date` (for a region) names the column on whose day the code must have been valid; a code valid
    on the day of delivery is accepted too, since registers carry old firms under today's divisions.
    """

    type: ColumnType
    zh: str
    required: bool = False
    codes: dict[str, str] | str | None = None
    sensitivity: Literal["public", "internal", "personal"] = "public"
    minimum: float | None = None
    maximum: float | None = None
    signed: bool = False
    may_be_future: bool = False
    date: str | None = None
    example: str | None = None

    @property
    def store_type(self) -> str:
        """The column's type in the analytical store."""
        return STORE_TYPES.get(self.type, "VARCHAR")

    @property
    def is_tokenised(self) -> bool:
        """Whether the store holds a keyed token instead of the value."""
        return self.type in TOKENISED

    @property
    def unit(self) -> str:
        """The unit in which the value is stored; '' when it has none."""
        return {ColumnType.MONEY: "元", ColumnType.RATIO: "比例（0–1）"}.get(self.type, "")


class Subject(Form):
    """Which columns say whose fact it is, best first: code, older code, name."""

    uscc: str | None = None
    registration_no: str | None = None
    name: str | None = None


class Table(Form):
    """One table contract. `freshness_days`: a batch older than this no longer counts as connected."""

    name: str
    zh: str
    category: str
    source_class: Literal["government", "submissions", "opinions", "platforms", "desk"]
    department: str
    subject: Subject
    key: tuple[str, ...] = Field(min_length=1)
    occurred_on: str
    valid_to: str | None = None
    freshness_days: int = Field(gt=0)
    count_table: bool = False  # holds counts a vendor sends as such, not events
    passes_to_successor: bool = False  # claims and debts: after a merger they are the remaining company's
    order: tuple[tuple[str, str], ...] = ()  # pairs of dates, earlier first
    columns: dict[Identifier, Column]

    @property
    def store_columns(self) -> dict[str, str]:
        """Columns as the store holds them, with their types: personal ones have a masked sibling."""
        held: dict[str, str] = {}
        for name, column in self.columns.items():
            held[name] = column.store_type
            if column.is_tokenised:
                held[f"{name}_masked"] = "VARCHAR"
        return held

    @property
    def subject_columns(self) -> frozenset[str]:
        """The columns that say whose fact it is."""
        return frozenset(column for column in self.subject.model_dump().values() if column)

    @property
    def version_key(self) -> tuple[str, ...]:
        """Store columns under which two rows are versions of one fact.

        Subject columns of the key are replaced by the resolved subject, so that sources with ids of
        their own have the same keys.
        """
        if self.subject_columns.isdisjoint(self.key):
            return self.key
        others = tuple(column for column in self.key if column not in self.subject_columns)
        return ("subject_scheme", "subject_value", *others)


# Columns every fact carries beside those of its contract, with their store types.
PROVENANCE = {
    "company_key": "INTEGER",  # whose fact; NULL until resolved
    "subject_scheme": "VARCHAR",
    "subject_value": "VARCHAR",
    "known_at": "TIMESTAMP",  # when we learned it, Shanghai wall time
    "batch_no": "INTEGER",
    "line": "INTEGER",  # of the source file, first data line as the source counts it
}
