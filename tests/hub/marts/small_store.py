"""A small store of empty as_of views, into which a case puts only the columns it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import duckdb

from lookout.contracts import contracts
from lookout.contracts.constants import constants_at
from lookout.engine.measures import table_schema
from lookout.hub.marts import mart_sql, marts

AS_OF = date(2026, 11, 22)


class SmallStore:
    """As_of views of the contract tables, and the marts made from them."""

    dialect = "duckdb"

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self._made: set[str] = set()
        for table in table_schema(contracts()).values():
            columns = ", ".join(f'"{name}" {column.store_type}' for name, column in table.columns.items())
            self.connection.execute(f'CREATE TABLE "{table.name}" ({columns})')

    def put(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Add rows; company 1, a known_at and line numbers are filled in."""
        for line, row in enumerate(rows):
            full = {
                "company_key": 1,
                "known_at": datetime.fromisoformat("2026-11-01"),
                "batch_no": 1,
                "line": line,
                **row,
            }
            names = ", ".join(f'"{name}"' for name in full)
            marks = ", ".join("?" for _ in full)
            self.connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(full.values()))

    def make(self, name: str) -> None:
        """Make a mart after the marts it reads; once made, it stays."""
        if name in self._made:
            return
        for read in marts()[name].reads:
            if read in marts():
                self.make(read)
        self._made.add(name)
        sql = mart_sql(marts()[name], AS_OF, constants_at(AS_OF))
        self.connection.execute(f'CREATE TABLE "{name}" AS {sql}')

    def row(self, mart: str, company_key: int = 1) -> dict[str, Any] | None:
        """Return a company's row of a mart, None when it has none."""
        answer = self.connection.execute(f'SELECT * FROM "{mart}" WHERE company_key = ?', [company_key])
        names = [column[0] for column in answer.description]
        rows = answer.fetchall()
        assert len(rows) <= 1
        return dict(zip(names, rows[0], strict=True)) if rows else None
