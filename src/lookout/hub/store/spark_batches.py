"""A row-wise function on the workers: each partition writes its answers as part files of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

RowWise = Callable[[pa.Table], Sequence[pa.Table]]
_WRITTEN = "partition INT, output INT, name STRING"


def mapped_parts(frame: DataFrame, function: RowWise, folder: Path, outputs: int) -> list[list[Path]]:
    """Return, for each output of the function, the files written for the frame's partitions in order.

    `folder` must be seen by every worker. A task that is tried twice writes twice; only the files of
    the attempt that succeeded are named in its answer.
    """
    found = frame.mapInArrow(_worker(function, str(folder)), _WRITTEN).toArrow()
    rows = sorted(found.to_pylist(), key=lambda row: (row["output"], row["partition"]))
    return [[folder / row["name"] for row in rows if row["output"] == number] for number in range(outputs)]


def _worker(function: RowWise, folder: str) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def rate(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None  # noqa: S101  only ever called on a worker
        partition, attempt = context.partitionId(), context.taskAttemptId()
        writers: list[pq.ParquetWriter] = []
        names: list[str] = []
        try:
            for batch in batches:
                answers = function(pa.Table.from_batches([batch]))
                for number, answer in enumerate(answers):
                    if number == len(writers):
                        names.append(f"part-{number}-{partition:05d}-{attempt}.parquet")
                        writers.append(pq.ParquetWriter(Path(folder) / names[number], answer.schema))
                    writers[number].write_table(answer)
        finally:
            for writer in writers:
                writer.close()
        rows = [{"partition": partition, "output": n, "name": name} for n, name in enumerate(names)]
        schema = pa.schema([("partition", pa.int32()), ("output", pa.int32()), ("name", pa.string())])
        yield pa.RecordBatch.from_pylist(rows, schema)

    return rate
