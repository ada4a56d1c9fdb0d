"""Part files of a distributed write, put together in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 61_440


def join_parts(parts: Sequence[Path], schema: pa.Schema, file: Path, row_group: int = ROW_GROUP) -> int:
    """Write part files one after the other into one file, row group by row group; return the row count.

    Memory stays that of one row group, however large the parts are.
    """
    rows = 0
    schema = schema.remove_metadata()
    with pq.ParquetWriter(file, schema, compression="zstd", compression_level=1) as writer:
        for part in parts:
            for batch in pq.ParquetFile(part).iter_batches(row_group):
                writer.write_table(pa.Table.from_batches([batch]).cast(schema), row_group_size=row_group)
                rows += batch.num_rows
    return rows


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema without Arrow's own types: dictionaries become text, a column of nothing too."""
    return pa.schema([pa.field(field.name, _plain(field.type)) for field in schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    return pa.string() if pa.types.is_null(kind) or pa.types.is_large_string(kind) else kind
