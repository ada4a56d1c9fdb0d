"""Read any delivered file by its extension; one generic reader serves every source."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from lookout.sources.csv_reader import stream_csv
from lookout.sources.encoding import detect, utf8_blocks
from lookout.sources.excel_reader import stream_excel
from lookout.sources.json_reader import stream_json_lines
from lookout.sources.parquet_reader import stream_parquet
from lookout.sources.problems import Fault, FileProblem, opening_fault
from lookout.sources.raw import (
    FileForm,
    LateColumns,
    RawFile,
    RawStream,
    collect,
    never_empty,
    without_remarks,
)

FORMATS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv",
    ".xlsx": "excel", ".xls": "excel", ".xlsb": "excel", ".ods": "excel",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet",
}  # fmt: skip
# Text of registers packs to a tenth or less; a thousandth is no text but a trap.
_MOST_UNPACKED, _HIGHEST_RATIO = 1 << 30, 200


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


class _Packed:
    """A gzip file whose contents are read up to what a text can hold."""

    def __init__(self, file: str, path: Path) -> None:
        self._file = file
        self._packed = path.stat().st_size
        self._source = gzip.open(path, "rb")  # noqa: SIM115 closed by __exit__

    def __enter__(self) -> _Packed:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()

    def read(self, size: int) -> bytes:
        try:
            block = self._source.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise FileProblem(
                self._file, Fault(f"压缩包损坏（{type(error).__name__}）", "重新压缩后报送")
            ) from error
        if self._source.tell() > max(_MOST_UNPACKED, self._packed * _HIGHEST_RATIO):
            what = f"压缩包展开超过原来的 {_HIGHEST_RATIO} 倍，不像正常数据"
            raise FileProblem(self._file, Fault(what, "确认文件来源；确为数据的，不压缩直接报送"))
        return block


@contextmanager
def _named_faults(file: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileProblem(file, opening_fault(error)) from error


def _guarded(file: str, pieces: Iterator[RawFile]) -> Iterator[RawFile]:
    with _named_faults(file):
        yield from pieces


PLAIN = FileForm()


def stream_file(
    path: Path, file: str | None = None, form: FileForm = PLAIN, *, all_columns: bool = False
) -> RawStream:
    """Read a file piece by piece. `file` is the name used in messages. Raises FileProblem.

    Going through the pieces of JSON lines raises LateColumns when a column turns up late; call again
    with `all_columns` then.
    """
    file = file or path.name
    kind = format_of(file)
    with _named_faults(file):
        if path.is_dir():
            raise IsADirectoryError
        if path.stat().st_size == 0:
            raise FileProblem(file, Fault("是空文件", "确认导出是否成功后重新报送"))
        if kind == "excel":
            stream = stream_excel(file, path, form)
        elif kind == "parquet":
            stream = stream_parquet(file, path)
        else:
            stream = _stream_text(file, path, kind, form, all_columns)
    pieces = stream.pieces
    if form.not_data:
        pieces = never_empty(file, without_remarks(pieces, form.not_data))
    return RawStream(stream.format, stream.encoding, stream.headers, _guarded(file, pieces))


def _stream_text(file: str, path: Path, kind: str, form: FileForm, all_columns: bool) -> RawStream:
    def open_file() -> BinaryIO:
        if path.name.lower().endswith(".gz"):
            return cast(BinaryIO, _Packed(file, path))
        return path.open("rb")

    found, certain = detect(file, open_file, form.encoding)
    blocks = utf8_blocks(open_file, found, certain)
    if kind == "csv":
        return stream_csv(file, blocks, found, form.header_row)
    again = utf8_blocks(open_file, found, certain) if all_columns else None
    return stream_json_lines(file, blocks, found, again)


def read_file(path: Path, file: str | None = None, form: FileForm = PLAIN) -> RawFile:
    """Read a whole file into columns of text. `file` is the name used in messages. Raises FileProblem."""
    try:
        return collect(stream_file(path, file, form))
    except LateColumns:
        return collect(stream_file(path, file, form, all_columns=True))
