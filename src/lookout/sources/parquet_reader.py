"""Read a Parquet file into columns of text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import RawFile, RawStream, check_headers, finish, never_empty

_BATCH_ROWS = 50_000
# A damaged name of a column is no UTF-8, which the reader finds out before it finds the damage.
_BROKEN = (pa.ArrowException, OSError, UnicodeDecodeError)
_MOST_ROWS = (1 << 31) - 1  # lines are 32-bit


def _listed(array: Any) -> pa.Array:
    lists = array.cast(pa.list_(pa.string())).to_pylist()
    return pa.array([None if items is None else ";".join(item or "" for item in items) for items in lists])


def _text(array: Any) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        array = _listed(array)
    text = pc.fill_null(array.cast(pa.string()), "")
    text.validate(full=True)  # bytes that are no UTF-8 would pass unseen
    return text


def _damaged(file: str, line: int = 0) -> FileProblem:
    fix = "确认文件传输完整、确为 Parquet 格式后重新报送"
    where = f"第 {line} 行之后" if line else ""
    return FileProblem(file, Fault("不能作为 Parquet 读取：内容损坏，或不是这种格式", fix, where))


def _check_types(file: str, schema: pa.Schema) -> None:
    faults = []
    for field in schema:
        try:
            _text(pa.array([], field.type))
        except (pa.ArrowException, NotImplementedError):
            what = f"列“{field.name}”的类型 {field.type} 不能转成文本"
            faults.append(Fault(what, "把这一列展开为文本、数字或日期后重新导出"))
    if faults:
        raise FileProblem(file, *faults)


def _pieces(file: str, source: pq.ParquetFile, names: list[str]) -> Iterator[RawFile]:
    line = 1
    try:
        for batch in source.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
            lines = pa.array(range(line, line + batch.num_rows), pa.int32())
            line += batch.num_rows
            yield finish(file, "parquet", "", names, [_text(column) for column in batch.columns], lines)
    except _BROKEN as error:
        raise _damaged(file, line - 1) from error
    finally:
        source.close()


def stream_parquet(file: str, path: Path) -> RawStream:
    """Read all columns; lines are row numbers from 1. Raises FileProblem."""
    try:
        source = pq.ParquetFile(path, pre_buffer=False)
        schema = source.schema_arrow
    except _BROKEN as error:
        raise _damaged(file) from error
    names = [name.strip() for name in schema.names]
    check_headers(file, names, 1)
    _check_types(file, schema)
    if source.metadata.num_rows > _MOST_ROWS:
        what = f"有 {source.metadata.num_rows:,} 行，超过一个文件的上限 {_MOST_ROWS:,} 行"
        raise FileProblem(file, Fault(what, "分成几个文件报送"))
    return RawStream(
        "parquet", "", tuple(filter(None, names)), never_empty(file, _pieces(file, source, names))
    )
