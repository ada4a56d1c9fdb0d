"""What the rest of the core may ask of an analytical engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa


class Store(Protocol):
    """A working session over Parquet files. SQL is written in DuckDB's dialect and must transpile.

    A store belongs to one run: its views and tables vanish with it, the files it wrote stay.
    """

    dialect: str

    def execute(self, sql: str) -> None:
        """Run a statement for its effect."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Run a query and return the whole answer."""

    def view(self, name: str, sql: str) -> None:
        """Name a query; it is evaluated anew at each use."""

    def table(self, name: str, sql: str) -> None:
        """Evaluate a query once and keep its rows under a name."""

    def put(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table available under a name."""

    def read_parquet(self, name: str, files: Sequence[Path]) -> None:
        """Name the union of Parquet files of one schema."""

    def write_parquet(self, sql: str, file: Path, *, row_group: int = ...) -> int:
        """Write a query's rows to one Parquet file, in the query's order; return the row count.

        `row_group`: rows that are read together, the store's own choice if not given; few where single
        rows are looked up.
        """

    def map_batches(
        self, sql: str, function: Callable[[pa.Table], Sequence[pa.Table]], files: Sequence[Path]
    ) -> None:
        """Run a row-wise function over a query's rows in batches; write its answers to files, in order.

        The function may be called from several threads at once.
        """

    def beside(self) -> Store:
        """Return a session over the same views and tables for another thread; it ends with this one."""

    def close(self) -> None:
        """End the session."""
