"""Read any delivered file by its extension; one generic reader serves every source."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from lookout.sources.csv_reader import read_csv
from lookout.sources.encoding import as_utf8
from lookout.sources.excel_reader import read_excel
from lookout.sources.json_reader import read_json_lines
from lookout.sources.parquet_reader import read_parquet
from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import RawFile

FORMATS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv",
    ".xlsx": "excel", ".xls": "excel", ".xlsb": "excel", ".ods": "excel",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet",
}  # fmt: skip


def format_of(file: str) -> str:
    """Return csv, excel, jsonl or parquet by the extension (`.csv.gz` counts as csv). Raises FileProblem."""
    suffixes = [suffix.lower() for suffix in Path(file).suffixes]
    packed = suffixes[-1:] == [".gz"]
    suffix = suffixes[-2:-1] if packed else suffixes[-1:]
    kind = FORMATS.get(suffix[0]) if suffix else None
    if kind is None or (packed and kind not in ("csv", "jsonl")):
        known = "、".join(FORMATS)
        raise FileProblem(
            file,
            Fault(f"扩展名“{''.join(suffixes[-2:])}”不认识", f"改用 {known} 之一，csv 与 jsonl 可另加 .gz"),
        )
    return kind


def _bytes(file: str, path: Path) -> bytes:
    data = path.read_bytes()
    if not path.name.lower().endswith(".gz"):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise FileProblem(file, Fault(f"压缩包损坏（{error}）", "重新压缩后报送")) from error


def read_file(
    path: Path,
    file: str | None = None,
    *,
    encoding: str = "auto",
    sheet: str | int | None = None,
    header_row: int = 1,
) -> RawFile:
    """Read a file into columns of text. `file` is the name used in messages. Raises FileProblem."""
    file = file or path.name
    kind = format_of(file)
    try:
        if path.stat().st_size == 0:
            raise FileProblem(file, Fault("是空文件", "确认导出是否成功后重新报送"))
        if kind == "excel":
            return read_excel(file, path, sheet, header_row)
        if kind == "parquet":
            return read_parquet(file, path)
        data, found = as_utf8(file, _bytes(file, path), encoding)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileProblem(
            file, Fault(f"打不开（{reason}）", "检查文件是否存在、路径与读取权限是否正确")
        ) from error
    if kind == "csv":
        return read_csv(file, data, found, header_row)
    return read_json_lines(file, data, found)
