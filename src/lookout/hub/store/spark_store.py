"""The store for the nation: the same SQL on Spark, over the same Parquet."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from lookout.hub.store.spark_batches import mapped_parts
from lookout.hub.store.spark_dialect import parsed, to_spark
from lookout.hub.store.spark_parts import ROW_GROUP, join_parts, plain_schema
from lookout.hub.store.spark_session import LOCAL, SHUFFLE_PARTITIONS, spark_schema, spark_session
from lookout.kernel.errors import DataError, LookoutError, TransientError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

LOCAL_MASTER = "local[2]"
_WORD = re.compile(r"\w+")


class SparkStore:
    """One Spark session (see `Store`).

    A table is evaluated once and kept as Parquet in the spill folder, which every worker must see;
    the folder goes with the store.
    """

    dialect = "spark"

    def __init__(
        self, *, spill: Path | None = None, memory_limit: str = "", master: str = LOCAL_MASTER
    ) -> None:
        parent = spill or Path(tempfile.gettempdir())
        parent.mkdir(parents=True, exist_ok=True)
        self._session = spark_session(master, parent, memory_limit)
        self._folder = Path(tempfile.mkdtemp(prefix="spark-", dir=parent))
        self._most_files = SHUFFLE_PARTITIONS if master.startswith(LOCAL) else 0
        self._made = 0
        self._named: set[str] = set()
        self._views: dict[str, str] = {}  # by name its query, in the order they were made

    def execute(self, sql: str) -> None:
        """Run a statement for its effect: INSERT INTO a table of this store, DROP, or DDL of Spark's."""
        statement = parsed(sql)
        if isinstance(statement, exp.Insert):
            name = _table_name(statement)
            added = statement.expression.sql("duckdb")
            self.table(name, f'SELECT * FROM "{name}" UNION ALL SELECT * FROM ({added}) AS added')
            return
        if isinstance(statement, exp.Drop):
            self._session.catalog.dropTempView(_table_name(statement))
            return
        with _translated(sql):
            self._session.sql(to_spark(sql))

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """Run a query and return the whole answer."""
        with _translated(sql):
            return self._frame(sql, parameters).toArrow()

    def view(self, name: str, sql: str) -> None:
        """Name a query; it is evaluated anew at each use."""
        with _translated(sql):
            self._name(name, self._frame(sql))
        self._views[name] = sql

    def table(self, name: str, sql: str) -> None:
        """Evaluate a query once and keep its rows under a name."""
        with _translated(sql):
            frame = self._session.sql(to_spark(sql, keeps_order=False))
            if self._most_files:
                # A union of many small queries is otherwise a task and a file for each of them.
                frame = frame.coalesce(self._most_files)
            place = self._place(name)
            frame.write.parquet(str(place))
            self._name(name, self._session.read.schema(frame.schema).parquet(str(place)))

    def put(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table available under a name."""
        place = self._place(name)
        place.mkdir()
        plain = table.cast(plain_schema(table.schema))
        pq.write_table(plain, place / "part-00000.parquet")
        self._name(name, self._session.read.schema(spark_schema(plain.schema)).parquet(str(place)))

    def read_parquet(self, name: str, files: Sequence[Path]) -> None:
        """Name the union of Parquet files of one schema."""
        try:
            # Told what the files hold, Spark needs no job to look.
            schema = spark_schema(plain_schema(pq.read_schema(files[0])))
        except (OSError, pa.ArrowInvalid) as error:
            raise _unreadable(error) from error
        with _translated(f"read_parquet {name}"):
            self._name(name, self._session.read.schema(schema).parquet(*(str(file) for file in files)))

    def write_parquet(self, sql: str, file: Path, *, row_group: int = ROW_GROUP) -> int:
        """Write a query's rows to one Parquet file, in the query's order; return the row count."""
        place = self._place(file.stem)
        with _translated(sql):
            self._frame(sql).write.parquet(str(place))
        parts = sorted(place.glob("part-*.parquet"))
        rows = join_parts(parts, pq.read_schema(parts[0]), file, row_group)
        shutil.rmtree(place)
        return rows

    def map_batches(
        self, sql: str, function: Callable[[pa.Table], Sequence[pa.Table]], files: Sequence[Path]
    ) -> None:
        """Run a row-wise function over a query's rows in batches; write its answers to files, in order.

        The function goes to the workers, so it and what it holds must be picklable.
        """
        place = self._place("mapped")
        place.mkdir()
        with _translated(sql):
            frame = self._frame(sql)
            # The empty answer gives the schemas, and the files when there are no rows at all.
            schemas = [answer.schema for answer in function(frame.limit(0).toArrow())]
            parts = mapped_parts(frame, function, place, len(files))
        for file, schema, written in zip(files, schemas, parts, strict=True):
            join_parts(written, schema, file)

    def beside(self) -> SparkStore:
        """Return this session, which takes statements from several threads."""
        return self

    def close(self) -> None:
        """End the session; the application stays for the next store of the process."""
        for name in self._named:
            self._session.catalog.dropTempView(name)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _frame(self, sql: str, parameters: Sequence[Any] = ()) -> DataFrame:
        return self._session.sql(to_spark(sql), args=list(parameters) or None)

    def _name(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        self._views.pop(name, None)
        if name in self._named:
            self._see_anew(name)
        self._named.add(name)

    def _see_anew(self, name: str) -> None:
        """Name the views over a name again.

        A view is kept as a plan, which nobody needs to analyse again at each of its many uses; but a
        plan stays with what its names meant when it was made.
        """
        from pyspark.errors import PySparkException

        changed = {name}
        for view, sql in list(self._views.items()):
            if changed.isdisjoint(_WORD.findall(sql)):
                continue
            changed.add(view)
            try:
                self._frame(sql).createOrReplaceTempView(view)
            except PySparkException:
                # It asks for columns that are no more: it will be made anew before it is used, or never used.
                self._session.catalog.dropTempView(view)

    def _place(self, name: str) -> Path:
        self._made += 1
        return self._folder / f"{self._made:05d}-{name}"


@contextmanager
def _translated(sql: str) -> Iterator[None]:
    """Turn the engine's errors into ours, with the statement that failed."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise _in_our_words(error, sql) from error


def _in_our_words(error: Exception, sql: str) -> LookoutError:
    said = str(error).partition("\n\nJVM stacktrace")[0].partition("\n== SQL")[0]
    if ("parquet" in said.lower() and "footer" in said.lower()) or "PATH_NOT_FOUND" in said:
        return _unreadable(said[:400])
    if "No space left" in said or "OutOfMemory" in said:
        return TransientError(f"内存或磁盘不足：{said[:400]}。上一次结果不受影响；请腾出空间后再试")
    return DataError(f"分析引擎拒绝了语句：{said[:1500]}\n语句：{sql[:2000]}")


def _unreadable(why: object) -> DataError:
    return DataError(f"数据文件损坏或缺失：{why}。请按 lookout doctor 的提示处理后重新运行 lookout run")


def _table_name(statement: exp.Expr) -> str:
    table = statement.find(exp.Table)
    return table.name if table is not None else ""
