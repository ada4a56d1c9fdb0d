"""The form of a mart: one row per company, made by portable SQL from the as_of views and other marts."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from lookout.contracts.schema import Form, Identifier

MART_STORE_TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "ratio": "DOUBLE",
    "money": "DECIMAL(18,2)",
    "date": "DATE",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
}
EVIDENCE_ON = "evidence_on"


class MartColumn(Form):
    """One column; money is yuan, ratio 0–1 unless the Chinese name says otherwise. `zh` is what a rule
    text says in place of the column, and `codes_of` lets it say codes in words too.
    """

    type: Literal["integer", "number", "ratio", "money", "date", "text", "boolean"]
    zh: str
    codes_of: str | None = None  # the contract column whose codes it holds, such as company.status

    @property
    def store_type(self) -> str:
        """The column's type in the analytical store."""
        return MART_STORE_TYPES[self.type]


class Evidence(Form):
    """Which contract rows stand behind a mart's figures."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    table: str = Field(alias="from")
    window: str = "all"
    where: str | None = None


class Mart(Form):
    """One mart. `population` says that a row also depends on other companies (clusters, z-scores),
    so a re-rating of few companies takes it from the last full run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Identifier
    zh: str
    reads: tuple[str, ...] = Field(alias="from", min_length=1)
    population: bool = False
    columns: dict[Identifier, MartColumn]
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    sql: str
