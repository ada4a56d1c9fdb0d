"""Read a Parquet file into columns of text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import RawFile, check_headers, finish


def _text(column: Any) -> pa.Array:
    array = column.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        lists = array.cast(pa.list_(pa.string())).to_pylist()
        array = pa.array(
            [None if items is None else ";".join(item or "" for item in items) for items in lists]
        )
    return pc.fill_null(array.cast(pa.string()), "")


def read_parquet(file: str, path: Path) -> RawFile:
    """Read all columns; lines are row numbers from 1. Raises FileProblem."""
    try:
        schema = pq.read_schema(path)
        check_headers(file, [name.strip() for name in schema.names], 1)
        table = pq.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        fix = "确认文件传输完整、确为 Parquet 格式后重新报送"
        raise FileProblem(
            file, Fault(f"不能作为 Parquet 读取（{str(error).splitlines()[0]}）", fix)
        ) from error
    arrays, faults = [], []
    for name in schema.names:
        try:
            arrays.append(_text(table[name]))
        except pa.ArrowException:
            what = f"列“{name}”的类型 {schema.field(name).type} 不能转成文本"
            faults.append(Fault(what, "把这一列展开为文本、数字或日期后重新导出"))
    if faults:
        raise FileProblem(file, *faults)
    lines = pa.array(range(1, table.num_rows + 1), pa.int32())
    return finish(file, "parquet", "", [name.strip() for name in schema.names], arrays, lines)
