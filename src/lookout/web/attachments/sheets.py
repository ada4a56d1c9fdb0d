"""Uploaded sheets with one head row: their cells as text, and what was made of each line before anything is taken in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from python_calamine import CalamineError, CalamineWorkbook

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.web.attachments import vault
from lookout.web.attachments.models import Attachment

_WRITTEN = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d")


@dataclass
class SheetLine:
    """One line of a file: its cells by our field, and why it is sent back.

    `known_as` says where the same stands already, '' for what is new.
    """

    number: int
    cells: dict[str, str]
    problems: list[str] = field(default_factory=list)
    known_as: str = ""


L = TypeVar("L", bound=SheetLine)


@dataclass(frozen=True)
class Sheet(Generic[L]):
    """A file as read: its lines, and the columns nobody asked for."""

    lines: tuple[L, ...]
    unread: tuple[str, ...]

    @property
    def fresh(self) -> list[L]:
        """Return the lines that would be new."""
        return [line for line in self.lines if not line.problems and not line.known_as]

    @property
    def known(self) -> list[L]:
        """Return the lines that came before."""
        return [line for line in self.lines if line.known_as]

    @property
    def refused(self) -> list[L]:
        """Return the lines that are sent back."""
        return [line for line in self.lines if line.problems]


@dataclass(frozen=True)
class Head:
    """The first row: all titles, where our fields stand among them, and the titles no field takes."""

    titles: tuple[str, ...]
    places: Mapping[str, int]

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the titles that no field takes."""
        taken = set(self.places.values())
        return tuple(title for place, title in enumerate(self.titles) if title and place not in taken)


def read_rows(file: Attachment) -> list[list[Any]]:
    """Return the rows of an uploaded Excel or CSV file, the head first. Raises DataError when it cannot be read."""
    rows = _rows(file)
    if not rows:
        raise DataError("文件里没有内容；请检查后重新选择")
    return rows


def _rows(file: Attachment) -> list[list[Any]]:
    content = vault.get(file.stored)
    if file.name.endswith(".xlsx"):
        try:
            return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        except (CalamineError, IndexError):
            raise DataError("Excel 文件打不开；请另存为 xlsx 后重新上传") from None
    if not file.name.endswith(".txt"):  # a CSV is kept under the name of what it is: text
        raise DataError("请上传 Excel（xlsx）或 CSV 文件")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            return [list(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
        except csv.Error as problem:
            raise DataError(f"CSV 文件有一行读不出来（{problem}）；请检查引号后重新导出") from None
    raise DataError("看不出文件的文字编码；请另存为 UTF-8 的 CSV 或 xlsx")


def find_head(row: Sequence[Any], columns: Mapping[str, Sequence[str]]) -> Head:
    """Find our fields in a head row by the names each may have, the first of which wins."""
    titles = ["".join(str(title).split()) for title in row]
    places: dict[str, int] = {}
    for name, known in columns.items():
        place = next((titles.index(title) for title in known if title in titles), None)
        if place is not None:
            places[name] = place
    return Head(tuple(titles), places)


def filled_lines(rows: Sequence[Sequence[Any]], head: Head) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number in the file and the cells of each line below the head that is not empty."""
    for number, row in enumerate(rows[1:], 2):
        if any(str(cell).strip() for cell in row):
            yield number, {name: _cell(row, place) for name, place in head.places.items()}


def _cell(row: Sequence[Any], place: int) -> str:
    value = row[place] if place < len(row) else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value).strip()


def moment_of(text: str) -> datetime | None:
    """Return the instant a cell tells in any of the usual ways, in Shanghai; None when it tells none."""
    tidy = text.replace("/", "-").replace("年", "-").replace("月", "-").replace("日", "").strip()
    for written in _WRITTEN:
        try:
            return datetime.strptime(tidy, written).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    return None
