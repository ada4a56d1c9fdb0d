"""The embedded store: DuckDB in memory over Parquet, spilling to a folder of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from lookout.kernel.errors import DataError, LookoutError, TransientError

# Rows handed to a row-wise function at a time: wide rows of about 300 columns stay near 0.2 GiB.
BATCH_ROWS = 65_536
WORKERS = 2  # of a row-wise function at a time: each holds a batch and its answer
PARQUET_ROW_GROUP = 61_440


class DuckDBStore:
    """One in-memory DuckDB session (see `Store`)."""

    dialect = "duckdb"

    def __init__(self, *, spill: Path | None = None, memory_limit: str = "", threads: int = 0) -> None:
        self._connection = duckdb.connect(":memory:")
        self._scope = ""  # of what `view` and `table` make: TEMP when only this session is to see it
        self._begin()
        self._connection.execute("SET preserve_insertion_order=true")
        # The users' network is closed: an extension must never be fetched behind our back.
        self._connection.execute("SET autoinstall_known_extensions=false")
        self._connection.execute("SET autoload_known_extensions=false")
        if spill is not None:
            spill.mkdir(parents=True, exist_ok=True)
            self._connection.execute(f"SET temp_directory={_quoted(spill)}")
        if memory_limit:
            self._connection.execute(f"SET memory_limit='{memory_limit}'")
        if threads:
            self._connection.execute(f"SET threads={threads}")

    def sibling(self) -> DuckDBStore:
        """Return a session of its own over the same engine: it sees what is there, others do not see what it makes.

        Each thread of the desk holds one.
        """
        return self._another("TEMP ")

    def beside(self) -> DuckDBStore:
        """Return a session over the same views and tables for another thread; it ends with this one.

        Raises ValueError for a sibling: no other session sees what it made.
        """
        if self._scope:
            raise ValueError("no session can stand beside a sibling")
        return self._another(self._scope)

    def _another(self, scope: str) -> DuckDBStore:
        another = object.__new__(DuckDBStore)
        another._connection = self._connection.cursor()
        another._scope = scope
        another._begin()
        return another

    def _begin(self) -> None:
        """Set what each session has for itself."""
        self._connection.execute("SET TimeZone='Asia/Shanghai'")
        # Slow statements would draw into what the terminal or a benchmark prints.
        self._connection.execute("SET enable_progress_bar=false")

    def execute(self, sql: str) -> None:
        """Run a statement for its effect."""
        with _translated(sql):
            self._connection.execute(sql)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Run a query and return the whole answer."""
        with _translated(sql):
            return self._connection.sql(sql, params=list(parameters)).to_arrow_table()

    def view(self, name: str, sql: str) -> None:
        """Name a query; it is evaluated anew at each use."""
        self.execute(f'CREATE OR REPLACE {self._scope}VIEW "{name}" AS {sql}')

    def table(self, name: str, sql: str) -> None:
        """Evaluate a query once and keep its rows under a name."""
        self.execute(f'CREATE OR REPLACE {self._scope}TABLE "{name}" AS {sql}')

    def put(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table available under a name."""
        self._connection.register("arriving", table)
        self.table(name, "SELECT * FROM arriving")
        self._connection.unregister("arriving")

    def read_parquet(self, name: str, files: Sequence[Path]) -> None:
        """Name the union of Parquet files of one schema."""
        listed = ", ".join(_quoted(file) for file in files)
        self.view(name, f"SELECT * FROM read_parquet([{listed}], union_by_name=true)")

    def write_parquet(self, sql: str, file: Path, *, row_group: int = PARQUET_ROW_GROUP) -> int:
        """Write a query's rows to one Parquet file, in the query's order; return the row count.

        `row_group`: rows that are read together; few where single rows are looked up.
        """
        statement = (
            f"COPY ({sql}) TO {_quoted(file)} "
            f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {row_group})"
        )
        with _translated(statement):
            row = self._connection.execute(statement).fetchone()
        return int(row[0]) if row else 0

    def map_batches(
        self, sql: str, function: Callable[[pa.Table], Sequence[pa.Table]], files: Sequence[Path]
    ) -> None:
        """Run a row-wise function over a query's rows in batches; write its answers to files, in order."""
        with _translated(sql):
            reader = self._connection.sql(sql).to_arrow_reader(BATCH_ROWS)
        # The empty answer gives the schemas, and the files when there are no rows at all.
        schemas = [answer.schema for answer in function(reader.schema.empty_table())]
        writers: list[pq.ParquetWriter] = []
        try:
            for file, schema in zip(files, schemas, strict=True):
                writers.append(pq.ParquetWriter(file, schema, compression="zstd", compression_level=1))
            with ThreadPoolExecutor(max_workers=WORKERS) as pool:
                for answers in _in_order(pool, function, reader):
                    for writer, answer in zip(writers, answers, strict=True):
                        writer.write_table(answer, row_group_size=PARQUET_ROW_GROUP)
        finally:
            for writer in writers:
                writer.close()

    def close(self) -> None:
        """End the session."""
        self._connection.close()


def _in_order(
    pool: ThreadPoolExecutor,
    function: Callable[[pa.Table], Sequence[pa.Table]],
    batches: Iterable[pa.RecordBatch],
) -> Iterator[Sequence[pa.Table]]:
    """Work on a few batches at once and give the answers in the order of the batches."""
    waiting: deque[Future[Sequence[pa.Table]]] = deque()
    for batch in batches:
        waiting.append(pool.submit(function, pa.Table.from_batches([batch])))
        if len(waiting) > WORKERS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


@contextmanager
def _translated(sql: str) -> Iterator[None]:
    """Turn the engine's errors into ours, with the statement that failed."""
    try:
        yield
    except RuntimeError as error:
        # The engine reports Ctrl-C in the middle of a statement as a plain RuntimeError.
        if "interrupted" in str(error).lower() and not isinstance(error, duckdb.Error):
            raise KeyboardInterrupt from error
        raise
    except duckdb.Error as error:
        raise _in_our_words(error, sql) from error


def _in_our_words(error: duckdb.Error, sql: str) -> LookoutError:
    """Say what an operator can mend; a statement is shown only when it is our own that is wrong."""
    said = str(error).partition("\n")[0]
    if "No space left" in said or "File too large" in said:
        return TransientError(f"磁盘已满或超出限额：{said}。上一次结果不受影响；请腾出空间后再试")
    if "parquet" in said.lower() or "magic bytes" in said.lower():
        return DataError(
            f"数据文件损坏或缺失：{said}。批次不受影响：损坏的在 facts 下时，运行 lookout refold；"
            "在 snapshots 下时，运行 lookout run --rerun 加该运行号"
        )
    if isinstance(error, duckdb.OutOfMemoryException | duckdb.IOException):
        return TransientError(f"内存或磁盘不足，或文件不可读：{said}。上一次结果不受影响；请腾出空间后再试")
    return DataError(f"分析引擎拒绝了语句：{error}\n语句：{sql[:2000]}")
