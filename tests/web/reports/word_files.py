"""Word files for tests: made from paragraphs, or changed inside."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn


def written(*paragraphs: str, rows: Iterable[Iterable[str]] = ()) -> bytes:
    """Return a Word file of plain paragraphs, and one table."""
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    lines = [list(row) for row in rows]
    if lines:
        table = document.add_table(rows=len(lines), cols=len(lines[0]))
        for number, line in enumerate(lines):
            for column, text in enumerate(line):
                table.cell(number, column).text = text
    return saved(document)


def saved(document: WordDocument) -> bytes:
    """Return a document's bytes."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def opened(data: bytes) -> WordDocument:
    """Open a Word file."""
    return Document(io.BytesIO(data))


def text_of(data: bytes) -> str:
    """Return all text of the body, tables included, a line a paragraph."""
    body = opened(data).element.body
    return "\n".join(
        "".join(one.text or "" for one in paragraph.iter(qn("w:t"))) for paragraph in body.iter(qn("w:p"))
    )


def with_parts(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """Return a Word file with its parts changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Return a Word file with one part more, or another in its place."""
    return with_parts(data, lambda parts: parts.update({name: content}))


def replaced(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Return a Word file with bytes of a part replaced."""

    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[name]
        parts[name] = parts[name].replace(old, new)

    return with_parts(data, change)
