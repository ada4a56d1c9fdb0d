"""Look into a workbook before it is parsed: how large it unpacks, how far its sheets reach, dead formulas.

A parser builds the whole sheet in memory, so a small file that unpacks to gigabytes, or has one cell
in the farthest corner, must be refused before.
"""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from lookout.sources.problems import Fault, FileProblem

MOST_BYTES = 3 << 30  # a million rows of thirty columns unpack to about two
_RATIO_FROM, _HIGHEST_RATIO = 64 << 20, 400
_MOST_CELLS = 60_000_000
_MOST_DEAD = 10_000
_BLOCK = 1 << 22
_ROW = re.compile(rb'<row [^>]*?\br="(\d+)"')
_FAR = re.compile(rb'<c r="([A-Z]{2,3})\d')
_ERROR = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"[^>]*\bt="e"')
_UNCOMPUTED = re.compile(
    rb'<c r="([A-Z]{1,3})(\d+)"(?![^>]*\bt="str")[^>]*>\s*<f[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<Relationship\s[^>]*>")


@dataclass
class SheetFacts:
    """How far a sheet reaches, and its cells (row, column from 0) whose value is not in the file."""

    last_row: int = 0
    last_column: int = 0
    dead: set[tuple[int, int]] = field(default_factory=set)


def column_number(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _inflate(file: str, archive: ZipFile, part: ZipInfo, allowed: int) -> Iterator[bytes]:
    """Unpack a part, whatever size it claims to have."""
    too_much = Fault(
        f"展开后超过 {MOST_BYTES >> 30} GB，或压缩比超过 {_HIGHEST_RATIO} 倍，不像正常的工作簿",
        "确认文件来源；数据确实很多的，分成几个文件或改用 CSV 报送",
    )
    part.file_size = 1 << 62  # what the directory claims is no limit to what it unpacks to
    total = 0
    with archive.open(part) as source:
        while block := source.read(_BLOCK):
            total += len(block)
            if total > allowed or (
                total > _RATIO_FROM and total > _HIGHEST_RATIO * max(part.compress_size, 1)
            ):
                raise FileProblem(file, too_much)
            yield block


def _note(facts: SheetFacts, text: bytes) -> None:
    if rows := _ROW.findall(text[text.rfind(b"<row ") :]):
        facts.last_row = max(facts.last_row, int(rows[-1]))
    for letters in set(_FAR.findall(text)):
        facts.last_column = max(facts.last_column, column_number(letters.decode()))
    patterns = [_ERROR] if b't="e"' in text else []
    patterns += [_UNCOMPUTED] if b"<f" in text else []
    for pattern in patterns:
        for letters, row in pattern.findall(text):
            if len(facts.dead) < _MOST_DEAD:
                facts.dead.add((int(row) - 1, column_number(letters.decode())))


def _sheet(file: str, blocks: Iterator[bytes]) -> tuple[SheetFacts, int]:
    facts, rest, size = SheetFacts(), b"", 0
    for block in blocks:
        size += len(block)
        text = rest + block
        end = text.rfind(b"</c>") + 4 if b"</c>" in text else max(0, len(text) - 512)
        _note(facts, text[:end])
        rest = text[end:] if len(text) - end < _BLOCK else text[-512:]
    _note(facts, rest)
    if facts.last_row * (facts.last_column + 1) > _MOST_CELLS:
        what = f"工作表伸展到第 {facts.last_row:,} 行、第 {facts.last_column + 1:,} 列，单元格过多"
        fix = "删去数据区以外的单元格后另存；数据确实很多的，改用 CSV 报送"
        raise FileProblem(file, Fault(what, fix))
    return facts, size


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\b" + name + rb'="([^"]*)"', tag)
    return html.unescape(found[1].decode("utf-8", "replace")) if found else ""


def _parts(archive: ZipFile) -> dict[str, str]:
    """Return the part of each sheet, by the sheet's name."""
    try:
        book = archive.read("xl/workbook.xml")
        relations = archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:  # another kind of workbook (xlsb, ods)
        return {}
    targets = {_attribute(tag, b"Id"): _attribute(tag, b"Target") for tag in _RELATION.findall(relations)}
    return {
        _attribute(tag, b"name"): f"xl/{targets.get(_attribute(tag, rb'[a-z]+:id'), '')}".replace(
            "xl//xl/", "xl/"
        )
        for tag in _SHEET.findall(book)
    }


def inspect(file: str, path: Path) -> dict[str, SheetFacts]:
    """Return the facts of each sheet by name; empty for kinds that are not zipped XML.

    Raises FileProblem for a workbook too large to open.
    """
    with path.open("rb") as source:
        if source.read(2) != b"PK":
            return {}
    try:
        with ZipFile(path) as archive:
            found, left = {}, MOST_BYTES
            for part in archive.infolist():
                blocks = _inflate(file, archive, part, left)
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    found[part.filename], size = _sheet(file, blocks)
                else:
                    size = sum(map(len, blocks))
                left -= size
            parts = _parts(archive)
    except (BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError, ValueError) as error:
        # What cannot be looked into is not handed to a parser that may be less careful.
        what = "工作簿的压缩结构损坏、加了密码，或用了不常见的压缩方式"
        raise FileProblem(file, Fault(what, "用 Excel 打开后另存为 xlsx，重新报送")) from error
    return {name: found[part] for name, part in parts.items() if part in found}
